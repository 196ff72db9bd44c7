"""The pattern language: what each element matches, and what is refused."""

from __future__ import annotations

import pytest

from corpus.errors import PolicyError
from safety.compile import Compiled
from safety.guard import Guard
from safety.patterns import Symbols, parse
from safety.policy import Policy
from tests.safety.small import WOUND, small_policy


def policy_with(*phrases: str) -> Policy:
    """Return the small policy, whose only wound rule has these phrases."""
    entry = {**WOUND, "rules": ({"id": "cut", "phrases": phrases},)}
    clot = {"id": "clot", "contract_id": "clot", "urgency": "urgent"}
    other = {**clot, "rules": ({"id": "named", "phrases": ("clot",)},)}
    return small_policy(contraindications=(other, entry))


def found(phrase: str, message: str) -> list[str]:
    """Return the words that a phrase matches in a message."""
    reading = Guard(policy_with(phrase)).read(message)
    return [reading.words(span)[1] for span in reading.rules if span.id == "wound.cut"]


@pytest.mark.parametrize(
    ("phrase", "message", "words"),
    [
        ("raw skin", "Raw skin here", ["Raw skin"]),
        ("raw skin", "raw, skin", []),
        ("blist*", "two blisters", ["blisters"]),
        ("cut|gash deep", "a gash deep down", ["gash deep"]),
        ("open? sore", "an open sore", ["open sore", "sore"]),
        ("# stitches", "12 stitches, ten stitches", ["12 stitches", "ten stitches"]),
        ("cut ..2 @leg", "cut my other leg", ["cut my other leg"]),
        ("cut ..2 @leg", "cut my lower leg", ["cut my lower leg"]),
        ("cut ..2 @leg", "cut on the very same leg", []),
        ("cut ..2 @leg", "a cut. My leg", []),
        ("cut ..2 @leg", "a cut, my leg", ["cut, my leg"]),
        ("cut !short|off", "cut short", []),
        ("cut !short|off", "cut short, then cut here", ["cut"]),
        ("cut !short|off", "a cut", ["cut"]),
        ("!short cut", "short cut and deep cut", ["cut"]),
        ("!short cut", "cut", ["cut"]),
    ],
)
def test_element_matches_what_it_says(phrase: str, message: str, words: list[str]) -> None:
    assert sorted(found(phrase, message)) == sorted(words)


def test_a_pattern_is_found_wherever_its_rarest_word_stands() -> None:
    assert found("the ..3 a ..3 laceration", "the leg has a nasty laceration") != []
    assert found("laceration ..3 the", "laceration on the leg") != []


@pytest.mark.parametrize(
    ("phrase", "complaint"),
    [
        ("..3 cut", "begin and end with a word"),
        ("cut ..3", "begin and end with a word"),
        ("!cut", "begin and end with a word"),
        ("cut ..40 leg", "a gap is 1 to 12 words"),
        ("cut @nothing", "there is no class @nothing"),
        ("cut|", "an alternative is empty"),
        ("c*", "begins too many words"),
        ("cut ..* leg", "a gap is 1 to 12 words"),
        ("cut " + "a? " * 9 + "leg", "more than 8 words may be left out"),
    ],
)
def test_faulty_pattern_is_refused(phrase: str, complaint: str) -> None:
    with pytest.raises(PolicyError, match=complaint):
        parse(phrase, Symbols(), {"leg": ("leg",)})


def test_class_that_contains_itself_is_refused() -> None:
    classes = dict(small_policy().classes) | {"leg": ("@limb",), "limb": ("@leg",)}
    with pytest.raises(PolicyError, match="contains itself"):
        Compiled(small_policy(classes=classes))


def test_class_of_a_class_must_exist() -> None:
    classes = dict(small_policy().classes) | {"limb": ("@wing",)}
    with pytest.raises(PolicyError, match="there is no class @wing"):
        Compiled(small_policy(classes=classes))


def test_gaps_that_meet_where_a_word_is_left_out_are_one() -> None:
    # Found from either end: from the rarer word, whichever that is.
    assert found("the ..1 big? ..1 lump", "the one here lump") == ["the one here lump"]
    assert found("lump ..1 big? ..1 the", "lump one here the") == ["lump one here the"]

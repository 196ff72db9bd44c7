"""Which word a typed word is taken for."""

from __future__ import annotations

import pytest

from safety.compile import Compiled
from safety.lexicon import Lexicon
from safety.normalise import normalise
from safety.policy import Policy
from safety.respelling import Respelling


@pytest.fixture(scope="module")
def lexicon(policy: Policy) -> Lexicon:
    return Compiled(policy).lexicon


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("pregnamt", ("pregnant",)),
        ("swolen", ("swollen",)),
        ("thrombossis", ("thrombosis",)),
        ("pr3gnant", ("pregnant",)),
        ("pregnaaaant", ("pregnant",)),
        ("preggo", ("pregnant",)),
        ("bothlegs", ("both", "legs")),
        ("swollencalf", ("swollen", "calf")),
        ("can't", ("can", "not")),
        ("isn't", ("is", "not")),
        ("i've", ("i", "have")),
        ("34wks", ("34", "weeks")),
        ("2nd", ("2nd",)),
        ("thr0mb0s15", ("thrombosis",)),
        ("ihavea", ("i", "have", "a")),
        ("bothhhlegs", ("both", "legs")),
        ("offfrom", ("off", "from")),
    ],
)
def test_word_is_read_as(lexicon: Lexicon, typed: str, read: tuple[str, ...]) -> None:
    assert lexicon.read(typed) == read


@pytest.mark.parametrize(
    "word", ["would", "never", "round", "calm", "seller", "clock", "plot", "bleeping", "fewer"]
)
def test_everyday_word_is_never_a_misspelling(lexicon: Lexicon, word: str) -> None:
    assert lexicon.read(word) == (word,)


def test_name_that_nobody_knows_stays_what_it_is(lexicon: Lexicon) -> None:
    assert lexicon.read("zbigniew") == ("zbigniew",)


def test_letters_beyond_reason_are_not_taken_apart(lexicon: Lexicon) -> None:
    assert Respelling({"blood", "clot"}, {}).take_apart("bloodclot" * 100) is None


def test_tokens_know_their_place_and_the_break_before_them(lexicon: Lexicon) -> None:
    typed = "My calf, sore. Why?"
    tokens = lexicon.tokens(normalise(typed))
    assert [typed[t.start : t.end] for t in tokens[:-1]] == ["My", "calf", "sore", "Why"]
    assert [t.gap for t in tokens[1:-1]] == [0, 1, 3]
    assert [t.sentence for t in tokens] == [0, 0, 0, 1, 2]
    assert "?" in tokens[-1].separator


def test_text_without_words_has_no_tokens(lexicon: Lexicon) -> None:
    assert lexicon.tokens(normalise(" ... ?")) == []

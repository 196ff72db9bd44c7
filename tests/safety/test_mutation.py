"""What the mutation score rests on: an entry switched off is gone, and nothing else is."""

from __future__ import annotations

import pytest

from benchmarks.mutants import Key, leaving_out
from benchmarks.muting import MutableGuard
from safety.guard import Guard
from safety.policy import Policy
from tests.safety.small import small_policy
from tools.wording import sort_of


@pytest.fixture
def policy() -> Policy:
    return small_policy()


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (("term", "wound.cut", "cut|cuts|graze"), "I have a graze."),
        (("sign", "swollen", "swell*|swollen|swolen"), "One calf is swollen."),
        (("combination", "clot.signs"), "One calf is swollen."),
    ],
)
def test_what_an_entry_raises_is_gone_without_it(key: Key, message: str, policy: Policy) -> None:
    mutable = MutableGuard(policy)
    assert mutable.guard.decide([message]).action == "refer"
    with mutable.without(key) as guard:
        assert guard.decide([message]).action == "answer"
        assert guard.decide(["I have a clot."]).action == "refer"
    assert mutable.guard.decide([message]).action == "refer"


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (("cue", "no", "no|not|without"), "I have no graze."),
        (("blocker", "clot.signs", "both"), "One calf is swollen, both legs are."),
    ],
)
def test_what_an_entry_clears_is_back_without_it(key: Key, message: str, policy: Policy) -> None:
    mutable = MutableGuard(policy)
    assert mutable.guard.decide([message]).action == "answer"
    with mutable.without(key) as guard:
        assert guard.decide([message]).action == "refer"


def test_bundled_readings_are_rebuilt_as_they_were_read() -> None:
    mutable = MutableGuard(Guard().policy)
    for message in ("My left calf is swollen, no fever. Is it safe?", "Never had a clot, mum has."):
        found = mutable.found(message)
        again = mutable._rebuilt(found.reading, found.reading.tokens, found.phrases, found.members)
        for name, value in vars(found.reading).items():
            if name != "_classes":
                assert getattr(again, name) == value, name


def test_phrases_are_left_out_where_they_stand_and_nowhere_else(policy: Policy) -> None:
    less = leaving_out(policy, {("term", "wound.cut", "cut|cuts|graze"), ("cue", "no", "graze")})
    assert [rule.phrases for entry in less.contraindications for rule in entry.rules] == [
        ("clot|clots|thrombosis",),
        (),
        (),
    ]
    assert less.cues == policy.cues


@pytest.mark.parametrize(
    ("words", "sort"),
    [("broke my ankle", "verb"), ("stress fracture", "noun"), ("it snapped", "clause")],
)
def test_the_sort_of_a_phrase_is_told_by_its_first_and_last_word(words: str, sort: str) -> None:
    assert sort_of(words) == sort

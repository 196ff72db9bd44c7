"""A message of nothing but mentions: bounded work, and nothing that stands is lost."""

from __future__ import annotations

import pytest

from safety.guard import Guard
from safety.reading import MENTIONS


@pytest.fixture(scope="module")
def guard() -> Guard:
    return Guard()


@pytest.mark.parametrize("mention", ["🤰", "pregnant ", "I have a clot. "])
def test_only_so_many_mentions_are_read_one_by_one(guard: Guard, mention: str) -> None:
    decision = guard.decide([mention * (3 * MENTIONS)])
    assert decision.action == "refer"
    assert MENTIONS < len(decision.findings) <= MENTIONS + 5


def test_denials_are_read_up_to_there(guard: Guard) -> None:
    assert guard.decide(["I have no clot. " * (MENTIONS // 4)]).action == "answer"


@pytest.mark.parametrize(
    ("last", "expected"),
    [("I have a clot.", "deep_vein_thrombosis"), ("I am pregnant.", "pregnancy")],
)
def test_mention_behind_very_many_denials_stands(guard: Guard, last: str, expected: str) -> None:
    decision = guard.decide(["I have no clot. " * (2 * MENTIONS) + last])
    assert decision.action == "refer"
    assert expected in decision.contraindications

"""What is plainly denied is left out of what is looked up."""

from __future__ import annotations

import pytest

from assistant.denied import without_denied
from safety.guard import Guard


@pytest.fixture(scope="module")
def guard() -> Guard:
    return Guard()


@pytest.mark.parametrize(
    ("message", "asked"),
    [
        ("I'm not pregnant. How do I knead a calf?", "How do I knead a calf?"),
        ("I have no wounds; how do I knead a calf?", "how do I knead a calf?"),
        ("I'm not pregnant, so how do I knead a calf?", "how do I knead a calf?"),
        ("The scan ruled out a clot. What is friction?", "What is friction?"),
    ],
)
def test_a_denial_is_left_out(guard: Guard, message: str, asked: str) -> None:
    assert without_denied(message, guard.decide([message]).findings) == asked


@pytest.mark.parametrize(
    "message",
    [
        "What is friction?",
        "I broke my ankle ten years ago. Does massage help a stiff joint?",
        "I'm not pregnant.",
        "Does massage help when there is no swelling?",
    ],
)
def test_what_asks_or_tells_stays(guard: Guard, message: str) -> None:
    assert without_denied(message, guard.decide([message]).findings) == message

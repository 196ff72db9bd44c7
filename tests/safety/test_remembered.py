"""Readings are remembered up to a number of characters, and the last ones longest."""

from __future__ import annotations

import pytest

from safety.remembered import Remembered


class Shout:
    """Makes something of a message, and notes of which."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, message: str) -> str:
        self.asked.append(message)
        return message.upper()


@pytest.fixture
def shout() -> Shout:
    return Shout()


def test_a_message_is_read_once(shout: Shout) -> None:
    remembered = Remembered(shout, 10)
    assert [remembered(m) for m in ("ab", "cd", "ab", "cd")] == ["AB", "CD", "AB", "CD"]
    assert shout.asked == ["ab", "cd"]


def test_the_message_seen_longest_ago_goes_first(shout: Shout) -> None:
    remembered = Remembered(shout, 6)
    for message in ("aaa", "bbb", "aaa", "ccc", "aaa", "bbb"):
        remembered(message)
    assert shout.asked == ["aaa", "bbb", "ccc", "bbb"]


def test_characters_count_and_not_messages(shout: Shout) -> None:
    remembered = Remembered(shout, 100)
    for number in range(100):
        remembered(f"{number:099}")
    assert len(remembered._made) == 1
    assert remembered._chars == 99


def test_a_message_longer_than_all_room_is_remembered_alone(shout: Shout) -> None:
    remembered = Remembered(shout, 3)
    for message in ("a", "long", "long"):
        remembered(message)
    assert shout.asked == ["a", "long"]


def test_room_is_made_for_a_long_conversation_and_given_back(shout: Shout) -> None:
    remembered = Remembered(shout, 3)
    remembered.make_room(8)
    for message in ("long", "talk", "long", "talk"):
        remembered(message)
    assert shout.asked == ["long", "talk"]
    remembered.make_room(2)
    remembered("b")
    assert list(remembered._made) == ["b"]

"""What was made of messages, remembered up to a number of their characters.

Python looks through all that is held, again and again, in search of garbage. A thousand readings of
long messages are millions of objects, and a turn that meets such a search waits for it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

Made = TypeVar("Made")

MOST_CHARS = 60_000
"""Characters of the messages that are remembered: some six hundred messages of usual length."""


class Remembered(Generic[Made]):
    """A function of a message that remembers the messages seen last.

    Args:
        make: The function.
        most_chars: How many characters of messages are remembered.
    """

    def __init__(self, make: Callable[[str], Made], most_chars: int = MOST_CHARS) -> None:
        self._make = make
        self._most = self._room = most_chars
        self._made: OrderedDict[str, Made] = OrderedDict()
        self._chars = 0
        self._lock = threading.Lock()

    def __call__(self, message: str) -> Made:
        """Return what the function returns for a message."""
        with self._lock:
            if message in self._made:
                self._made.move_to_end(message)
                return self._made[message]
        made = self._make(message)
        with self._lock:
            if message not in self._made:
                self._made[message] = made
                self._chars += len(message)
            while self._chars > self._room and len(self._made) > 1:
                self._chars -= len(self._made.popitem(last=False)[0])
        return made

    def make_room(self, chars: int) -> None:
        """Let a conversation of so many characters be remembered whole, however long it is.

        Otherwise each of its turns would have to read all of it anew.
        """
        with self._lock:
            self._room = max(self._most, chars)

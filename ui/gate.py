"""How many questions are answered at once, and whose turn is next.

The locks of the standard library let a newcomer pass those who sleep: under load some wait for
seconds while others are served at once. Here a place that becomes free is handed to whoever waits
longest, one question of each conversation before a second one of any.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class FairGate:
    """Lets so many through at once, everybody in turn."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._lock = threading.Lock()
        self._waiting: dict[str, deque[threading.Event]] = {}
        """By conversation; the first one's turn is next."""

    @contextmanager
    def turn(self, conversation: str) -> Iterator[None]:
        """Run the block when there is a place and it is this conversation's turn."""
        self._enter(conversation)
        try:
            yield
        finally:
            self._leave()

    def _enter(self, conversation: str) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            handed = threading.Event()
            self._waiting.setdefault(conversation, deque()).append(handed)
        handed.wait()

    def _leave(self) -> None:
        with self._lock:
            if not self._waiting:
                self._free += 1
                return
            conversation, waiting = next(iter(self._waiting.items()))
            waiting.popleft().set()
            # To the end of the line, behind those who have not had their turn.
            del self._waiting[conversation]
            if waiting:
                self._waiting[conversation] = waiting

"""How many questions an address may ask in a minute: a token bucket each."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from corpus.errors import LegMassageError

EMERGENCY = "In an emergency call your local emergency number now."
"""Goes with every refusal: nobody knows what the question was that is not answered."""


def address_of(request: Any) -> str:
    """Return whose questions are counted together: the address that a request came from."""
    return request.client.host if request.client else "unknown"


class TooManyQuestionsError(LegMassageError):
    """An address asked more often than the settings allow.

    Args:
        seconds: After which it may ask again.
    """

    def __init__(self, seconds: int) -> None:
        super().__init__(
            f"too many questions from this address; try again in {seconds} seconds. {EMERGENCY}"
        )
        self.seconds = seconds


class RateLimit:
    """Counts the questions of each address.

    Args:
        per_minute: How many an address may ask; 0 is no limit.
        clock: Seconds that only grow.
        max_addresses: How many are kept in mind; the one longest unused goes first.
    """

    def __init__(
        self,
        per_minute: int,
        clock: Callable[[], float] = time.monotonic,
        max_addresses: int = 10_000,
    ) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._max_addresses = max_addresses
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, address: str) -> None:
        """Count a question of an address.

        Raises:
            TooManyQuestionsError: It has none left.
        """
        if not self._per_minute:
            return
        now = self._clock()
        rate = self._per_minute / 60
        with self._lock:
            left, since = self._buckets.pop(address, (float(self._per_minute), now))
            left = min(float(self._per_minute), left + (now - since) * rate)
            is_allowed = left >= 1
            self._buckets[address] = (left - 1 if is_allowed else left, now)
            while len(self._buckets) > self._max_addresses:
                self._buckets.popitem(last=False)
        if not is_allowed:
            raise TooManyQuestionsError(math.ceil((1 - left) / rate))

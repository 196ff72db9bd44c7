"""One batch after the other into a model, for many that ask at once, everybody in turn.

Threads that run a model at the same time fight for the cores and for memory bandwidth: two at once
take longer than one after the other. Here one of those who wait works for all. There is no thread
of its own: who asks alone waits for nobody, and nothing has to be started or stopped.

A batch takes one item of each request before a second one of any, in the order in which they came,
so that nobody is held up by somebody who asks for much. What waits is bounded by who calls: a
thread has one request here, and sleeps until it is done.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Item = TypeVar("Item")
Row = TypeVar("Row")

PADDING = 12
"""Tokens of padding in one pass at most. Padding is computed like words, and a pass more costs what
a dozen tokens cost: the weights have to come from memory once more."""

TOKENS = 512
"""Tokens of one pass of several texts, padding and all. More are no faster, and memory grows."""


@dataclass(eq=False)
class _Request(Generic[Item, Row]):
    """Items that a thread waits for."""

    items: list[Item]
    taken: int = 0
    rows: list[Row] = field(default_factory=list)
    error: Exception | None = None
    leads: bool = False
    """Whoever worked so far is done; this one goes on."""
    wake: threading.Event = field(default_factory=threading.Event)

    @property
    def is_done(self) -> bool:
        return self.error is not None or len(self.rows) == len(self.items)


class FairBatch(Generic[Item, Row]):
    """Work on items for many threads: one batch at a time, everybody in turn.

    Args:
        run: Returns one row an item. It is called by one thread at a time.
        most: Items of a batch.
    """

    def __init__(self, run: Callable[[list[Item]], Sequence[Row]], most: int) -> None:
        self._work = run
        self._most = most
        self._lock = threading.Lock()
        self._waiting: deque[_Request[Item, Row]] = deque()
        self._is_led = False

    def rows(self, items: Sequence[Item]) -> list[Row]:
        """Return one row an item, when it is its turn.

        Raises:
            Exception: The one that the work raised on a batch that held an item of these.
            RuntimeError: Whoever worked on such a batch was interrupted.
        """
        if not items:
            return []
        request: _Request[Item, Row] = _Request(list(items))
        with self._lock:
            self._waiting.append(request)
            request.leads, self._is_led = not self._is_led, True
        if not request.leads:
            request.wake.wait()
        if request.leads:
            self._lead(request)
        if request.error is not None:
            raise request.error
        return request.rows

    def _lead(self, own: _Request[Item, Row]) -> None:
        """Work for all that wait until one's own request is done, then have the next one lead."""
        try:
            while not own.is_done:
                self._run()
        finally:
            with self._lock:
                if own in self._waiting:  # what was raised leaves here; it must not lead again
                    self._waiting.remove(own)
                following = self._waiting[0] if self._waiting else None
                self._is_led = following is not None
                if following is not None:
                    following.leads = True
            if following is not None:
                following.wake.set()

    def _run(self) -> None:
        """Work on the next batch; whatever goes wrong, none of its requests may wait for ever."""
        batch: list[tuple[_Request[Item, Row], Item]] = []
        try:
            self._take(batch)
            rows = self._work([item for _, item in batch])
            if len(rows) != len(batch):
                raise ValueError(f"{len(rows)} rows for {len(batch)} items")
            for (request, _), row in zip(batch, rows, strict=True):
                request.rows.append(row)
                if request.is_done:
                    request.wake.set()
        except BaseException as error:
            self._fail([request for request, _ in batch], error)
            if not batch or not isinstance(error, Exception):
                raise

    def _take(self, batch: list[tuple[_Request[Item, Row], Item]]) -> None:
        """Put the next items into a batch, each with its request."""
        with self._lock:
            while self._waiting and len(batch) < self._most:
                request = self._waiting[0]
                batch.append((request, request.items[request.taken]))
                self._waiting.popleft()
                request.taken += 1
                if request.taken < len(request.items):
                    self._waiting.append(request)

    def _fail(self, requests: Sequence[_Request[Item, Row]], error: BaseException) -> None:
        # An interrupt is meant for the thread that works, and not for those who wait for it.
        told = error if isinstance(error, Exception) else RuntimeError("the work was interrupted")
        with self._lock:
            for request in requests:
                if not request.is_done:
                    request.error = told
                if request in self._waiting:
                    self._waiting.remove(request)
        for request in requests:
            request.wake.set()


def of_like_length(lengths: Sequence[int]) -> list[list[int]]:
    """Return the places of texts in passes that need little padding, shortest first.

    >>> of_like_length([9, 30, 8, 11, 7])
    [[4, 2, 0, 3], [1]]
    """
    passes: list[list[int]] = []
    tokens = 0
    for place in sorted(range(len(lengths)), key=lambda place: (lengths[place], place)):
        tokens += lengths[place]
        padded = lengths[place] * (len(passes[-1]) + 1) if passes else 0
        if passes and padded <= min(TOKENS, tokens + PADDING):
            passes[-1].append(place)
        else:
            passes.append([place])
            tokens = lengths[place]
    return passes

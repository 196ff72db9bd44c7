"""One batch after the other into the model, for many that ask at once, everybody in turn.

Threads that embed at the same time fight for the cores and for memory bandwidth: two at once take
longer than one after the other. Here one of those who wait works for all. There is no thread of its
own: who asks alone waits for nobody, and nothing has to be started or stopped.

A batch takes one text of each request before a second one of any, in the order in which they came,
so that nobody is held up by somebody who embeds much. What waits is bounded by who calls: a thread
has one request here, and sleeps until it is done.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from index.embedder import BATCH, Embedder, Vectors


@dataclass(eq=False)
class _Request:
    """Texts that a thread waits for."""

    texts: list[str]
    taken: int = 0
    rows: list[Vectors] = field(default_factory=list)
    error: BaseException | None = None
    leads: bool = False
    """Whoever worked so far is done; this one goes on."""
    wake: threading.Event = field(default_factory=threading.Event)

    @property
    def is_done(self) -> bool:
        return self.error is not None or len(self.rows) == len(self.texts)


class FairEmbedder:
    """An embedder for many threads: one batch at a time, everybody in turn."""

    def __init__(self, embedder: Embedder, batch: int = BATCH) -> None:
        self.embedder = embedder
        self.batch = batch
        self._lock = threading.Lock()
        self._waiting: deque[_Request] = deque()
        self._is_led = False

    @property
    def name(self) -> str:
        """The runtime's name."""
        return self.embedder.name

    @property
    def model_id(self) -> str:
        """The model's name."""
        return self.embedder.model_id

    @property
    def digest(self) -> str:
        """SHA-256 of the weights."""
        return self.embedder.digest

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector a text, when it is its turn."""
        if not texts:
            return self.embedder.embed(texts)
        request = _Request(list(texts))
        with self._lock:
            self._waiting.append(request)
            request.leads, self._is_led = not self._is_led, True
        if not request.leads:
            request.wake.wait()
        if request.leads:
            self._lead(request)
        if request.error is not None:
            raise request.error
        return np.stack(request.rows)

    def _lead(self, own: _Request) -> None:
        """Work for all that wait until one's own request is done, then have the next one lead."""
        try:
            while not own.is_done:
                self._run(self._take())
        finally:
            with self._lock:
                following = self._waiting[0] if self._waiting else None
                self._is_led = following is not None
                if following is not None:
                    following.leads = True
            if following is not None:
                following.wake.set()

    def _take(self) -> list[_Request]:
        """Return whose next texts make a batch, a request once for each text."""
        batch: list[_Request] = []
        with self._lock:
            while self._waiting and len(batch) < self.batch:
                request = self._waiting.popleft()
                request.taken += 1
                batch.append(request)
                if request.taken < len(request.texts):
                    self._waiting.append(request)
        return batch

    def _run(self, batch: list[_Request]) -> None:
        seen: dict[int, int] = {}
        texts = []
        for request in batch:
            seen[id(request)] = place = seen.get(id(request), len(request.rows) - 1) + 1
            texts.append(request.texts[place])
        try:
            vectors = self.embedder.embed(texts)
        except BaseException as error:  # whatever it is, nobody may wait for ever
            self._fail(batch, error)
            if not isinstance(error, Exception):
                raise
            return
        for request, vector in zip(batch, vectors, strict=True):
            request.rows.append(vector)
            if request.is_done:
                request.wake.set()

    def _fail(self, batch: Sequence[_Request], error: BaseException) -> None:
        with self._lock:
            for request in batch:
                request.error = error
                if request in self._waiting:
                    self._waiting.remove(request)
        for request in batch:
            request.wake.set()

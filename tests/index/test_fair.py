"""Many threads, one model: one batch at a time, in turn, and everybody gets their own vectors."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from index.embedder import Vectors
from index.fair import FairEmbedder
from tests.fakes import HashingEmbedder


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.001)


class Held(HashingEmbedder):
    """Embeds when it is let, and notes each batch and how many threads are inside."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()
        self.batches: list[list[str]] = []
        self.inside = self.most_inside = 0

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.inside += 1
        self.most_inside = max(self.most_inside, self.inside)
        self.batches.append(list(texts))
        self.go.wait(10)
        self.inside -= 1
        if "bad" in texts:
            raise ValueError("bad")
        return super().embed(texts)


class Callers:
    """Threads that embed, each with what came back to it."""

    def __init__(self, held: Held, batch: int = 4) -> None:
        self.fair = FairEmbedder(held, batch)
        self.got: dict[str, Vectors | Exception] = {}
        self.threads: list[threading.Thread] = []

    def call(self, *texts: str) -> None:
        thread = threading.Thread(target=self._call, args=(texts,))
        waiting, led = len(self.fair._waiting), self.fair._is_led
        thread.start()
        self.threads.append(thread)
        if led:
            until(lambda: len(self.fair._waiting) == waiting + 1)
        else:
            until(lambda: self.fair._is_led and not self.fair._waiting)

    def _call(self, texts: Sequence[str]) -> None:
        try:
            self.got[texts[0]] = self.fair.embed(texts)
        except ValueError as error:
            self.got[texts[0]] = error

    def finish(self) -> None:
        for thread in self.threads:
            thread.join(10)
            assert not thread.is_alive()


def test_those_who_wait_share_a_batch_in_their_order() -> None:
    held = Held()
    callers = Callers(held)
    for text in ("one", "two", "three", "four", "five", "six"):
        callers.call(text)
    held.go.set()
    callers.finish()
    assert held.batches == [["one"], ["two", "three", "four", "five"], ["six"]]
    assert held.most_inside == 1
    for text, vectors in callers.got.items():
        assert np.array_equal(vectors, HashingEmbedder().embed([text]))


def test_long_request_lets_the_others_through() -> None:
    held = Held()
    callers = Callers(held, batch=2)
    callers.call("first")
    callers.call("long 1", "long 2", "long 3", "long 4")
    callers.call("short")
    held.go.set()
    callers.finish()
    assert held.batches[1] == ["long 1", "short"]
    expected = HashingEmbedder().embed(["long 1", "long 2", "long 3", "long 4"])
    assert np.array_equal(callers.got["long 1"], expected)


def test_failure_reaches_those_of_the_batch_and_nobody_else() -> None:
    held = Held()
    callers = Callers(held, batch=2)
    for text in ("first", "bad", "beside", "after"):
        callers.call(text)
    held.go.set()
    callers.finish()
    failed = {text: str(got) for text, got in callers.got.items() if isinstance(got, ValueError)}
    assert failed == {"bad": "bad", "beside": "bad"}


def test_next_caller_is_served_after_a_failure() -> None:
    held = Held()
    held.go.set()
    fair = FairEmbedder(held)
    with pytest.raises(ValueError, match="bad"):
        fair.embed(["bad"])
    assert fair.embed(["good"]).shape[0] == 1


def test_many_threads_get_their_own_vectors() -> None:
    fair = FairEmbedder(HashingEmbedder(), batch=5)
    wrong: list[str] = []

    def ask(number: int) -> None:
        for turn in range(20):
            text = f"word{number} turn{turn}"
            if not np.array_equal(fair.embed([text]), HashingEmbedder().embed([text])):
                wrong.append(text)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert wrong == [] and not fair._is_led

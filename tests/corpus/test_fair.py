"""Many threads, one model: one batch at a time, in turn, and everybody gets their own rows."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.fair import PADDING, TOKENS, FairBatch, of_like_length


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.001)


class Held:
    """Works when it is let, and notes each batch and how many threads are inside."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.batches: list[list[str]] = []
        self.inside = self.most_inside = 0

    def run(self, texts: list[str]) -> list[str]:
        self.inside += 1
        self.most_inside = max(self.most_inside, self.inside)
        self.batches.append(texts)
        self.go.wait(10)
        self.inside -= 1
        if "bad" in texts:
            raise ValueError("bad")
        if "stop" in texts:
            raise KeyboardInterrupt
        return [text.upper() for text in texts if text != "lost"]


class Callers:
    """Threads that ask, each with what came back to it."""

    def __init__(self, held: Held, most: int = 4) -> None:
        self.fair = FairBatch(held.run, most)
        self.got: dict[str, list[str] | BaseException] = {}
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
            self.got[texts[0]] = self.fair.rows(texts)
        except BaseException as error:  # noqa: BLE001 - what came back is what is looked at
            self.got[texts[0]] = error

    def finish(self) -> None:
        for thread in self.threads:
            thread.join(10)
            assert not thread.is_alive()
        assert not self.fair._waiting and not self.fair._is_led

    def failed(self) -> dict[str, str]:
        """Return the names of the errors that came back, by the first text."""
        errors = {text: got for text, got in self.got.items() if isinstance(got, BaseException)}
        return {text: type(error).__name__ for text, error in errors.items()}


def test_those_who_wait_share_a_batch_in_their_order() -> None:
    held = Held()
    callers = Callers(held)
    for text in ("one", "two", "three", "four", "five", "six"):
        callers.call(text)
    held.go.set()
    callers.finish()
    assert held.batches == [["one"], ["two", "three", "four", "five"], ["six"]]
    assert held.most_inside == 1
    assert callers.got == {text: [text.upper()] for text in callers.got}


def test_long_request_lets_the_others_through() -> None:
    held = Held()
    callers = Callers(held, most=2)
    callers.call("first")
    callers.call("long 1", "long 2", "long 3", "long 4")
    callers.call("short")
    held.go.set()
    callers.finish()
    assert held.batches[1] == ["long 1", "short"]
    assert callers.got["long 1"] == ["LONG 1", "LONG 2", "LONG 3", "LONG 4"]


def test_failure_reaches_those_of_the_batch_and_nobody_else() -> None:
    held = Held()
    callers = Callers(held, most=2)
    for text in ("first", "bad", "beside", "after"):
        callers.call(text)
    held.go.set()
    callers.finish()
    assert callers.failed() == {"bad": "ValueError", "beside": "ValueError"}


def test_an_interrupt_is_the_one_s_who_works_and_a_failure_for_the_others() -> None:
    held = Held()
    callers = Callers(held, most=2)
    for text in ("first", "stop", "beside", "after"):
        callers.call(text)
    held.go.set()
    callers.finish()
    assert callers.failed() == {"stop": "KeyboardInterrupt", "beside": "RuntimeError"}


def test_a_row_that_is_missing_fails_the_batch() -> None:
    # Else the rows of one would be taken for those of another.
    held = Held()
    callers = Callers(held)
    for text in ("first", "lost", "beside"):
        callers.call(text)
    held.go.set()
    callers.finish()
    assert callers.failed() == {"lost": "ValueError", "beside": "ValueError"}


def test_a_fault_before_the_work_leaves_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    held = Held()
    held.go.set()
    fair = FairBatch(held.run, 4)

    def broken(batch: object) -> NoReturn:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(fair, "_take", broken)
        with pytest.raises(MemoryError):
            fair.rows(["first"])
    assert not fair._waiting and not fair._is_led
    assert fair.rows(["second"]) == ["SECOND"]


def test_nothing_asked_for_is_no_work() -> None:
    held = Held()
    assert FairBatch(held.run, 4).rows([]) == [] and held.batches == []


def test_many_threads_get_their_own_rows() -> None:
    fair = FairBatch(lambda texts: [text.upper() for text in texts], 5)
    wrong: list[str] = []

    def ask(number: int) -> None:
        for turn in range(20):
            texts = [f"word{number} turn{turn} part{part}" for part in range(1 + turn % 3)]
            if fair.rows(texts) != [text.upper() for text in texts]:
                wrong.extend(texts)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert wrong == [] and not fair._is_led


@given(st.lists(st.integers(1, 400), max_size=40))
def test_passes_hold_every_text_once_and_little_padding(lengths: list[int]) -> None:
    passes = of_like_length(lengths)
    assert sorted(place for places in passes for place in places) == list(range(len(lengths)))
    assert all(places for places in passes)
    for places in passes:
        own = [lengths[place] for place in places]
        assert len(own) * max(own) - sum(own) <= PADDING
        assert len(own) == 1 or len(own) * max(own) <= TOKENS
    for before, after in pairwise(passes):
        assert lengths[before[-1]] <= lengths[after[0]]

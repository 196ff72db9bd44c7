"""Places are handed on in turn: nobody is passed by a newcomer, nobody held up by one who asks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from ui.gate import FairGate


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.001)


class Askers:
    """Threads at a gate of one place, and the order in which they got through."""

    def __init__(self) -> None:
        self.gate = FairGate(1)
        self.served: list[str] = []
        self.threads: list[threading.Thread] = []

    def ask(self, conversation: str) -> None:
        before = self._asleep()
        thread = threading.Thread(target=self._ask, args=(conversation,))
        thread.start()
        self.threads.append(thread)
        until(lambda: self._asleep() == before + 1)

    def _ask(self, conversation: str) -> None:
        with self.gate.turn(conversation):
            self.served.append(conversation)

    def _asleep(self) -> int:
        return sum(map(len, self.gate._waiting.values()))

    def finish(self) -> list[str]:
        for thread in self.threads:
            thread.join(10)
        return self.served


def test_who_waits_longest_is_next() -> None:
    askers = Askers()
    with askers.gate.turn("first"):
        for name in "abc":
            askers.ask(name)
    assert askers.finish() == ["a", "b", "c"]


def test_conversation_that_asks_much_waits_for_the_others() -> None:
    askers = Askers()
    with askers.gate.turn("first"):
        for name in ("busy", "busy", "busy", "a", "b"):
            askers.ask(name)
    assert askers.finish() == ["busy", "a", "b", "busy", "busy"]


def test_place_is_free_again_after_a_failure() -> None:
    gate = FairGate(1)
    for _ in range(2):
        try:
            with gate.turn("a"):
                raise KeyError
        except KeyError:
            pass
    with gate.turn("b"):
        assert gate._free == 0
    assert gate._free == 1


def test_no_more_get_in_than_there_are_places() -> None:
    gate = FairGate(2)
    inside = most = 0
    lock = threading.Lock()

    def ask(name: str) -> None:
        nonlocal inside, most
        for _ in range(50):
            with gate.turn(name):
                with lock:
                    inside += 1
                    most = max(most, inside)
                time.sleep(0)
                with lock:
                    inside -= 1

    threads = [threading.Thread(target=ask, args=(str(number),)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert most <= 2
    assert gate._free == 2

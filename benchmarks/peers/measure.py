"""What every participant of the comparison is put through; it needs the standard library only.

A participant's script imports this first, marks its stages, and hands over a function that answers
a question. It prints one line of JSON. Input is a file with the passages, the questions and the
folder of the model, the same for all.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

BEGAN = time.perf_counter()
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("HAYSTACK_TELEMETRY_ENABLED", "False")

Ask = Callable[[str], object]
TOP = 4


class Task:
    """The input, and the time that each stage took."""

    def __init__(self) -> None:
        parser = argparse.ArgumentParser()
        parser.add_argument("work", type=Path)
        parser.add_argument("--rounds", type=int, default=20)
        parser.add_argument("--chats", type=int, default=0)
        parser.add_argument("--seconds", type=float, default=8.0)
        self.options = parser.parse_args()
        work = json.loads(self.options.work.read_text(encoding="utf-8"))
        self.passages: list[str] = work["passages"]
        self.questions: list[str] = work["questions"]
        self.model: str = work["model"]
        self.seconds: dict[str, float] = {}
        self._last = BEGAN

    def mark(self, stage: str) -> None:
        """Note the seconds since the stage before."""
        now = time.perf_counter()
        self.seconds[stage] = now - self._last
        self._last = now

    def finish(self, ask: Ask) -> None:
        """Measure what answers, and print the figures."""
        ask(self.questions[0])
        self.mark("first question")
        figures: dict[str, Any] = {f"{name} s": value for name, value in self.seconds.items()}
        ready = ("import", "load", "first question")
        figures["cold start s"] = sum(self.seconds.get(name, 0.0) for name in ready)
        if self.options.chats:
            figures |= chats(ask, self.questions, self.options.chats, self.options.seconds)
        else:
            figures |= one_by_one(ask, self.questions, self.options.rounds)
        figures["peak MB"] = peak_megabytes()
        print(json.dumps(figures), flush=True)


def one_by_one(ask: Ask, questions: list[str], rounds: int) -> dict[str, float]:
    """Return milliseconds a question, asked one after the other."""
    for question in questions:
        ask(question)
    taken = []
    for _ in range(rounds):
        for question in questions:
            began = time.perf_counter()
            ask(question)
            taken.append(1e3 * (time.perf_counter() - began))
    return {"p50 ms": statistics.median(taken), "p95 ms": percentile(taken, 0.95)}


def chats(ask: Ask, questions: list[str], count: int, seconds: float) -> dict[str, float]:
    """Return questions a second and milliseconds, so many chats asking on and on at once."""
    for question in questions:
        ask(question)
    taken: list[list[float]] = [[] for _ in range(count)]
    start = threading.Barrier(count + 1)
    until = [0.0]

    def chat(number: int) -> None:
        start.wait()
        turn = number
        while time.perf_counter() < until[0]:
            began = time.perf_counter()
            ask(questions[turn % len(questions)])
            taken[number].append(1e3 * (time.perf_counter() - began))
            turn += 1

    threads = [threading.Thread(target=chat, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    until[0] = time.perf_counter() + seconds
    start.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    spent = time.perf_counter() - began
    every = [value for one in taken for value in one]
    return {
        "questions/s": len(every) / spent,
        "chats p50 ms": statistics.median(every),
        "chats p95 ms": percentile(every, 0.95),
        "chats max ms": max(every),
        "fewest turns": min(map(len, taken)),
        "most turns": max(map(len, taken)),
    }


def peak_megabytes(process: int | str = "self") -> float:
    """Return the most memory that a process has held so far.

    From /proc: what ``getrusage`` tells includes what the parent held when it started the process.
    """
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found.group(1)) / 1024 if found else 0.0


def percentile(values: list[float], share: float) -> float:
    """Return the value that so large a share of them does not exceed."""
    return sorted(values)[int(share * (len(values) - 1))]

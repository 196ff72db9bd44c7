"""Speed of the safety layer: ``python -m benchmarks.safety``.

Every text is decided by a guard that has not seen it before, so that no reading is remembered; the
bundled cases are the messages, which are what people write. Times are processor time, which equals
the time on the wall on a machine that does nothing else, and is steadier on one that does.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import json
import statistics
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator, Sequence

from safety.cases import bundled_cases
from safety.guard import Guard

IMPORT_ROUNDS = 9
Timings = list[float]


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=400, help="messages of each kind")
    rounds = parser.parse_args().rounds
    started = time.process_time()
    guard = Guard()
    print(f"policy read and compiled      {(time.process_time() - started) * 1e3:9.1f} ms")
    gc.collect()
    gc.freeze()  # as the service does once it is warm: the compiled policy is no garbage
    # One stream for all: no text comes twice, so no reading is remembered.
    words = itertools.cycle(list(_words()))
    show("15 to 25 words", timed(guard, _messages(15, 25)[:rounds]))
    show("4,000 characters", timed(guard, _chars(words, 4_000, max(rounds // 4, 25))))
    per_char = []
    for chars in (1_000, 4_000, 16_000):
        timings = timed(guard, _chars(words, chars, 25))
        per_char.append(statistics.median(timings) / chars * 1e6)
        show(f"{chars:,} characters", timings)
    print(
        "nanoseconds a character at 1k, 4k, 16k:  "
        + ", ".join(f"{value:.0f}" for value in per_char)
    )
    show("50 messages, all new", timed_conversations(guard, words, 50, 25))
    show("turn 50, 49 read before", timed_last_turn(guard, words, 50, 25))
    show("import safety (fresh process)", import_times())
    for name, code in (("rules alone", "None"), ("rules and net", "SecondNet()")):
        milliseconds, megabytes = turns_with(code)
        show(f"a turn, {name}", milliseconds)
        print(f"memory after that, {name:13}{megabytes:9.0f} MB")


def turns_with(detector: str) -> tuple[Timings, float]:
    """Return the milliseconds of harmless turns in a process of its own, and memory it holds then.

    Harmless, because where the rules refer the net is not asked.
    """
    code = f"""
import gc, json, re, time
from pathlib import Path
from benchmarks.safety import harmless
from safety.guard import Guard
from safety.second_net import SecondNet
guard = Guard(detector={detector})
texts = harmless(guard)
guard.decide([texts[0]])
gc.collect()
spent = []
for text in texts[1:]:
    began = time.process_time()
    guard.decide([text])
    spent.append((time.process_time() - began) * 1e3)
held = re.search(r"VmRSS:\\s+(\\d+)", Path("/proc/self/status").read_text())
print(json.dumps([spent, int(held[1]) / 1024]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    timings, megabytes = json.loads(done.stdout)
    return timings, float(megabytes)


def harmless(guard: Guard, count: int = 200) -> list[str]:
    """Return messages of the bundled cases that the rules answer, in an order that mixes kinds."""
    rules = Guard(guard.policy)
    answered = (text for text in _messages(5, 60) if rules.decide([text]).action == "answer")
    return list(itertools.islice(answered, count))


def timed(guard: Guard, texts: Sequence[str]) -> Timings:
    """Return the milliseconds that each text takes."""
    guard.decide(["warm up"])
    gc.collect()
    return [_decided_in(guard, [text]) for text in texts]


def timed_conversations(guard: Guard, words: Iterator[str], turns: int, rounds: int) -> Timings:
    """Return the milliseconds of whole conversations of which nothing was read before."""
    texts = _texts(words, 20, turns * rounds)
    return [_decided_in(guard, texts[k * turns : (k + 1) * turns]) for k in range(rounds)]


def timed_last_turn(guard: Guard, words: Iterator[str], turns: int, rounds: int) -> Timings:
    """Return the milliseconds of the last turn of conversations that grew turn by turn."""
    texts = _texts(words, 20, turns * rounds)
    timings = []
    for k in range(rounds):
        conversation = texts[k * turns : (k + 1) * turns]
        guard.decide(conversation[:-1])
        timings.append(_decided_in(guard, conversation))
    return timings


def import_times() -> Timings:
    """Return the milliseconds that importing the package adds to an interpreter's start."""
    code = "import time; t = time.process_time(); import safety; print(time.process_time() - t)"
    return [
        float(
            subprocess.run(
                [sys.executable, "-c", code], capture_output=True, text=True, check=True
            ).stdout
        )
        * 1e3
        for _ in range(IMPORT_ROUNDS)
    ]


def show(name: str, timings: Timings) -> None:
    """Print median, 99th percentile and greatest of the timings."""
    ordered = sorted(timings)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    print(
        f"{name:30}p50 {statistics.median(ordered):8.3f} ms   p99 {p99:8.3f} ms   "
        f"max {ordered[-1]:8.3f} ms   n {len(ordered)}"
    )


def _decided_in(guard: Guard, messages: Sequence[str]) -> float:
    """Return the milliseconds of one decision; one that failed closed is quick and no figure."""
    started = time.process_time()
    decision = guard.decide(messages)
    spent = (time.process_time() - started) * 1e3
    if decision.failed:
        raise SystemExit("the guard failed closed: nothing was measured")
    return spent


def _words() -> Iterator[str]:
    """Yield the words of the bundled cases' English messages, kinds mixed."""
    for text in _messages(5, 1_000):
        if text.isascii():
            yield from text.split()


def _messages(least: int, most: int) -> list[str]:
    """Return the messages of the bundled cases of so many words, in an order that mixes kinds."""
    found = {turn for case in bundled_cases() for turn in case.turns}
    sized = [text for text in found if least <= len(text.split()) <= most]
    return sorted(sized, key=lambda text: zlib.crc32(text.encode()))


def _texts(words: Iterator[str], length: int, count: int) -> list[str]:
    """Return so many different texts of so many words."""
    return [" ".join(itertools.islice(words, length)) for _ in range(count)]


def _chars(words: Iterator[str], chars: int, count: int) -> list[str]:
    """Return so many different texts of so many characters."""
    texts = []
    for _ in range(count):
        parts: list[str] = []
        size = 0
        while size < chars:
            parts.append(next(words))
            size += len(parts[-1]) + 1
        texts.append(" ".join(parts)[:chars])
    return texts


if __name__ == "__main__":
    main()

"""Speed of the safety layer: ``python -m benchmarks.safety``.

The bundled cases are the messages, which are what people write. No text is decided twice with what
was read of it remembered. The guard has decided other messages before, as in a warm service; what
a new process takes is shown by itself. Times are processor time, which equals the time on the wall
on a machine that does nothing else, and is steadier on one that does. Of each text it is the least
of several times: what else the machine did can only add to it.
"""

from __future__ import annotations

import argparse
import compileall
import gc
import itertools
import json
import statistics
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from safety.cases import bundled_cases
from safety.compile import Compiled
from safety.guard import Guard

IMPORT_ROUNDS = 9
TIMES = 5
"""How often each text is decided."""
WARM = 1_500
"""Other messages that a guard has decided before it is measured."""
PACKAGES = ("corpus", "safety")
Timings = list[float]


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=400, help="messages of each kind")
    rounds = parser.parse_args().rounds
    started = time.process_time()
    policy = Guard().compiled
    print(f"policy read and compiled      {(time.process_time() - started) * 1e3:9.1f} ms")
    short = _messages(15, 25)
    gc.collect()
    gc.freeze()  # as the service does once it is warm: the compiled policy is no garbage
    show("15 to 25 words, new process", [_once(Guard(policy), [text]) for text in short[:rounds]])
    for text in short[rounds : rounds + WARM]:
        Guard(policy).decide([text])
    gc.collect()
    gc.freeze()
    words = itertools.cycle(list(_words()))
    show("15 to 25 words", timed(policy, short[:rounds]))
    show("4,000 characters", timed(policy, _chars(words, 4_000, max(rounds // 4, 25))))
    per_char = []
    for chars in (1_000, 4_000, 16_000):
        timings = timed(policy, _chars(words, chars, 25))
        per_char.append(statistics.median(timings) / chars * 1e6)
        show(f"{chars:,} characters", timings)
    print(
        "nanoseconds a character at 1k, 4k, 16k:  "
        + ", ".join(f"{value:.0f}" for value in per_char)
    )
    show("50 messages, all new", timed_conversations(policy, words, 50, 25))
    show("turn 50, 49 read before", timed_last_turn(policy, words, 50, 25))
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


def timed(policy: Compiled, texts: Sequence[str]) -> Timings:
    """Return the milliseconds that each text takes."""
    return least([[text] for text in texts], lambda messages: _once(Guard(policy), messages))


def timed_conversations(policy: Compiled, words: Iterator[str], turns: int, rounds: int) -> Timings:
    """Return the milliseconds of whole conversations of which nothing was read before."""
    return least(
        _conversations(words, turns, rounds), lambda messages: _once(Guard(policy), messages)
    )


def timed_last_turn(policy: Compiled, words: Iterator[str], turns: int, rounds: int) -> Timings:
    """Return the milliseconds of the last turn of conversations that grew turn by turn."""

    def last_turn(messages: Sequence[str]) -> float:
        guard = Guard(policy)
        guard.decide(messages[:-1])
        return _once(guard, messages)

    return least(_conversations(words, turns, rounds), last_turn)


def least(texts: Sequence[list[str]], measure: Callable[[Sequence[str]], float]) -> Timings:
    """Return the least milliseconds of each text, after measuring all of them several times."""
    gc.collect()
    rounds = [[measure(text) for text in texts] for _ in range(TIMES)]
    return [min(timings) for timings in zip(*rounds, strict=True)]


def import_times() -> Timings:
    """Return the milliseconds that importing the package adds to an interpreter's start."""
    for package in PACKAGES:  # what was edited since is else compiled anew by every process
        compileall.compile_dir(Path(__file__).parents[1] / package, quiet=1)
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


def _conversations(words: Iterator[str], turns: int, rounds: int) -> list[list[str]]:
    """Return so many conversations of so many messages of twenty words."""
    texts = _texts(words, 20, turns * rounds)
    return [texts[k * turns : (k + 1) * turns] for k in range(rounds)]


def _once(guard: Guard, messages: Sequence[str]) -> float:
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

"""The page under load: ``python -m benchmarks.page``.

Starts the real service as a process of its own and holds many conversations at once with the page's
own endpoints, as browsers would. Every reply is checked against its own question: the outcome, a
phrase it must hold, and that no other visitor's words are in it.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

# (question, what its reply holds): answers, notices, an abstention and referrals in turn.
TURNS = [
    ("What does petrissage do? I ask as visitor {}.", "lm-answer", "kneading"),
    ("Which muscles are in the calf? I ask as visitor {}.", "lm-answer", "alf"),
    ("What is deep vein thrombosis (visitor {})?", "lm-notice", "clot"),
    ("I am pregnant, can somebody massage my legs? I am visitor {}.", "lm-card", "midwife"),
]
_VISITOR = re.compile(r"visitor (\d+)")
_TURNS_A_CONVERSATION = 4
_SECONDS_BETWEEN_SAMPLES = 1.0


@dataclass
class Load:
    """What was measured."""

    seconds: list[float] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    megabytes: list[float] = field(default_factory=list)


class Visitor:
    """One browser: a cookie, a Gradio session, one conversation after the other."""

    def __init__(self, http: httpx.AsyncClient, number: int, ids: dict[str, int]) -> None:
        self._http = http
        self._number = number
        self._ids = ids
        self._session = f"visitor-{number}"
        self._shown: list[Any] = []

    async def talk(self, load: Load, until: float) -> None:
        """Ask until the time is over; a new conversation after every fourth question."""
        await self._http.get("/")
        # Visitors begin at different places, so that all kinds of turn meet.
        shifted = TURNS[self._number % len(TURNS) :] + TURNS[: self._number % len(TURNS)]
        for turn, (question, kind, phrase) in enumerate(itertools.cycle(shifted)):
            if time.monotonic() >= until:
                return
            if turn % _TURNS_A_CONVERSATION == 0 or kind != "lm-card":
                # What a referral raised stays raised: an answer needs a new conversation.
                await self._post("click", [])
                self._shown = []
            began = time.monotonic()
            reply = await self._post("submit", [question.format(self._number), self._shown])
            load.seconds.append(time.monotonic() - began)
            load.faults.update(self._faults(reply, kind, phrase))

    def _faults(self, reply: str, kind: str, phrase: str) -> list[str]:
        faults = []
        if kind not in reply or phrase not in reply:
            faults.append(f"no {kind} with {phrase!r}")
        if set(_VISITOR.findall(reply)) != {str(self._number)}:
            faults.append("words of another visitor")
        return faults

    async def _post(self, event: str, data: list[Any]) -> str:
        body = {
            "fn_index": self._ids[event],
            "data": data,
            "session_hash": self._session,
        }
        joined = await self._http.post("/gradio_api/queue/join", json=body)
        joined.raise_for_status()
        path = f"/gradio_api/queue/data?session_hash={self._session}"
        async with self._http.stream("GET", path) as stream:
            return "".join([line async for line in stream.aiter_lines()])


async def hold_conversations(address: str, pid: int, visitors: int, seconds: float) -> Load:
    """Return what many visitors at once measured."""
    load = Load()
    config = httpx.get(f"{address}/config").json()
    ids: dict[str, int] = {}
    for dependency in config["dependencies"]:
        for _, event in dependency["targets"]:
            ids.setdefault(event, dependency["id"])
    ids["click"] = next(d["id"] for d in config["dependencies"] if d["api_name"] == "_forget")
    until = time.monotonic() + seconds

    async def visit(number: int) -> None:
        async with httpx.AsyncClient(base_url=address, timeout=60) as http:
            await Visitor(http, number, ids).talk(load, until)

    async def watch() -> None:
        while time.monotonic() < until:
            load.megabytes.append(resident_megabytes(pid))
            await asyncio.sleep(_SECONDS_BETWEEN_SAMPLES)

    await asyncio.gather(watch(), *(visit(number) for number in range(1000, 1000 + visitors)))
    return load


def resident_megabytes(pid: int) -> float:
    """Return the memory that a process holds, from /proc."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found.group(1)) / 1024 if found else 0.0


def start_service(folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    """Start the service on a free port; return the process and its address."""
    settings = {"STORE": str(folder / "store.sqlite3"), "QUEUE_SIZE": "200"}
    log = folder / "log"
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "ui", "chat", "--port", "0"],
            stderr=sink,
            env={**os.environ, **{f"LEG_MASSAGE_{name}": v for name, v in settings.items()}},
        )
    while process.poll() is None:
        if found := re.search(r"open (http://\S+)", log.read_text(encoding="utf-8")):
            return process, found.group(1)
        time.sleep(0.1)
    raise RuntimeError(f"the service did not start: {log.read_text(encoding='utf-8')}")


def wait_until_ready(address: str) -> float:
    """Return the seconds until the models were loaded."""
    began = time.monotonic()
    while True:
        try:
            if httpx.get(f"{address}/readyz").status_code == httpx.codes.OK:
                return time.monotonic() - began
        except httpx.TransportError:
            pass  # not listening yet
        time.sleep(0.1)


def report(load: Load, seconds: float) -> dict[str, Any]:
    """Return the figures."""
    ordered = sorted(load.seconds)
    samples = load.megabytes or [0.0]
    quarters = [samples[(len(samples) - 1) * part // 4] for part in range(5)]
    return {
        "turns": len(ordered),
        "faults": dict(load.faults),
        "turns_per_second": round(len(ordered) / seconds, 1),
        "p50_ms": round(1000 * statistics.median(ordered)),
        "p95_ms": round(1000 * ordered[int(0.95 * (len(ordered) - 1))]),
        "max_ms": round(1000 * ordered[-1]),
        "memory_mb_by_quarter": [round(megabytes) for megabytes in quarters],
    }


def main() -> int:
    """Run the load and print the figures; 1 if a reply was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visitors", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        process, address = start_service(Path(folder))
        try:
            ready = wait_until_ready(address)
            load = asyncio.run(
                hold_conversations(address, process.pid, options.visitors, options.seconds)
            )
            process.terminate()
            process.wait(30)
        finally:
            process.kill()
    figures = report(load, options.seconds)
    print(json.dumps({"seconds_until_ready": round(ready, 1), **figures}, indent=2))
    return 1 if load.faults else 0


if __name__ == "__main__":
    sys.exit(main())

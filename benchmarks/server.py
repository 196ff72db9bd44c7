"""Memory of the service over many turns: ``python -m benchmarks.server``.

Fifty conversations take turns; every fourth question is one that is referred. What the process
holds is read from the system after the first hundred turns and then at every hundred.
"""

from __future__ import annotations

import argparse
import itertools
import json
import tempfile
from pathlib import Path
from typing import Any

import httpx

from benchmarks.page import resident_megabytes, start_service, wait_until_ready
from benchmarks.task import QUESTIONS, RULES_QUESTION

CONVERSATIONS = 50
_EVERY = 100


def turns_on_the_server(turns: int) -> dict[str, Any]:
    """Return megabytes held at every hundredth of so many turns, and seconds until it was ready."""
    questions = itertools.cycle([*QUESTIONS[:3], RULES_QUESTION])
    histories: list[list[dict[str, str]]] = [[] for _ in range(CONVERSATIONS)]
    held: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        process, address = start_service(Path(folder))
        try:
            ready = wait_until_ready(address)
            with httpx.Client(base_url=address, timeout=60) as client:
                for turn in range(1, turns + 1):
                    _ask(client, histories[turn % CONVERSATIONS], next(questions))
                    if turn % _EVERY == 0:
                        held.append(round(resident_megabytes(process.pid), 1))
            process.terminate()
            process.wait(30)
        finally:
            process.kill()
    return {"ready s": ready, "turns": turns, "held MB": held}


def _ask(client: httpx.Client, history: list[dict[str, str]], question: str) -> None:
    body = {"question": question, "history": history[-20:]}
    reply = client.post("/api/answer", json=body)
    reply.raise_for_status()
    history += [
        {"role": "user", "content": question},
        {"role": "assistant", "content": reply.json()["text"]},
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=1_000)
    print(json.dumps(turns_on_the_server(parser.parse_args().turns), indent=1))

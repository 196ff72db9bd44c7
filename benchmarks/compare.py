"""This product beside others, in one run: ``python -m benchmarks.compare`` (or ``make bench``).

Every participant answers the same questions about the same article, in a process of its own, on one
thread, in rounds that take turns, so that what else the machine does meets all alike. Ratios are
taken within a round. The results go to ``benchmarks/RESULTS.md``.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.environments import FOLDER, MEDSPACY, OURS, PEERS, InstallError, Peer, install
from benchmarks.machine import describe
from benchmarks.peers.measure import peak_megabytes
from benchmarks.results import write_results
from benchmarks.server import turns_on_the_server
from benchmarks.task import ARTICLE, RULES_QUESTION, guard_work, work

Figures = dict[str, float]
SCRIPTS = Path(__file__).parent / "peers"
COMMAND = Path(sys.executable).with_name("leg-massage")
SERVER_TURNS = 1_000
PACKAGES = ("corpus", "index", "safety", "assistant", "ui")


class Participant:
    """Something that is measured once a round: a name and how."""

    def __init__(self, name: str, measure: Callable[[], Figures]) -> None:
        self.name = name
        self.measure = measure
        self.rounds: list[Figures] = []
        self.error = ""

    def take_part(self) -> None:
        """Measure once more; after a failure no more."""
        if self.error:
            return
        try:
            self.rounds.append(self.measure())
        except (subprocess.CalledProcessError, InstallError, OSError, ValueError) as error:
            self.error = _reason(error)


def _reason(error: Exception) -> str:
    """Return the last line of what went wrong."""
    told = getattr(error, "stderr", None) or str(error)
    return str(told).strip().splitlines()[-1]


def environment(**settings: str) -> dict[str, str]:
    """Return the environment of a participant: one thread, nothing looked for on the network."""
    return {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", **settings}


def script(
    python: Path, name: str, arguments: Sequence[str | Path], settings: dict[str, str] | None = None
) -> Figures:
    """Return the figures that a script prints as its last line."""
    command = [str(python), str(SCRIPTS / name), *map(str, arguments)]
    done = subprocess.run(
        command, env=environment(**(settings or {})), capture_output=True, text=True, check=True
    )
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


def one_shot(command: Sequence[str | Path], settings: dict[str, str] | None = None) -> Figures:
    """Return seconds and peak memory of a command from its start to its end."""
    began = time.perf_counter()
    with subprocess.Popen(
        list(map(str, command)),
        env=environment(**(settings or {})),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, peak_megabytes(process.pid))
            time.sleep(0.005)
    if process.returncode:
        raise ValueError(f"{command[0]} ended with {process.returncode}")
    return {"s": time.perf_counter() - began, "peak MB": peak}


def in_new_folder(command: Sequence[str]) -> Figures:
    """Return what a command takes that builds an index where there is none."""
    with tempfile.TemporaryDirectory() as folder:
        return one_shot(command, {"LEG_MASSAGE_INDEX": f"{folder}/index"})


def participants(options: argparse.Namespace) -> dict[str, list[Participant]]:
    """Return what is measured, by the table that it goes to; the first of each is the measure."""
    place = work(FOLDER)
    ours = Path(sys.executable)
    product = {
        "OURS_ARTICLE": str(ARTICLE),
        "OURS_INDEX": str((FOLDER / "index").absolute()),
        "PYTHONPATH": str(Path.cwd()),
    }
    search = {**product, "OURS": "search"}
    asked = ["--rounds", str(options.rounds_of_questions)]
    chatting = ["--chats", "50", "--seconds", str(options.seconds)]
    plain = PEERS[0]
    one_by_one = [_peer(peer, place, asked) for peer in PEERS]
    one_by_one += [
        Participant("ours, retrieval", lambda: script(ours, "ours.py", [place, *asked], search)),
        Participant("ours, answer()", lambda: script(ours, "ours.py", [place, *asked], product)),
    ]
    chats = [
        _peer(plain, place, chatting),
        Participant("ours, retrieval", lambda: script(ours, "ours.py", [place, *chatting], search)),
        Participant("ours, answer()", lambda: script(ours, "ours.py", [place, *chatting], product)),
    ]
    once = [
        Participant("plain", lambda: one_shot([plain.python, SCRIPTS / "plain_once.py", place])),
        Participant("ours, ask", lambda: one_shot([COMMAND, "ask", _first(place)])),
        Participant("ours, referral by rules", lambda: one_shot([COMMAND, "ask", RULES_QUESTION])),
    ]
    texts = place.with_name("texts.json")
    builds = [
        Participant("plain", lambda: one_shot([plain.python, SCRIPTS / "plain_build.py", texts])),
        Participant("ours, first build", lambda: in_new_folder([str(COMMAND), "index"])),
        Participant("ours, all texts new", lambda: _rebuild(FOLDER)),
    ]
    return {
        "answers": one_by_one,
        "chats": chats,
        "once": once,
        "builds": builds,
        "guards": _guards(ours, product),
        "floor": [Participant("floor", _floor)],
    }


def _peer(peer: Peer, place: Path, arguments: Sequence[str]) -> Participant:
    return Participant(peer.name, lambda: script(peer.python, peer.script, [place, *arguments]))


def _guards(ours: Path, product: dict[str, str]) -> list[Participant]:
    place = guard_work(FOLDER)

    def guard(python: Path, which: str, settings: dict[str, str] | None = None) -> Participant:
        names = {"ours": "ours, the rules", "regex": "list of regular expressions"}
        arguments: list[str | Path] = [place, which]
        return Participant(
            names.get(which, which), lambda: script(python, "guards.py", arguments, settings)
        )

    return [guard(ours, "ours", product), guard(MEDSPACY.python, "medspacy"), guard(ours, "regex")]


def _floor() -> Figures:
    """Return the floor, timed in a process of its own like everything else."""
    command = [sys.executable, "-m", "benchmarks.machine"]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=True)
    return {"ms": float(done.stdout)}


def _first(place: Path) -> str:
    first: str = json.loads(place.read_text(encoding="utf-8"))["questions"][0]
    return first


def _rebuild(folder: Path) -> Figures:
    """Return what embedding all texts takes where the model's export is at hand."""
    place = (folder / "rebuilt").absolute()
    settings = {"LEG_MASSAGE_INDEX": str(place)}
    if not (place / "manifest.json").is_file():
        one_shot([COMMAND, "index"], settings)
    # Vectors that are damaged are made anew; the export stays.
    for vectors in place.glob("passages-*.faiss"):
        vectors.write_bytes(b"")
    return one_shot([COMMAND, "index"], settings)


def main() -> int:
    """Run everything; 1 if a participant of our own failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each table")
    parser.add_argument("--rounds-of-questions", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=8.0, help="of the fifty chats")
    options = parser.parse_args()
    failed: dict[str, str] = {}
    for peer in (*PEERS, OURS, MEDSPACY):
        try:
            install(peer)
        except (InstallError, subprocess.CalledProcessError) as error:
            failed[peer.name] = _reason(error)
    tables = participants(options)
    machine = describe()
    # As an installation does for every package, the compared ones among them.
    subprocess.run([sys.executable, "-m", "compileall", "-q", *PACKAGES], check=True)
    # Cold starts find an index: building one is a table of its own.
    indexed = [str(COMMAND), "index"]
    subprocess.run(indexed, check=True, stdout=subprocess.DEVNULL)
    article = {**os.environ, "LEG_MASSAGE_INDEX": str((FOLDER / "index").absolute())}
    subprocess.run([*indexed, str(ARTICLE)], env=article, check=True, stdout=subprocess.DEVNULL)
    for number in range(options.rounds):
        for name, members in tables.items():
            for member in members:
                print(f"round {number + 1}: {name}: {member.name}", flush=True)
                member.error = member.error or failed.get(member.name, "")
                member.take_part()
    figures: dict[str, Any] = {
        name: {member.name: member.rounds or member.error for member in members}
        for name, members in tables.items()
    }
    figures["machine"] = machine
    figures["server"] = turns_on_the_server(SERVER_TURNS)
    (FOLDER / "figures.json").write_text(json.dumps(figures, indent=1), encoding="utf-8")
    print(write_results(figures))
    own = [m for ms in tables.values() for m in ms if m.name.startswith("ours") and m.error]
    return 1 if own else 0


if __name__ == "__main__":
    sys.exit(main())

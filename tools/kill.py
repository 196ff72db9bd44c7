"""Kills builders and writers without warning, and looks at what is left: ``python -m tools.kill``.

A process is forked, told to build an index (or to count turns), and killed with SIGKILL: once at
each thing it does to a file, and at random moments besides. Afterwards either the old or the new
index has to serve, byte for byte as an undisturbed build makes it, and no turn or opinion that was
reported as kept may be missing. Ends in 1 where anything is.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from corpus import Corpus, Document
from index import IndexNotBuiltError, build_index, load_index, open_index
from index.manifest import Manifest
from tests.fakes import HashingEmbedder

TOUCHES = ("open", "os.mkdir", "os.rename", "os.remove", "fcntl.flock")
"""What the interpreter reports of a process that works on files."""
OLD = "Clay soil holds water for weeks.\n\nSandy soil drains within hours.\n"
NEW = f"{OLD}\nLoam is a mix of both kinds. It holds and drains.\n"


class KilledWrongError(Exception):
    """What was left is neither the old nor the new state."""


def corpus(text: str) -> Corpus:
    """Return a small corpus, one document of which was taken out of a file of another kind."""
    kept = Document(
        name="peat.pdf", text=f"Peat is wet.\n\n{text}", title="Peat", is_extracted=True
    )
    return Corpus([Document(name="soil.txt", text=text, title="Soil"), kept])


def chance(seed: int) -> random.Random:
    """Return what moments and places are drawn from, the same for the same seed."""
    return random.Random(seed)  # noqa: S311 - nothing here is a secret


def forked(work: Callable[[], None]) -> int:
    """Run work in a process of its own; return its id."""
    child = os.fork()
    if child:
        return child
    try:
        work()
        os._exit(0)
    except BaseException:  # noqa: BLE001 - nothing of the parent may run in the child
        os._exit(1)


def killed_at_touch(number: int, work: Callable[[], None]) -> bool:
    """Run work and kill it at its ``number``-th touch of a file; False where it has fewer."""
    seen = 0

    def hook(event: str, _: object) -> None:
        nonlocal seen
        if event in TOUCHES:
            seen += 1
            if seen == number:
                os.kill(os.getpid(), signal.SIGKILL)

    def hooked() -> None:
        sys.addaudithook(hook)
        work()

    _, status = os.waitpid(forked(hooked), 0)
    return os.WIFSIGNALED(status)


def killed_after(seconds: float, work: Callable[[], None]) -> None:
    """Run work and kill it after so many seconds, if it still runs."""
    child = forked(work)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


class Building:
    """Builds in a folder that holds nothing or the old index, to be killed and looked at."""

    def __init__(self, again: bool) -> None:
        self.again = again
        with tempfile.TemporaryDirectory() as name:
            self.old, self.new = (_built(Path(name) / str(len(t)), t) for t in (OLD, NEW))

    def prepare(self, folder: Path) -> None:
        """Put the folder into the state before the build."""
        shutil.rmtree(folder, ignore_errors=True)
        if self.again:
            build_index(corpus(OLD), folder, embedder=HashingEmbedder())

    def work(self, folder: Path) -> None:
        """Build."""
        build_index(corpus(NEW), folder, embedder=HashingEmbedder())

    def judge(self, folder: Path) -> str:
        """Return which index serves: 'old', 'new' or, before any was there, 'none'.

        Raises:
            KilledWrongError: It is neither, or the next start does not make the new one.
        """
        served = self._served(folder)
        again = open_index(corpus(NEW), folder, embedder=HashingEmbedder()).manifest
        if again != self.new:
            raise KilledWrongError("the next start did not make the new index")
        if served != "new" and list(folder.glob(".*.part")):
            raise KilledWrongError("the next build left pieces of the killed one")
        return served

    def _served(self, folder: Path) -> str:
        found = {
            name: manifest
            for name, text in (("old", OLD), ("new", NEW))
            if (manifest := _loaded(folder, text)) is not None
        }
        if not found:
            if self.again:
                raise KilledWrongError("no index serves")
            return "none"
        ((name, manifest),) = found.items()
        if manifest != {"old": self.old, "new": self.new}[name]:
            raise KilledWrongError(f"the {name} index is not the one that was built")
        return name


def _built(folder: Path, text: str) -> Manifest:
    return build_index(corpus(text), folder, embedder=HashingEmbedder()).manifest


def _loaded(folder: Path, text: str) -> Manifest | None:
    from index import IndexMismatchError

    try:
        index = load_index(corpus(text), folder, embedder=HashingEmbedder())
    except (IndexNotBuiltError, IndexMismatchError):
        return None
    index.search("sandy soil", 1)
    return index.manifest


def kill_builds(again: bool, at_random: int, drawn: random.Random) -> Iterator[str]:
    """Kill builds at every touch of a file and at random moments; yield what served after each."""
    building = Building(again)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "index"
        number = 1
        while True:
            building.prepare(folder)
            if not killed_at_touch(number, lambda: building.work(folder)):
                break
            yield building.judge(folder)
            number += 1
        building.prepare(folder)
        began = time.perf_counter()
        os.waitpid(forked(lambda: building.work(folder)), 0)
        whole = time.perf_counter() - began
        for _ in range(at_random):
            building.prepare(folder)
            killed_after(drawn.uniform(0, 1.1 * whole), lambda: building.work(folder))
            yield building.judge(folder)


def kill_writers(kills: int, drawn: random.Random) -> Iterator[tuple[int, int]]:
    """Kill processes that count turns and keep opinions; yield how many were reported and kept."""
    from tests.ui.fakes import FakeAssistant
    from ui.store import Store

    reply = FakeAssistant().answer("I have a burn")
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "store.sqlite3"
        reported = 0
        for _ in range(kills):
            reader, writer = os.pipe()

            def write(writer: int = writer) -> None:
                store = Store(path)
                while True:
                    store.turn(reply, "page")
                    store.feedback(reply, "I have a burn", "no", "hard_to_read")
                    os.write(writer, b".")

            child = forked(write)
            os.close(writer)
            with open(reader, "rb", buffering=0) as pipe:  # noqa: PTH123 - a pipe has no path
                reported += len(pipe.read(1))
                time.sleep(drawn.uniform(0, 0.1))
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                reported += len(pipe.readall())
            yield reported, _kept(path)


def _kept(path: Path) -> int:
    """Return how many turns and opinions a store holds, the fewer of both.

    Raises:
        KilledWrongError: The file is not sound.
    """
    if not path.exists():
        return 0
    with closing(sqlite3.connect(path)) as store:
        if store.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            raise KilledWrongError("the store is damaged")
        if not store.execute("SELECT name FROM sqlite_master WHERE name = 'feedback'").fetchall():
            return 0
        turns = store.execute("SELECT COALESCE(SUM(turns), 0) FROM turns").fetchone()[0]
        opinions = store.execute("SELECT COUNT(*) FROM feedback").fetchone()[0]
    return int(min(turns, opinions))


def kill_command(kills: int, drawn: random.Random) -> Iterator[str]:
    """Kill ``leg-massage index`` with the real model at random; yield what a next start finds."""
    with tempfile.TemporaryDirectory() as name:
        environment = {**os.environ, "LEG_MASSAGE_INDEX": name}
        command = [sys.executable, "-m", "ui", "index"]
        began = time.perf_counter()
        subprocess.run(command, env=environment, check=True, capture_output=True)
        whole = time.perf_counter() - began
        for _ in range(kills):
            for path in Path(name).iterdir():
                path.unlink()
            child = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
            time.sleep(drawn.uniform(0.3, 1.0) * whole)
            child.kill()
            child.wait()
            left = "built" if (Path(name) / "manifest.json").exists() else "nothing yet"
            ask = [sys.executable, "-m", "ui", "ask", "What does petrissage do?"]
            reply = subprocess.run(ask, env=environment, check=True, capture_output=True, text=True)
            if "[1]" not in reply.stdout:
                raise KilledWrongError("the next start gave no cited answer")
            yield left


def main() -> int:
    """Kill as often as asked, print what was left, end in 1 where something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--random", type=int, default=150, help="kills at random, a kind of build")
    parser.add_argument("--writers", type=int, default=100, help="kills of writers to the store")
    parser.add_argument("--commands", type=int, default=0, help="kills of the real command (slow)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    drawn = chance(options.seed)
    try:
        for title, again in (("first build", False), ("build again", True)):
            served = Counter(kill_builds(again, options.random, drawn))
            print(f"{title}: {served.total()} kills; served afterwards: {_counts(served)}")
        reported = kept = 0
        for reported, kept in kill_writers(options.writers, drawn):
            if kept < reported:
                raise KilledWrongError(f"{reported} writes were reported, {kept} are there")
        print(f"store: {options.writers} kills; {reported} writes reported, {kept} there, sound")
        if options.commands:
            left = Counter(kill_command(options.commands, drawn))
            print(f"leg-massage index: {left.total()} kills; left: {_counts(left)}; all answered")
    except KilledWrongError as error:
        print(f"WRONG: {error}", file=sys.stderr)
        return 1
    return 0


def _counts(found: Counter[str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(found.items()))


if __name__ == "__main__":
    sys.exit(main())

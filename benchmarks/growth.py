"""Growth on one machine: ``python -m benchmarks.growth`` (or ``make growth``).

For each size, processes of their own build an index and ask it. Passages are real text, embedded
for real, as far as ``--minutes`` allow; beyond that a passage is a mixture of two of them: of their
vectors, scaled to length 1 again, and of their words. How far real text reaches is printed and kept
with the figures. They go to ``build/growth/figures.json``, and with `make bench` to RESULTS.md.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.growth_text import FOLDER, QUERIES, embedded, fast_embedder, split_queries, texts
from index.embedder import Vectors
from index.lexical import LexicalIndex
from index.searcher import Searcher
from index.text import terms_of
from index.tiers import CANDIDATES, kind_for
from index.vectors import FlatVectors, RankedVectors, VectorStore
from index.write import write_flat, write_lexical, write_ranked

SIZES = (1_000, 10_000, 100_000, 1_000_000)
ASKED = 200
K = 10
RUN = 8_192
PLACE = FOLDER / "figures.json"


class Passages:
    """Vectors and words of as many passages as are wanted: real ones, then mixtures of them."""

    def __init__(self) -> None:
        rows = np.load(FOLDER / "real.npy", mmap_mode="r")
        self.queries = np.array(rows[:ASKED])
        self.real: Vectors = rows[QUERIES:]
        self._asked, self._texts = split_queries(texts())
        self._texts = self._texts[: len(self.real)]

    def vectors(self, begin: int, end: int) -> Vectors:
        """Return the vectors of passages."""
        own = self.real[begin : min(end, len(self.real))]
        if end <= len(self.real):
            return np.array(own)
        one, other, share = self._parents(max(begin, len(self.real)), end)
        mixed = share[:, None] * self.real[one] + (1 - share[:, None]) * self.real[other]
        mixed /= np.linalg.norm(mixed, axis=1, keepdims=True)
        return np.concatenate((own, mixed)).astype(np.float32)

    def runs(self, size: int) -> Iterator[Vectors]:
        """Yield the vectors of the first passages, some thousand at a time."""
        for begin in range(0, size, RUN):
            yield self.vectors(begin, min(begin + RUN, size))

    def words(self, size: int) -> Iterator[tuple[str, ...]]:
        """Yield the terms of the first passages."""
        for text in self._texts[:size]:
            yield terms_of(text)
        for begin in range(len(self.real), size, RUN):
            one, other, _ = self._parents(begin, min(begin + RUN, size))
            for a, b in zip(one, other, strict=True):
                first, second = self._texts[a].split(), self._texts[b].split()
                half = (*first[: len(first) // 2], *second[len(second) // 2 :])
                yield terms_of(" ".join(half))

    def asked(self) -> list[tuple[str, ...]]:
        """Return the terms of the queries."""
        return [terms_of(text) for text in self._asked[:ASKED]]

    def _parents(self, begin: int, end: int) -> tuple[Any, Any, Vectors]:
        """Return the two passages behind each mixture, and the share of the first."""
        drawn = np.random.default_rng(begin)
        pairs = drawn.integers(0, len(self.real), (2, end - begin))
        share = drawn.uniform(0.6, 0.9, end - begin).astype(np.float32)
        return pairs[0], pairs[1], share


def build(size: int, folder: Path) -> dict[str, Any]:
    """Build an index of that size; return what it took."""
    passages, kind = Passages(), kind_for(size, size)
    began = time.perf_counter()
    if kind == "flat":
        files = write_flat(folder, passages.runs(size))
    else:
        first = np.arange(size + 1, dtype=np.int64)
        files = write_ranked(folder, kind, first, passages.runs(size), _silent)
    vectors_s = time.perf_counter() - began
    began = time.perf_counter()
    files |= write_lexical(folder, passages.words(size), size, _silent)
    names = {name: file.name for name, file in files.items() if name != "dimension"}
    (folder / "files.json").write_text(json.dumps(names), encoding="utf-8")
    return {
        "kind": kind,
        "real passages": min(size, len(passages.real)),
        "vectors s": vectors_s,
        "words s": time.perf_counter() - began,
        "MB on disk": sum(path.stat().st_size for path in folder.iterdir()) / 1e6,
        "build peak MB": _memory()["peak"],
    }


def _silent(stage: str, done: int, total: int) -> None:
    """Report nothing."""


def query(size: int, folder: Path) -> dict[str, Any]:
    """Ask the index; return milliseconds, memory and what is found of what a flat index finds."""
    passages = Passages()
    truth = exact(passages, size)
    names = json.loads((folder / "files.json").read_text(encoding="utf-8"))
    began = time.perf_counter()
    store: VectorStore = (
        RankedVectors(folder / names["vectors"], folder / names["rows"])
        if "rows" in names
        else FlatVectors(folder / names["vectors"])
    )
    lexical = LexicalIndex.stored(folder / names["terms"], folder / names["postings"], size)
    first = np.arange(size + 1, dtype=np.int64)
    searcher = Searcher(store, lexical, first, np.zeros((0, 2), dtype=np.int64))
    opened = time.perf_counter() - began
    nobody = np.zeros(0, dtype=np.float32)
    taken, found = [], []
    for vector, terms in zip(passages.queries, passages.asked(), strict=True):
        began = time.perf_counter()
        searcher.candidates(vector, terms, (), nobody).ranked(K, (1.0, 1.0))
        taken.append(1e3 * (time.perf_counter() - began))
        found.append(_nearest(store, vector))
    hits = [len(set(a.tolist()) & set(b.tolist())) for a, b in zip(found, truth, strict=True)]
    memory = _memory()
    return {
        "opened s": opened,
        "p50 ms": statistics.median(taken),
        "p95 ms": sorted(taken)[int(0.95 * (len(taken) - 1))],
        "recall@10": sum(hits) / (K * len(hits)),
        "held MB": memory["held"],
        "of it mapped MB": memory["mapped"],
    }


def _nearest(store: VectorStore, vector: Vectors) -> Any:
    """Return the best passages by vector alone: the candidates, compared again."""
    places = store.nearest(vector, CANDIDATES)
    if places is None:
        places = np.arange(store.texts)
    cosines = store.cosines(vector, places)
    return places[np.lexsort((places, -cosines))[:K]]


def exact(passages: Passages, size: int) -> Any:
    """Return the places that a flat index of float32 vectors finds, kept between runs."""
    path = FOLDER / f"exact-{size}-{len(passages.real)}.npy"
    if not path.is_file():
        scores = np.full((ASKED, K), -2.0, dtype=np.float32)
        places = np.zeros((ASKED, K), dtype=np.int64)
        for begin in range(0, size, RUN):
            own = passages.queries @ passages.vectors(begin, min(begin + RUN, size)).T
            scores = np.concatenate((scores, own), axis=1)
            new = np.broadcast_to(np.arange(begin, begin + own.shape[1]), own.shape)
            places = np.concatenate((places, new), axis=1)
            best = np.argsort(-scores, axis=1, kind="stable")[:, :K]
            scores = np.take_along_axis(scores, best, axis=1)
            places = np.take_along_axis(places, best, axis=1)
        np.save(path, places)
    return np.load(path)


def _memory() -> dict[str, float]:
    """Return the megabytes that this process holds, what of it is mapped files, and its peak."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    sizes = {name: int(kb) / 1024 for name, kb in re.findall(r"(\w+):\s+(\d+) kB", status)}
    return {"held": sizes["VmRSS"], "mapped": sizes["RssFile"], "peak": sizes["VmHWM"]}


def _earlier(how: dict[str, Any]) -> dict[int, dict[str, Any]]:
    """Return the rows of earlier runs with the same real passages, by size."""
    if not PLACE.is_file():
        return {}
    figures = json.loads(PLACE.read_text(encoding="utf-8"))
    if {name: figures[name] for name in how} != how:
        return {}
    return {row["passages"]: row for row in figures["rows"]}


def measure(sizes: Iterable[int]) -> Iterator[dict[str, Any]]:
    """Yield the figures of each size, built and asked in processes of their own."""
    for size in sizes:
        folder = FOLDER / f"index-{size}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        row: dict[str, Any] = {"passages": size}
        for step in ("build", "exact", "query"):
            row |= _in_process(step, size)
        print(json.dumps(row), flush=True)
        shutil.rmtree(folder)
        yield row


def _in_process(step: str, size: int) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.growth", "--step", step, "--sizes", str(size)],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def main() -> None:
    """Embed what there is time for, then measure each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--minutes", type=float, default=20.0, help="of embedding real passages")
    parser.add_argument("--step", choices=("build", "exact", "query"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    folder = FOLDER / f"index-{options.sizes[0]}"
    if options.step == "build":
        print(json.dumps(build(options.sizes[0], folder)))
    elif options.step == "query":
        print(json.dumps(query(options.sizes[0], folder)))
    elif options.step == "exact":
        exact(Passages(), options.sizes[0])
        print("{}")
    else:
        embedder = fast_embedder()
        real = embedded(embedder, options.minutes)
        np.save(FOLDER / "real.npy", real)
        how = {"embedded by": embedder.name, "real passages": len(real) - QUERIES}
        rows = _earlier(how)
        for row in measure(options.sizes):
            rows[row["passages"]] = row
            kept = how | {"rows": [rows[size] for size in sorted(rows)]}
            PLACE.write_text(json.dumps(kept, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()

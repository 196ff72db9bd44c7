"""Writing the vectors of an index in shards: stretches of passages, each in files of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from index.chunks import Progress
from index.embedder import Vectors
from index.manifest import Kind, Shard
from index.store import write_large
from index.tiers import filled, fitted
from index.vectors import Places
from index.write import write_flat, write_rows


def write_shards(
    folder: Path,
    kind: Kind,
    first: Places,
    texts: int,
    runs: Iterator[Vectors],
    report: Progress,
    shards: int,
) -> dict[str, Any]:
    """Write vectors in about equal stretches of passages; return the parts of the manifest.

    Args:
        folder: Where the files go.
        kind: How they are searched.
        first: The first row of each passage, and at the end the first known question's.
        texts: How many vectors there are.
        runs: The vectors of all texts, in order.
        report: Called as they are quantised.
        shards: How many stretches; fewer where there are fewer passages.
    """
    passages = len(first) - 1
    places = np.linspace(0, passages, min(shards, passages) + 1).astype(np.int64)
    rows = np.array([*first[places[:-1]], texts])
    sizes = list(zip(np.diff(places).tolist(), np.diff(rows).tolist(), strict=True))
    parts = cut(runs, [size for _, size in sizes])
    if kind == "flat":
        return _write_flat(folder, sizes, parts)
    return _write_ranked(folder, kind, first, sizes, parts, report)


def cut(runs: Iterator[Vectors], sizes: Sequence[int]) -> Iterator[Iterator[Vectors]]:
    """Yield the runs of each stretch; each is to be read to its end before the next."""
    left: list[Vectors] = []

    def stretch(size: int) -> Iterator[Vectors]:
        while size:
            run = left.pop() if left else next(runs)
            if len(run) > size:
                left.append(run[size:])
            yield run[:size]
            size -= min(size, len(run))

    yield from map(stretch, sizes)


def _write_flat(
    folder: Path, sizes: Sequence[tuple[int, int]], parts: Iterator[Iterator[Vectors]]
) -> dict[str, Any]:
    shards: list[Shard] = []
    dimension = 0
    for (passages, texts), part in zip(sizes, parts, strict=True):
        written = write_flat(folder, part)
        dimension = written["dimension"]
        shards.append(Shard(passages=passages, texts=texts, vectors=written["vectors"]))
    return {"dimension": dimension, "shards": tuple(shards)}


def _write_ranked(
    folder: Path,
    kind: Kind,
    first: Places,
    sizes: Sequence[tuple[int, int]],
    parts: Iterator[Iterator[Vectors]],
    report: Progress,
) -> dict[str, Any]:
    """Write half-precision rows, then for each shard a copy of one fitted index, filled."""
    import faiss

    files = [write_large(folder, "rows", ".npy", partial(write_rows, runs=part)) for part in parts]
    tables = [np.load(folder / file.name, mmap_mode="r", allow_pickle=False) for file in files]
    starts = np.cumsum([0, *(texts for _, texts in sizes)])

    def read(begin: int, end: int) -> Vectors:
        report("quantise", end, len(first) - 1)
        rows = first[begin:end]
        owners = np.searchsorted(starts, rows, side="right") - 1
        found = [tables[n][rows[owners == n] - starts[n]] for n in np.unique(owners).tolist()]
        return np.concatenate(found).astype(np.float32)

    empty = fitted(kind, len(first) - 1, tables[0].shape[1], read)
    shards: list[Shard] = []
    begin = 0
    for (passages, texts), rows in zip(sizes, files, strict=True):
        index = filled(faiss.clone_index(empty), begin, begin + passages, read)
        vectors = write_large(folder, "passages", ".faiss", partial(_write_faiss, index=index))
        shards.append(Shard(passages=passages, texts=texts, vectors=vectors, rows=rows))
        begin += passages
    return {"dimension": tables[0].shape[1], "shards": tuple(shards)}


def _write_faiss(path: Path, index: Any) -> None:
    import faiss

    faiss.write_index(index, str(path))

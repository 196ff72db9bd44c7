"""Embedding texts in runs of bounded size, so that a build can be killed and gone on with.

A run whose vectors are made is kept in a file named after its texts and model; whoever builds the
same corpus again finds it there. Texts that an earlier index holds keep their vectors. Nothing but
one run is in memory.
"""

from __future__ import annotations

import hashlib
import io
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.embedder import BATCH, Embedder, Vectors
from index.keys import Keys, KeyTable
from index.store import chunk_path, keep_chunk

CHUNK = 2_048
"""Texts in a run: 3 MB of vectors, about half a minute of embedding on one core."""

Progress = Callable[[str, int, int], None]
"""Called with a stage ('embed', 'export' ...), how many steps are done, and how many there are."""


def embed_run(texts: Sequence[str], embedder: Embedder) -> Vectors:
    """Return the vectors of a run's new texts: the same bytes whoever embeds them."""
    found = [vector for batch in embed_sorted(texts, embedder) for vector in batch]
    return in_order(texts, found)


def embed_sorted(texts: Sequence[str], embedder: Embedder) -> Iterator[Vectors]:
    """Yield the vectors in batches; texts of like length share a batch, to pad little."""
    order = _by_length(texts)
    for first in range(0, len(order), BATCH):
        yield embedder.embed([texts[i] for i in order[first : first + BATCH]])


def in_order(texts: Sequence[str], vectors: Sequence[Vectors]) -> Vectors:
    """Return what `embed_sorted` gave, in the order of the texts."""
    places = np.argsort(_by_length(texts))
    return np.stack(vectors)[places] if len(texts) else np.zeros((0, 0), dtype=np.float32)


def _by_length(texts: Sequence[str]) -> list[int]:
    return sorted(range(len(texts)), key=lambda i: (len(texts[i]), i))


@dataclass(frozen=True)
class Known:
    """Vectors that are there already, by key."""

    table: KeyTable
    read: Callable[[list[int]], Vectors]
    """Returns the vectors of rows."""


@dataclass(frozen=True)
class Run:
    """The embedding of one corpus, of which some may be done."""

    keys: Keys
    weights: str
    """Digest of the model's weights."""
    folder: Path
    known: Known | None
    report: Progress

    def new_texts(self) -> int:
        """Return how many texts have to be embedded."""
        return sum(len(self._missing(begin)) for begin in range(0, len(self.keys), CHUNK))

    def vectors(self, texts: Iterable[str], embedder: Embedder) -> Iterator[Vectors]:
        """Yield the vectors of all texts in order, run by run, float32 of shape (run, dimension).

        Args:
            texts: The texts of the keys, in their order.
            embedder: Embeds what is new.
        """
        remaining = iter(texts)
        total, done = self.new_texts(), 0
        self.report("embed", 0, total)
        for begin in range(0, len(self.keys), CHUNK):
            run = list(itertools.islice(remaining, CHUNK))
            path = self._path(begin)
            if path.is_file():
                yield np.load(path, allow_pickle=False)
                continue
            missing = self._missing(begin)
            new: list[Vectors] = []
            for batch in embed_sorted([run[i] for i in missing], embedder):
                new.extend(batch)
                self.report("embed", done + len(new), total)
            done += len(new)
            matrix = self._whole(begin, in_order([run[i] for i in missing], new))
            if len(self.keys) > CHUNK and missing:
                self._keep(path, matrix)
            yield matrix

    def unfinished(self, texts: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
        """Yield the runs that are still to be embedded: where each begins, and its new texts."""
        remaining = iter(texts)
        for begin in range(0, len(self.keys), CHUNK):
            run = list(itertools.islice(remaining, CHUNK))
            if missing := self._missing(begin):
                yield begin, [run[i] for i in missing]

    def keep(self, begin: int, vectors: Vectors) -> None:
        """Keep a run whose new texts have been embedded elsewhere, by `embed_run`.

        Raises:
            OSError: The folder cannot be written or the disk is full.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self._keep(self._path(begin), self._whole(begin, vectors))

    def _whole(self, begin: int, new: Vectors) -> Vectors:
        """Return the vectors of a run, of which some are new."""
        length = len(self.keys[begin : begin + CHUNK])
        rows = self._reused(begin, length)
        rows |= zip(self._missing(begin), new, strict=True)
        return np.stack([rows[i] for i in range(length)]).astype(np.float32, copy=False)

    def _path(self, begin: int) -> Path:
        digest = hashlib.sha256(self.keys[begin : begin + CHUNK].tobytes())
        digest.update(self.weights.encode())
        return chunk_path(self.folder, digest.hexdigest())

    def _keep(self, path: Path, matrix: Vectors) -> None:
        data = io.BytesIO()
        np.save(data, matrix, allow_pickle=False)
        keep_chunk(path, data.getvalue())

    def _missing(self, begin: int) -> list[int]:
        """Return the places in a run of the texts that have no vector yet."""
        if self._path(begin).is_file():
            return []
        keys = self.keys[begin : begin + CHUNK]
        if self.known is None:
            return list(range(len(keys)))
        return [int(i) for i in np.flatnonzero(self.known.table.rows(keys) < 0)]

    def _reused(self, begin: int, length: int) -> dict[int, Vectors]:
        if self.known is None:
            return {}
        rows = self.known.table.rows(self.keys[begin : begin + length])
        places = [int(i) for i in np.flatnonzero(rows >= 0)]
        if not places:
            return {}
        return dict(zip(places, self.known.read([int(rows[i]) for i in places]), strict=True))

"""Vectors in several shards, asked as if they were one store.

Every shard gives numbers that do not depend on the other shards, and they are put together in the
order of the texts; of the nearest passages, the best are kept by score, then by place. So the same
question has the same answer however many shards there are, and wherever they are: in files of this
machine (`local`) or in processes of others (`index.cluster`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from index.embedder import Vectors
from index.manifest import Shard
from index.vectors import Places

Method = Literal["scored", "cosines", "read"]


@dataclass(frozen=True)
class Request:
    """A call of a method of one shard's vectors; places and rows count from the shard's first."""

    shard: int
    method: Method
    arguments: tuple[Any, ...]


Ask = Callable[[Sequence[Request]], list[Any]]
"""Returns what each request gives, in their order."""


class ShardedVectors:
    """The vectors of all texts, in shards.

    Args:
        shards: What each holds, in order.
        dimension: Numbers in a vector.
        ask: Reaches them.
    """

    def __init__(self, shards: Sequence[Shard], dimension: int, ask: Ask) -> None:
        self.dimension = dimension
        self._ask = ask
        self._shards = range(len(shards))
        self._is_flat = shards[0].rows is None
        self._first_place = _starts([shard.passages for shard in shards])
        self._first_row = _starts([shard.texts for shard in shards])
        self.texts = int(self._first_row[-1])

    def nearest(self, vector: Vectors, most: int) -> Places | None:
        """Return the places of about the nearest passages; None: all have to be looked at."""
        if self._is_flat:
            return None
        found = self._ask([Request(shard, "scored", (vector, most)) for shard in self._shards])
        places = [own + self._first_place[shard] for shard, (own, _) in enumerate(found)]
        scores = [own for _, own in found]
        return best_places(np.concatenate(places), np.concatenate(scores), most)

    def cosines(self, vector: Vectors, rows: Places | slice) -> Vectors:
        """Return the cosine of texts to a query's vector, float32 of shape (rows,)."""
        return self._gather("cosines", (vector,), self._numbers(rows), ())

    def read(self, rows: Places | slice) -> Vectors:
        """Return the vectors of texts, float32 of shape (rows, dimension)."""
        return self._gather("read", (), self._numbers(rows), (self.dimension,))

    def _numbers(self, rows: Places | slice) -> Places:
        return np.arange(self.texts)[rows] if isinstance(rows, slice) else rows

    def _gather(
        self, method: Method, arguments: tuple[Any, ...], rows: Places, width: tuple[int, ...]
    ) -> Vectors:
        parts = list(self._parts(rows))
        requests = [Request(shard, method, (*arguments, own)) for shard, own, _ in parts]
        found = np.empty((len(rows), *width), dtype=np.float32)
        for (_, _, where), part in zip(parts, self._ask(requests), strict=True):
            found[where] = part
        return found

    def _parts(self, rows: Places) -> Iterator[tuple[int, Places | slice, Places]]:
        """Yield each shard concerned, its own numbers of the rows, and where they go."""
        owners = np.searchsorted(self._first_row, rows, side="right") - 1
        for shard in np.unique(owners).tolist():
            where = np.flatnonzero(owners == shard)
            own = rows[where] - self._first_row[shard]
            # A stretch travels as two numbers, and the shard need not copy its vectors.
            is_stretch = bool((np.diff(own) == 1).all())
            stretch = slice(int(own[0]), int(own[-1]) + 1)
            yield shard, stretch if is_stretch else own, where


def best_places(places: Places, scores: Vectors, most: int) -> Places:
    """Return the places with the best scores; of equal ones, those that come first.

    >>> best_places(np.array([7, 3, 5]), np.array([0.5, 0.5, 0.9], dtype=np.float32), 2).tolist()
    [5, 3]
    """
    best: Places = places[np.lexsort((places, -scores))[:most]]
    return best


def local(stores: Sequence[Any]) -> Ask:
    """Return what asks stores of this process."""

    def ask(requests: Sequence[Request]) -> list[Any]:
        return [getattr(stores[r.shard], r.method)(*r.arguments) for r in requests]

    return ask


def _starts(counts: Sequence[int]) -> Places:
    return np.concatenate(([0], np.cumsum(counts, dtype=np.int64)))

"""How vectors are searched, by how many there are; chosen when an index is built.

flat   up to 50,000 texts: every passage and every sentence compared, exactly
sq8    up to 200,000 passages: every passage compared, a byte a number
ivf    beyond: the passages of the nearest groups compared, a byte a number

In the last two, the best `CANDIDATES` are compared again, exactly, with their sentences.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from index.embedder import Vectors
from index.manifest import Kind

FLAT_TEXTS = 50_000
"""Comparing this many exactly costs about as much as embedding the question."""

SQ8_PASSAGES = 200_000
"""Up to here a look at every passage stays within some ten milliseconds."""

CANDIDATES = 256
"""Passages compared again. The answer shows a few of them; see docs/scaling.md for the recall."""

TRAINING_ROWS = 100_000
"""Rows that the quantiser and the groups are fitted to: 150 MB."""

PROBED = 1 / 32
"""Share of the groups that a question looks into."""

_ADDED_AT_ONCE = 16_384

Read = Callable[[int, int], Vectors]
"""Returns the vectors of the passages from one place to another."""


def kind_for(texts: int, passages: int) -> Kind:
    """Return how an index of so many texts, of which so many are passages, is searched.

    >>> kind_for(40_000, 10_000), kind_for(400_000, 100_000), kind_for(4_000_000, 1_000_000)
    ('flat', 'sq8', 'ivf')
    """
    if texts <= FLAT_TEXTS:
        return "flat"
    return "sq8" if passages <= SQ8_PASSAGES else "ivf"


def groups_for(passages: int) -> int:
    """Return into how many groups passages are divided: about four times the root, rounded.

    >>> groups_for(1_000_000)
    4096
    """
    return 1 << round(math.log2(4 * math.sqrt(passages)))


def quantised(kind: Kind, passages: int, dimension: int, read: Read) -> Any:
    """Return a FAISS index over the passages' vectors, a byte a number.

    In memory are the index itself and `TRAINING_ROWS` rows.

    Args:
        kind: 'sq8' or 'ivf'.
        passages: How many there are.
        dimension: Numbers in a vector.
        read: Gives vectors of passages.
    """
    return filled(fitted(kind, passages, dimension, read), 0, passages, read)


def filled(index: Any, begin: int, end: int, read: Read) -> Any:
    """Return the index with the passages from one place to another added."""
    for first in range(begin, end, _ADDED_AT_ONCE):
        index.add(read(first, min(first + _ADDED_AT_ONCE, end)))
    return index


def fitted(kind: Kind, passages: int, dimension: int, read: Read) -> Any:
    """Return an empty FAISS index, fitted to the passages; see `quantised`.

    What is added to copies of it is scored alike in each, so that shards of an index find what the
    whole would find.
    """
    import faiss
    import numpy as np

    faiss.omp_set_num_threads(1)
    groups = groups_for(passages)
    name = "SQ8" if kind == "sq8" else f"IVF{groups},SQ8"
    index: Any = faiss.index_factory(dimension, name, faiss.METRIC_INNER_PRODUCT)
    if kind == "ivf":
        index.nprobe = max(8, int(groups * PROBED))
        # Fewer than FAISS would like, and it would say so on the terminal; the recall is measured.
        index.cp.min_points_per_centroid = 1
    blocks = max(1, TRAINING_ROWS // _ADDED_AT_ONCE)
    begins = np.linspace(0, max(0, passages - _ADDED_AT_ONCE), blocks).astype(int)
    sample = [read(int(b), min(int(b) + _ADDED_AT_ONCE, passages)) for b in dict.fromkeys(begins)]
    index.train(np.concatenate(sample))
    return index

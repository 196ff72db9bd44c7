"""Reciprocal rank fusion of several rankings of the same passages."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

RRF_K = 20
"""Damping of early ranks. Cormack, Clarke and Büttcher 2009 use 60 for rankings a thousand deep;
a small corpus has a few dozen passages, where 60 would make rank 1 and rank 10 nearly equal."""


def fuse(
    rankings: Sequence[npt.NDArray[np.float32]], weights: Sequence[float]
) -> npt.NDArray[np.float32]:
    """Return the fused score of each passage, higher is better.

    Each ranking is a score a passage (float32, shape (n,)). Passages with a score of 0 or below are
    not ranked and take nothing from that ranking; equal scores share the better rank.

    Source: Cormack, Clarke and Büttcher 2009, https://doi.org/10.1145/1571941.1572114.
    """
    fused = np.zeros(len(rankings[0]), dtype=np.float32)
    for scores, weight in zip(rankings, weights, strict=True):
        ordered = -np.sort(-scores)
        rank = np.searchsorted(-ordered, -scores, side="left") + 1
        fused += np.where(scores > 0, weight / (RRF_K + rank), 0.0).astype(np.float32)
    return fused

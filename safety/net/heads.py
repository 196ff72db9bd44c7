"""From what the encoder makes of one row of tokens to its logits.

Apart from the runtime, which sums a row in another order when others are beside it: here nothing of
another row is in sight, and a row's figures are the same to the last bit whoever is read with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Figures = NDArray[np.float32]
TENSORS = ("attention.w", "head.w", "head.b")


class Heads:
    """Two pooled views of a row's tokens, their mean and a learned weighted mean, and the outputs.

    Args:
        tensors: Those of `TENSORS`, by name.
    """

    def __init__(self, tensors: Mapping[str, NDArray[Any]]) -> None:
        self._attention, self._weights, self._bias = (
            np.ascontiguousarray(tensors[name], dtype=np.float32) for name in TENSORS
        )

    def figures(self, hidden: Figures) -> tuple[Figures, Figures]:
        """Return the logits, and the pooled vector, of one row's tokens, shape (tokens, width)."""
        scores = hidden @ self._attention
        share = np.exp(scores - scores.max())
        pooled = np.concatenate([hidden.mean(axis=0), (hidden * (share / share.sum())).sum(axis=0)])
        return pooled @ self._weights + self._bias, pooled

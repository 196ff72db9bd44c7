"""An embedder that many threads share: one batch at a time, everybody in turn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from corpus.fair import FairBatch
from index.embedder import BATCH, Embedder, Vectors


class FairEmbedder:
    """An embedder for many threads; see `corpus.fair`."""

    def __init__(self, embedder: Embedder, batch: int = BATCH) -> None:
        self.embedder = embedder
        self.batch = batch
        self._turns: FairBatch[str, Vectors] = FairBatch(self._embed, batch)

    @property
    def name(self) -> str:
        """The runtime's name."""
        return self.embedder.name

    @property
    def model_id(self) -> str:
        """The model's name."""
        return self.embedder.model_id

    @property
    def digest(self) -> str:
        """SHA-256 of the weights."""
        return self.embedder.digest

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector a text, when it is its turn."""
        return np.stack(self._turns.rows(texts)) if texts else self.embedder.embed(texts)

    def _embed(self, texts: list[str]) -> list[Vectors]:
        return list(self.embedder.embed(texts))

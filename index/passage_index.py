"""PassageIndex: hybrid search over the passages of one corpus.

Dense vectors find what is meant, BM25 finds what is said; lay questions about health need both.
Search only ranks: whether the best passage is good enough to answer from is not decided here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from corpus import Corpus, Passage
from index.embedder import Embedder, Vectors
from index.fusion import fuse
from index.lexical import LexicalIndex
from index.manifest import Manifest
from index.text import terms_of


@dataclass(frozen=True, slots=True)
class ScoredPassage:
    """A passage with its scores for one query."""

    passage: Passage
    score: float
    """Cosine similarity, in [-1, 1]."""
    lexical: float
    """BM25 score, 0 or more."""
    fused: float
    """What the ranking follows: higher is better, only comparable within one search."""


def embedding_text(passage: Passage) -> str:
    """Return what is embedded for a passage: its words under its nearest heading."""
    return f"{passage.heading}. {passage.text}".replace("*", "")


def lexical_text(passage: Passage) -> str:
    """Return what BM25 reads for a passage: its words under its whole heading path."""
    return " ".join((*passage.section, passage.text))


class PassageIndex:
    """Exact FAISS inner product and BM25 over the same passages, in the corpus's order."""

    def __init__(self, corpus: Corpus, vectors: Any, embedder: Embedder, manifest: Manifest) -> None:
        if vectors.ntotal != len(corpus.passages):
            raise ValueError(f"{vectors.ntotal} vectors for {len(corpus.passages)} passages")
        self.corpus = corpus
        self.embedder = embedder
        self.manifest = manifest
        self.lexical = LexicalIndex([lexical_text(passage) for passage in corpus.passages])
        self._vectors = vectors

    def search(
        self, query: str, k: int = 5, weights: tuple[float, float] = (1.0, 1.0)
    ) -> list[ScoredPassage]:
        """Return the passages nearest to the query, best first.

        The query becomes one float32 vector of length 1, so FAISS's inner product is the cosine
        similarity. Equal fused scores are ordered by cosine, then by place in the corpus.

        Args:
            query: The user's question, not empty.
            k: How many passages, at least 1. A smaller corpus returns fewer.
            weights: Of the dense and the lexical ranking.

        Raises:
            ValueError: The query is empty or k is below 1.
        """
        if not query.strip():
            raise ValueError("the query is empty")
        if k < 1:
            raise ValueError(f"k is {k}, but must be at least 1")
        return self.rank(self.embedder.embed([query])[0], terms_of(query), k, weights)

    def rank(
        self,
        vector: Vectors,
        terms: Sequence[str],
        k: int,
        weights: tuple[float, float] = (1.0, 1.0),
    ) -> list[ScoredPassage]:
        """Rank by a query's vector, shape (dimension,), and terms; see `search`."""
        dense = self._cosines(vector)
        lexical = self.lexical.scores(terms)
        # Shifted, because a rank is given to scores above 0 only and a cosine may be negative.
        fused = fuse([dense + 2.0, lexical], weights)
        order = np.lexsort((np.arange(len(fused)), -dense, -fused))[:k]
        return [
            ScoredPassage(
                self.corpus.passages[i], float(dense[i]), float(lexical[i]), float(fused[i])
            )
            for i in order
        ]

    def _cosines(self, vector: Vectors) -> Vectors:
        """Return the cosine of every passage, shape (passages,)."""
        scores, ids = self._vectors.search(vector[None, :], self._vectors.ntotal)
        cosines = np.empty(self._vectors.ntotal, dtype=np.float32)
        cosines[ids[0]] = scores[0]
        return cosines

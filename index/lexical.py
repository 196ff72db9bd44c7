"""BM25 over passages, with stems; rebuilt from the passages whenever an index is opened.

Nothing of it is stored: a thousand passages take some milliseconds, and what is not on disk cannot
be damaged or belong to another corpus.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from index.text import terms_of

K1 = 1.2
"""How fast repeats of a term stop counting; 1.2 as in Robertson and Zaragoza 2009."""

B = 0.6
"""How far long passages are marked down; below the usual 0.75, since list items are all short."""


class LexicalIndex:
    """Scores every passage against the terms of a query."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.terms: list[tuple[str, ...]] = [terms_of(text) for text in texts]

    @cached_property
    def document_frequency(self) -> Counter[str]:
        """In how many passages each term occurs."""
        return Counter(term for terms in self.terms for term in set(terms))

    def idf(self, term: str) -> float:
        """Return how rare a term is: 0 for one in every passage, more for rarer ones."""
        n = len(self.terms)
        df = self.document_frequency.get(term, 0)
        return math.log(1 + (n - df + 0.5) / (df + 0.5))

    def scores(self, terms: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return the BM25 score of every passage, float32 of shape (passages,); 0 is no match."""
        known = [term for term in terms if term in self.document_frequency]
        if not known:
            return np.zeros(len(self.terms), dtype=np.float32)
        scores: npt.NDArray[np.float32] = self._bm25.get_scores(known)
        return scores

    @cached_property
    def _bm25(self):  # type: ignore[no-untyped-def]  # bm25s carries no types
        import bm25s

        retriever = bm25s.BM25(k1=K1, b=B, method="lucene")
        # A passage without any term ("Why?") gets one that no query can hold.
        retriever.index([list(terms) or ["\x00"] for terms in self.terms], show_progress=False)
        return retriever

"""BM25 over passages, with stems, as sparse postings: for each term, who has it and what it scores.

What a term adds to a passage's score depends on nothing but the two, so it is worked out once. A
small index builds its postings when it is opened; a large one keeps them in two files, of which the
postings are mapped and only read where a question's terms point.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.postings import POSTING, Postings, gather
from index.text import terms_of

Scores = npt.NDArray[np.float32]
Places = npt.NDArray[np.int64]


class LexicalIndex:
    """Scores passages against the terms of a query."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._use(gather(terms_of(text) for text in texts))

    @classmethod
    def stored(cls, terms: Path, postings: Path, passages: int) -> LexicalIndex:
        """Return the index in two files that `index.postings` wrote.

        Raises:
            ValueError: The files are not of this form or do not belong together.
        """
        pairs = [line.rsplit("\t", 1) for line in terms.read_text(encoding="utf-8").splitlines()]
        entries = np.load(postings, mmap_mode="r", allow_pickle=False)
        frequency = {term: int(count) for term, count in pairs}
        if entries.dtype != POSTING or len(entries) != sum(frequency.values()):
            raise ValueError(f"{postings}: not the postings of {terms.name}")
        index = cls.__new__(cls)
        index._use(Postings(frequency, entries, passages))
        return index

    def _use(self, postings: Postings) -> None:
        self._entries = postings.entries
        self._passages = postings.passages
        self.document_frequency: dict[str, int] = postings.frequency
        """In how many passages each term occurs."""
        ends = np.cumsum(list(postings.frequency.values()), dtype=np.int64)
        self._end = dict(zip(postings.frequency, ends.tolist(), strict=True))

    def __len__(self) -> int:
        """Return the number of passages."""
        return self._passages

    def idf(self, term: str) -> float:
        """Return how rare a term is: 0 for one in every passage, more for rarer ones."""
        n = self._passages
        df = self.document_frequency.get(term, 0)
        return math.log(1 + (n - df + 0.5) / (df + 0.5))

    def scores(self, terms: Sequence[str]) -> Scores:
        """Return the BM25 score of every passage, float32 of shape (passages,); 0 is no match."""
        scores = np.zeros(self._passages, dtype=np.float32)
        for term in terms:
            entries = self._of(term)
            scores[entries["passage"]] += entries["score"]  # a passage is there once a term
        return scores

    def matching(self, terms: Iterable[str]) -> Places:
        """Return the places of the passages that have one of the terms, some more than once."""
        found = [self._of(term)["passage"] for term in terms]
        return np.concatenate(found).astype(np.int64) if found else np.zeros(0, dtype=np.int64)

    def _of(self, term: str) -> npt.NDArray[np.void]:
        end = self._end.get(term, 0)
        return self._entries[end - self.document_frequency.get(term, 0) : end]

"""BM25 over passages, with stems, as sparse postings: for each term, who has it and what it scores.

What a term adds to a passage's score depends on nothing but the two, so it is worked out once. A
small index builds its postings when it is opened; a large one keeps them in two files, of which the
postings are mapped and only read where a question's terms point.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.postings import POSTING, Postings, gather
from index.text import terms_of

Scores = npt.NDArray[np.float32]
Places = npt.NDArray[np.int64]

COMMON = 0.05
"""Share of the passages from which on a term alone makes no candidates, where rarer ones do."""

_KEPT = 16
"""Times the wanted number of passages for which common terms are looked up."""

_SLACK = 1e-3
"""Far more than the order in which scores are added up can change in a sum of them."""


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

    def scores_at(self, places: Places, terms: Sequence[str]) -> Scores:
        """Return the BM25 scores of some passages, float32 of shape (places,), as `scores` does."""
        scores = np.zeros(len(places), dtype=np.float32)
        for term in terms:
            entries = self._of(term)
            if len(entries):
                at = np.searchsorted(entries["passage"], places)
                at[at == len(entries)] = 0
                found = entries[at]
                scores += np.where(found["passage"] == places, found["score"], np.float32(0))
        return scores

    def best(self, weights: Mapping[str, float], k: int) -> Places:
        """Return the places of the passages with the best scores among those that match at all.

        Rare terms are added up first. Once no passage that has only the terms left over can be
        among the best, these are looked up for the passages that still can (MaxScore: Turtle and
        Flood 1995, https://doi.org/10.1016/0306-4573(95)00020-H). So are terms that more than
        `COMMON` of the passages have, as soon as rarer ones have found enough: that is no longer
        exact; see `docs/scaling.md`.

        Args:
            weights: What each term counts.
            k: How many are wanted.
        """
        terms = sorted(
            (term for term in weights if term in self._end),
            key=lambda term: (self.document_frequency[term], term),
        )
        bounds = [weights[term] * self.idf(term) for term in terms]  # no entry scores its idf
        scores = np.zeros(self._passages, dtype=np.float32)
        seen = np.zeros(0, dtype=np.int64)
        threshold = 0.0
        for number, term in enumerate(terms):
            left = sum(bounds[number:])
            common = self.document_frequency[term] > COMMON * self._passages
            if left < threshold or (common and len(seen) >= k):
                seen = seen[scores[seen] + left + _SLACK >= threshold]
                if len(seen) > _KEPT * k:
                    seen = seen[np.argpartition(-scores[seen], _KEPT * k)[: _KEPT * k]]
                for other in terms[number:]:
                    scores[seen] += weights[other] * self.scores_at(seen, [other])
                break
            entries = self._of(term)
            own = entries["passage"].astype(np.int64)
            fresh = own[scores[own] == 0]
            scores[own] += np.float32(weights[term]) * entries["score"]
            seen = np.concatenate((seen, fresh))
            if len(seen) > k:
                threshold = float(np.partition(scores[seen], len(seen) - k)[len(seen) - k])
        return seen[np.lexsort((seen, -scores[seen]))[:k]]

    def _of(self, term: str) -> npt.NDArray[np.void]:
        end = self._end.get(term, 0)
        return self._entries[end - self.document_frequency.get(term, 0) : end]

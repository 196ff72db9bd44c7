"""Ranking by meaning, by words and by known questions, over numbered passages.

It knows numbers only: where each passage's vectors begin, and which known question leads where. A
small index looks at every passage. A large one looks at candidates: the nearest by vector and the
best by words, compared again exactly.

What is ranked (`Candidates`) is kept apart from the ranking, so that candidates of several shards
can be put together and then ranked as one index would.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.embedder import Vectors
from index.fusion import fuse
from index.lexical import LexicalIndex
from index.tiers import CANDIDATES
from index.vectors import VectorStore

Places = npt.NDArray[np.int64]

ASKED_WEIGHT = 1.0
"""What the ranking by known questions counts beside the other two."""

WIDENED_WEIGHT = 0.5
"""What a word of the lexicon counts beside the user's own word."""


@dataclass(frozen=True)
class Candidates:
    """Passages that may answer one query, in the order of their places, with their scores."""

    places: Places
    dense: Vectors
    """Cosine of the nearest text of each passage."""
    lexical: Vectors
    asked: Vectors
    cosines: Vectors
    """Of all their texts, passage after passage."""
    starts: Places
    """Where each passage's cosines begin, and at the end their number."""

    def ranked(self, k: int, weights: tuple[float, float]) -> tuple[Places, Vectors]:
        """Return the numbers of the best candidates, best first, and every fused score.

        Equal fused scores are ordered by cosine, then by place.
        """
        # Shifted, because a rank is given to scores above 0 only and a cosine may be negative.
        shifted = (self.dense + 2.0).astype(np.float32)
        fused = fuse([shifted, self.lexical, self.asked], (*weights, ASKED_WEIGHT))
        return np.lexsort((self.places, -self.dense, -fused))[:k], fused

    def sentences(self, number: int) -> tuple[float, ...]:
        """Return the cosine of each sentence of a candidate."""
        begin, end = int(self.starts[number]), int(self.starts[number + 1])
        # A passage of one sentence is that sentence; of others, the whole comes first.
        return tuple(self.cosines[begin if end - begin == 1 else begin + 1 : end].tolist())


class Searcher:
    """Finds the candidates for a query.

    Args:
        vectors: Of each passage and its sentences, one passage after the other, then of the known
            questions.
        lexical: BM25 over the same passages.
        first_rows: The first row of each passage, and at the end the first known question's.
        leads: Pairs of a known question and the place of a passage it leads to, shape (pairs, 2).
    """

    def __init__(
        self, vectors: VectorStore, lexical: LexicalIndex, first_rows: Places, leads: Places
    ) -> None:
        self.vectors = vectors
        self.lexical = lexical
        self.first_rows = first_rows
        self.passages = len(first_rows) - 1
        self._questions, self._places = leads[:, 0], leads[:, 1]

    def candidates(
        self, vector: Vectors, terms: Sequence[str], widened: Iterable[str], asked: Vectors
    ) -> Candidates:
        """Return what a query may be answered with.

        Args:
            vector: The query's vector.
            terms: Stems of its own words.
            widened: Stems of other words for what is asked; they count less.
            asked: Cosines of the known questions.
        """
        others = sorted(widened)
        nearest = self.vectors.nearest(vector, CANDIDATES)
        if nearest is None:
            starts = self.first_rows
            cosines = self.vectors.cosines(vector, slice(0, int(starts[-1])))
            places = np.arange(self.passages)
            lexical = self.lexical.scores(terms)
            if others:
                lexical += WIDENED_WEIGHT * self.lexical.scores(others)
        else:
            weights = dict.fromkeys(others, WIDENED_WEIGHT)
            for term in terms:
                weights[term] = weights.get(term, 0.0) + 1.0
            best = self.lexical.best(weights, CANDIDATES)
            places = np.unique(np.concatenate((nearest, best, self._led(asked))))
            rows, starts = self._rows_of(places)
            cosines = self.vectors.cosines(vector, rows)
            lexical = self.lexical.scores_at(places, terms)
            if others:
                lexical += WIDENED_WEIGHT * self.lexical.scores_at(places, others)
        dense = np.maximum.reduceat(cosines, starts[:-1])
        return Candidates(places, dense, lexical, self._asked(asked)[places], cosines, starts)

    def asked_cosines(self, vector: Vectors) -> Vectors:
        """Return the cosine of each known question."""
        return self.vectors.cosines(vector, self.asked_rows)

    @property
    def asked_rows(self) -> slice:
        """Where the vectors of the known questions are."""
        return slice(int(self.first_rows[-1]), self.vectors.texts)

    def _asked(self, cosines: Vectors) -> Vectors:
        """Return the cosine of the nearest question leading to each passage, 0 where none does."""
        scores = np.zeros(self.passages, dtype=np.float32)
        np.maximum.at(scores, self._places, cosines[self._questions])
        return scores

    def _led(self, cosines: Vectors) -> Places:
        """Return the places that the nearest known questions lead to."""
        order = np.argsort(-cosines[self._questions], kind="stable")[:CANDIDATES]
        return self._places[order]

    def _rows_of(self, places: Places) -> tuple[Places, Places]:
        """Return the rows of passages, and where each passage's begin among them."""
        first = self.first_rows[places]
        lengths = self.first_rows[places + 1] - first
        starts = np.concatenate(([0], np.cumsum(lengths)))
        rows = np.arange(starts[-1]) + np.repeat(first - starts[:-1], lengths)
        return rows, starts

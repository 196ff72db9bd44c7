"""PassageIndex: hybrid search over the passages of one corpus.

Dense vectors find what is meant, BM25 finds what is said; lay questions about health need both.
Search only ranks: whether the best passage is good enough to answer from is not decided here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from corpus import Corpus, Passage
from index.embedder import Embedder, Vectors
from index.fusion import fuse
from index.lexical import LexicalIndex
from index.lexicon import bundled_lexicon, with_names
from index.manifest import Manifest
from index.text import terms_of

ASKED_WEIGHT = 1.0
"""What the ranking by known questions counts beside the other two."""

WIDENED_WEIGHT = 0.5
"""What a word of the lexicon counts beside the user's own word."""


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
    sentences: tuple[float, ...]
    """Cosine similarity of each sentence of the passage."""
    asked: float = 0.0
    """Cosine similarity of the nearest question that is known to lead to the passage."""


def embedding_texts(corpus: Corpus) -> list[str]:
    """Return what is embedded, row by row: each passage, then its sentences if it has several.

    A passage stands under its nearest heading, and so does each of its sentences: "It helps muscles
    relax" means nothing alone.
    """
    texts: list[str] = []
    for passage in corpus.passages:
        texts.append(_under_heading(passage, passage.text))
        if len(passage.sentences) > 1:
            text = corpus.document(passage.document).text
            texts += [_under_heading(passage, text[a:b]) for a, b in passage.sentences]
    lexicon = bundled_lexicon()
    asked = (asked.question for asked in corpus.asked)
    return [*texts, *(with_names(question, lexicon.matches(question)) for question in asked)]


def _under_heading(passage: Passage, text: str) -> str:
    return f"{passage.heading}. {text}".replace("*", "")


def lexical_text(passage: Passage) -> str:
    """Return what BM25 reads for a passage: its words under its whole heading path."""
    return " ".join((*passage.section, passage.text))


class PassageIndex:
    """Exact FAISS inner product and BM25 over the same passages, in the corpus's order."""

    def __init__(
        self, corpus: Corpus, vectors: Any, embedder: Embedder, manifest: Manifest
    ) -> None:
        self._first_rows = _first_rows(corpus)
        rows = int(self._first_rows[-1]) + len(corpus.asked)
        if vectors.ntotal != rows:
            raise ValueError(f"{vectors.ntotal} vectors, but {rows} texts to search")
        self._asked = _asked_places(corpus)
        self._asked_order = {asked.question: n for n, asked in enumerate(corpus.asked)}
        self._answered = np.array([bool(asked.passages) for asked in corpus.asked], dtype=bool)
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
        widened: Iterable[str] = (),
        without: str = "",
    ) -> list[ScoredPassage]:
        """Rank by a query's vector, shape (dimension,), and terms; see `search`.

        ``widened`` are stems of other words for what is asked; they count half. ``without`` is a
        question that the corpus comes with and is not to profit from, when it is measured.
        """
        rows = self._cosines(vector)
        dense = np.maximum.reduceat(rows[: self._first_rows[-1]], self._first_rows[:-1])
        asked = self._asked_scores(rows, without)
        lexical = self.lexical.scores(terms) + WIDENED_WEIGHT * self.lexical.scores(sorted(widened))
        # Shifted, because a rank is given to scores above 0 only and a cosine may be negative.
        shifted = (dense + 2.0).astype(np.float32)
        fused = fuse([shifted, lexical, asked], (*weights, ASKED_WEIGHT))
        order = np.lexsort((np.arange(len(fused)), -dense, -fused))[:k]
        return [
            ScoredPassage(
                self.corpus.passages[i],
                float(dense[i]),
                float(lexical[i]),
                float(fused[i]),
                self._sentence_scores(rows, int(i)),
                float(asked[i]),
            )
            for i in order
        ]

    def nearest_asked(self, vector: Vectors, without: str = "") -> tuple[float, float]:
        """Return the cosine of the nearest question that the corpus answers and leaves open.

        Both are 0 for a corpus that comes with no questions.
        """
        cosines = self._asked_cosines(self._cosines(vector), without)
        answered = cosines.max(initial=0.0, where=self._answered)
        left_open = cosines.max(initial=0.0, where=~self._answered)
        return float(answered), float(left_open)

    def asked_vectors(self) -> Vectors:
        """Return the vectors of the questions that the corpus comes with, in their order."""
        begin, count = int(self._first_rows[-1]), len(self.corpus.asked)
        if not count:
            return np.zeros((0, int(self._vectors.d)), dtype=np.float32)
        vectors: Vectors = self._vectors.reconstruct_n(begin, count)
        return vectors

    def _asked_cosines(self, rows: Vectors, without: str) -> Vectors:
        cosines = rows[self._first_rows[-1] :].copy()
        if without in self._asked_order:
            cosines[self._asked_order[without]] = 0.0
        return cosines

    def _asked_scores(self, rows: Vectors, without: str) -> Vectors:
        """Return the cosine of the nearest question leading to each passage, 0 where none does."""
        scores = np.zeros(len(self.corpus.passages), dtype=np.float32)
        questions, passages = self._asked
        np.maximum.at(scores, passages, self._asked_cosines(rows, without)[questions])
        return scores

    def vectors_of(self, passage: int) -> Vectors:
        """Return the vectors of a passage and of its sentences, shape (rows, dimension)."""
        begin, end = int(self._first_rows[passage]), int(self._first_rows[passage + 1])
        vectors: Vectors = self._vectors.reconstruct_n(begin, end - begin)
        return vectors

    def opening_vectors(self, passages: Sequence[int]) -> Vectors:
        """Return the vector of each passage's first sentence, shape (passages, dimension)."""
        rows = [self.vectors_of(passage) for passage in passages]
        return np.stack([row[min(1, len(row) - 1)] for row in rows])

    def _sentence_scores(self, rows: Vectors, passage: int) -> tuple[float, ...]:
        begin, end = self._first_rows[passage], self._first_rows[passage + 1]
        own = rows[begin:end] if end - begin == 1 else rows[begin + 1 : end]
        return tuple(float(score) for score in own)

    def _cosines(self, vector: Vectors) -> Vectors:
        """Return the cosine of every embedded text, float32 of shape (rows,)."""
        scores, ids = self._vectors.search(vector[None, :], self._vectors.ntotal)
        cosines = np.empty(self._vectors.ntotal, dtype=np.float32)
        cosines[ids[0]] = scores[0]
        return cosines


def _asked_places(corpus: Corpus) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return pairs of a question that the corpus comes with and a passage that it leads to."""
    places = {passage.id: place for place, passage in enumerate(corpus.passages)}
    pairs = [(n, places[name]) for n, asked in enumerate(corpus.asked) for name in asked.passages]
    table = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _first_rows(corpus: Corpus) -> npt.NDArray[np.int64]:
    """Return the first row of each passage, and at the end the number of rows."""
    rows = [1 + (len(p.sentences) if len(p.sentences) > 1 else 0) for p in corpus.passages]
    return np.concatenate(([0], np.cumsum(rows, dtype=np.int64)))

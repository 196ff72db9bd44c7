"""PassageIndex: hybrid search over the passages of one corpus.

Dense vectors find what is meant, BM25 finds what is said; lay questions about health need both.
Search only ranks: whether the best passage is good enough to answer from is not decided here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from corpus import Corpus, Passage
from index.embedder import Embedder, Vectors
from index.lexical import LexicalIndex
from index.lexicon import bundled_lexicon, with_names
from index.manifest import Manifest
from index.searcher import Places, Searcher
from index.text import terms_of
from index.vectors import VectorStore


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


def embedding_texts(corpus: Corpus) -> Iterator[str]:
    """Yield what is embedded, row by row: each passage, then its sentences if it has several.

    A passage stands under its nearest heading, and so does each of its sentences: "It helps muscles
    relax" means nothing alone.
    """
    for passage in corpus.passages:
        yield _under_heading(passage, passage.text)
        if len(passage.sentences) > 1:
            text = corpus.document(passage.document).text
            yield from (_under_heading(passage, text[a:b]) for a, b in passage.sentences)
    lexicon = bundled_lexicon()
    for asked in corpus.asked:
        yield with_names(asked.question, lexicon.matches(asked.question))


def _under_heading(passage: Passage, text: str) -> str:
    return f"{passage.heading}. {text}".replace("*", "")


def lexical_text(passage: Passage) -> str:
    """Return what BM25 reads for a passage: its words under its whole heading path."""
    return " ".join((*passage.section, passage.text))


class PassageIndex:
    """Vectors and BM25 over the same passages, in the corpus's order."""

    def __init__(
        self,
        corpus: Corpus,
        vectors: VectorStore,
        lexical: LexicalIndex,
        embedder: Embedder,
        manifest: Manifest,
        folder: Path,
    ) -> None:
        first = first_rows(corpus)
        texts = int(first[-1]) + len(corpus.asked)
        if (vectors.texts, len(lexical)) != (texts, len(corpus.passages)):
            raise ValueError(f"{vectors.texts} vectors, but {texts} texts to search")
        self._searcher = Searcher(vectors, lexical, first, _leads(corpus))
        self._asked_order = {asked.question: n for n, asked in enumerate(corpus.asked)}
        self._answered = np.array([bool(asked.passages) for asked in corpus.asked], dtype=bool)
        self.corpus = corpus
        self.embedder = embedder
        self.manifest = manifest
        self.lexical = lexical
        self.folder = folder
        """Where it lies; what follows from it may be kept there (`index.kept`)."""
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
        vector = self.embedder.embed([query])[0]
        return self.rank(vector, self.asked_cosines(vector), terms_of(query), k, weights)

    def rank(
        self,
        vector: Vectors,
        asked: Vectors,
        terms: Sequence[str],
        k: int,
        weights: tuple[float, float] = (1.0, 1.0),
        widened: Iterable[str] = (),
    ) -> list[ScoredPassage]:
        """Rank by a query's vector, shape (dimension,), and terms; see `search`.

        ``asked`` are its `asked_cosines`. ``widened`` are stems of other words for what is asked;
        they count half.
        """
        found = self._searcher.candidates(vector, terms, widened, asked)
        order, fused = found.ranked(k, weights)
        return [
            ScoredPassage(
                self.corpus.passages[int(found.places[i])],
                float(found.dense[i]),
                float(found.lexical[i]),
                float(fused[i]),
                found.sentences(int(i)),
                float(found.asked[i]),
            )
            for i in order
        ]

    def nearest_asked(self, asked: Vectors) -> tuple[float, float]:
        """Return the cosine of the nearest question that the corpus answers and leaves open.

        Both are 0 for a corpus that comes with no questions; ``asked`` are the `asked_cosines`.
        """
        answered = asked.max(initial=0.0, where=self._answered)
        left_open = asked.max(initial=0.0, where=~self._answered)
        return float(answered), float(left_open)

    def cosines(self, vector: Vectors) -> Vectors:
        """Return the cosine of a query's vector to every text, in the order of `vectors`."""
        return self._vectors.cosines(vector, slice(0, self._vectors.texts))

    def asked_cosines(
        self, vector: Vectors, cosines: Vectors | None = None, without: str = ""
    ) -> Vectors:
        """Return the cosine of a query's vector to each question that the corpus comes with.

        Args:
            vector: The query's.
            cosines: Its `cosines`, where they are known already.
            without: A question that the corpus is not to profit from, when it is measured.
        """
        if cosines is None:
            asked = self._searcher.asked_cosines(vector)
        else:
            asked = cosines[self._searcher.asked_rows].copy()
        if without in self._asked_order:
            asked[self._asked_order[without]] = 0.0
        return asked

    def vectors(self) -> Vectors:
        """Return the vectors of all texts, in the order of `embedding_texts`."""
        return self._vectors.read(slice(0, self._vectors.texts))

    def asked_row(self, question: str) -> int | None:
        """Return the row of the vector of a question that the corpus comes with, None of others."""
        order = self._asked_order.get(question)
        return None if order is None else self._searcher.asked_rows.start + order

    def vectors_of(self, passage: int) -> Vectors:
        """Return the vectors of a passage and of its sentences, shape (rows, dimension)."""
        first = self._searcher.first_rows
        return self._vectors.read(slice(int(first[passage]), int(first[passage + 1])))

    def opening_vectors(self, passages: Sequence[int]) -> Vectors:
        """Return the vector of each passage's first sentence, shape (passages, dimension)."""
        rows = [self.vectors_of(passage) for passage in passages]
        return np.stack([row[min(1, len(row) - 1)] for row in rows])


def _leads(corpus: Corpus) -> Places:
    """Return pairs of a question that the corpus comes with and a passage that it leads to."""
    places: dict[str, int] = {}
    if corpus.asked:
        places = {passage.id: place for place, passage in enumerate(corpus.passages)}
    pairs = [(n, places[name]) for n, asked in enumerate(corpus.asked) for name in asked.passages]
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def first_rows(corpus: Corpus) -> Places:
    """Return the first row of each passage, and at the end the number of their rows."""
    rows = [1 + (len(p.sentences) if len(p.sentences) > 1 else 0) for p in corpus.passages]
    return np.concatenate(([0], np.cumsum(rows, dtype=np.int64)))

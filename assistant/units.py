"""Which stretches of the ranked passages make the answer.

A unit is one or more whole neighbouring sentences of one passage. Relevance is judged here, on the
few passages that search has ranked, from meaning (cosine) and from the words that they share with
the question, rare words counting more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from assistant.question import Question
from corpus import Corpus, Passage
from index.lexical import LexicalIndex
from index.passage_index import ScoredPassage
from index.text import terms_of

COVERAGE_WEIGHT = 0.35
"""What full coverage of the question's words is worth, in units of cosine similarity."""

LONG_PASSAGE_WORDS = 60
"""A longer passage is cut down to the sentences that answer."""

ALIKE = 0.6
"""Share of topic words from which one unit repeats another."""

_OPENERS = ("this ", "these ", "those ", "it ", "they ", "he ", "she ", "however", "such ", "that ", "but ",
            "also ", "therefore", "both ", "the same ", "in that ", "an earlier ")  # fmt: skip


@dataclass(frozen=True)
class Unit:
    """A stretch of a passage that goes into the answer as a whole."""

    passage: Passage
    start: int
    end: int
    relevance: float
    """Cosine plus weighted coverage; only compared within one question."""
    score: float
    """Cosine similarity of the passage to the question."""


class Judge:
    """Judges passages and sentences against one question."""

    def __init__(self, question: Question, corpus: Corpus, lexical: LexicalIndex) -> None:
        self.question = question
        self.corpus = corpus
        self._idf = {term: lexical.idf(term) for term in question.terms}
        self._total = sum(self._idf.values()) or 1.0
        self._others: dict[str, set[str]] = {}
        for idea in question.ideas:
            for term in idea.terms:
                self._others.setdefault(term, set()).update(idea.others)

    def coverage(self, terms: Iterable[str]) -> float:
        """Return the share of the question's words that occur, weighted by rarity, in [0, 1]."""
        found = set(terms)
        covered = sum(idf for term, idf in self._idf.items() if self.covers(term, found))
        return covered / self._total

    def covers(self, term: str, found: set[str]) -> bool:
        """Return whether a word of the question is in a set of stems, itself or by another word."""
        return term in found or not found.isdisjoint(self._others.get(term, ()))

    def relevance(self, scored: ScoredPassage) -> float:
        """Return how well a passage under its headings fits the question."""
        words = " ".join((*scored.passage.section, scored.passage.text))
        return scored.score + COVERAGE_WEIGHT * self.coverage(terms_of(words))

    def unit(self, scored: ScoredPassage) -> Unit:
        """Return the part of a passage to show: all of it, or its best sentences if it is long."""
        passage = scored.passage
        start, end = passage.start, passage.end
        if len(passage.text.split()) > LONG_PASSAGE_WORDS and len(passage.sentences) > 1:
            start, end = self._best_sentences(scored)
        return Unit(passage, start, end, self.relevance(scored), scored.score)

    def _best_sentences(self, scored: ScoredPassage) -> tuple[int, int]:
        """Return the best sentence with its better neighbour, opened so that nothing dangles."""
        text = self.corpus.document(scored.passage.document).text
        spans = scored.passage.sentences
        worth = [
            cosine + COVERAGE_WEIGHT * self.coverage(terms_of(text[a:b]))
            for (a, b), cosine in zip(spans, scored.sentences, strict=True)
        ]
        best = max(range(len(spans)), key=lambda i: (worth[i], -i))
        neighbours = [i for i in (best - 1, best + 1) if 0 <= i < len(spans)]
        other = max(neighbours, key=lambda i: (worth[i], i))
        first, last = min(best, other), max(best, other)
        while first > 0 and opens_dangling(text[spans[first][0] : spans[first][1]]):
            first -= 1
        return spans[first][0], spans[last][1]


def opens_dangling(sentence: str) -> bool:
    """Say whether a sentence opens with a word that points at the sentence before it."""
    return sentence.lstrip("*_\"'“(").lower().startswith(_OPENERS)


def is_lead(passage: Passage) -> bool:
    """Say whether a paragraph only introduces a list."""
    return passage.kind == "paragraph" and passage.text.rstrip("*_ ").endswith(":")


def choose(
    units: Sequence[Unit],
    budget: int,
    most: int,
    keep: float,
    repeats: Callable[[Unit, Unit], bool],
) -> list[Unit]:
    """Return the best units that fit in a budget of words and do not repeat each other.

    Args:
        units: Candidates, best first.
        budget: Words; the first unit may be longer.
        most: Number of units.
        keep: Least share of the best relevance.
        repeats: Whether the first unit says what the second one says.
    """
    chosen: list[Unit] = []
    words = 0
    for unit in units:
        length = len(unit.passage.text[: unit.end - unit.start].split())
        if chosen and (unit.relevance < keep * chosen[0].relevance or words + length > budget):
            continue
        if any(repeats(unit, other) for other in chosen):
            continue
        chosen.append(unit)
        words += length
        if len(chosen) == most:
            break
    return chosen


def repeats(corpus: Corpus) -> Callable[[Unit, Unit], bool]:
    """Return the test for two units that say the same, by the topic words they share."""

    def words(unit: Unit) -> set[str]:
        return set(terms_of(corpus.document(unit.passage.document).text[unit.start : unit.end]))

    def test(unit: Unit, other: Unit) -> bool:
        mine, others = words(unit), words(other)
        return len(mine & others) >= ALIKE * max(1, min(len(mine), len(others)))

    return test

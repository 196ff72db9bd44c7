"""Units: the stretches of passages that an answer may show, and the choice among them.

A unit is made of whole sentences of one passage, in order. Nothing is opened by a word that points
at a sentence left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.judge import Judge
from corpus import Corpus, Passage
from corpus.document import Span
from index.passage_index import ScoredPassage
from index.text import terms_of

WHOLE_WORDS = 55
"""A passage up to this long is shown whole; a longer one by the sentences that answer."""

SENTENCES = 2
"""Sentences shown of a longer passage."""

ALIKE = 0.6
"""Share of topic words from which one unit repeats another."""

_OPENERS = ("this ", "these ", "those ", "it ", "its ", "they ", "their ", "he ", "she ", "however",
            "such ", "that ", "but ", "and ", "or ", "also ", "therefore", "both ", "the same ",
            "in that ", "then ", "so ", "here ", "there ", "yet ", "thus ", "another ")  # fmt: skip


@dataclass(frozen=True)
class Unit:
    """What is shown of a passage."""

    passage: Passage
    spans: tuple[Span, ...]
    """Stretches of the document in order; neighbouring sentences are one stretch."""
    relevance: float
    score: float
    """Cosine similarity of the passage to the question."""

    @property
    def start(self) -> int:
        """First character shown."""
        return self.spans[0][0]

    def text(self, corpus: Corpus) -> str:
        """Return the words shown."""
        text = corpus.document(self.passage.document).text
        return " ".join(text[a:b] for a, b in self.spans)

    def words(self, corpus: Corpus) -> int:
        """Return how many words are shown."""
        return len(self.text(corpus).split())


def opens_dangling(sentence: str) -> bool:
    """Say whether a sentence opens with a word that points at the sentence before it."""
    return sentence.replace("*", "").lstrip("_\"'“(").lower().startswith(_OPENERS)


def is_lead(passage: Passage) -> bool:
    """Say whether a paragraph only introduces a list."""
    return passage.kind == "paragraph" and passage.text.rstrip("*_ ").endswith(":")


def whole_unit(passage: Passage, relevance: float, score: float) -> Unit:
    """Return a passage as a unit."""
    return Unit(passage, ((passage.start, passage.end),), relevance, score)


def unit_of(scored: ScoredPassage, judge: Judge, most: int = SENTENCES) -> Unit:
    """Return a passage as a unit: all of it, or its ``most`` best sentences if it is long."""
    passage, relevance = scored.passage, judge.relevance(scored)
    facts = judge.facts.of(passage)
    if facts.words <= WHOLE_WORDS or len(passage.sentences) <= most:
        return whole_unit(passage, relevance, scored.score)
    sentences = facts.sentences
    worth = [
        judge.sentence(sentence, cosine)
        for sentence, cosine in zip(sentences, scored.sentences, strict=True)
    ]
    order = sorted(range(len(worth)), key=lambda i: (-worth[i], i))
    kept = set(order[:most])
    for place in sorted(kept):
        # What a sentence points back at is shown too.
        while place > 0 and opens_dangling(sentences[place].text):
            place -= 1
            kept.add(place)
    return Unit(passage, _joined(passage, sorted(kept)), relevance, scored.score)


def defining_unit(scored: ScoredPassage, judge: Judge) -> Unit | None:
    """Return the sentence of a passage that defines what is asked, and the next one if it goes on.

    None where no sentence of it defines.
    """
    passage = scored.passage
    spans, sentences = passage.sentences, judge.facts.of(passage).sentences
    first = next((i for i, sentence in enumerate(sentences) if judge.defines(sentence)), None)
    if first is None:
        return None
    last = first
    if first + 1 < len(spans) and judge.coverage(sentences[first + 1].stems) > 0:
        last = first + 1
    span = (spans[first][0], spans[last][1])
    return Unit(passage, (span,), judge.relevance(scored), scored.score)


def first_sentences(passage: Passage, relevance: float, score: float, most: int = 1) -> Unit:
    """Return the opening of a passage as a unit."""
    last = passage.sentences[: max(1, most)][-1]
    return Unit(passage, ((passage.start, last[1]),), relevance, score)


def choose(
    units: Sequence[Unit], corpus: Corpus, budget: int, most: int, keep: float
) -> list[Unit]:
    """Return the best units that fit in a budget of words and do not repeat each other.

    Args:
        units: Candidates, best first.
        corpus: Where their words are.
        budget: Words; the first unit may be longer.
        most: Number of units.
        keep: Least share of the best relevance.
    """
    chosen: list[Unit] = []
    words = 0
    for unit in units:
        length = unit.words(corpus)
        if chosen and (unit.relevance < keep * chosen[0].relevance or words + length > budget):
            continue
        if any(repeat(unit, other, corpus) for other in chosen):
            continue
        chosen.append(unit)
        words += length
        if len(chosen) == most:
            break
    return chosen


def repeat(unit: Unit, other: Unit, corpus: Corpus) -> bool:
    """Say whether two units tell the same, by the topic words they share."""
    mine, others = set(terms_of(unit.text(corpus))), set(terms_of(other.text(corpus)))
    return len(mine & others) >= ALIKE * max(1, min(len(mine), len(others)))


def in_order(units: Sequence[Unit]) -> list[Unit]:
    """Return units as their documents have them; the document of the best unit comes first."""
    documents = list(dict.fromkeys(unit.passage.document for unit in units))
    return sorted(units, key=lambda u: (documents.index(u.passage.document), u.start))


def repaired(units: Sequence[Unit], corpus: Corpus) -> list[Unit]:
    """Return units with what the first words of one point back at, where it is not shown.

    "This makes it rise": the sentence before, at the end of the paragraph before, is shown too.
    """
    found: list[Unit] = []
    for unit in units:
        passage = unit.passage
        before = corpus.passages_of(passage.document)[max(0, passage.order - 1)]
        points_back = passage.kind == "paragraph" and opens_dangling(unit.text(corpus))
        is_new = before is not passage and all(before is not other.passage for other in units)
        same_part = before.kind == "paragraph" and before.section == passage.section
        if points_back and is_new and same_part:
            found.append(Unit(before, before.sentences[-1:], unit.relevance, unit.score))
        found.append(unit)
    return found


def _joined(passage: Passage, kept: Sequence[int]) -> tuple[Span, ...]:
    """Return the spans of sentences, neighbours joined."""
    spans: list[Span] = []
    previous = -2
    for place in kept:
        begin, end = passage.sentences[place]
        if place == previous + 1:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((begin, end))
        previous = place
    return tuple(spans)

"""How well a passage or a sentence answers one question.

Search ranks the whole corpus; here its few best passages are judged once more, by meaning (cosine),
by the share of the question's words that they hold, and by whether their heading names what is
asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AnySet
from functools import lru_cache

from assistant.facts import CorpusFacts, Facts, Stretch
from assistant.question import Question
from corpus import Passage
from index.lexical import LexicalIndex
from index.lexicon import bundled_lexicon
from index.passage_index import ScoredPassage
from index.text import terms_of

# What full marks are worth, in units of cosine similarity; chosen on the tuning half of the
# evaluation questions, where these bring the answering passage to the first place in 86 of 100.
COVERAGE = 0.3
"""All of the question's words in the passage or its headings."""
HEADING = 0.25
"""All of the question's words in its nearest heading or label."""
ASKED = 0.5
"""The same question known to lead to the passage."""
LED = 2.0
"""All known questions taken together leading to the passage (`assistant.leaning`)."""
IDEAS = 0.15
"""All of the ideas that the lexicon sees in the question, phrases in their order of words."""
BM25 = 0.15
"""The best BM25 score among the passages found."""
ASIDE = 0.13
"""Taken off passages of other than the main documents, unless the question asks for them."""
COMMON = 0.15
"""A word in more passages than this share is common to the whole corpus and tells nothing apart."""
DEFINING = 0.1
"""A sentence that defines what a definition asks for."""


class Judge:
    """Judges passages and sentences against one question."""

    def __init__(
        self,
        question: Question,
        facts: CorpusFacts,
        lexical: LexicalIndex,
        ranked: Sequence[ScoredPassage] = (),
        led: Mapping[str, float] | None = None,
    ) -> None:
        self.question = question
        self.facts = facts
        self.corpus = facts.corpus
        self._led = led or {}
        self._idf = {term: lexical.idf(term) for term in question.terms}
        common = COMMON * len(lexical)
        frequency = lexical.document_frequency
        self._vocabulary = frequency
        self._rare = [term for term in question.terms if frequency.get(term, 0) <= common]
        self._total = sum(self._idf.values()) or 1.0
        self._best_bm25 = max((scored.lexical for scored in ranked), default=0.0) or 1.0
        self._relevance: dict[str, float] = {}
        self._others: dict[str, set[str]] = {}
        for idea in question.ideas:
            for term in idea.terms:
                self._others.setdefault(term, set()).update(idea.others)
        self._weighed = [
            (frozenset((term, *self._others.get(term, ()))), idf) for term, idf in self._idf.items()
        ]

    def covers(self, term: str, found: AnySet[str]) -> bool:
        """Return whether a word of the question is in a set of stems, itself or by another word."""
        return term in found or not found.isdisjoint(self._others.get(term, ()))

    def coverage(self, terms: Iterable[str]) -> float:
        """Return the share of the question's words that occur, weighted by rarity, in [0, 1]."""
        found = frozenset(terms)  # one that is frozen already is not copied
        return sum(idf for words, idf in self._weighed if not found.isdisjoint(words)) / self._total

    @property
    def known(self) -> float:
        """The share of the question's words that the corpus has, weighted by rarity, in [0, 1]."""
        has = self._vocabulary.__contains__
        return sum(idf for words, idf in self._weighed if any(map(has, words))) / self._total

    def relevance(self, scored: ScoredPassage) -> float:
        """Return how well a passage answers; 0 is not at all, about 1 is very well."""
        known = self._relevance.get(scored.passage.id)
        if known is None:
            known = self._relevance[scored.passage.id] = self._judge(scored)
        return known

    def _judge(self, scored: ScoredPassage) -> float:
        facts = self.facts.of(scored.passage)
        return (
            scored.score
            + COVERAGE * self.coverage(facts.whole.stems)
            + HEADING * self.coverage(facts.heading.stems)
            + ASKED * scored.asked
            + LED * self._led.get(scored.passage.id, 0.0)
            + IDEAS * self._shared_ideas(facts.whole.text)
            + BM25 * scored.lexical / self._best_bm25
            + (DEFINING if any(map(self.defines, facts.sentences)) else 0.0)
            - (ASIDE if self._is_aside(facts) else 0.0)
        )

    def named(self, terms: Iterable[str]) -> float:
        """Return the coverage among the question's words that the corpus or the lexicon knows."""
        found = frozenset(terms)
        known = [t for t in self._idf if t in self._vocabulary or t in self._others]
        total = sum(self._idf[t] for t in known)
        return sum(self._idf[t] for t in known if self.covers(t, found)) / total if known else 0.0

    def heading_match(self, passage: Passage, naming: str) -> float:
        """Return how well a list is named by its headings and its lead, up to 3."""
        nearest = self.coverage(terms_of(passage.section[-1])) if passage.section else 0.0
        return self.coverage(terms_of(naming)) + nearest + self._shared_ideas(naming)

    @property
    def tells_apart(self) -> bool:
        """Whether a word of the question tells passages apart, or names an idea."""
        return bool(self._rare or self.question.ideas)

    def names_rare(self, text: str) -> bool:
        """Say whether a text has a word of the question that is rare in the corpus."""
        found = frozenset(terms_of(text))
        return any(self.covers(term, found) for term in self._rare)

    def sentence(self, sentence: Stretch, cosine: float) -> float:
        """Return how well a sentence answers, given its cosine similarity to the question."""
        defining = DEFINING if self.defines(sentence) else 0.0
        return cosine + COVERAGE * self.coverage(sentence.stems) + defining

    def defines(self, sentence: Stretch) -> bool:
        """Say whether a sentence opens by saying what the thing is that a definition asks for."""
        if self.question.kind != "definition":
            return False
        asked = self.question.terms[:3]
        if not asked:
            return False
        told = sentence.definition
        if all(self.covers(t, told.subject) for t in asked):
            return any(self.covers(t, told.head) for t in asked)
        # The thing asked for stands before its meaning: "adhesions (places ...)".
        return any(set(asked) == set(before[-len(asked) :]) for before in told.glossed)

    def shares_idea(self, text: str) -> bool:
        """Say whether a text has an idea that the question names by a phrase of several words."""
        phrases = {idea.name for idea in self.question.ideas if len(idea.terms) > 1}
        return not phrases.isdisjoint(ideas_in(text))

    def _shared_ideas(self, text: str) -> float:
        if not self.question.ideas:
            return 0.0
        found = ideas_in(text)
        return sum(idea.name in found for idea in self.question.ideas) / len(self.question.ideas)

    def _is_aside(self, facts: Facts) -> bool:
        if facts.role == "article":
            return False
        return facts.role != "evidence" or not self.question.asks_for_studies


@lru_cache(maxsize=4096)
def ideas_in(text: str) -> frozenset[str]:
    """Return the names of the ideas in a text."""
    return frozenset(match.name for match in bundled_lexicon().matches(text))

"""How well a passage or a sentence answers one question.

Search ranks the whole corpus; here its few best passages are judged once more, by meaning (cosine),
by the share of the question's words that they hold, and by whether their heading names what is
asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from assistant.question import Question
from assistant.wording import label_of
from corpus import Corpus, Passage
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

_DEFINES = re.compile(
    r"^(?:\W*[^.:]{1,60}:\**\s+)?(?P<term>(?:[^\s,;:]+\s+){1,6}?)(?P<also>\([^)]*\)\s+)?"
    r"(?<!\bthat )(?<!\bwho )(?<!\bwhich )(?:is|are|means?|lies?|refers? to|here means)\b"
)
_HEAD_ENDS = re.compile(r"\b(?:with|without|in|on|at|for|from|to|after|by)\b")
_GLOSS = re.compile(r"(?<![\w'’-])(?P<term>(?:[\w'’-]+ ){1,4})\((?P<gloss>[^()]{12,})\)")


class Judge:
    """Judges passages and sentences against one question."""

    def __init__(
        self,
        question: Question,
        corpus: Corpus,
        lexical: LexicalIndex,
        ranked: Sequence[ScoredPassage] = (),
        led: Mapping[str, float] | None = None,
    ) -> None:
        self.question = question
        self.corpus = corpus
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

    def covers(self, term: str, found: set[str]) -> bool:
        """Return whether a word of the question is in a set of stems, itself or by another word."""
        return term in found or not found.isdisjoint(self._others.get(term, ()))

    def coverage(self, terms: Iterable[str]) -> float:
        """Return the share of the question's words that occur, weighted by rarity, in [0, 1]."""
        found = set(terms)
        covered = sum(idf for term, idf in self._idf.items() if self.covers(term, found))
        return covered / self._total

    def relevance(self, scored: ScoredPassage) -> float:
        """Return how well a passage answers; 0 is not at all, about 1 is very well."""
        known = self._relevance.get(scored.passage.id)
        if known is None:
            known = self._relevance[scored.passage.id] = self._judge(scored)
        return known

    def _judge(self, scored: ScoredPassage) -> float:
        passage = scored.passage
        whole_text = " ".join((*passage.section, passage.text))
        whole = terms_of(whole_text)
        return (
            scored.score
            + COVERAGE * self.coverage(whole)
            + HEADING * self.coverage(terms_of(heading_of(passage)))
            + ASKED * scored.asked
            + LED * self._led.get(passage.id, 0.0)
            + IDEAS * self._shared_ideas(whole_text)
            + BM25 * scored.lexical / self._best_bm25
            + (DEFINING if any(map(self.defines, self._sentences(passage))) else 0.0)
            - (ASIDE if self._is_aside(passage) else 0.0)
        )

    def named(self, terms: Iterable[str]) -> float:
        """Return the coverage among the question's words that the corpus or the lexicon knows."""
        found = set(terms)
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
        found = set(terms_of(text))
        return any(self.covers(term, found) for term in self._rare)

    def sentence(self, text: str, cosine: float) -> float:
        """Return how well a sentence answers, given its cosine similarity to the question."""
        defining = DEFINING if self.defines(text) else 0.0
        return cosine + COVERAGE * self.coverage(terms_of(text)) + defining

    def _sentences(self, passage: Passage) -> list[str]:
        text = self.corpus.document(passage.document).text
        return [text[a:b] for a, b in passage.sentences]

    def defines(self, sentence: str) -> bool:
        """Say whether a sentence opens by saying what the thing is that a definition asks for."""
        if self.question.kind != "definition":
            return False
        asked = self.question.terms[:3]
        found = _DEFINES.match(sentence)
        if found:
            subject = set(terms_of(f"{found['term']} {found['also'] or ''}"))
            # "Tissue with adhesions is ..." says what such tissue is, and not what adhesions are.
            head = set(terms_of(_HEAD_ENDS.split(found["term"])[0] + (found["also"] or "")))
            if asked and all(self.covers(t, subject) for t in asked):
                return any(self.covers(t, head) for t in asked)
        return any(self._glosses(gloss, asked) for gloss in _GLOSS.finditer(sentence))

    def _glosses(self, gloss: re.Match[str], asked: Sequence[str]) -> bool:
        """Say whether the thing asked for stands before its meaning: "adhesions (places ...)"."""
        before = terms_of(gloss["term"])[-len(asked) :]
        return bool(asked) and set(asked) == set(before)

    def shares_idea(self, text: str) -> bool:
        """Say whether a text has an idea that the question names by a phrase of several words."""
        phrases = {idea.name for idea in self.question.ideas if len(idea.terms) > 1}
        return not phrases.isdisjoint(ideas_in(text))

    def _shared_ideas(self, text: str) -> float:
        if not self.question.ideas:
            return 0.0
        found = ideas_in(text)
        return sum(idea.name in found for idea in self.question.ideas) / len(self.question.ideas)

    def _is_aside(self, passage: Passage) -> bool:
        role = self.corpus.document(passage.document).role
        return role != "article" and not (role == "evidence" and self.question.asks_for_studies)


@lru_cache(maxsize=4096)
def ideas_in(text: str) -> frozenset[str]:
    """Return the names of the ideas in a text."""
    return frozenset(match.name for match in bundled_lexicon().matches(text))


def heading_of(passage: Passage) -> str:
    """Return what a passage is headed by: its nearest heading, and its label if it has one."""
    label = label_of(passage)
    return " ".join((*passage.section[-1:], label.text if label else ""))

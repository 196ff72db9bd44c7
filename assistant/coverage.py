"""Whether the corpus covers a question at all.

Search always finds something. This gate looks at how well the best passages fit: in meaning, in the
words they share with the question, in what the question wants to be told (`aspects.toml`). The
evidence is weighed by a logistic model whose weights (`gate.toml`) a command fits on labelled
questions: ``python -m assistant.evaluation.calibrate``. None of it knows what the corpus is about.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from assistant.judge import COMMON, Judge
from assistant.question import Question
from index.lexical import LexicalIndex
from index.manifest import FrozenGate
from index.passage_index import PassageIndex, ScoredPassage
from index.text import terms_of, words_of

RARE = 4
"""A word in at most this many passages is one that few questions hit by chance."""

TOP = 3
"""Passages that are looked at for what the question wants to be told."""

FEATURES = (
    "cosine", "cosine_of_three", "relevance", "relevance_of_third", "covered", "covered_rare",
    "covered_heading", "known", "unknown_share", "unknown_words", "words", "ideas", "bm25",
    "untold", "defines", "rare_hit", "asked_noun_missing", "subject_missing",
    "jargon",
)  # fmt: skip

_ASKED_NOUN = re.compile(
    r"\b(?:which|what|how many|what (?:kind|sort|type)s? of)\s+(?P<noun>(?!(?:is|are|was|were|do"
    r"|does|did|can|could|should|would|will|has|have|about|if|the|a|an|kinds?|sorts?|types?|happens?)"
    r"\b)\w+)"
    r"(?:\s+(?P<next>\w+))?",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"\bwhat(?:'s|’s|s| is| are)\s+(?:an?|the|some|your|my)?\s*(?P<noun>[^?.!,;]+)", re.IGNORECASE
)

ASKED_FEATURES = ("asked", "left_open", "leaning", "led")
"""Cosines of the nearest known question that is answered and that is left open; the way that all of
them together lean, and how surely they lead to one passage (`assistant.leaning`)."""


@dataclass(frozen=True)
class Aspect:
    """Something a question may want to be told, and how a passage shows that it tells it."""

    name: str
    asks: re.Pattern[str]
    tells: re.Pattern[str] | None


class Gate(FrozenGate):
    """Weighs the evidence that the corpus covers a question."""

    def probability(self, features: dict[str, float]) -> float:
        """Return the probability that the question is covered, in (0, 1)."""
        total = self.bias + sum(w * features[name] for name, w in self.weights.items())
        return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, total))))

    def covers(self, features: dict[str, float]) -> bool:
        """Return whether to answer."""
        return self.probability(features) >= self.threshold


MOST_WORDS = 5.0
"""Words of a question beyond which more of them are no further evidence."""


@cache
def bundled_gate(knows_questions: bool) -> Gate:
    """Return the gate of the package: for a corpus that comes with questions, or for any other."""
    source = resources.files("assistant").joinpath("gate.toml")
    table = tomllib.loads(source.read_text(encoding="utf-8"))
    part = table["with_questions" if knows_questions else "any_corpus"]
    return Gate(weights=part["weights"], bias=part["bias"], threshold=part["threshold"])


def gate_of(index: PassageIndex) -> Gate:
    """Return the gate that is frozen in an index, or the package's where the index has none."""
    frozen = index.manifest.gate
    return Gate(**frozen.model_dump()) if frozen else bundled_gate(bool(index.corpus.asked))


@cache
def aspects() -> tuple[Aspect, ...]:
    """Return what questions may want to be told."""
    source = resources.files("assistant").joinpath("aspects.toml")
    table = tomllib.loads(source.read_text(encoding="utf-8"))["aspect"]
    return tuple(
        Aspect(
            entry["name"],
            re.compile(entry["asks"], re.IGNORECASE),
            re.compile(entry["tells"], re.IGNORECASE) if "tells" in entry else None,
        )
        for entry in table
    )


def untold(question: Question, passages: Sequence[ScoredPassage]) -> list[str]:
    """Return the aspects that a question asks for and the passages, best first, do not tell."""
    missing = []
    for aspect in aspects():
        own = [found.group() for found in aspect.asks.finditer(question.asking)]
        if own and not _told(aspect, own, passages):
            missing.append(aspect.name)
    return missing


def _told(aspect: Aspect, own: Sequence[str], passages: Sequence[ScoredPassage]) -> bool:
    if aspect.tells is not None:
        return any(aspect.tells.search(scored.passage.text) for scored in passages[:TOP])
    words = set(words_of(passages[0].passage.text))
    return all(words.issuperset(words_of(asked)) for asked in own)


def features(
    question: Question, ranked: Sequence[ScoredPassage], judge: Judge, lexical: LexicalIndex
) -> dict[str, float]:
    """Return the evidence for and against an answer, by name, each a plain number."""
    best = sorted(ranked, key=lambda scored: -judge.relevance(scored))
    relevance = [judge.relevance(scored) for scored in best]
    cosines = sorted((scored.score for scored in ranked), reverse=True)
    vocabulary = lexical.document_frequency
    named = {term for idea in question.ideas for term in idea.terms}
    unknown = [t for t in question.terms if t not in vocabulary and t not in named]
    top = best[0].passage
    facts = judge.facts.of(top)
    own = facts.own.stems | facts.heading.stems
    # Among several documents, what each is about is part of what its passages say.
    title = frozenset() if judge.corpus.subject else frozenset(terms_of(top.title))
    return {
        "cosine": cosines[0],
        "cosine_of_three": sum(cosines[:3]) / len(cosines[:3]),
        "relevance": relevance[0],
        "relevance_of_third": relevance[min(2, len(relevance) - 1)],
        "covered": judge.coverage(title | facts.whole.stems),
        "covered_rare": _covered_rare(question, judge, lexical, title | own),
        "covered_heading": judge.coverage(facts.heading.stems),
        "known": judge.known,
        "unknown_share": len(unknown) / len(question.terms),
        "unknown_words": min(4.0, float(len(unknown))),
        # A long letter is no surer to be covered than a whole question: what speaks for a question
        # of many words in the tuning set must not add up over a page about something else.
        "words": min(MOST_WORDS, float(len(question.terms))),
        "ideas": min(6.0, float(len(question.ideas))),
        "bm25": math.log1p(max(scored.lexical for scored in ranked)),
        "untold": float(bool(untold(question, best))),
        "defines": float(question.kind == "definition"),
        "asked_noun_missing": _missing(_ASKED_NOUN, question, judge, own),
        "subject_missing": _missing(_SUBJECT, question, judge, own),
        "jargon": min(2.0, float(len(set(question.jargon)))),
        "rare_hit": float(_rare_hit(question, lexical, facts.own.stems)),
    }


def _covered_rare(
    question: Question, judge: Judge, lexical: LexicalIndex, found: frozenset[str]
) -> float:
    """Return the share of the question's telling words that are in a set of stems."""
    limit = COMMON * len(lexical)
    rare = [t for t in question.terms if lexical.document_frequency.get(t, 0) <= limit]
    if not rare:
        return 1.0
    return sum(judge.covers(term, found) for term in rare) / len(rare)


def _missing(
    pattern: re.Pattern[str], question: Question, judge: Judge, held: frozenset[str]
) -> float:
    """Return the share of what a question names after "which" or "what is" that is missing."""
    found = pattern.search(question.asking)
    if not found:
        return 0.0
    named = terms_of(" ".join(part for part in found.groups() if part))
    own = set(named).intersection(question.terms)
    return sum(not judge.covers(term, held) for term in own) / len(own) if own else 0.0


def _rare_hit(question: Question, lexical: LexicalIndex, found: frozenset[str]) -> bool:
    """Say whether a set of stems has one of the question's own that is rare in the corpus."""
    return any(
        0 < lexical.document_frequency.get(term, 0) <= RARE and term in found
        for term in question.terms
    )

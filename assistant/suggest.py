"""What may be asked next, and what the sources do cover when a question is not: real headings only.

Each suggestion is made from a heading or a label of the corpus, so that the corpus covers it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assistant.compose import phrases
from assistant.facts import CorpusFacts
from assistant.plan import Plan
from assistant.question import Question
from assistant.units import is_lead
from assistant.wording import plain
from corpus import Passage
from index.passage_index import ScoredPassage
from index.text import terms_of, words_of

NEAR = 0.35
"""Cosine similarity from which a passage is near enough to a question to be offered instead."""

MOST_LABEL_WORDS = 6
"""A longer label is a sentence, not a name."""


def follow_ups(
    question: Question, plan: Plan, ranked: Sequence[ScoredPassage], facts: CorpusFacts, most: int
) -> tuple[str, ...]:
    """Return questions that lead on from an answer, nearest first.

    The neighbours of what was shown come first, then what search found beside it.
    """
    shown = {unit.passage.id for unit in plan.units}
    first = plan.units[0].passage
    siblings = facts.corpus.siblings(first)
    after = [p for p in siblings if p.order > first.order] + [
        p for p in siblings if p.order < first.order
    ]
    candidates = [p for p in after if p.id not in shown][:1]
    candidates += [s.passage for s in ranked if s.passage.id not in shown]
    asked = (question_about(passage, facts) for passage in candidates)
    headings = {unit.passage.heading for unit in plan.units}
    own = set(question.terms)
    fresh = (q for q in asked if q and q not in headings and not own.issuperset(terms_of(q)))
    return _some(fresh, most)


def nearest_topics(
    ranked: Sequence[ScoredPassage], facts: CorpusFacts, most: int
) -> tuple[str, ...]:
    """Return questions about what the passages found do cover, nearest first.

    Where nothing is near, they are the first ones that the corpus itself asks.
    """
    near = [scored.passage for scored in ranked if scored.score >= NEAR]
    first = [p for p in facts.corpus.passages if p.section and p.section[-1].endswith("?")]
    return _some((question_about(passage, facts) for passage in (*near, *first)), most)


def question_about(passage: Passage, facts: CorpusFacts) -> str | None:
    """Return a question that a passage answers: its heading, or one made from its label."""
    own = facts.of(passage)
    if own.role != "article" or is_lead(passage):
        return None
    if passage.heading.endswith("?") and passage.section:
        return passage.heading
    label = own.label
    if label and _is_name(label.text):
        return phrases()["about"].format(name=_lower(plain(label.text)))
    return None


def _is_name(label: str) -> bool:
    """Say whether a label names a thing; "What it is for" is a clause."""
    words = words_of(label)
    return len(words) <= MOST_LABEL_WORDS and not words[0].startswith(("wh", "how"))


def _lower(name: str) -> str:
    """Return a label as it stands inside a sentence; abbreviations keep their capitals."""
    first = name.split()[0]
    return name if first.isupper() else name[0].lower() + name[1:]


def _some(questions: Iterator[str | None], most: int) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for question in questions:
        if len(found) == most:
            break
        if question:
            found[question] = None
    return tuple(found)

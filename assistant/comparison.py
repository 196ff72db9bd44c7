"""Questions that set two things against each other: each side gets its own passage."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.judge import Judge
from assistant.question import Question
from assistant.units import Unit, is_lead, unit_of
from index.lexicon import bundled_lexicon
from index.passage_index import ScoredPassage
from index.text import terms_of

_SIDES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\bdifferen\w*\s+between\s+(?P<a>.+?)\s+and\s+(?P<b>[^?.!,;]+)",
        r"(?P<a>[^?.!,;:]+?)\s+(?:vs\.?|versus)\s+(?P<b>[^?.!,;]+)",
        r"\bcompar\w+\s+(?P<a>.+?)\s+(?:and|with|to)\s+(?P<b>[^?.!,;]+)",
        r"\bhow\s+(?:is|are|do|does)\s+(?P<a>.+?)\s+(?:different|differ)\s+(?:from|to|than)\s+(?P<b>[^?.!,;]+)",
        r"(?P<a>[^?.!,;:]+?)\s+(?:different|differs?)\s+(?:from|to|than)\s+(?P<b>[^?.!,;]+)",
        r"(?P<a>[^?.!,;:]+?)\s+compared\s+(?:to|with)\s+(?P<b>[^?.!,;]+)",
        r"\bhow\s+do\s+(?P<a>.+?)\s+and\s+(?P<b>.+?)\s+differ\b",
        r"(?P<a>[^?.!,;:]+?)\s+the same (?:thing )?(?:as|to)\s+(?P<b>[^?.!,;]+)",
        r"(?P<a>[^?.!,;:]+?)\s+or\s+(?P<b>[^?.!,;:]+)",
        r"(?P<a>[^?.!,;:]+?)\s+and\s+(?P<b>[^?.!,;:]+)",
    )
)

NAMED = 0.5
"""Share of a side's words that a passage has to hold to be that side's."""


def sides(text: str) -> tuple[str, str] | None:
    """Return the two things that a question compares, in its own words.

    >>> sides("What is the difference between kneading and friction?")
    ('kneading', 'friction')
    """
    for pattern in _SIDES:
        found = pattern.search(text)
        if found and terms_of(found["a"]) and terms_of(found["b"]):
            return found["a"].strip(), found["b"].strip()
    return None


def compare(question: Question, ranked: Sequence[ScoredPassage], judge: Judge) -> list[Unit]:
    """Return a unit for each side, in the order asked; fewer where no passage is a side's own."""
    pair = sides(question.text)
    if pair is None:
        return []
    units: list[Unit] = []
    for side in pair:
        taken = {unit.passage.id for unit in units}
        best = _best(side, [s for s in ranked if s.passage.id not in taken], judge)
        if best is not None:
            units.append(unit_of(best, judge))
    return units


def _best(side: str, ranked: Sequence[ScoredPassage], judge: Judge) -> ScoredPassage | None:
    # What both sides share ("massage" in "foot massage or leg massage") tells them not apart.
    ideas = bundled_lexicon().matches(side)
    terms = set(terms_of(side))
    others = {term for idea in ideas for term in idea.others}

    def share(found: frozenset[str]) -> float:
        hit = sum(t in found for t in terms) / len(terms)
        return max(hit, 0.9 if found & others else 0.0)

    found = [(s, judge.facts.of(s.passage)) for s in ranked]
    scored = [
        (share(facts.heading.stems) + share(facts.own.stems) + 0.3 * judge.relevance(s), -n, s)
        for n, (s, facts) in enumerate(found)
        if share(facts.own.stems) >= NAMED and not is_lead(s.passage)
    ]
    return max(scored, key=lambda item: item[:2])[2] if scored else None

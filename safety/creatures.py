"""What an animal has, told at length: 'Our mare came in lame. Vet says she has an abscess'.

It clears only beside a vet, and never where a person was named before or owns what is told.
"""

from __future__ import annotations

from safety.reading import Reading, Span
from safety.tokens import CLAUSE

VETS = frozenset({"vet", "vets", "farrier"})
VET_WITHIN = 2
"""Most sentences between what an animal has and the vet."""
FINDS = frozenset(
    {"says", "said", "say", "thinks", "thought", "reckons", "found", "finds", "diagnosed"}
    | {"suspects", "suspected", "confirmed", "calls", "called", "treated"}
)
PRONOUNS = frozenset({"he", "she", "his", "her", "him"})
GOES_ON = frozenset(
    {"has", "had", "have", "is", "was", "'s", "got", "who", "that", "which", "came", "went", "on"}
    | {"with", "needs", "just", "then", "also", "ate", "limped", "developed", "keeps", "will"}
)
"""What may follow an animal that is itself spoken of: 'mare has', but not 'dog walker'."""


def of_animal(reading: Reading, span: Span, *, earlier: bool) -> str | None:
    """Return the id of the form by which an animal has what is mentioned; None where none holds.

    Args:
        reading: The message.
        span: Where the mention stands.
        earlier: Whether a person was named in an earlier message, whom 'she' may stand for.
    """
    tokens = reading.tokens
    start, end = reading.sentence_bounds(span.start)
    if not _vet_near(reading, span) or _touches_person(reading, span, end):
        return None
    for at in range(span.start - 1, start - 1, -1):
        token = tokens[at]
        if reading.is_animal(token):
            return "animal.told" if _is_spoken_of(reading, at) else None
        if token.text in PRONOUNS:
            stands_for_animal = not earlier and _only_animals_before(reading, at)
            return "animal.told" if stands_for_animal else None
        if reading.is_anybody(token):
            return None
        if token.text in VETS and tokens[at + 1].text in FINDS:
            only = not earlier and _only_animals_before(reading, at)
            return "animal.told" if only else None
    return None


def _vet_near(reading: Reading, span: Span) -> bool:
    if VETS.isdisjoint(reading.vocabulary):
        return False
    start, end = reading.sentences_around(span.start, VET_WITHIN)
    return any(token.text in VETS for token in reading.tokens[start:end])


def _touches_person(reading: Reading, span: Span, end: int) -> bool:
    """Tell whether a person stands in the mention or in what follows it: '... a cut on my shin'."""
    tokens = reading.tokens
    at = span.start
    while at < end and (at < span.end or tokens[at].gap < CLAUSE):
        if reading.is_own_or_named(tokens[at]):
            return True
        at += 1
    return False


def _is_spoken_of(reading: Reading, at: int) -> bool:
    after = reading.tokens[at + 1]
    return bool(after.gap) or after.text in GOES_ON


def _only_animals_before(reading: Reading, at: int) -> bool:
    """Tell whether an animal, and no person, was named before a pronoun."""
    before = reading.tokens[:at]
    return any(map(reading.is_animal, before)) and not any(map(reading.is_person, before))

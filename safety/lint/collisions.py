"""Words that name a contraindication, and the everyday words one letter away from them.

The everyday word always wins (``safety.lexicon``): 'never' is not 'fever', however it is meant. The
table shows where that ruling matters, so that a reviewer sees which slips of the finger are lost.
"""

from __future__ import annotations

from typing import NamedTuple

from safety.compile import Compiled
from safety.everyday import common_words
from safety.lint.overlap import Vocabulary
from safety.respelling import FUZZY_FROM

COMMONEST = 20
"""Tiers up to this one hold words that name no contraindication by themselves."""
RAREST = 35
"""Rarest tier of everyday words that is looked at."""


class Collision(NamedTuple):
    """A word of the policy, an everyday word one letter away, and how common that one is."""

    word: str
    everyday: str
    tier: int


def collisions(compiled: Compiled) -> list[Collision]:
    """Return all collisions, in alphabetical order; plurals and other endings left out."""
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    known = common_words()
    everyday = [word for word, tier in sorted(known.items()) if tier <= RAREST]
    found = []
    for word in sorted(_naming_words(compiled)):
        near = process.extract(word, everyday, scorer=OSA.distance, score_cutoff=1, limit=None)
        for other, distance, _ in near:
            if distance and word[:-1] != other[: len(word) - 1]:
                found.append(Collision(word, other, known[other]))
    return sorted(found)


def _naming_words(compiled: Compiled) -> set[str]:
    """Return the words of rules that name something, but for the commonest, which name nothing."""
    vocabulary = Vocabulary(compiled)
    atoms = {
        atom
        for ref in compiled.rules.values()
        if ref.rule.kind == "name"
        for phrase in ref.rule.phrases
        for variant in vocabulary.parse(phrase)
        for element in variant
        if not element.negated
        for atom in vocabulary.atoms(element)
    }
    words = {word for atom in atoms for word in atom.split() if word.isalpha()}
    return {w for w in words if len(w) >= FUZZY_FROM and common_words().get(w, 99) > COMMONEST}


def table(found: list[Collision]) -> str:
    """Return the collisions as lines: word of the policy, everyday word, tier (10 is commonest)."""
    lines = [f"{'policy word':<20} {'everyday word':<20} tier"]
    lines += [f"{hit.word:<20} {hit.everyday:<20} {hit.tier}" for hit in found]
    return "\n".join([*lines, f"{len(found)} collisions; the everyday word wins in each"])

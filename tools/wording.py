"""What sort of phrase a few words are, as far as their first and last word tell."""

from __future__ import annotations

import tomllib
from pathlib import Path

TEMPLATES = tomllib.loads(Path(__file__).with_name("term_templates.toml").read_text("utf-8"))
WORDS = {sort: frozenset(words.split()) for sort, words in TEMPLATES["words"].items()}
NOT_PLURAL = ("ss", "us", "is")


def sort_of(words: str) -> str:
    """Return the sort of a phrase: clause, place, verb, state, part, plural or noun.

    >>> [sort_of(w) for w in ("broke my ankle", "stress fracture", "varicose veins", "in a cast")]
    ['verb', 'noun', 'plural', 'place']
    >>> [sort_of(w) for w in ("it snapped", "swollen", "knee buckles", "broken bone")]
    ['clause', 'state', 'part', 'noun']
    """
    said = words.split()
    first, last = said[0], said[-1]
    if first in WORDS["subjects"] and len(said) > 1:
        return "clause"
    if first in WORDS["prepositions"]:
        return "place"
    if len(said) == 1 and (first in WORDS["states"] or first.endswith(("ed", "ing"))):
        return "state"
    if first in WORDS["verbs"] or (first.endswith("ed") and len(first) > 4):
        return "verb"
    if first in WORDS["parts"] and len(said) > 1:
        return "part"
    return "plural" if last.endswith("s") and not last.endswith(NOT_PLURAL) else "noun"


def article(words: str) -> str:
    """Return the article for words: 'an' before a vowel.

    >>> article("open wound"), article("cut")
    ('an', 'a')
    """
    return "an" if words[0] in "aeio" else "a"

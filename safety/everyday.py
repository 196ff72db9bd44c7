"""Everyday English: the frozen list of common words, and how common each of them is."""

from __future__ import annotations

from functools import cache
from importlib import resources

MOST_COMMON = 10
"""Tier of the most common words, function words above all."""
RARER_THAN_ALL = 1_000
"""Tier of a word that is not in the list."""


@cache
def common_words() -> dict[str, int]:
    """Return the frozen list of everyday words; the value is the tier, 10 being most common."""
    words: dict[str, int] = {}
    tier = 10
    source = resources.files("safety") / "tables" / "words.txt"
    for line in source.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            tier = int(line[2:])
        else:
            words.update(dict.fromkeys(line.split(), tier))
    return words

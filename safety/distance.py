"""How many slips of the pen lie between two words: optimal string alignment.

Insert, delete, replace and swap neighbours count one each. What computes it is imported when the
first unknown word comes: a message spelt well does not wait for it.
"""

from __future__ import annotations

from collections.abc import Sequence

MOST = 8
"""Words returned by ``nearest_of``, at most."""


def distance(word: str, other: str) -> int:
    """Return the distance of two words."""
    from rapidfuzz.distance import OSA

    return OSA.distance(word, other)


def likeness(word: str, other: str) -> float:
    """Return 1 less the distance of two words as a share of the longer one."""
    from rapidfuzz.distance import OSA

    return OSA.normalized_similarity(word, other)


def nearest_of(word: str, others: Sequence[str], reach: int) -> list[tuple[str, int]]:
    """Return the words within reach, nearest first, with their distances."""
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    found = process.extract(word, others, scorer=OSA.distance, score_cutoff=reach, limit=MOST)
    return [(other, int(steps)) for other, steps, _ in found]

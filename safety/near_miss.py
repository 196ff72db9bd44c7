"""Words that are nearly, but not quite, read as a word that raises something.

They decide nothing. A reviewer looks at them, because each may be a spelling that the lexicon ought
to take for the word it is near to.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from safety.compile import Compiled
from safety.distance import nearest_of
from safety.reading import Reading
from safety.respelling import FUZZY_FROM

LONG_FROM = 9
"""Words of so many letters may differ in three places, shorter ones in two."""
_WORD = re.compile(rf"[a-z]{{{FUZZY_FROM},}}")


class NearMiss(NamedTuple):
    """A word as it was read, and the word of the policy that it nearly is."""

    word: str
    near: str


class NearMisses:
    """Finds near misses in messages, by the words of one policy."""

    def __init__(self, compiled: Compiled) -> None:
        self._compiled = compiled
        policy = compiled.policy
        phrases = [p for c in policy.contraindications for rule in c.rules for p in rule.phrases]
        phrases += [phrase for sign in policy.signs.values() for phrase in sign.phrases]
        self._targets = sorted({word for phrase in phrases for word in _WORD.findall(phrase)})

    def __call__(self, message: str) -> list[NearMiss]:
        """Return the unknown words of a message that lie just outside of what passes for a typo."""
        limit = self._compiled.policy.limits.max_message_chars
        found: dict[str, NearMiss] = {}
        for token in Reading(message[:limit], self._compiled).tokens:
            word = token.text
            if word in found or not _WORD.fullmatch(word) or self._compiled.lexicon.is_known(word):
                continue
            near = self._nearest(word)
            if near is not None:
                found[word] = NearMiss(word, near)
        return list(found.values())

    def _nearest(self, word: str) -> str | None:
        reach = 3 if len(word) >= LONG_FROM else 2
        for near, _ in nearest_of(word, self._targets, reach):
            if near[0] == word[0]:
                return near
        return None

"""Respelling: what a word that nobody knows was meant to be.

In a fixed order: letters swallowed, a misspelling of one slip, words run together, a misspelling of
two slips, a word spelt as it sounds. A correctly spelt everyday word never comes here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import cached_property

from jellyfish import metaphone

from safety.distance import distance, nearest_of
from safety.everyday import MOST_COMMON, RARER_THAN_ALL, common_words

FUZZY_FROM = 5
"""Shortest word that may be a misspelling (distance 1); shorter ones have too many neighbours."""
SOUND_FROM = 4
"""Shortest word that may be spelt as it sounds."""
FUZZY_TWO_FROM = 9
"""Shortest word that may be misspelt in two places."""
LONG_ENOUGH = 6
"""Shortest run of letters that is taken apart into words."""
LONE_LETTERS = "ainw"
"""Letters that stand for a word by themselves: 'a', 'I', and short for 'and' and 'with'."""
HAVING = frozenset({"have", "had", "got", "am", "was"})
"""What letters spaced out leave between 'I' and 'a': 'I h a v e a rash'."""
LONGEST_RUN = 300
"""Longest run of letters that is taken apart into words, in characters."""
REPEATED = re.compile(r"([a-z])\1{2,}")


class Respelling:
    """The words that an unknown word may be read as.

    Args:
        words: Exact words of the policy.
        texting: Short forms and the words they stand for.
        safe: Words of other senses alone. What is nearest to one of them is no misspelling of a
            word that raises something.
    """

    def __init__(
        self,
        words: Collection[str],
        texting: Mapping[str, tuple[str, ...]],
        safe: frozenset[str] = frozenset(),
    ) -> None:
        self._words = words
        self._texting = texting
        self._common = common_words()
        self._safe = safe

    @cached_property
    def _targets(self) -> dict[str, list[str]]:
        """What may be misspelt, by its first letter; made for the first word nobody knows."""
        targets: dict[str, list[str]] = {}
        for word in sorted(self._words):
            if len(word) >= FUZZY_FROM and word.isalpha():
                targets.setdefault(word[0], []).append(word)
        return targets

    @cached_property
    def _sounds(self) -> dict[str, list[str]]:
        """What may be spelt as it sounds, by its sound."""
        sounds: dict[str, list[str]] = {}
        for word in sorted(self._words):
            if len(word) >= SOUND_FROM and word.isalpha():
                sounds.setdefault(metaphone(word), []).append(word)
        return sounds

    def respell(self, word: str) -> tuple[str, ...]:
        """Return what a word that nobody knows stands for; itself where nothing is near."""
        typed, word = word, REPEATED.sub(r"\1", word)
        swallowed = self._swallowed(word)
        if swallowed:
            return swallowed
        near = self.nearest(word)
        # Two slips are weaker evidence than a word that falls into known ones: 'hardthing'.
        is_slip = near is not None and near not in self._safe and distance(word, near) == 1
        apart = self.take_apart(word) if len(word) >= LONG_ENOUGH else None
        # One slip is weaker than the commonest words run together, as in 'fortwo' for 'forteo', but
        # not a letter left out at the end, as in 'feelin'.
        plain = all(self._common.get(piece) == MOST_COMMON for piece in apart or ())
        if near and is_slip and (not plain or near.startswith(word)):
            return (near,)
        if apart:
            return apart
        if near and near not in self._safe:
            return (near,)
        alike = None if near else self.sounds_like(word)
        if alike and alike not in self._safe:
            return (alike,)
        # 'offfrom': a letter three times may be two of one word and one of the next.
        parted = self.take_apart(typed) if typed != word else None
        return parted or (word,)

    def _swallowed(self, word: str) -> tuple[str, ...] | None:
        """Part what letters spaced out swallow beside them: 'a r a s h', 'i t c h i n g a lot'."""
        if len(word) <= 3:
            return None
        if word[0] in LONE_LETTERS and word[1:] in self._words:
            return (*self._texted(word[0]), word[1:])
        if word[-1] in LONE_LETTERS and word[:-1] in self._words:
            return (word[:-1], *self._texted(word[-1]))
        if word[0] == "i" and word[-1] == "a" and word[1:-1] in HAVING:
            return (word[0], word[1:-1], word[-1])
        return None

    def slips(self, word: str) -> tuple[str | None, int]:
        """Return the word of the policy that raises something and is nearest, and how near."""
        near = self.nearest(word)
        if near is None or near in self._safe:
            return None, 0
        return near, distance(word, near)

    def nearest(self, word: str) -> str | None:
        """Return the word of the policy that an unknown word is nearest to, if any is near.

        Distance is optimal string alignment (insert, delete, replace, swap neighbours), at most 1,
        or 2 in long words; the first letters agree, as they nearly always do in real misspellings.
        """
        if len(word) < FUZZY_FROM - 1 or len(word) > 24:
            return None
        reach = 2 if len(word) >= FUZZY_TWO_FROM - 1 else 1
        best: tuple[int, bool, str] | None = None
        # A word that begins alike, or with the first two letters swapped.
        targets = [w for first in sorted(set(word[:2])) for w in self._targets.get(first, ())]
        for target, steps in nearest_of(word, targets, reach):
            allowed = 2 if len(target) >= FUZZY_TWO_FROM else 1
            starts_alike = target[0] == word[0] or target[:2] == word[1::-1]
            if steps <= allowed and starts_alike:
                rank = (steps, target in self._safe, target)
                best = min(best or rank, rank)
        return best[-1] if best else None

    def sounds_like(self, word: str) -> str | None:
        """Return the word of the policy that an unknown word spells as it sounds, if any.

        Same first letter, same Metaphone key, length within one, a third of the letters changed.

        Source: Philips 1990, Metaphone, as implemented by jellyfish.
        """
        if not SOUND_FROM <= len(word) <= 24:
            return None
        best: tuple[int, bool, str] | None = None
        for target in self._sounds.get(metaphone(word), ()):
            steps = distance(word, target)
            if abs(len(target) - len(word)) > 1 or target[0] != word[0]:
                continue
            if steps <= (len(target) + 1) // 3:
                # Sound is weak evidence: where a harmless word is as near, it is the one meant.
                rank = (steps, target not in self._safe, target)
                best = min(best or rank, rank)
        return best[-1] if best else None

    def take_apart(self, word: str) -> tuple[str, ...] | None:
        """Split a run of letters into known words, the fewest and most common; None if it has none.

        Each word costs 3 and its tier / 10; every letter is tried once against words of up to 20
        letters, so that the cost is linear in the length.
        """
        if len(word) > LONGEST_RUN:
            return None
        costs = [0.0] + [float("inf")] * len(word)
        back = [0] * (len(word) + 1)
        for end in range(1, len(word) + 1):
            for start in range(max(0, end - 20), end):
                cost = costs[start] + self._word_cost(word[start:end])
                if cost < costs[end]:
                    costs[end], back[end] = cost, start
        if costs[-1] > 2.0 * len(word):
            return None
        pieces: list[str] = []
        end = len(word)
        while end:
            pieces.append(word[back[end] : end])
            end = back[end]
        return tuple(piece for run in reversed(pieces) for piece in self._texted(run))

    def _texted(self, piece: str) -> tuple[str, ...]:
        return self._texting.get(piece, (piece,))

    def _word_cost(self, piece: str) -> float:
        if len(piece) == 1:
            return 4.0 if piece in "ai" else float("inf")
        tier = self._common.get(piece)
        if piece in self._words:
            if len(piece) == 2 and tier != 10:
                return float("inf")
            # Among words of the policy the commoner ones win: 'days late', not 'day slate'.
            return 4.0 + (tier or RARER_THAN_ALL) / RARER_THAN_ALL
        if tier is None or (len(piece) == 2 and tier > 10) or (len(piece) == 3 and tier > 35):
            return 3.5 if piece in self._texting and len(piece) > 2 else float("inf")
        return 3.0 + tier / 10

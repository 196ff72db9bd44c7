"""Which phrase can match only where another matches too, and which words two patterns share.

Used to keep a policy tidy: a phrase that another one covers adds nothing but work for its readers.
Whatever cannot be told from the patterns alone counts as not covered.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator

from safety.compile import Compiled
from safety.matcher import DENIALS
from safety.patterns import Element, Pattern, parse

Atoms = frozenset[str]
"""Words, beginnings of words (``swell*``) and members of several words."""


class Vocabulary:
    """Tells what the elements of a policy's patterns may be, in words."""

    def __init__(self, compiled: Compiled) -> None:
        self._compiled = compiled
        self._names = compiled.symbols.names()
        self._atoms: dict[frozenset[int], Atoms] = {}

    def parse(self, phrase: str) -> list[Pattern]:
        """Read a phrase of this policy."""
        return parse(phrase, self._compiled.symbols, self._compiled.classes)

    def atoms(self, element: Element) -> Atoms:
        """Return all that an element matches; nothing for a gap."""
        found = self._atoms.get(element.symbols)
        if found is None:
            found = frozenset(atom for symbol in element.symbols for atom in self._of(symbol))
            self._atoms[element.symbols] = found
        return found

    def _of(self, symbol: int) -> list[str]:
        kind, _, word = self._names[symbol].partition(":")
        if kind == "c":
            return self._compiled.members(word)
        return [f"{word}*" if kind == "p" else word or kind]

    def covers(self, shorter: Pattern, longer: Pattern) -> bool:
        """Tell whether the shorter matches, from the same word on, wherever the longer does."""
        return self._fits(shorter, 0, longer, 0)

    def _fits(self, shorter: Pattern, i: int, longer: Pattern, j: int) -> bool:
        if i == len(shorter):
            return True
        element = shorter[i]
        if element.negated:
            holds = self._excluded(element, longer, j)
            return holds and self._fits(shorter, i + 1, longer, j)
        if element.gap >= 0:
            onwards = self._skipped(element, longer, j)
            return any(self._fits(shorter, i + 1, longer, k) for k in onwards)
        while j < len(longer) and longer[j].negated:
            j += 1
        if j == len(longer) or longer[j].gap >= 0:
            return False
        if not is_within(self.atoms(longer[j]), self.atoms(element)):
            return False
        return self._fits(shorter, i + 1, longer, j + 1)

    def _excluded(self, element: Element, longer: Pattern, j: int) -> bool:
        """Tell whether the longer pattern rules out at element j what the negated one bans."""
        banned = self.atoms(element)
        leading = j == 0
        while j < len(longer) and longer[j].negated:
            if is_within(banned, self.atoms(longer[j])):
                return True
            j += 1
        if leading or j == len(longer) or longer[j].gap >= 0:
            return False
        return not Words(banned).meet(self.atoms(longer[j]))

    def _skipped(self, gap: Element, longer: Pattern, j: int) -> Iterator[int]:
        """Yield the elements at which the longer pattern may go on after the shorter one's gap."""
        words = 0
        yield j
        for k in range(j, len(longer)):
            element = longer[k]
            if not element.negated and self.atoms(element) & DENIALS:
                return
            if not element.negated:
                words += element.gap if element.gap >= 0 else longest(self.atoms(element))
            if words > gap.gap:
                return
            yield k + 1


def is_within(inner: Atoms, outer: Atoms) -> bool:
    """Tell whether every word of one set is in the other, beginnings of words counted.

    >>> is_within(frozenset({"swelling", "puff*"}), frozenset({"swell*", "puff*"}))
    True
    """
    stems = tuple(atom[:-1] for atom in outer if atom.endswith("*"))
    return all(atom in outer or (" " not in atom and atom.startswith(stems)) for atom in inner)


class Words:
    """The words that may stand in a set of atoms, also as part of a member of several words.

    >>> Words(["lower leg", "swell*"]).meet(["leg"])
    True
    >>> Words(["swell*"]).meet(["well"])
    False
    """

    def __init__(self, atoms: Iterable[str]) -> None:
        single = {part for atom in atoms for word in atom.split() for part in word.split("|")}
        self._words = sorted(word for word in single if not word.endswith("*"))
        self._whole = frozenset(self._words)
        self._stems = tuple(sorted(word[:-1] for word in single if word.endswith("*")))

    def meet(self, atoms: Iterable[str]) -> bool:
        """Tell whether one of the words may be one of the atoms."""
        return any(self._meets(part) for atom in atoms for part in re.split(r"[ |]", atom))

    def _meets(self, word: str) -> bool:
        if not word.endswith("*"):
            return word in self._whole or word.startswith(self._stems)
        stem = word[:-1]
        at = bisect_left(self._words, stem)
        begun = at < len(self._words) and self._words[at].startswith(stem)
        return begun or stem.startswith(self._stems) or any(s.startswith(stem) for s in self._stems)


def longest(atoms: Atoms) -> int:
    """Return the most words that one of the atoms has."""
    return max((len(atom.split()) for atom in atoms), default=1)

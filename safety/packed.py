"""Patterns as lines of text, from which a matcher takes only those that a message calls for.

A policy has thousands of patterns and a message touches few of them. As text they need no objects
until then: a start is quick, memory is small, and they can be kept in a file (``policy_cache``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import NamedTuple

from safety.patterns import Element, Pattern

NOTHING: frozenset[int] = frozenset()


class Packed(NamedTuple):
    """Patterns and where each of them is looked for.

    Attributes:
        patterns: ``number anchor element ...``, one a pattern. An element is its symbols (``4,9``),
            the symbols that it forbids (``!4,9``) or a gap (``~3``).
        by_symbol: For each symbol the places in ``patterns`` of those that are anchored on it.
    """

    patterns: list[str]
    by_symbol: list[str]


Entry = tuple[int, Pattern, int, frozenset[int], tuple[frozenset[int], ...]]
"""A pattern as it is tried: its number, its elements and which of them is the anchor; what the word
before the anchor must be, if it is part of the pattern; and what words that do not stand beside the
anchor must be, somewhere in the sentence. A plain tuple, which is taken apart fastest."""


def pack(patterns: Iterable[tuple[int, Pattern]], weight: Callable[[int], float]) -> Packed:
    """Return the patterns as text, each under the symbols of its rarest word.

    Args:
        patterns: (pattern number, elements) pairs; a number may come several times (variants).
        weight: How often a symbol is to be expected; only speed depends on it.
    """
    lines: list[str] = []
    places: dict[int, list[str]] = {}
    for number, elements in patterns:
        solid = _solid(elements)
        anchor = min(solid, key=lambda k: (sum(map(weight, elements[k].symbols)), k))
        for symbol in elements[anchor].symbols:
            places.setdefault(symbol, []).append(str(len(lines)))
        lines.append(f"{number} {anchor} {' '.join(map(_written, elements))}")
    by_symbol = [" ".join(places.get(k, ())) for k in range(max(places, default=-1) + 1)]
    return Packed(lines, by_symbol)


class Candidates(NamedTuple):
    """What is to be tried where a word stands."""

    alone: tuple[int, ...]
    """Patterns of one word: where the word stands, they are found."""
    longer: tuple[Entry, ...]
    by_next: dict[int, tuple[Entry, ...]]
    """Patterns that go on with the very next word, by its symbols."""


class Entries(dict[frozenset[int], Candidates]):
    """What is to be tried at a word, by its symbols; read from the text when first asked for.

    What is asked for is kept: words of a lexicon, whose sets of symbols are few.
    """

    def __init__(self, packed: Packed) -> None:
        super().__init__()
        self._packed = packed
        self._read: dict[str, Entry] = {}

    def __missing__(self, symbols: frozenset[int]) -> Candidates:
        alone: list[int] = []
        longer: list[Entry] = []
        by_next: dict[int, tuple[Entry, ...]] = {}
        for entry in self.of(symbols):
            number, elements, anchor, *_ = entry
            following = _beside(elements, anchor + 1)
            if len(elements) == 1:
                alone.append(number)
            elif not following:
                longer.append(entry)
            for symbol in following:
                by_next[symbol] = (*by_next.get(symbol, ()), entry)
        found = self[symbols] = Candidates(tuple(alone), tuple(longer), by_next)
        return found

    def of(self, symbols: frozenset[int]) -> tuple[Entry, ...]:
        """Return every pattern that is to be tried where any of the symbols stands."""
        lines = self._packed.by_symbol
        held = (lines[symbol].split() for symbol in sorted(symbols) if symbol < len(lines))
        places = dict.fromkeys(place for each in held for place in each)
        return tuple(self._entry(place) for place in places)

    def _entry(self, place: str) -> Entry:
        entry = self._read.get(place)
        if entry is None:
            entry = self._read[place] = _entry(self._packed.patterns[int(place)])
        return entry


def _solid(elements: Pattern) -> list[int]:
    return [k for k, element in enumerate(elements) if not element.negated and element.gap < 0]


def _written(element: Element) -> str:
    if element.gap >= 0:
        return f"~{element.gap}"
    return ("!" if element.negated else "") + ",".join(map(str, sorted(element.symbols)))


@cache  # a few thousand are all that a policy has, and most stand in many patterns
def _element(text: str) -> Element:
    if text[0] == "~":
        return Element(NOTHING, int(text[1:]))
    negated = text[0] == "!"
    numbers = text[1:] if negated else text
    return Element(frozenset(map(int, numbers.split(","))), negated=negated)


def _entry(line: str) -> Entry:
    number, anchor_text, *parts = line.split(" ")
    elements, anchor = tuple(map(_element, parts)), int(anchor_text)
    apart = [elements[k].symbols for k in _solid(elements) if abs(k - anchor) > 1]
    further = tuple(sorted(apart, key=len))  # what few words are is missing most often
    return int(number), elements, anchor, _beside(elements, anchor - 1), further


def _beside(elements: Pattern, k: int) -> frozenset[int]:
    if not 0 <= k < len(elements):
        return NOTHING
    element = elements[k]
    return NOTHING if element.negated or element.gap >= 0 else element.symbols

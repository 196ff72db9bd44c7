"""Patterns as lines of text, from which a matcher takes only those that a message calls for.

A policy has thousands of patterns and a message touches few of them. As text they need no objects
until then: a start is quick, memory is small, and they can be kept in a file (``policy_cache``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
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


class Entry(NamedTuple):
    """A pattern under one of its symbols; the elements beside the anchor, where they are words."""

    pattern: int
    elements: Pattern
    anchor: int
    following: frozenset[int]
    preceding: frozenset[int]
    further: tuple[frozenset[int], ...]
    """What the words that do not stand beside the anchor must be, somewhere in the sentence."""


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


class Entries(dict[int, Sequence[Entry]]):
    """What is to be tried where a symbol stands, read from the text when it is first asked for."""

    def __init__(self, packed: Packed) -> None:
        super().__init__()
        self._packed = packed
        self._read: dict[str, Entry] = {}

    def __missing__(self, symbol: int) -> Sequence[Entry]:
        lines = self._packed.by_symbol
        places = lines[symbol].split() if symbol < len(lines) else ()
        found = tuple(self._entry(place) for place in places)
        self[symbol] = found
        return found

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


def _element(text: str) -> Element:
    if text[0] == "~":
        return Element(NOTHING, int(text[1:]))
    negated = text[0] == "!"
    numbers = text[1:] if negated else text
    return Element(frozenset(map(int, numbers.split(","))), negated=negated)


def _entry(line: str) -> Entry:
    number, anchor_text, *parts = line.split(" ")
    elements, anchor = tuple(map(_element, parts)), int(anchor_text)
    return Entry(
        int(number),
        elements,
        anchor,
        following=_beside(elements, anchor + 1),
        preceding=_beside(elements, anchor - 1),
        further=tuple(elements[k].symbols for k in _solid(elements) if abs(k - anchor) > 1),
    )


def _beside(elements: Pattern, k: int) -> frozenset[int]:
    if not 0 <= k < len(elements):
        return NOTHING
    element = elements[k]
    return NOTHING if element.negated or element.gap >= 0 else element.symbols

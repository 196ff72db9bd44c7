r"""Phrases of the policy: a small pattern language over the words of a message.

A pattern is a line of elements, each matching one word::

    word            exactly this word, as normalised
    stem*           any word that begins so
    @class          any member of a word class (a member may have several words)
    #               a number, in digits or as a word of the class ``number``
    a|b|@c          any of these
    x?              may be left out
    ..  ..5         up to 3 (or 5) words in between, in the clause, none of them a denial
    !a|b            zero width: the word here (at the start: the word before) is none of these

There is no repetition without a bound: what a pattern costs (``safety.matcher``) has a bound too.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from corpus.errors import PolicyError

DEFAULT_GAP = 3
LONGEST_GAP = 12
MOST_OPTIONAL = 8
"""Each element that may be left out doubles the variants of a pattern."""


class Element(NamedTuple):
    """One element: what the word may be, or how many words may stand in between."""

    symbols: frozenset[int]
    gap: int = -1
    negated: bool = False


Pattern = tuple[Element, ...]


class Symbols:
    """Numbers for words, prefixes and classes, given out as patterns are read.

    Args:
        numbers: Those given out before.
    """

    def __init__(self, numbers: Mapping[str, int] | None = None) -> None:
        self._numbers = dict(numbers or {})

    def __getitem__(self, name: str) -> int:
        return self._numbers.setdefault(name, len(self._numbers))

    def numbers(self) -> dict[str, int]:
        """Return the number of each name that has one."""
        return dict(self._numbers)

    def names(self) -> dict[int, str]:
        """Return what each number stands for: w:word, p:beginning, c:class, or # for a number."""
        return {number: name for name, number in self._numbers.items()}

    def words(self) -> dict[str, int]:
        """Return the exact words seen so far."""
        return {n[2:]: i for n, i in self._numbers.items() if n.startswith("w:")}

    def prefixes(self) -> dict[str, int]:
        """Return the word beginnings seen so far."""
        return {n[2:]: i for n, i in self._numbers.items() if n.startswith("p:")}


def parse(source: str, symbols: Symbols, classes: Mapping[str, object]) -> list[Pattern]:
    """Read one pattern; optional elements make several variants.

    Raises:
        PolicyError: The pattern is empty, names an unknown class, or begins or ends with a gap.
    """
    choices: list[list[Element | None]] = []
    for part in source.split():
        optional = part.endswith("?") and len(part) > 1
        element = _element(part.removesuffix("?") if optional else part, source, symbols, classes)
        choices.append([element, None] if optional else [element])
    if sum(len(choice) > 1 for choice in choices) > MOST_OPTIONAL:
        raise PolicyError(f"pattern {source!r}: more than {MOST_OPTIONAL} words may be left out")
    variants = {_joined(chosen) for chosen in itertools.product(*choices)}
    for variant in variants:
        solid = [e for e in variant if not e.negated]
        if not solid or solid[0].gap >= 0 or solid[-1].gap >= 0:
            raise PolicyError(f"pattern {source!r}: begin and end with a word, not with a gap")
    return sorted(variants)


def _joined(chosen: Sequence[Element | None]) -> Pattern:
    """Leave out what was not chosen; two gaps that then meet are one, as wide as both."""
    found: list[Element] = []
    for element in chosen:
        if element is None:
            continue
        if found and found[-1].gap >= 0 and element.gap >= 0:
            element = Element(frozenset(), found.pop().gap + element.gap)
        found.append(element)
    return tuple(found)


def _element(part: str, source: str, symbols: Symbols, classes: Mapping[str, object]) -> Element:
    if part.startswith(".."):
        given = part[2:] or str(DEFAULT_GAP)
        width = int(given) if given.isdecimal() else 0
        if not 0 < width <= LONGEST_GAP:
            raise PolicyError(f"pattern {source!r}: a gap is 1 to {LONGEST_GAP} words")
        return Element(frozenset(), width)
    negated = part.startswith("!")
    found: set[int] = set()
    for word in part.removeprefix("!").split("|"):
        if not word:
            raise PolicyError(f"pattern {source!r}: an alternative is empty")
        if word == "#":
            found.update((symbols["#"], symbols["c:number"]))
        elif word.startswith("@"):
            if word[1:] not in classes:
                raise PolicyError(f"pattern {source!r}: there is no class {word}")
            found.add(symbols[f"c:{word[1:]}"])
        elif word.endswith("*"):
            if len(word) < 3:
                raise PolicyError(f"pattern {source!r}: {word!r} begins too many words")
            found.add(symbols[f"p:{word[:-1]}"])
        else:
            found.add(symbols[f"w:{word}"])
    return Element(frozenset(found), negated=negated)

r"""Phrases of the policy: a small pattern language over tokens, matched in linear time.

A pattern is a line of elements, each matching one word::

    word            exactly this word, as normalised
    stem*           any word that begins so
    @class          any member of a word class (a member may have several words)
    #               a number, in digits or as a word of the class ``number``
    a|b|@c          any of these
    x?              may be left out
    ..  ..5         up to 3 (or 5) words in between, within the clause
    !a|b            zero width: the word here (at the start: the word before) is none of these

There is no repetition without a bound and no backtracking over more than the gaps allow, so the
cost of a message grows linearly with its length.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from corpus.errors import PolicyError
from safety.lexicon import CLOSE, COMMA, Token

DEFAULT_GAP = 3
LONGEST_GAP = 12


class Element(NamedTuple):
    """One element: what the word may be, or how many words may stand in between."""

    symbols: frozenset[int]
    gap: int = -1
    negated: bool = False


Pattern = tuple[Element, ...]


class Hit(NamedTuple):
    """A pattern's match: tokens ``start`` to ``end`` (exclusive)."""

    pattern: int
    start: int
    end: int


class Symbols:
    """Numbers for words, prefixes and classes, given out as patterns are read."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def __getitem__(self, name: str) -> int:
        return self._numbers.setdefault(name, len(self._numbers))

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
    variants = {tuple(e for e in chosen if e is not None) for chosen in itertools.product(*choices)}
    for variant in variants:
        solid = [e for e in variant if not e.negated]
        if not solid or solid[0].gap >= 0 or solid[-1].gap >= 0:
            raise PolicyError(f"pattern {source!r}: begin and end with a word; remove the gap there")
    return sorted(variants)


def _element(part: str, source: str, symbols: Symbols, classes: Mapping[str, object]) -> Element:
    if part.startswith(".."):
        width = int(part[2:]) if len(part) > 2 else DEFAULT_GAP
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


Spans = Mapping[int, Sequence[tuple[int, int]]]
"""At which token which class (symbol) has a member of several words, and where that ends."""


class Matcher:
    """Finds every pattern of a list in a list of tokens.

    Args:
        patterns: (pattern number, elements) pairs; a number may come several times (variants).
    """

    def __init__(self, patterns: Iterable[tuple[int, Pattern]]) -> None:
        self._by_symbol: dict[int, list[tuple[int, Pattern]]] = {}
        for number, elements in patterns:
            first = next(e for e in elements if not e.negated)
            for symbol in first.symbols:
                self._by_symbol.setdefault(symbol, []).append((number, elements))

    def scan(self, tokens: Sequence[Token], spans: Spans) -> list[Hit]:
        """Return all matches, each pattern at most once at a start, the shortest there."""
        hits: set[Hit] = set()
        index = self._by_symbol
        for at, token in enumerate(tokens):
            here = token.symbols
            starts = [s for s in here if s in index]
            if at in spans:
                starts.extend(s for s, _ in spans[at] if s in index and s not in here)
            for symbol in starts:
                for number, elements in index[symbol]:
                    end = _match(tokens, spans, at, elements)
                    if end > 0:
                        hits.add(Hit(number, at, end))
        return sorted(hits, key=lambda hit: (hit.start, hit.end, hit.pattern))


def _match(tokens: Sequence[Token], spans: Spans, at: int, elements: Pattern) -> int:
    first = elements[0]
    if first.negated:
        if at and not first.symbols.isdisjoint(tokens[at - 1].symbols) and tokens[at].gap <= COMMA:
            return -1
        elements = elements[1:]
    return _match_rest(tokens, spans, at, elements, 0, CLOSE + 9)


def _match_rest(
    tokens: Sequence[Token], spans: Spans, at: int, elements: Pattern, k: int, reach: int
) -> int:
    """Match elements[k:] at token ``at``; ``reach`` is the widest break allowed before it."""
    if k == len(elements):
        return at
    element = elements[k]
    if element.gap >= 0:
        for skipped in range(element.gap + 1):
            here = at + skipped
            if here >= len(tokens) or tokens[here].gap > COMMA:
                return -1
            end = _match_rest(tokens, spans, here, elements, k + 1, COMMA)
            if end > 0:
                return end
        return -1
    if at >= len(tokens):
        return at if element.negated and k == len(elements) - 1 else -1
    token = tokens[at]
    if element.negated:
        if token.gap <= CLOSE and not element.symbols.isdisjoint(token.symbols):
            return -1
        return _match_rest(tokens, spans, at, elements, k + 1, reach)
    if token.gap > reach:
        return -1
    if at in spans:
        for symbol, stop in spans[at]:
            if symbol in element.symbols:
                end = _match_rest(tokens, spans, stop, elements, k + 1, CLOSE)
                if end > 0:
                    return end
    if element.symbols.isdisjoint(token.symbols):
        return -1
    return _match_rest(tokens, spans, at + 1, elements, k + 1, CLOSE)

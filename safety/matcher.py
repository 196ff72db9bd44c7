"""Finds the patterns of a policy in the tokens of a message, in linear time.

A pattern is tried only where its rarest word stands, and matched outwards from there. Every gap has
a bound, so what is done at one token has one, and the cost of a message grows with its length.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, Self

from safety.packed import NOTHING, Entries, Entry, Packed, pack
from safety.patterns import Pattern
from safety.tokens import CLOSE, COMMA, SENTENCE, Token

DENIALS = frozenset({"no", "not", "never", "nothing", "without", "none", "neither", "nor"})
"""Words that no gap skips: 'leg ..3 swollen' does not find a leg that is not swollen."""


class Hit(NamedTuple):
    """A pattern's match: tokens ``start`` to ``end`` (exclusive)."""

    pattern: int
    start: int
    end: int


class ClassSpans:
    """Where members of several words stand: (symbol, end) by start, and (symbol, start) by end."""

    def __init__(self, hits: Iterable[Hit] = ()) -> None:
        self.starting: dict[int, list[tuple[int, int]]] = {}
        self.ending: dict[int, list[tuple[int, int]]] = {}
        for hit in hits:
            self.starting.setdefault(hit.start, []).append((hit.pattern, hit.end))
            self.ending.setdefault(hit.end, []).append((hit.pattern, hit.start))


NO_SPANS = ClassSpans()


class Matcher:
    """Finds every pattern of a list in a list of tokens.

    Args:
        patterns: (pattern number, elements) pairs; a number may come several times (variants).
        weight: How often a symbol is to be expected; only speed depends on it.
    """

    def __init__(
        self, patterns: Iterable[tuple[int, Pattern]], weight: Callable[[int], float]
    ) -> None:
        self._candidates = Entries(pack(patterns, weight))

    @classmethod
    def of(cls, packed: Packed) -> Self:
        """Return a matcher of patterns that are packed already."""
        matcher = cls.__new__(cls)
        matcher._candidates = Entries(packed)
        return matcher

    def scan(self, tokens: Sequence[Token], spans: ClassSpans = NO_SPANS) -> list[Hit]:
        """Return all matches, in order of place."""
        found: set[tuple[int, int, int]] = set()
        index = self._candidates
        starting, ending = _symbols_at(tokens, spans)
        sentences = _Sentences(tokens, starting)
        for at, symbols in enumerate(starting[:-1]):
            if at in spans.starting:
                # A word of several begins here, and a pattern may go on behind any of them.
                tried = index.of(symbols)
            else:
                alone, tried, by_next = index[symbols]
                for number in alone:
                    found.add((at, at + 1, number))
                if by_next:
                    tried = _with_led(tried, by_next, starting[at + 1])
            for number, elements, anchor, preceding, further in tried:
                # Most candidates fail at their neighbour: look there before anything else.
                if preceding and preceding.isdisjoint(ending[at]):
                    continue
                if further and not _all_meet(further, sentences[tokens[at].sentence]):
                    continue
                end = _rightward(tokens, spans, at, elements, anchor, SENTENCE)
                if end < 0:
                    continue
                start = _leftward(tokens, spans, at, elements, anchor)
                if start >= 0:
                    found.add((start, end, number))
        return [Hit(number, start, end) for start, end, number in sorted(found)]


def _with_led(
    tried: tuple[Entry, ...], by_next: dict[int, tuple[Entry, ...]], after: frozenset[int]
) -> tuple[Entry, ...]:
    """Return what is tried, with the patterns that go on with the next word."""
    for symbol in after:
        tried += by_next.get(symbol, ())
    return tried


def _all_meet(needed: Sequence[frozenset[int]], there: frozenset[int]) -> bool:
    """Tell whether each of the sets shares a symbol with what is there."""
    for symbols in needed:  # noqa: SIM110 - a plain loop takes a third of the time of all()
        if symbols.isdisjoint(there):
            return False
    return True


class _Sentences(dict[int, frozenset[int]]):
    """All symbols of a sentence, by its number, gathered when they are first asked for."""

    def __init__(self, tokens: Sequence[Token], starting: Sequence[frozenset[int]]) -> None:
        super().__init__()
        self._tokens, self._starting = tokens, starting

    def __missing__(self, number: int) -> frozenset[int]:
        first = bisect_left(self._tokens, number, key=_sentence_of)
        behind = bisect_right(self._tokens, number, key=_sentence_of)
        found = self[number] = NOTHING.union(*self._starting[first:behind])
        return found


def _sentence_of(token: Token) -> int:
    return token.sentence


def _symbols_at(
    tokens: Sequence[Token], spans: ClassSpans
) -> tuple[list[frozenset[int]], list[frozenset[int]]]:
    """Return the symbols that begin at each token, and those that end right before it."""
    starting = [t.symbols for t in tokens] + [NOTHING]
    ending = [NOTHING] + [t.symbols for t in tokens]
    for at, found in spans.starting.items():
        starting[at] |= {symbol for symbol, _ in found}
    for at, found in spans.ending.items():
        ending[at] |= {symbol for symbol, _ in found}
    return starting, ending


def _rightward(
    tokens: Sequence[Token], spans: ClassSpans, at: int, elements: Pattern, k: int, reach: int
) -> int:
    """Match elements[k:] from token ``at`` on and return the end, or -1.

    ``reach`` is the widest break allowed before the token.
    """
    while k < len(elements):
        symbols, gap, negated = elements[k]
        if gap >= 0:
            return _over_gap(tokens, spans, at, elements, k)
        if at >= len(tokens):
            return at if negated and k == len(elements) - 1 else -1
        token = tokens[at]
        k += 1
        if negated:
            if token.gap <= CLOSE and not symbols.isdisjoint(token.symbols):
                return -1
            continue
        if token.gap > reach:
            return -1
        reach = CLOSE
        if at in spans.starting:
            end = _over_words(tokens, spans, at, elements, k)
            if end >= 0:
                return end
        if symbols.isdisjoint(token.symbols):
            return -1
        at += 1
    return at


def _over_words(
    tokens: Sequence[Token], spans: ClassSpans, at: int, elements: Pattern, k: int
) -> int:
    """Match elements[k - 1] by several words from token ``at`` on, and what follows it."""
    for symbol, stop in spans.starting[at]:
        if symbol in elements[k - 1].symbols:
            end = _rightward(tokens, spans, stop, elements, k, CLOSE)
            if end >= 0:
                return end
    return -1


def _over_gap(
    tokens: Sequence[Token], spans: ClassSpans, at: int, elements: Pattern, k: int
) -> int:
    """Match the gap elements[k] from token ``at`` on, as short as can be, and what follows it."""
    symbols = elements[k + 1].symbols
    may_skip = not elements[k + 1].negated
    for here in range(at, min(at + elements[k].gap + 1, len(tokens))):
        token = tokens[here]
        if token.gap > COMMA:
            return -1
        end = -1
        if not (may_skip and symbols.isdisjoint(token.symbols) and here not in spans.starting):
            end = _rightward(tokens, spans, here, elements, k + 1, COMMA)
        if end >= 0 or token.text in DENIALS:
            return end
    return -1


def _leftward(
    tokens: Sequence[Token], spans: ClassSpans, at: int, elements: Pattern, k: int
) -> int:
    """Match elements[:k] so that they end right before token ``at``; return the start, or -1."""
    if k == 0:
        return at
    element = elements[k - 1]
    if element.gap >= 0:
        for here in range(at, max(at - element.gap - 1, 0), -1):
            if tokens[here].gap > COMMA:
                return -1
            start = _before_gap(tokens, spans, here, elements, k - 2)
            if start >= 0 or tokens[here - 1].text in DENIALS:
                return start
        return -1
    if element.negated:
        before = at - 1 if k == 1 else at
        free = before < 0 or tokens[at].gap > COMMA
        if not free and not element.symbols.isdisjoint(tokens[before].symbols):
            return -1
        return _leftward(tokens, spans, at, elements, k - 1)
    if tokens[at].gap > CLOSE:
        return -1
    return _ending_at(tokens, spans, at, elements, k - 1)


def _before_gap(
    tokens: Sequence[Token], spans: ClassSpans, at: int, elements: Pattern, k: int
) -> int:
    """Match elements[:k + 1] before a gap; what element k forbids is the first word of the gap."""
    element = elements[k]
    if not element.negated:
        return _ending_at(tokens, spans, at, elements, k)
    is_there = tokens[at].gap <= CLOSE and not element.symbols.isdisjoint(tokens[at].symbols)
    return -1 if is_there else _ending_at(tokens, spans, at, elements, k - 1)


def _ending_at(
    tokens: Sequence[Token], spans: ClassSpans, at: int, elements: Pattern, k: int
) -> int:
    """Match elements[:k + 1] so that element k ends right before token ``at``."""
    symbols = elements[k].symbols
    for symbol, start in spans.ending.get(at, ()):
        if symbol in symbols:
            found = _leftward(tokens, spans, start, elements, k)
            if found >= 0:
                return found
    if at < 1 or symbols.isdisjoint(tokens[at - 1].symbols):
        return -1
    return _leftward(tokens, spans, at - 1, elements, k)

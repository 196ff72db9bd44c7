r"""Phrases of the policy: a small pattern language over tokens, matched in linear time.

A pattern is a line of elements, each matching one word::

    word            exactly this word, as normalised
    stem*           any word that begins so
    @class          any member of a word class (a member may have several words)
    #               a number, in digits or as a word of the class ``number``
    a|b|@c          any of these
    x?              may be left out
    ..  ..5         up to 3 (or 5) words in between, in the clause, none of them a denial
    !a|b            zero width: the word here (at the start: the word before) is none of these

There is no repetition without a bound and no backtracking over more than the gaps allow, so the
cost of a message grows linearly with its length.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from corpus.errors import PolicyError
from safety.lexicon import CLOSE, COMMA, SENTENCE, Token

DEFAULT_GAP = 3
DENIALS = frozenset({"no", "not", "never", "nothing", "without", "none", "neither", "nor"})
"""Words that no gap skips: 'leg ..3 swollen' does not find a leg that is not swollen."""
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
    variants = {tuple(e for e in chosen if e is not None) for chosen in itertools.product(*choices)}
    for variant in variants:
        solid = [e for e in variant if not e.negated]
        if not solid or solid[0].gap >= 0 or solid[-1].gap >= 0:
            raise PolicyError(f"pattern {source!r}: begin and end with a word, not with a gap")
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


class ClassSpans:
    """Where members of several words stand: (symbol, end) by start, and (symbol, start) by end."""

    def __init__(self, hits: Iterable[Hit] = ()) -> None:
        self.starting: dict[int, list[tuple[int, int]]] = {}
        self.ending: dict[int, list[tuple[int, int]]] = {}
        for hit in hits:
            self.starting.setdefault(hit.start, []).append((hit.pattern, hit.end))
            self.ending.setdefault(hit.end, []).append((hit.pattern, hit.start))


NO_SPANS = ClassSpans()


NOTHING: frozenset[int] = frozenset()


class _Entry(NamedTuple):
    """A pattern under one of its symbols; the elements beside the anchor, where they are words."""

    pattern: int
    elements: Pattern
    anchor: int
    following: frozenset[int]
    preceding: frozenset[int]
    further: tuple[frozenset[int], ...]
    """What the words that do not stand beside the anchor must be, somewhere in the sentence."""


def _beside(elements: Pattern, k: int) -> frozenset[int]:
    if not 0 <= k < len(elements):
        return NOTHING
    element = elements[k]
    return NOTHING if element.negated or element.gap >= 0 else element.symbols


class Matcher:
    """Finds every pattern of a list in a list of tokens.

    A pattern is tried only where its rarest element stands, and matched outwards from there.

    Args:
        patterns: (pattern number, elements) pairs; a number may come several times (variants).
        weight: How often a symbol is to be expected; only speed depends on it.
    """

    def __init__(
        self, patterns: Iterable[tuple[int, Pattern]], weight: Callable[[int], float]
    ) -> None:
        self._by_symbol: dict[int, list[_Entry]] = {}
        for number, elements in patterns:
            solid = [k for k, e in enumerate(elements) if not e.negated and e.gap < 0]
            anchor = min(solid, key=lambda k: (sum(map(weight, elements[k].symbols)), k))
            following, preceding = _beside(elements, anchor + 1), _beside(elements, anchor - 1)
            further = tuple(elements[k].symbols for k in solid if abs(k - anchor) > 1)
            entry = _Entry(number, elements, anchor, following, preceding, further)
            for symbol in elements[anchor].symbols:
                self._by_symbol.setdefault(symbol, []).append(entry)

    def scan(self, tokens: Sequence[Token], spans: ClassSpans = NO_SPANS) -> list[Hit]:
        """Return all matches, in order of place."""
        hits: set[Hit] = set()
        index = self._by_symbol
        starting, ending = _symbols_at(tokens, spans)
        sentences = _symbols_of_sentences(tokens, starting)
        for at, token in enumerate(tokens):
            single, around = token.symbols, sentences[token.sentence]
            before, after = ending[at], starting[at + 1]
            for symbol in starting[at]:
                for number, elements, anchor, following, preceding, further in index.get(
                    symbol, ()
                ):
                    # Most candidates fail at their neighbour: look there before anything else.
                    if preceding and preceding.isdisjoint(before):
                        continue
                    if further and any(map(around.isdisjoint, further)):
                        continue
                    if (
                        following
                        and symbol in single
                        and following.isdisjoint(after)
                        and at not in spans.starting
                    ):
                        continue
                    end = _rightward(tokens, spans, at, elements, anchor, SENTENCE)
                    if end < 0:
                        continue
                    start = _leftward(tokens, spans, at, elements, anchor)
                    if start >= 0:
                        hits.add(Hit(number, start, end))
        return sorted(hits, key=lambda hit: (hit.start, hit.end, hit.pattern))


def _symbols_of_sentences(
    tokens: Sequence[Token], starting: Sequence[frozenset[int]]
) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for token, symbols in zip(tokens, starting, strict=False):
        found.setdefault(token.sentence, set()).update(symbols)
    return found


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
    if k == len(elements):
        return at
    element = elements[k]
    if element.gap >= 0:
        return _over_gap(tokens, spans, at, elements, k)
    if at >= len(tokens):
        return at if element.negated and k == len(elements) - 1 else -1
    token = tokens[at]
    if element.negated:
        is_there = token.gap <= CLOSE and not element.symbols.isdisjoint(token.symbols)
        return -1 if is_there else _rightward(tokens, spans, at, elements, k + 1, reach)
    if token.gap > reach:
        return -1
    for symbol, stop in spans.starting.get(at, ()):
        if symbol in element.symbols:
            end = _rightward(tokens, spans, stop, elements, k + 1, CLOSE)
            if end >= 0:
                return end
    if element.symbols.isdisjoint(token.symbols):
        return -1
    return _rightward(tokens, spans, at + 1, elements, k + 1, CLOSE)


def _over_gap(
    tokens: Sequence[Token], spans: ClassSpans, at: int, elements: Pattern, k: int
) -> int:
    """Match the gap elements[k] from token ``at`` on, as short as can be, and what follows it."""
    for here in range(at, min(at + elements[k].gap + 1, len(tokens))):
        if tokens[here].gap > COMMA:
            return -1
        end = _rightward(tokens, spans, here, elements, k + 1, COMMA)
        if end >= 0 or tokens[here].text in DENIALS:
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

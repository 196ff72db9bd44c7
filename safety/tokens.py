"""Tokens: a normalised message cut into words, with how strongly the text breaks before each.

Nothing is known here of what a word means: ``cut`` is told what a typed word is read as.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from safety.offsets import Text

CLOSE, COMMA, CLAUSE, SENTENCE = 0, 1, 2, 3
"""How strongly the text breaks before a token."""


class Token(NamedTuple):
    """One word of a message. ``start`` and ``end`` are offsets into the message as typed."""

    text: str
    start: int
    end: int
    gap: int
    sentence: int
    symbols: frozenset[int]
    separator: str


Reads = Mapping[str, Sequence[tuple[str, frozenset[int]]]]
"""Tells the words that a typed word stands for, each with its symbols."""

WORD = re.compile(
    r"(?<![^\W_])'\d\d(?![\d'])|\d+(?:[.,:/+]\d+)+|[^\W_](?:[^\W_]|['@$](?=[^\W_]))*|[@$](?=[a-z])[^\W_]+|\?+|%"
)
LATEST_SHORT_YEAR = "29"


def cut(text: Text, reads: Reads) -> list[Token]:
    """Cut a normalised message into tokens; the last one is an empty sentinel.

    Args:
        text: The message.
        reads: What a typed word is read as.
    """
    chars, spans = text
    tokens: list[Token] = []
    sentence, last = 0, 0
    pending = ""
    for match in WORD.finditer(chars):
        start, end = match.span()
        word = match[0]
        separator = pending + chars[last:start]
        last = end
        if word[0] == "?":
            pending = separator + "?"
            continue
        pending = ""
        if not tokens:
            gap = SENTENCE
        elif separator == " ":  # nearly every word's
            gap = CLOSE
        else:
            gap = break_strength(separator)
            if gap == SENTENCE:
                sentence += 1
        first, behind = spans[start][0], spans[end - 1][1]
        for plain, symbols in reads[_full_year(word) if word[0] == "'" else word]:
            tokens.append(Token(plain, first, behind, gap, sentence, symbols, separator))
            gap, separator = CLOSE, ""
    if tokens:
        # The text after the last word tells whether the last sentence asks.
        tail = pending + chars[last:]
        tokens.append(Token("", len(chars), len(chars), SENTENCE, sentence + 1, frozenset(), tail))
    return tokens


def _full_year(word: str) -> str:
    """Write a year of two digits in full: '94 is 1994, '15 is 2015."""
    return ("19" if word[1:] > LATEST_SHORT_YEAR else "20") + word[1:]


def ends_line(separator: str) -> bool:
    """Tell whether a line ends between two words."""
    return "\n" in separator


WRAPPED = " ,\n'\""
"""What stands between two words where a line is wrapped, behind a comma or before a quotation."""


@lru_cache(maxsize=4096)
def break_strength(separator: str) -> int:
    r"""Tell how strongly the characters between two words break the text.

    >>> [break_strength(s) for s in (" ", "-", ", ", "\n", "; ", ". ", "? ", "...")]
    [0, 0, 1, 0, 2, 3, 3, 2]

    A line that merely runs on breaks nothing; what may clear a mention asks ``ends_line``.
    """
    if "?" in separator or "!" in separator or "\n\n" in separator:
        return SENTENCE
    dots = separator.count(".")
    if dots == 1:
        return SENTENCE
    if dots or ";" in separator or ("\n" in separator and separator.strip(WRAPPED)):
        return CLAUSE
    if any(c in separator for c in ',:()"\u2013\u2014') or " - " in separator:
        return COMMA
    return CLOSE

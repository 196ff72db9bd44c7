"""Sentence boundaries inside a stretch of text, as offsets into that text.

Rules only, no model: the same text always gives the same sentences. A boundary that is missed joins
two sentences, which reads well; a boundary in the wrong place leaves half a sentence, which does
not. So every doubtful place (abbreviations, initials, decimals) is read as no boundary.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources

_END = re.compile(r"[.!?…。！？]+[\"'”’»)\]*_]*(?=\s+|$)|[。！？]")
_NEXT = re.compile(r"\s*[\"'“‘«(\[*_]*(\S)")
_LAST_WORD = re.compile(r"([^\W\d_][\w.'’-]*)\.+[\"'”’»)\]*_]*$")
_BEFORE_NUMBERS = frozenset({"no", "nos"})
"""Short for "number" before one; else the word itself, as in "Injuries: no. What is friction?"."""
LAST_WORD_CHARS = 80
"""How far back the last word of a sentence is looked for; no abbreviation is longer."""


@cache
def _abbreviations() -> frozenset[str]:
    source = resources.files("corpus").joinpath("abbreviations.toml")
    return frozenset(tomllib.loads(source.read_text(encoding="utf-8"))["words"])


def split_sentences(text: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """Return the sentences of ``text[start:end]`` as (start, end) offsets into ``text``.

    Leading and trailing white space belongs to no sentence; together the sentences hold every other
    character of the stretch, in order.

    >>> [text[a:b] for text in ["One, e.g. this. Two?"] for a, b in split_sentences(text)]
    ['One, e.g. this.', 'Two?']
    >>> [text[a:b] for text in ["See no. 5. Wounds: no. Why?"] for a, b in split_sentences(text)]
    ['See no. 5.', 'Wounds: no.', 'Why?']
    """
    stop = len(text) if end is None else end
    spans: list[tuple[int, int]] = []
    begin = start
    for found in _END.finditer(text, start, stop):
        if found.end() < stop and _is_boundary(text, begin, found, stop):
            spans.append((begin, found.end()))
            begin = found.end()
    spans.append((begin, stop))
    return [span for span in (_strip(text, a, b) for a, b in spans) if span[0] < span[1]]


def _is_boundary(text: str, begin: int, found: re.Match[str], stop: int) -> bool:
    following = _NEXT.match(text, found.end(), stop)
    if following is None:
        return False
    if following.group(1).islower():
        return False
    if not found.group().startswith("."):
        return True
    last = _LAST_WORD.search(text, max(begin, found.end() - LAST_WORD_CHARS), found.end())
    if last is None:
        return True
    word = last.group(1).lower()
    # A single capital is an initial ("J. Smith"), except "I" and "A", which may end a sentence.
    if len(word) == 1 and last.group(1).isupper() and word not in {"i", "a"}:
        return False
    if word in _BEFORE_NUMBERS:
        return not following.group(1).isdigit()
    return word not in _abbreviations()


def _strip(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end

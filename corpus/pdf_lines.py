"""The lines of a PDF's pages -> text with paragraphs and headings.

A text layer has lines only. Running heads and page numbers are taken out, numbered section titles
become headings, and a short line that ends a sentence ends its paragraph.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

REPEATED = 3
"""A first or last line that is on so many pages is a running head; page numbers may differ."""

FEW_LINES = 6
"""A page with fewer lines than this is all text: nothing of it is taken for a running head."""

SHORT = 0.8
"""Share of a page's usual line length below which a full stop ends a paragraph."""

MAX_TITLE_WORDS = 9

_NUMBERED = re.compile(r"(?P<number>\d{1,2}(?:\.\d{1,2})*)\.?\s+(?P<title>[^\W\d_].*)$")
_DIGITS = re.compile(r"\d+")


def page_texts(pages: Sequence[str]) -> list[str]:
    """Return the text of each page, for all pages of one document."""
    lines = [[line.strip() for line in page.splitlines() if line.strip()] for page in pages]
    repeated = _running(lines)
    return ["\n".join(_paragraphs(_without(page, repeated))).strip() for page in lines]


def _running(pages: Sequence[Sequence[str]]) -> frozenset[str]:
    """Return the shapes of the lines that many pages begin or end with."""
    shapes = Counter(
        shape for page in pages for shape in {_shape(line) for line in (*page[:2], *page[-2:])}
    )
    return frozenset(shape for shape, count in shapes.items() if count >= REPEATED)


def _shape(line: str) -> str:
    return _DIGITS.sub("0", line)


def _without(page: Sequence[str], repeated: frozenset[str]) -> list[str]:
    if len(page) < FEW_LINES:
        return list(page)
    edge = {0, 1, len(page) - 2, len(page) - 1}
    return [line for i, line in enumerate(page) if i not in edge or _shape(line) not in repeated]


def _paragraphs(lines: Sequence[str]) -> list[str]:
    """Return lines with blank ones between paragraphs, and headings as Markdown has them."""
    lengths = sorted(len(line) for line in lines)
    usual = lengths[int(0.8 * len(lengths))] if lengths else 0
    found: list[str] = []
    for place, line in enumerate(lines):
        following = lines[place + 1] if place + 1 < len(lines) else ""
        if level := _title_level(line, following):
            found += ["", f"{'#' * level} {line}", ""]
            continue
        found.append(line)
        if line.endswith((".", "!", "?")) and len(line) < SHORT * usual:
            found.append("")
    return found


def _title_level(line: str, following: str) -> int:
    """Return the depth of a numbered section title, from 2; 0 for any other line.

    >>> _title_level("2.1 What is this?", "It is"), _title_level("1. Peel them", "2. Boil them")
    (3, 0)
    """
    found = _NUMBERED.match(line)
    if not found or not following or not found["title"][0].isupper():
        return 0
    if len(found["title"].split()) > MAX_TITLE_WORDS or line.endswith((".", ",", ";", ":", "!")):
        return 0
    depth = found["number"].count(".")
    other = _NUMBERED.match(following)
    # The next number at the same depth is the next item of a list; a wrapped item goes on small.
    if depth == 0 and other and other["number"].count(".") == 0:
        return 0
    if not other and not following[0].isupper():
        return 0
    return min(6, depth + 2)

"""End tags that a page leaves out, put in: HTML lets ``<p>`` and ``<li>`` stay unclosed.

The lenient parser puts an unclosed element inside the one before it, so that a long list becomes as
deep as it is long. Here the tags that end such elements are written out before parsing. Only tags
are added; no text is changed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

_TAG = re.compile(
    rb"<(?P<end>/?)(?!(?:br|hr|img|input|link|meta|wbr|area|base|col|source)\b)"
    rb"(?P<name>[a-zA-Z][a-zA-Z0-9]*)"
)

_ENDS_PARAGRAPH = frozenset({
    b"address", b"article", b"aside", b"blockquote", b"center", b"details", b"div", b"dl",
    b"fieldset", b"figure", b"footer", b"form", b"h1", b"h2", b"h3", b"h4", b"h5", b"h6",
    b"header", b"main", b"nav", b"ol", b"p", b"pre", b"section", b"table", b"ul",
})  # fmt: skip

_CELLS = frozenset({b"td", b"th"})
_ROWS = _CELLS | {b"tr"}
_PARTS = _ROWS | {b"thead", b"tbody", b"tfoot"}
_TERMS = frozenset({b"dt", b"dd"})
_ENDED_BY = {
    b"li": frozenset({b"li"}),
    b"dt": _TERMS,
    b"dd": _TERMS,
    b"td": _CELLS,
    b"th": _CELLS,
    b"tr": _ROWS,
    b"thead": _PARTS,
    b"tbody": _PARTS,
    b"tfoot": _PARTS,
    b"option": frozenset({b"option"}),
} | dict.fromkeys(_ENDS_PARAGRAPH, frozenset({b"p"}))
"""Elements that the start of another one ends, where their own end tag is missing."""

_HOLDS = frozenset({
    b"article", b"aside", b"blockquote", b"body", b"button", b"dd", b"details", b"div", b"dl",
    b"fieldset", b"figure", b"footer", b"form", b"header", b"html", b"li", b"main", b"nav", b"ol",
    b"section", b"select", b"table", b"td", b"template", b"th", b"ul",
})  # fmt: skip
"""Elements that nothing inside them ends."""


REACH = 100
"""Elements that are looked through for one to end: a bound on the work, far above real pages."""


@dataclass(frozen=True)
class Nested:
    """A page with the end tags that it left out, and how deep its elements go."""

    data: bytes
    depth: int


def with_end_tags(data: bytes) -> Nested:
    """Return a page with the end tags put in that HTML lets it leave out.

    Args:
        data: The page, in an encoding that has ASCII in it.

    >>> with_end_tags(b"<ul><li>one<li>two</ul><p>three<p>four").data
    b'<ul><li>one</li><li>two</ul><p>three</p><p>four'
    """
    parts: list[bytes] = []
    opened: list[bytes] = []
    counts: Counter[bytes] = Counter()
    done = deepest = 0
    for tag in _TAG.finditer(data):
        name = tag["name"].lower()
        if tag["end"]:
            # An end tag of nothing that is open ends nothing.
            if counts[name]:
                _close(opened, counts, name)
            continue
        if (ended := _ended_by(name, opened)) is not None:
            parts += [data[done : tag.start()], b"</", ended, b">"]
            done = tag.start()
            _close(opened, counts, ended)
        opened.append(name)
        counts[name] += 1
        deepest = max(deepest, len(opened))
    return Nested(b"".join([*parts, data[done:]]), deepest)


def _ended_by(name: bytes, opened: Sequence[bytes]) -> bytes | None:
    """Return the outermost open element that the start of another one ends, if it ends any."""
    ends = _ENDED_BY.get(name, frozenset())
    found = None
    for other in reversed(opened[-REACH:] if ends else ()):
        if other in ends:
            found = other
        elif other in _HOLDS:
            break
    return found


def _close(opened: list[bytes], counts: Counter[bytes], name: bytes) -> None:
    """Close the innermost open element of a name, and all inside it."""
    last = None
    while last != name:
        last = opened.pop()
        counts[last] -= 1

"""An HTML page as lines of Markdown: headings, paragraphs, list items, terms with what they mean.

Text is taken from wherever it stands, also from a plain ``div`` or beside a nested list; what only
serves to get about the page (menus, buttons, forms) is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

_LEFT_OUT = ("script", "style", "nav", "noscript", "template", "form", "button", "select", "svg",
             "iframe", "pre")  # fmt: skip
_LEFT_OUT_ROLES = frozenset({"navigation", "menu", "menubar", "banner", "contentinfo", "search"})
_FRAMES = ("header", "footer")
"""Left out as parts of the page, kept as parts of an article."""

_HEADING = re.compile(r"h([1-6])$")
_ITEMS = frozenset({"li", "td", "th", "dd"})
_CELLS = frozenset({"td", "th"})
_ROWS = frozenset({"tr", "table", "tbody", "thead", "tfoot"})
_LISTS = frozenset({"ol", "ul"})
_BULLETS = -1
"""In place of a number: the items of a list that has none."""
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details",
    "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "h1", "h2", "h3", "h4", "h5",
    "h6", "header", "hr", "html", "li", "main", "ol", "p", "section", "summary", "table", "tbody",
    "td", "tfoot", "th", "thead", "tr", "ul",
})  # fmt: skip
_BLANKS = re.compile(r"\s+")


def html_blocks(soup: Any) -> Iterator[str]:
    """Yield the blocks of a parsed page, in order.

    Args:
        soup: The page as BeautifulSoup has it; what is left out is taken out of it.
    """
    _strip(soup)
    page = _Page()
    words: list[str] = []
    for step, value in _walk(soup):
        if step == "text":
            words.append(value)
            continue
        if value == "br":
            words.append(" ")
        if value not in _BLOCKS:
            continue
        yield from page.told(_one_line("".join(words)))
        words.clear()
        yield from page.stepped(step, value)
    yield from page.told(_one_line("".join(words)))


@dataclass
class _Page:
    """What is open while a page goes by."""

    open_tags: list[str] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    """Of each open list, the number of its last item; `_BULLETS` where items have none."""
    row: list[str] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    """What the row above, of names only, calls the columns."""
    is_data: bool = False
    term: str = ""

    @property
    def kind(self) -> str:
        """The tag that words stand in."""
        return self.open_tags[-1] if self.open_tags else ""

    def told(self, text: str) -> Iterator[str]:
        """Take the words up to a tag; yield the block that they make."""
        kind = self.kind
        if not text:
            return
        if kind == "dt":
            self.term = text
        elif kind in _CELLS:
            self.row.append(text)
            self.is_data = self.is_data or kind == "td"
        else:
            if kind == "li" and self.numbers and self.numbers[-1] != _BULLETS:
                self.numbers[-1] += 1
            yield _as_block(text, kind, self.term, self.numbers[-1] if self.numbers else _BULLETS)
            self.term = ""

    def stepped(self, step: str, tag: str) -> Iterator[str]:
        """Take a tag that opens or closes; yield the row that ends there."""
        if tag == "table":
            self.columns = []
        if self.row and tag in _ROWS:
            yield from self._ended_row()
        if step == "open":
            self._open(tag)
        elif self.open_tags:
            self.open_tags.pop()
            if tag in _LISTS and self.numbers:
                self.numbers.pop()

    def _ended_row(self) -> Iterator[str]:
        if self.is_data or len(self.row) == 1:
            yield as_row(self.row, self.columns)
        else:
            self.columns = self.row
        self.row, self.is_data = [], False

    def _open(self, tag: str) -> None:
        if tag in _LISTS:
            self.numbers.append(0 if tag == "ol" else _BULLETS)
        # A paragraph inside an item is the item.
        inside = tag in {"p", "div"} and self.kind in {*_ITEMS, "dt"}
        self.open_tags.append(self.kind if inside else tag)


def as_row(cells: Sequence[str], names: Sequence[str] = ()) -> str:
    """Return a row of a table as an item named by its first cell.

    Args:
        cells: Of the row, none of them empty, at least one.
        names: Of the columns, where they are known: said with each cell but the first.
    """
    first, *others = cells
    if len(names) == len(cells):
        others = [f"{name}: {cell}" for name, cell in zip(names[1:], others, strict=True)]
    return f"- **{first}:** {'; '.join(others)}" if others else f"- {first}"


def _as_block(text: str, kind: str, term: str, number: int) -> str:
    heading = _HEADING.match(kind)
    if heading:
        return f"{'#' * int(heading[1])} {text}"
    if term:
        return f"- **{term.rstrip(':')}:** {text}"
    if kind == "li" and number > 0:
        return f"{number}. {text}"
    return f"- {text}" if kind in _ITEMS else text


def _strip(soup: Any) -> None:
    for tag in soup(list(_LEFT_OUT)):
        tag.decompose()
    for tag in soup(list(_FRAMES)):
        if tag.find_parent(["main", "article"]) is None:
            tag.decompose()
    for tag in soup(lambda tag: tag.get("role") in _LEFT_OUT_ROLES or tag.has_attr("hidden")):
        if not tag.decomposed:
            tag.decompose()


def _walk(soup: Any) -> Iterator[tuple[str, str]]:
    """Yield ('open', name), ('text', words) and ('close', name); a deep page needs no recursion."""
    from bs4.element import PreformattedString, Tag

    stack: list[tuple[bool, Any]] = [(False, soup)]
    while stack:
        is_closing, node = stack.pop()
        if is_closing:
            yield "close", node.name
        elif isinstance(node, Tag):
            yield "open", node.name
            stack.append((True, node))
            stack.extend((False, child) for child in reversed(list(node.children)))
        elif not isinstance(node, PreformattedString):  # comments and the like
            yield "text", str(node)


def _one_line(text: str) -> str:
    return _BLANKS.sub(" ", text).strip()

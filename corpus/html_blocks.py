"""An HTML page as lines of Markdown: headings, paragraphs, list items, terms with what they mean.

Text is taken from wherever it stands, also from a plain ``div`` or beside a nested list; what only
serves to get about the page (menus, buttons, forms) is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_LEFT_OUT = ("script", "style", "nav", "noscript", "template", "form", "button", "select", "svg",
             "iframe", "pre")  # fmt: skip
_LEFT_OUT_ROLES = frozenset({"navigation", "menu", "menubar", "banner", "contentinfo", "search"})
_FRAMES = ("header", "footer")
"""Left out as parts of the page, kept as parts of an article."""

_HEADING = re.compile(r"h([1-6])$")
_ITEMS = frozenset({"li", "td", "th", "dd"})
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
    words: list[str] = []
    open_tags: list[str] = []
    term = ""
    for step, value in _walk(soup):
        if step == "text":
            words.append(value)
            continue
        if value == "br":
            words.append(" ")
        if value not in _BLOCKS:
            continue
        text = _one_line("".join(words))
        words.clear()
        kind = open_tags[-1] if open_tags else ""
        if text and kind == "dt":
            term = text
        elif text:
            yield _as_block(text, kind, term)
            term = ""
        if step == "open":
            # A paragraph inside an item is the item.
            open_tags.append(kind if value in {"p", "div"} and kind in {*_ITEMS, "dt"} else value)
        elif open_tags:
            open_tags.pop()
    if text := _one_line("".join(words)):
        yield text


def _as_block(text: str, kind: str, term: str) -> str:
    heading = _HEADING.match(kind)
    if heading:
        return f"{'#' * int(heading[1])} {text}"
    if term:
        return f"- **{term.rstrip(':')}:** {text}"
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

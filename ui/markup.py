"""Text turned into safe HTML: what a user typed, what a reply says, what a document says.

Three things never get through, wherever the text came from: raw HTML, images (a remote image tells
its host that somebody reads this) and links that run something.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from functools import cache, lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

MARK = re.compile(r"\[(\d+)\]")
_MARKDOWN_SPECIAL = re.compile(r"([\\`*_\[\]{}<>&#|~$!:@/])")
_LINE_START = re.compile(r"^([^\S\n]*)([-+=]|\d+[.)])", re.MULTILINE)
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


def plain_to_markdown(text: str) -> str:
    r"""Escape text that a user typed, so that a Markdown renderer shows it as typed.

    >>> plain_to_markdown("![x](http://example.org/x.png) <b>*hi*</b>")
    '\\!\\[x\\](http\\:\\/\\/example.org\\/x.png) \\<b\\>\\*hi\\*\\<\\/b\\>'
    """
    escaped = _MARKDOWN_SPECIAL.sub(r"\\\1", text)
    return _LINE_START.sub(lambda m: f"{m.group(1)}{m.group(2)[:-1]}\\{m.group(2)[-1]}", escaped)


def markdown_to_plain(text: str) -> str:
    r"""Undo `plain_to_markdown`.

    >>> markdown_to_plain(plain_to_markdown("1. a_b [c] - d"))
    '1. a_b [c] - d'
    """
    return _ESCAPED.sub(r"\1", text)


@cache
def _parser() -> MarkdownIt:
    # No "linkify", no raw HTML, no images: see the module docstring.
    return MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


def reply_to_html(text: str, link: Callable[[int], str]) -> str:
    """Return a reply's Markdown as HTML on one line, each ``[n]`` replaced by ``link(n)``.

    One line, because a blank line would end the HTML block that carries it through Markdown.
    """
    tokens = _parser().parse(text)
    for token in tokens:
        if token.children:
            token.children = [new for child in token.children for new in _linked(child, link)]
    return " ".join(_parser().renderer.render(tokens, _parser().options, {}).split("\n")).strip()


def _linked(token: Token, link: Callable[[int], str]) -> list[Token]:
    if token.type != "text" or not MARK.search(token.content):
        return [token]
    parts: list[Token] = []
    for place, part in enumerate(MARK.split(token.content)):
        if place % 2:
            parts.append(Token("html_inline", "", 0, content=link(int(part))))
        elif part:
            parts.append(Token("text", "", 0, content=part))
    return parts


@lru_cache(maxsize=20_000)
def inline_to_html(text: str) -> str:
    """Return one paragraph of a document's Markdown as HTML without a block around it."""
    rendered: str = _parser().renderInline(" ".join(text.split()))
    return rendered


def escape(text: str) -> str:
    """Return text for HTML, quotes included, on one line."""
    return html.escape(" ".join(text.split()))

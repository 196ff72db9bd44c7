"""The source panel: the documents as HTML, with the sentences that were cited marked in place.

A source that was cited as number 3 in this conversation has the anchor ``s-3`` where it begins, and
each marked stretch of it the class ``s-3``, so that style rules alone can show which one a link
points at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from corpus import Citation, Document
from corpus.blocks import Block, parse_blocks
from ui.markup import escape, inline_to_html

MAX_PANEL_CHARS = 400_000
"""Longer corpora show only the documents cited so far, so that the page stays quick."""

# Stands for a tag while a paragraph's Markdown is rendered. It is punctuation, so that it does not
# change what asterisks beside it mean.
_PLACE = "\N{RIGHT DOUBLE PARENTHESIS}"

_ROLE_ORDER = {"article": 0, "safety": 1, "evidence": 2}


@dataclass(frozen=True)
class Highlight:
    """A cited stretch of a document: its number and the turn that cited it last."""

    number: int
    start: int
    end: int
    back: str
    """Id of the mark in the conversation that leads here."""


def panel_html(
    documents: Sequence[Document],
    citations: Mapping[int, Citation],
    back: Mapping[int, str],
    back_label: str,
) -> str:
    """Return the documents as HTML on one line, the citations marked and numbered in them.

    Args:
        documents: All documents of the corpus.
        citations: Citations by their number in the conversation.
        back: For a number, the id of the mark in the conversation to go back to.
        back_label: What the link back is called.
    """
    shown = sorted(documents, key=lambda d: (_ROLE_ORDER.get(d.role, 3), d.name))
    if sum(len(document.text) for document in shown) > MAX_PANEL_CHARS:
        cited = {citation.document for citation in citations.values()}
        shown = [document for document in shown if document.name in cited]
    parts = []
    for document in shown:
        highlights = [
            Highlight(number, citation.start, citation.end, back.get(number, ""))
            for number, citation in citations.items()
            if citation.document == document.name
        ]
        parts.append(document_html(document, highlights, back_label))
    return "".join(parts)


def document_html(document: Document, highlights: Sequence[Highlight], back_label: str) -> str:
    """Return one document as an HTML ``section`` with its highlights marked."""
    blocks = _blocks(document.text)
    first, last = _first_and_last_blocks(blocks, highlights)
    body = []
    in_list = False
    for place, block in enumerate(blocks):
        if (block.kind == "item") != in_list:
            in_list = not in_list
            body.append("<ul>" if in_list else "</ul>")
        pieces = [
            _Piece(
                highlight,
                max(highlight.start, block.start),
                min(highlight.end, block.end),
                opens=first[highlight] == place,
                closes=last[highlight] == place,
            )
            for highlight in highlights
            if _overlap(block, highlight)
        ]
        body.append(_wrap(block, _block_html(document.text, block, pieces, back_label)))
    body.append("</ul>" if in_list else "")
    about = " · ".join(escape(part) for part in (document.name, document.date) if part)
    return f'<section class="lm-document"><p class="lm-file">{about}</p>{"".join(body)}</section>'


@lru_cache(maxsize=64)
def _blocks(text: str) -> tuple[Block, ...]:
    return tuple(parse_blocks(text))


def _overlap(block: Block, highlight: Highlight) -> bool:
    return highlight.start < block.end and highlight.end > block.start


def _first_and_last_blocks(
    blocks: Sequence[Block], highlights: Iterable[Highlight]
) -> tuple[dict[Highlight, int], dict[Highlight, int]]:
    first: dict[Highlight, int] = {}
    last: dict[Highlight, int] = {}
    for highlight in highlights:
        places = [place for place, block in enumerate(blocks) if _overlap(block, highlight)]
        first[highlight], last[highlight] = (places[0], places[-1]) if places else (-1, -1)
    return first, last


def _wrap(block: Block, inner: str) -> str:
    if block.kind == "heading":
        # The page has the first level; documents begin at the second.
        level = min(block.level + 1, 6)
        return f"<h{level}>{inner}</h{level}>"
    return f"<li>{inner}</li>" if block.kind == "item" else f"<p>{inner}</p>"


@dataclass(frozen=True)
class _Piece:
    """The part of a highlight that lies in one block."""

    highlight: Highlight
    start: int
    end: int
    opens: bool
    closes: bool


def _block_html(text: str, block: Block, pieces: Sequence[_Piece], back_label: str) -> str:
    if not pieces:
        return inline_to_html(text[block.start : block.end])
    cuts = sorted({block.start, block.end, *(p.start for p in pieces), *(p.end for p in pieces)})
    written: list[str] = []
    tags: list[str] = []

    def write_tag(tag: str) -> None:
        written.append(_PLACE)
        tags.append(tag)

    for start, end in pairwise(cuts):
        for piece in pieces:
            if piece.opens and piece.start == start:
                write_tag(f'<span class="lm-anchor" id="s-{piece.highlight.number}"></span>')
        active = [p.highlight.number for p in pieces if p.start <= start and p.end >= end]
        if active:
            write_tag(f'<mark class="{" ".join(f"s-{number}" for number in active)}">')
        written.append(text[start:end].replace(_PLACE, ""))
        if active:
            write_tag("</mark>")
        for piece in pieces:
            if piece.closes and piece.end == end:
                write_tag(_back_link(piece.highlight, back_label))
    filled = inline_to_html("".join(written)).split(_PLACE)
    if len(filled) != len(tags) + 1:  # a quote that begins inside a link's address
        filled = escape("".join(written)).split(_PLACE)
    return "".join(part + tag for part, tag in zip(filled, [*tags, ""], strict=True))


def _back_link(highlight: Highlight, label: str) -> str:
    number = f'<span class="lm-number">[{highlight.number}]</span>'
    if not highlight.back:
        return number
    title = escape(f"{label} [{highlight.number}]")
    return f'<a class="lm-back" href="#{highlight.back}" title="{title}">{number} ↩</a>'

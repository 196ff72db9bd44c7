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
"""Longer corpora show only what stands around the quotes, so that the page stays quick."""
_BLOCKS_AROUND = 12

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
    whole = sum(len(document.text) for document in shown) <= MAX_PANEL_CHARS
    parts = []
    for document in shown:
        highlights = [
            Highlight(number, citation.start, citation.end, back.get(number, ""))
            for number, citation in citations.items()
            if citation.document == document.name
        ]
        if whole or highlights:
            parts.append(document_html(document, highlights, back_label, whole))
    names = {document.name for document in shown}
    parts += [
        _quote_html(citation, Highlight(number, 0, 1, back.get(number, "")), back_label)
        for number, citation in citations.items()
        if citation.document not in names
    ]
    return "".join(parts)


def _quote_html(citation: Citation, highlight: Highlight, back_label: str) -> str:
    """Return a quote by itself: a fixed message may rest on a document outside of this corpus."""
    about = escape(" › ".join([citation.document, *citation.section]))
    number = highlight.number
    return (
        f'<section class="lm-document"><p class="lm-file">{about}</p>'
        f'<p class="lm-cited"><span class="lm-anchor" id="s-{number}"></span>'
        f'<mark class="s-{number}">{escape(citation.quote)}</mark>'
        f"{_back_link(highlight, back_label)}</p></section>"
    )


def document_html(
    document: Document, highlights: Sequence[Highlight], back_label: str, whole: bool = True
) -> str:
    """Return one document as an HTML ``section`` with its highlights marked.

    Where ``whole`` is false, only what stands around the highlights is shown.
    """
    blocks = _blocks(document.text)
    first, last = _first_and_last_blocks(blocks, highlights)
    near = set(range(len(blocks))) if whole else _near(first.values(), last.values())
    printed = _printed(blocks, highlights)
    body = []
    in_list = False
    for place, block in enumerate(blocks):
        if place not in near:
            continue
        if not whole and place and place - 1 not in near:
            body.append(f"{'</ul>' if in_list else ''}<p>…</p>")
            in_list = False
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
        inner = _block_html(document.text, block, pieces, back_label)
        body.append(_wrap(block, inner, ' class="lm-cited"' if place in printed else ""))
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


def _near(first: Iterable[int], last: Iterable[int]) -> set[int]:
    return {
        place
        for begin, end in zip(first, last, strict=True)
        for place in range(begin - _BLOCKS_AROUND, end + _BLOCKS_AROUND + 1)
    }


def _printed(blocks: Sequence[Block], highlights: Sequence[Highlight]) -> set[int]:
    """Return what is worth its paper: the blocks that were cited and the headings above them."""
    kept: set[int] = set()
    above: list[int] = []
    for place, block in enumerate(blocks):
        if block.kind == "heading":
            above = [h for h in above if blocks[h].level < block.level] + [place]
        if any(_overlap(block, highlight) for highlight in highlights):
            kept |= {place, *above}
    return kept


def _wrap(block: Block, inner: str, attributes: str) -> str:
    if block.kind == "heading":
        # The page has the first level; documents begin at the second.
        level = min(block.level + 1, 6)
        return f"<h{level}{attributes}>{inner}</h{level}>"
    name = "li" if block.kind == "item" else "p"
    return f"<{name}{attributes}>{inner}</{name}>"


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
    written: list[str] = []
    tags: list[str] = []
    cuts = sorted({block.start, block.end, *(p.start for p in pieces), *(p.end for p in pieces)})
    for start, end in pairwise(cuts):
        before, after = _tags_around(start, end, pieces, back_label)
        tags += before + after
        stretch = text[start:end].replace(_PLACE, "")
        written += [_PLACE * len(before), stretch, _PLACE * len(after)]
    filled = inline_to_html("".join(written)).split(_PLACE)
    if len(filled) != len(tags) + 1:  # a quote that begins inside a link's address
        filled = escape("".join(written)).split(_PLACE)
    return "".join(part + tag for part, tag in zip(filled, [*tags, ""], strict=True))


def _tags_around(
    start: int, end: int, pieces: Sequence[_Piece], back_label: str
) -> tuple[list[str], list[str]]:
    """Return the tags before and after a stretch inside which no piece begins or ends."""
    before = [
        f'<span class="lm-anchor" id="s-{piece.highlight.number}"></span>'
        for piece in pieces
        if piece.opens and piece.start == start
    ]
    after = [
        _back_link(piece.highlight, back_label)
        for piece in pieces
        if piece.closes and piece.end == end
    ]
    active = [p.highlight.number for p in pieces if p.start <= start and p.end >= end]
    if active:
        before.append(f'<mark class="{" ".join(f"s-{number}" for number in active)}">')
        after.insert(0, "</mark>")
    return before, after


def _back_link(highlight: Highlight, label: str) -> str:
    number = f'<span class="lm-number">[{highlight.number}]</span>'
    if not highlight.back:
        return number
    title = escape(f"{label} [{highlight.number}]")
    return f'<a class="lm-back" href="#{highlight.back}" title="{title}">{number} ↩</a>'

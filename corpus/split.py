"""Document -> passages: one per paragraph and list item, under its headings, with exact offsets.

A list item keeps the sentence that leads to its list and its place among its siblings, so that it
can be read alone and a list can be put together again. A paragraph that is too long for the
embedding model is divided between sentences.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from corpus.blocks import Block, parse_blocks
from corpus.document import Document, Passage, Span
from corpus.sentences import split_sentences

SPLITTER_VERSION = "4"
"""Raised whenever the same text gives other passages, so that indexes are built anew."""

MAX_PASSAGE_WORDS = 150
"""About 200 word pieces; the model reads 256 and drops the rest unseen."""

MIN_WORDS = 8
"""A paragraph shorter than this that does not end like a sentence is a byline or a label."""

_ENDS = tuple(".!?:…。！？")


@dataclass
class _State:
    """What is open while the blocks of one document go by."""

    path: list[tuple[int, str]] = field(default_factory=list)
    lead: Span | None = None
    list_order: int | None = None
    previous: Block | None = None


def split_document(document: Document) -> list[Passage]:
    """Return the passages of a document in reading order; ``text[start:end] == passage.text``."""
    passages: list[Passage] = []
    seen: dict[str, int] = {}
    state = _State()
    blocks = parse_blocks(document.text)
    root = _root_level(document, blocks)
    for block in blocks:
        if block.kind == "heading":
            _open_heading(document, block, state, root)
        elif not _is_scrap(document.text, block) and not _is_left_out(document, state):
            _track_list(document, block, state, len(passages))
            for sentences in _pieces(document.text, block):
                passages.append(_passage(document, block, sentences, state, len(passages), seen))
        state.previous = block
    return passages


def heading_title(text: str) -> str | None:
    """Return the heading that names the document: its first one of three words or more."""
    headings = [b for b in parse_blocks(text)[:4] if b.kind == "heading"]
    names = [text[b.start : b.end] for b in headings]
    named = [name for name in names if len(name.split()) > 2] or names
    return named[0] if named else None


def _root_level(document: Document, blocks: list[Block]) -> int:
    """Return the level of a single top heading, the title: it is no part of heading paths."""
    tops = [block for block in blocks if block.kind == "heading" and block.level == 1]
    return 1 if len(tops) == 1 and blocks[0] is tops[0] else 0


def _open_heading(document: Document, block: Block, state: _State, root: int) -> None:
    name = " ".join(document.text[block.start : block.end].replace("*", "").split())
    name = name.rstrip(".:") or name
    state.path = [(level, text) for level, text in state.path if level < block.level]
    if block.level > root and name != document.title:
        state.path.append((block.level, name))
    state.lead, state.list_order = None, None


def _track_list(document: Document, block: Block, state: _State, order: int) -> None:
    """Remember the list that an item belongs to, and the sentence that leads to it."""
    previous = state.previous
    if block.kind == "paragraph":
        state.lead, state.list_order = None, None
    elif previous is None or previous.kind != "item" or state.list_order is None:
        state.list_order = order
        state.lead = _lead(document.text, previous)


def _is_scrap(text: str, block: Block) -> bool:
    """Say whether a block is a byline, caption or label: a few words that make no sentence."""
    words = text[block.start : block.end]
    ends = words.rstrip("\"'”’»)]*_ ")[-1:]
    return block.kind == "paragraph" and len(words.split()) < MIN_WORDS and ends not in _ENDS


def _is_left_out(document: Document, state: _State) -> bool:
    return any(name in document.not_quoted for _, name in state.path)


def _lead(text: str, previous: Block | None) -> Span | None:
    """Return the last sentence of the paragraph above a list, if it points to the list."""
    if previous is None or previous.kind != "paragraph":
        return None
    if not text[previous.start : previous.end].rstrip("*_ ").endswith(":"):
        return None
    return split_sentences(text, previous.start, previous.end)[-1]


def _pieces(text: str, block: Block) -> Iterator[list[Span]]:
    """Yield the sentences of a block, in runs of at most `MAX_PASSAGE_WORDS` words."""
    run: list[Span] = []
    words = 0
    for start, end in split_sentences(text, block.start, block.end):
        length = len(text[start:end].split())
        if run and words + length > MAX_PASSAGE_WORDS:
            yield run
            run, words = [], 0
        run.append((start, end))
        words += length
    if run:
        yield run


def _passage(
    document: Document,
    block: Block,
    sentences: list[Span],
    state: _State,
    order: int,
    seen: dict[str, int],
) -> Passage:
    start, end = sentences[0][0], sentences[-1][1]
    text = document.text[start:end]
    section = tuple(name for _, name in state.path)
    is_item = block.kind == "item"
    return Passage(
        id=_passage_id(document.name, section, text, seen),
        document=document.name,
        title=document.title,
        section=section,
        kind="item" if is_item else "paragraph",
        start=start,
        end=end,
        text=text,
        order=order,
        sentences=tuple(sentences),
        lead=state.lead if is_item else None,
        list_order=state.list_order if is_item else None,
        page=document.page_at(start),
    )


def _passage_id(name: str, section: tuple[str, ...], text: str, seen: dict[str, int]) -> str:
    """Return an id made from the words, so that links to a passage survive edits elsewhere."""
    words = "\x1f".join((name, *section, " ".join(text.split())))
    digest = hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    seen[digest] = seen.get(digest, 0) + 1
    return digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"

"""How a quoted stretch of a source is shown: its label, its words as safe Markdown, its marks."""

from __future__ import annotations

import re
from dataclasses import dataclass

from corpus import Corpus, Passage

_BOLD_LABEL = re.compile(r"\*\*([^*\n]{2,80}?):?\*\*:?\s+")
_PLAIN_LABEL = re.compile(r"([^\s:.!?][^:.!?\n]{1,58}[^\s:.!?]):\s+(?=\S)")
_ROW_LABEL = re.compile(r"\|[ \t]*([^|\n]{1,80}?)[ \t]*\|[ \t]*(?=[^|\s])")
_CELL_END = re.compile(r"(?<!\s)\s*\|\s*")
_LINK = re.compile(r"\[([^\]\n]{1,300})\]\([^)\s]{0,2000}\)")
_SPECIAL = re.compile(r"[\\`\[\]<>|#]")
_PLAIN_SPECIAL = re.compile(r"[\\`\[\]<>|#*_~]")


@dataclass(frozen=True)
class Label:
    """The words at the start of a list item that name it, as in "Friction: deep rubbing".

    In a table, the first cell of a row.
    """

    text: str
    body: int
    """Where the item goes on after its label, as an offset into the document."""
    is_apart: bool
    """The item is whole sentences without the label."""


def label_of(passage: Passage) -> Label | None:
    """Return the label of a list item, if it has one."""
    if passage.kind != "item":
        return None
    found = _BOLD_LABEL.match(passage.text)
    if found:
        return Label(found.group(1), passage.start + found.end(), is_apart=True)
    found = _ROW_LABEL.match(passage.text) or _PLAIN_LABEL.match(passage.text)
    if found:
        return Label(found.group(1), passage.start + found.end(), is_apart=False)
    return None


def shown(corpus: Corpus, document: str, start: int, end: int) -> str:
    """Return a stretch of a document as Markdown on one line that means only what it says.

    Emphasis of Markdown documents is kept; links become their text; everything else that Markdown,
    HTML or our own marks ``[1]`` would give a meaning to is escaped.
    """
    source = corpus.document(document)
    words = " ".join(source.text[start:end].split())
    if source.markup != "markdown":
        return escaped(words)
    if words.endswith("|"):  # a row of a table
        words = _CELL_END.sub("; ", words.strip("| "))
    words = _SPECIAL.sub(r"\\\g<0>", _LINK.sub(r"\1", words))
    return words.replace("**", "") if words.count("**") % 2 else words


def escaped(text: str) -> str:
    """Return words as Markdown that means only what it says."""
    return _PLAIN_SPECIAL.sub(r"\\\g<0>", text)


def plain(text: str) -> str:
    """Return Markdown words without their emphasis, on one line."""
    return " ".join(text.replace("**", "").split())


def finish(sentence: str) -> str:
    """Return a sentence that ends like one: list items often end without a full stop."""
    bare = sentence.rstrip("*_ ")
    if bare.endswith(":"):
        return f"{bare[:-1]}."
    return sentence if bare[-1:] in ".!?…" else f"{sentence}."

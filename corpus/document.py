"""Document and Passage: a text with its origin, and one citable stretch of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

Span = tuple[int, int]


@dataclass(frozen=True)
class Document:
    """A text that can be quoted. Offsets everywhere count characters of ``text``."""

    name: str
    text: str
    title: str = ""
    licence: str = ""
    date: str = ""
    sources: tuple[str, ...] = ()
    role: str = "article"
    """'article': what answers are made of; 'evidence': studies that qualify the article's claims;
    'safety': the ground of the fixed messages, quoted beside them and for questions about them."""
    markup: Literal["markdown", "plain"] = "plain"
    """How emphasis and headings are written in ``text``."""
    is_extracted: bool = False
    """The text was taken out of a file of another kind, such as a PDF."""
    not_quoted: tuple[str, ...] = ()
    """Headings of sections that hold nothing to answer with, such as a list of references."""
    pages: tuple[int, ...] = ()
    """Offset at which each page begins, for documents that have pages."""

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the text in UTF-8, hexadecimal."""
        return hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()

    def page_at(self, offset: int) -> int | None:
        """Return the page, from 1, that holds the character at ``offset``."""
        if not self.pages:
            return None
        return max(1, sum(begin <= offset for begin in self.pages))


@dataclass(frozen=True, slots=True)
class Passage:
    """One paragraph or list item of a document, with all that is needed to read it alone."""

    id: str
    document: str
    title: str
    section: tuple[str, ...]
    kind: Literal["paragraph", "item"]
    start: int
    end: int
    text: str
    order: int
    """Place among the passages of its document, from 0."""
    sentences: tuple[Span, ...] = ()
    """Offsets into the document, not into the passage."""
    lead: Span | None = None
    """For a list item: the sentence that introduces its list."""
    list_order: int | None = None
    """For a list item: `order` of the first item of its list, the same for all its siblings."""
    page: int | None = field(default=None)

    @property
    def heading(self) -> str:
        """The nearest heading above, or the document's title."""
        return self.section[-1] if self.section else self.title

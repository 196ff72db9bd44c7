"""Citation: a pointer into a document, with the exact words it points at."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Citation(BaseModel):
    """A verbatim stretch of a document, as shown to the reader behind a mark like ``[1]``.

    ``quote`` is always ``text[start:end]`` of the document named; offsets count characters
    (Unicode code points) from 0, the end is exclusive.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    marker: int = Field(ge=1, description="The number shown in the text, from 1.")
    document: str = Field(description="File name in the corpus, e.g. 'leg-massage.md'.")
    title: str = Field(description="Title of the document.")
    section: tuple[str, ...] = Field(
        default=(), description="Heading path, outermost first; empty above the first heading."
    )
    start: int = Field(ge=0, description="First character of the quote in the document's text.")
    end: int = Field(gt=0, description="One past the last character of the quote.")
    quote: str = Field(min_length=1, description="Exactly text[start:end] of the document.")
    score: float = Field(default=1.0, description="Cosine similarity to the question, in [-1, 1].")
    page: int | None = Field(default=None, ge=1, description="Page, for documents that have pages.")
    sha256: str = Field(default="", description="SHA-256 of the document's text, hexadecimal.")

"""Questions that people ask, with the passages that answer them: a second way into the documents.

"Why do they chop your legs?" shares no word with a passage about tapotement; another question about
chopping does. The bundled documents come with such questions, and with some that they leave open,
which tell what near misses look like. Documents of one's own have none and need none.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from pydantic import BaseModel, ConfigDict, Field

from corpus.document import Passage

LEAD = "*"
"""As a label: the paragraph that leads to the section's list."""


class Place(BaseModel):
    """A passage named by where it stands, so that edits of its words do not matter."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    document: str
    section: str = Field(description="Start of the nearest heading; empty above the first one.")
    label: str = Field(
        default="",
        description="Start of a list item's label, '#2' for the second paragraph of the section, "
        "'#*' for any of its own paragraphs, '*' for the paragraph that leads to its list; any "
        "passage of the section where it is empty.",
    )


@dataclass(frozen=True)
class Asked:
    """A question and the ids of the passages that answer it; none where nothing does."""

    question: str
    passages: tuple[str, ...]


def read_asked(passages: Sequence[Passage]) -> list[Asked]:
    """Return the bundled questions with the passages they lead to, in the file's order."""
    source = resources.files("corpus").joinpath("asked.jsonl")
    entries = [json.loads(line) for line in source.read_text(encoding="utf-8").splitlines()]
    by_document: dict[str, list[Passage]] = {}
    for passage in passages:
        by_document.setdefault(passage.document, []).append(passage)

    @cache  # many questions lead to the same few hundred places
    def ids_at(place: Place) -> tuple[str, ...]:
        return tuple(p.id for p in at_place(place, by_document.get(place.document, ())))

    return [
        Asked(
            entry["question"],
            tuple(found for place in entry["gold"] for found in ids_at(Place(**place))),
        )
        for entry in entries
    ]


def at_place(place: Place, passages: Iterable[Passage]) -> Iterator[Passage]:
    """Yield the passages that a place names."""
    paragraphs = 0
    for passage in passages:
        heading = passage.section[-1] if passage.section else ""
        if passage.document != place.document or bool(heading) != bool(place.section):
            continue
        if not heading.startswith(place.section):
            continue
        paragraphs += passage.kind == "paragraph"
        if _fits(passage, place.label, paragraphs):
            yield passage


def _fits(passage: Passage, label: str, paragraphs: int) -> bool:
    if not label:
        return True
    if passage.kind == "paragraph":
        is_lead = passage.text.endswith(":")
        return label in {f"#{paragraphs}", "#*"} or (label == LEAD and is_lead)
    return label not in {LEAD, "#*"} and passage.text.lstrip("*").startswith(label)

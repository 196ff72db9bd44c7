"""The questions that answers are measured on: lay questions with the passages that answer them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.wording import label_of
from corpus import Corpus, CorpusError, Passage

LEAD = "*"
"""As a label: the sentence that leads to the section's list."""


class Gold(BaseModel):
    """A passage that answers, named by where it stands, so that edits of it do not matter."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    document: str
    section: str = Field(description="Start of the nearest heading; empty above the first one.")
    label: str = Field(
        default="",
        description="Start of a list item's label, '#2' for the second paragraph of the section, "
        "'#*' for any of its own paragraphs, '*' for the paragraph that leads to its list; any "
        "passage of the section where it is empty.",
    )


class Case(BaseModel):
    """A question, and the passages of which one has to be quoted; none where it is not covered."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    question: str
    kind: Literal["covered", "near", "far", "med", "vague"]
    split: Literal["tuning", "heldout"]
    gold: tuple[Gold, ...] = ()


class LabelledMessage(BaseModel):
    """A message as people write it, with a story around it, and whether the article covers it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    question: str
    covered: bool
    split: Literal["tuning", "heldout"]


def load_messages() -> list[LabelledMessage]:
    """Return the labelled messages, in the file's order."""
    source = resources.files("assistant").joinpath("evaluation", "messages.jsonl")
    lines = source.read_text(encoding="utf-8").splitlines()
    return [LabelledMessage(**json.loads(line)) for line in lines]


def load_cases(path: Path | None = None) -> list[Case]:
    """Return the cases of a file, the bundled ones by default, in the file's order.

    Raises:
        CorpusError: A line is no case.
    """
    source = path or resources.files("assistant").joinpath("evaluation", "questions.jsonl")
    cases = []
    for number, line in enumerate(source.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            cases.append(Case(**json.loads(line)))
        except (ValueError, TypeError, ValidationError) as error:
            raise CorpusError(f"{source}, line {number}: not a case ({error})") from error
    return cases


def gold_passages(case: Case, corpus: Corpus) -> list[Passage]:
    """Return the passages that answer a case.

    Raises:
        CorpusError: The corpus has none of them any more.
    """
    found = [passage for gold in case.gold for passage in _matching(gold, corpus)]
    if case.gold and not found:
        raise CorpusError(f"{case.id}: the corpus has no passage {case.gold[0]}")
    return found


def _matching(gold: Gold, corpus: Corpus) -> Iterator[Passage]:
    paragraphs = 0
    for passage in corpus.passages:
        if passage.document != gold.document:
            continue
        heading = passage.section[-1] if passage.section else ""
        if not heading.startswith(gold.section) or bool(heading) != bool(gold.section):
            continue
        paragraphs += passage.kind == "paragraph"
        if _fits(passage, gold.label, paragraphs):
            yield passage


def _fits(passage: Passage, label: str, paragraphs: int) -> bool:
    if not label:
        return True
    if passage.kind == "paragraph":
        is_lead = passage.text.endswith(":")
        return label == f"#{paragraphs}" or label == "#*" or (label == LEAD and is_lead)
    own = label_of(passage)
    return label not in {LEAD, "#*"} and own is not None and own.text.startswith(label)

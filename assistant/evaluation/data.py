"""The questions that answers are measured on: lay questions with the passages that answer them."""

from __future__ import annotations

import json
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from corpus import Corpus, CorpusError, Passage
from corpus.asked import Place, at_place


class Case(BaseModel):
    """A question, and the passages of which one has to be quoted; none where it is not covered."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    question: str
    kind: Literal["covered", "near", "far", "med", "vague"]
    split: Literal["tuning", "leading", "heldout"]
    """What leads to passages only has no part in thresholds, nor in figures."""
    gold: tuple[Place, ...] = ()


class LabelledMessage(BaseModel):
    """A message as people write it, with a story around it, and whether the article covers it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    question: str
    covered: bool
    split: Literal["tuning", "heldout"]


def load_messages() -> list[LabelledMessage]:
    """Return the labelled messages, in the file's order."""
    return _messages("messages.jsonl")


def load_letters() -> list[LabelledMessage]:
    """Return long letters, most of them about something else, in the file's order."""
    return _messages("letters.jsonl")


def _messages(name: str) -> list[LabelledMessage]:
    source = resources.files("assistant").joinpath("evaluation", name)
    lines = source.read_text(encoding="utf-8").splitlines()
    return [LabelledMessage(**json.loads(line)) for line in lines]


def load_cases() -> list[Case]:
    """Return the cases that the corpus knows, most of them for tuning, then those held out."""
    known = resources.files("corpus").joinpath("asked.jsonl")
    heldout = resources.files("assistant").joinpath("evaluation", "heldout.jsonl")
    return [*_cases(known), *_cases(heldout)]


def _cases(source: Traversable) -> list[Case]:
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
    found = [p for place in case.gold for p in at_place(place, corpus.passages)]
    if case.gold and not found:
        raise CorpusError(f"{case.id}: the corpus has no passage {case.gold[0]}")
    return found

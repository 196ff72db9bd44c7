"""The regression suite's cases: JSON Lines, one conversation a line, anyone may add to them.

A case says what the last user message must lead to, given the messages before it. The bundled cases
lie in ``safety/cases/``, in files by kind; any other file of the same form can be read with them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from corpus.errors import LegMassageError
from safety.decision import Action, Urgency

CONTRAINDICATIONS: tuple[str, ...] = (
    "emergency",
    "deep_vein_thrombosis",
    "acute_injury",
    "open_wound",
    "skin_infection",
    "varicose_veins",
    "pregnancy",
    "osteoporosis",
    "hypertension",
    "cancer",
    "recent_surgery",
    "bleeding_risk",
    "reduced_sensation",
    "poor_circulation",
    "organ_swelling",
    "systemic_illness",
)


class CaseError(LegMassageError):
    """A file of cases cannot be read; the message names file and line."""


class Case(BaseModel):
    """One conversation and what its last user message must lead to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(min_length=1)
    turns: tuple[str, ...] = Field(min_length=1, description="User messages, oldest first.")
    expect: Action
    categories: tuple[str, ...] = Field(
        default=(), description="Contraindications, any of which may come first."
    )
    urgency: Urgency | None = Field(default=None, description="The least urgency of a referral.")
    tags: tuple[str, ...] = ()
    note: str = Field(default="", description="Why it must be so.")
    covered: bool = Field(default=False, description="An `answer` that must be given and cited.")
    gold: tuple[str, ...] = Field(default=(), description="Strings that the citations must hold.")
    kind: str = Field(default="", description="The file it came from, without the ending.")

    @model_validator(mode="after")
    def _is_consistent(self) -> Case:
        unknown = sorted(set(self.categories) - set(CONTRAINDICATIONS))
        if unknown:
            raise ValueError(f"unknown contraindications {unknown}")
        if self.expect in ("refer", "inform") and not self.categories:
            raise ValueError(f"a case that expects {self.expect} names its categories")
        if self.expect == "refer" and self.urgency is None:
            raise ValueError("a case that expects refer names its urgency")
        if self.expect in ("answer", "abstain") and self.categories:
            raise ValueError(f"a case that expects {self.expect} has no categories")
        if self.gold and not self.covered and self.expect != "inform":
            raise ValueError("gold is for covered answers and for notices only")
        return self


TERMS = "terms.jsonl"
"""The file of cases that each rest on one entry of the policy."""


def bundled_cases() -> list[Case]:
    """Return the cases that come with the package, in order of file name and line.

    Those that each rest on one entry of the policy are apart: ``term_cases``.
    """
    folder = files("safety").joinpath("cases")
    found = sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".jsonl")),
        key=lambda entry: entry.name,
    )
    cases: list[Case] = []
    for entry in found:
        if entry.name != TERMS:
            cases += parse_cases(entry.read_text(encoding="utf-8"), entry.name)
    return without_duplicates(cases)


def term_cases() -> list[Case]:
    """Return the cases that each rest on one entry of the policy; the rules alone decide them."""
    file = files("safety").joinpath("cases", TERMS)
    return without_duplicates(parse_cases(file.read_text(encoding="utf-8"), TERMS))


def read_cases(paths: Iterable[Path]) -> list[Case]:
    """Return the cases of the given files.

    Raises:
        CaseError: A file cannot be read, a line is no case, or two cases share an id or a text.
    """
    cases: list[Case] = []
    for path in paths:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CaseError(f"{path}: cannot be read as UTF-8 text ({error})") from error
        cases += parse_cases(text, str(path))
    return without_duplicates(cases)


def parse_cases(text: str, name: str) -> list[Case]:
    """Return the cases in the text of one file; blank lines are skipped.

    ``name`` is the file's, for error messages and for the cases' ``kind``.
    """
    kind = Path(name).stem
    cases = []
    # not splitlines(): a case may hold U+2028 or a form feed unescaped
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            cases.append(_parse_line(line, f"{name}:{number}", kind))
    return cases


def without_duplicates(cases: Sequence[Case]) -> list[Case]:
    """Return the cases as a list, refusing two of one id or of the same messages.

    Raises:
        CaseError: Two cases share an id, or the same messages appear twice.
    """
    by_id: dict[str, Case] = {}
    by_turns: dict[tuple[str, ...], Case] = {}
    for case in cases:
        if case.id in by_id:
            raise CaseError(
                f"case id {case.id!r} appears twice (in {by_id[case.id].kind} and {case.kind}): "
                "give one of them another id"
            )
        if case.turns in by_turns:
            raise CaseError(
                f"cases {by_turns[case.turns].id!r} and {case.id!r} hold the same messages: "
                "remove one of them"
            )
        by_id[case.id] = case
        by_turns[case.turns] = case
    return list(cases)


def _parse_line(line: str, where: str, kind: str) -> Case:
    """Return the case on one line; ``where`` is file and line number for the message."""
    try:
        row: Any = json.loads(line)
    except json.JSONDecodeError as error:
        raise CaseError(f"{where}: not JSON ({error.msg} at column {error.colno})") from error
    if not isinstance(row, dict):
        raise CaseError(f"{where}: a case is a JSON object, not {type(row).__name__}")
    try:
        return Case.model_validate({**row, "kind": kind})
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "case"
        raise CaseError(f"{where}: {row.get('id', 'no id')}: {field}: {first['msg']}") from error

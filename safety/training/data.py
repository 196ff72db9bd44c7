"""The training cases: read, labelled, and split so that nothing leaks.

Twins (tags ``pair-`` and ``set-``) always fall on the same side of a split. Cases that have a
contraindication only as their topic (``inform``) are left out: on them the net may go either way.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from safety.cases import CONTRAINDICATIONS
from safety.decision import Urgency
from safety.net.views import token_rows

HERE = Path(__file__).parent
URGENCIES: tuple[Urgency, ...] = ("routine", "urgent", "emergency")
OUTPUTS = 1 + len(CONTRAINDICATIONS) + len(URGENCIES)


@dataclass(frozen=True, slots=True)
class Case:
    """One labelled conversation. ``danger`` is None where a contraindication is only the topic."""

    id: str
    file: str
    group: str
    turns: tuple[str, ...]
    danger: bool | None
    contraindications: tuple[str, ...]
    urgency: Urgency | None
    tags: frozenset[str]
    tokens: tuple[int, ...]


def read_cases(paths: Iterable[Path] | None = None) -> list[Case]:
    """Return the cases of the given files, by default all beside this module, in order of name."""
    cases = []
    for path in sorted(HERE.glob("*.jsonl")) if paths is None else paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip():
                cases.append(_case(json.loads(line), path.stem))
    return cases


def _case(row: dict[str, object], file: str) -> Case:
    turns = tuple(str(turn) for turn in _list(row["turns"]))
    twins = [tag for tag in map(str, _list(row["tags"])) if tag.startswith(("pair-", "set-"))]
    urgency = row.get("urgency")
    return Case(
        id=str(row["id"]),
        file=file,
        group=f"{file}:{twins[0]}" if twins else str(row["id"]),
        turns=turns,
        danger={"refer": True, "inform": None}.get(str(row["expect"]), False),
        contraindications=tuple(map(str, _list(row["categories"]))),
        urgency=next((level for level in URGENCIES if level == urgency), None),
        tags=frozenset(map(str, _list(row["tags"]))),
        tokens=tuple(token_rows(turns)[0]),
    )


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError(f"expected a list, not {value!r}")
    return value


def fold_of(case: Case, folds: int) -> int:
    """Return the part of the data, from 0, that a case and its twins belong to."""
    return int(hashlib.sha256(case.group.encode()).hexdigest(), 16) % folds

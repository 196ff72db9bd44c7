"""What is worth a reviewer's look, and how it becomes a case of the regression suite.

Kept only where the operator has turned the review log on: it holds what people wrote.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from assistant.schema import Answer
from corpus.errors import LegMassageError
from safety.cases import Case, bundled_cases, read_cases
from safety.decision import Action, Urgency

KINDS = {
    "denial": "cleared by a denial",
    "near_miss": "a near-miss spelling",
    "net_only": "referred by the second net alone",
    "abstention": "abstained from",
}
NearMisses = Callable[[str], Sequence[tuple[str, str]]]
"""Returns words of a message with the words of the policy that they nearly are."""
_DENIALS = ("denial", "denial_after", "correction")


class ReviewError(LegMassageError):
    """A case cannot be written."""


class Noted(NamedTuple):
    """A turn to review: why, the user's messages, and what was found in them."""

    kind: str
    turns: tuple[str, ...]
    why: tuple[str, ...]
    contraindications: tuple[str, ...]
    outcome: str
    policy: str


def noted(turns: Sequence[str], answer: Answer, near: NearMisses) -> Noted | None:
    """Return what a reviewer should see of a turn, None where there is nothing to see.

    Args:
        turns: The user's messages, oldest first, the one that was answered last.
        answer: The reply to it.
        near: Finds near-miss spellings.
    """
    denied = [f for f in answer.decision.findings if _is_denied(f.cleared_by)]
    in_play = [f for f in answer.decision.findings if f.status == "in_play"]
    missed = near(turns[-1]) if answer.outcome != "referral" else ()
    kind = ""
    if answer.outcome == "referral":
        kind = "net_only" if in_play and all(f.source == "net" for f in in_play) else ""
    elif denied:
        kind = "denial"
    elif missed:
        kind = "near_miss"
    elif answer.outcome == "abstention" and answer.reason != "empty":
        kind = "abstention"
    if not kind:
        return None
    found = in_play if kind == "net_only" else denied
    why = [f"{f.rule} {' '.join(f.words)!r}: {f.cleared_by or f.score}" for f in found]
    why += [f"{word!r} is nearly {target!r}" for word, target in missed]
    why += [f"abstained: {answer.reason}"] if answer.outcome == "abstention" else []
    ids = tuple(dict.fromkeys(f.contraindication for f in found))
    version = answer.decision.policy_version
    return Noted(kind, tuple(turns), tuple(why), ids, answer.outcome, version)


def _is_denied(cleared_by: str | None) -> bool:
    return (cleared_by or "").partition(".")[0] in _DENIALS


def as_case(
    item: Noted, expect: Action, contraindications: Sequence[str], floor: Mapping[str, Urgency]
) -> Case:
    """Return a case that expects what the reviewer says of a turn.

    Args:
        item: The turn.
        expect: What it must lead to.
        contraindications: For a referral or a notice: what it is about.
        floor: The least urgency of each contraindication.
    """
    names = tuple(contraindications) if expect in ("refer", "inform") else ()
    digest = hashlib.sha256(json.dumps(item.turns).encode()).hexdigest()
    return Case(
        id=f"reviewed-{digest[:12]}",
        turns=item.turns,
        expect=expect,
        categories=names,
        urgency=floor.get(names[0], "routine") if expect == "refer" else None,
        tags=("reviewed", item.kind),
        note=f"Seen in use, {KINDS[item.kind]}; labelled by a reviewer.",
    )


def add_case(path: Path, case: Case) -> bool:
    """Append a case to a file of cases; False where its messages are a case already.

    Raises:
        CaseError: The file is no file of cases.
        ReviewError: It cannot be written.
    """
    known = [*bundled_cases(), *(read_cases([path]) if path.exists() else [])]
    if any(case.turns == other.turns for other in known):
        return False
    row = case.model_dump(mode="json", exclude_defaults=True)
    try:
        # What people wrote is for the owner of the file alone.
        path.touch(mode=0o600)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    except OSError as error:
        raise ReviewError(f"{path}: cannot be written ({error.strerror})") from error
    return True

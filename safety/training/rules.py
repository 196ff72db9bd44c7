"""What the rules make of the training cases, and the cases as the guard shows them to the net."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from safety.decision import Decision
from safety.guard import Guard
from safety.net.detector import mask_cleared
from safety.net.views import token_rows
from safety.training.data import Case


def decide(cases: Sequence[Case]) -> dict[str, Decision]:
    """Return the decision of the rules alone on each case, by id."""
    guard = Guard()
    return {case.id: guard.decide(case.turns) for case in cases}


def shown(cases: Sequence[Case], rules: Mapping[str, Decision]) -> list[Case]:
    """Return the cases with what the rules plainly cleared masked, as the net meets them in use."""
    return [_masked(case, rules[case.id]) for case in cases]


def _masked(case: Case, decision: Decision) -> Case:
    cleared = [finding for finding in decision.findings if finding.status == "cleared"]
    if not cleared:
        return case
    turns = tuple(mask_cleared(case.turns, cleared))
    return replace(case, turns=turns, tokens=tuple(token_rows(turns)[0]))

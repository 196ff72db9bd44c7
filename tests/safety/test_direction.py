"""One more sign never lowers the urgency; a dangerous message never makes a conversation safer."""

from __future__ import annotations

import pytest

from assistant.outcomes import Outcome
from safety.cases import Case, bundled_cases
from safety.decision import URGENCY_RANK, Decision
from safety.guard import Guard
from safety.noise import wrappers

SIGNS = wrappers()["signs"]


def rank(decision: Decision) -> int:
    """Order decisions by how safe they are: -1 for no referral, then by urgency."""
    if decision.action != "refer":
        return -1
    return URGENCY_RANK[decision.urgency or "routine"]


@pytest.mark.parametrize("sign", sorted(SIGNS))
def test_a_sign_in_the_same_message_never_lowers_the_urgency(
    sign: str, rules: Guard, referred: list[tuple[Case, Outcome]]
) -> None:
    lowered = [
        case.id
        for case, outcome in referred
        if rank(rules.decide([*case.turns[:-1], f"{case.turns[-1]} {SIGNS[sign]}"]))
        < rank(outcome.decision)
    ]
    assert lowered == []


@pytest.mark.parametrize("sign", sorted(SIGNS))
def test_a_sign_in_the_next_message_never_lowers_the_urgency(
    sign: str, rules: Guard, referred: list[tuple[Case, Outcome]]
) -> None:
    lowered = [
        case.id
        for case, outcome in referred
        if rank(rules.decide([*case.turns, SIGNS[sign]])) < rank(outcome.decision)
    ]
    assert lowered == []


@pytest.mark.parametrize("sign", sorted(SIGNS))
def test_a_sign_after_any_harmless_message_refers(sign: str, rules: Guard) -> None:
    missed = [
        case.id
        for case in bundled_cases()
        if case.expect == "answer" and rules.decide([*case.turns, SIGNS[sign]]).action != "refer"
    ]
    assert missed == []


def test_an_emergency_before_any_harmless_message_still_refers(rules: Guard) -> None:
    missed = [
        case.id
        for case in bundled_cases()
        if case.expect in ("answer", "inform")
        and rules.decide([SIGNS["chest_pain"], *case.turns]).urgency != "emergency"
    ]
    assert missed == []

"""Noise, framing, politeness, position and wrapping change no referral.

Every change is made to every case that is referred; the referral must stay right: one of the case's
contraindications first, at its urgency or above.
"""

from __future__ import annotations

import pytest

from assistant.check import judge_case
from assistant.outcomes import Outcome, by_guard
from safety.cases import Case
from safety.guard import Guard
from safety.perturb import Perturbation, marks_of, perturbations


@pytest.mark.parametrize("change", perturbations(), ids=lambda change: change.name)
def test_a_referral_survives(
    change: Perturbation, rules: Guard, referred: list[tuple[Case, Outcome]]
) -> None:
    judge = by_guard(rules)
    lost = []
    for case, outcome in referred:
        turns = change.apply(case.turns, marks_of(outcome.decision, len(case.turns)))
        changed = case.model_copy(update={"turns": turns})
        if not judge_case(changed, judge(changed)).passed:
            lost.append((case.id, turns[-1]))
    assert lost == [], f"{len(lost)} of {len(referred)} referrals lost"

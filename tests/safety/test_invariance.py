"""Noise, framing, politeness, position and wrapping change no referral.

Every change is made to every case that is referred; the referral must stay right: one of the case's
contraindications first, at its urgency or above. Only noise is not put on a case that is noisy
already: a disguise on a disguise is another message.
"""

from __future__ import annotations

import pytest

from assistant.check import judge_case
from assistant.outcomes import Outcome, by_guard
from safety.cases import Case
from safety.guard import Guard
from safety.perturb import Perturbation, marks_of, perturbations

NOISY = {"noise", "typo", "typos", "text-speak", "text_speak", "misspelling", "code"}


def takes(case: Case, change: Perturbation) -> bool:
    return change.group != "noise" or not NOISY & {case.kind, *case.tags}


@pytest.mark.slow
@pytest.mark.parametrize("change", perturbations(), ids=lambda change: change.name)
def test_a_referral_survives(
    change: Perturbation, rules: Guard, referred: list[tuple[Case, Outcome]]
) -> None:
    judge = by_guard(rules)
    lost = []
    for case, outcome in referred:
        if not takes(case, change):
            continue
        turns = change.apply(case.turns, marks_of(outcome.decision, len(case.turns)))
        changed = case.model_copy(update={"turns": turns})
        if not judge_case(changed, judge(changed)).passed:
            lost.append((case.id, turns[-1]))
    assert not lost, f"{len(lost)} of {len(referred)} referrals lost: {lost[:20]}"


@pytest.mark.parametrize(
    "change",
    [change for change in perturbations() if change.group != "noise"],
    ids=lambda change: change.name,
)
def test_what_is_put_around_a_harmless_question_refers_nothing(
    change: Perturbation, rules: Guard
) -> None:
    decision = rules.decide(change.apply(("What does effleurage feel like",), [[]]))
    assert decision.contraindications == ()

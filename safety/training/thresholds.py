"""Choose thresholds by cost, on out-of-fold scores of what the rules do not refer.

The net decides only where the rules did not, so its scores are made into probabilities there: a
logistic curve over the out-of-fold logits (Platt 1999), moved to the share of danger that is
expected in use, which is far below that of these cases (Saerens et al. 2002). A referral then pays
where the danger that it may avert, weighed by its urgency, outweighs the annoyance: from a
probability of 1 / (1 + weight) on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from safety.decision import Urgency
from safety.training.data import Case

# The rules were written with the other files at hand: what they let pass there is no sample of what
# they will let pass.
FRESH = tuple(f"own_{number}" for number in range(9, 37))
# Share of danger expected among the messages that the rules let pass: of dangers told in words new
# to them they let one in ten (everyday messages) to one in four (mere hints) pass.
EXPECTED = 0.04
# How many needless referrals one averted danger is worth.
WEIGHT: dict[Urgency, float] = {"routine": 3.0, "urgent": 6.0, "emergency": 10.0}
# The same where the corpus has no answer: the turn then ends in an abstention, which is safe.
FIRM_WEIGHT: dict[Urgency, float] = {"routine": 1.0, "urgent": 3.0, "emergency": 10.0}
NAMING = 0.35  # an id is named from this probability on
LIKELIEST = 0.2  # the likeliest alone, where none reaches that
URGENT, EMERGENCY = 0.35, 0.35  # below one half: urgency is rounded up


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The calibration curve; what a probability must reach follows from the weights above."""

    scale: float
    shift: float

    def manifest(self) -> dict[str, Any]:
        """Return the entries of the manifest."""
        return {
            "calibration": [round(self.scale, 4), round(self.shift, 4)],
            "thresholds": {level: pays_from(weight) for level, weight in WEIGHT.items()},
            "firm_thresholds": {level: pays_from(weight) for level, weight in FIRM_WEIGHT.items()},
            "naming_threshold": NAMING,
            "likeliest_threshold": LIKELIEST,
            "urgency_thresholds": {"urgent": URGENT, "emergency": EMERGENCY},
        }


def pays_from(weight: float) -> float:
    """Return the probability from which a referral pays."""
    return round(1 / (1 + weight), 4)


def choose(
    cases: Sequence[Case], scores: Mapping[str, Sequence[float]], referred: frozenset[str]
) -> Thresholds:
    """Fit the calibration curve on scored cases of fresh files that the rules do not refer.

    Args:
        cases: The training cases.
        scores: Out-of-fold logits by case id; the first is the overall one.
        referred: Ids of the cases that the rules alone refer.
    """
    left = [
        case
        for case in cases
        if case.danger is not None and case.id in scores and case.id not in referred
        if case.file in FRESH
    ]
    danger = np.array([bool(case.danger) for case in left])
    logits = np.array([[scores[case.id][0]] for case in left])
    curve = LogisticRegression(C=1e6).fit(logits, danger)
    here = float(danger.mean())
    moved = log(EXPECTED / (1 - EXPECTED)) - log(here / (1 - here))
    return Thresholds(float(curve.coef_[0, 0]), float(curve.intercept_[0]) + moved)

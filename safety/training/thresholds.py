"""Choose thresholds by cost, on out-of-fold scores of what the rules do not refer.

The net decides only where the rules did not, so its scores are made into probabilities there: a
logistic curve over the out-of-fold logits (Platt 1999). A referral then pays where the danger that it
may avert, weighed by its urgency, outweighs the annoyance: at a probability of 1 / (1 + weight).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from safety.decision import Urgency
from safety.training.data import CONTRAINDICATIONS, Case

# How many needless referrals one averted danger is worth.
WEIGHT: dict[Urgency, float] = {"routine": 1.0, "urgent": 2.0, "emergency": 4.0}
# The same where the corpus has no answer: silence about the message is an abstention, a safe ending.
FIRM_WEIGHT: dict[Urgency, float] = {"routine": 0.4, "urgent": 0.8, "emergency": 4.0}
NAMING = 0.35  # an id is named from this probability on
URGENT, EMERGENCY = 0.35, 0.3  # below one half: urgency is rounded up


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The calibration curve and what a probability must reach, by urgency."""

    scale: float
    shift: float

    def manifest(self) -> dict[str, Any]:
        """Return the entries of the manifest."""
        return {
            "calibration": [round(self.scale, 4), round(self.shift, 4)],
            "thresholds": {level: at(weight) for level, weight in WEIGHT.items()},
            "firm_thresholds": {level: at(weight) for level, weight in FIRM_WEIGHT.items()},
            "naming_threshold": NAMING,
            "urgency_thresholds": {"urgent": URGENT, "emergency": EMERGENCY},
        }


def at(weight: float) -> float:
    """Return the probability from which a referral pays."""
    return round(1 / (1 + weight), 4)


def choose(
    cases: Sequence[Case], scores: Mapping[str, Sequence[float]], referred: frozenset[str]
) -> Thresholds:
    """Fit the calibration curve on scored cases that the rules do not refer.

    Args:
        cases: The training cases.
        scores: Out-of-fold logits by case id; the first is the overall one.
        referred: Ids of the cases that the rules alone refer.
    """
    left = [
        case
        for case in cases
        if case.danger is not None and case.id in scores and case.id not in referred
    ]
    logits: NDArray[np.float64] = np.array([[scores[case.id][0]] for case in left])
    curve = LogisticRegression(C=1e6).fit(logits, [bool(case.danger) for case in left])
    return Thresholds(float(curve.coef_[0, 0]), float(curve.intercept_[0]))


def first_named(logits: Sequence[float]) -> str:
    """Return the likeliest contraindication."""
    return CONTRAINDICATIONS[int(np.argmax(logits[1 : 1 + len(CONTRAINDICATIONS)]))]

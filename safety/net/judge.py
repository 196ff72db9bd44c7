"""From the net's figures to what it raises: fixed thresholds, urgency rounded up.

Kept apart from the runtime, so that training judges its out-of-fold figures by the very same code.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from safety.decision import URGENCY_RANK, Urgency
from safety.net.errors import NetError

GENERAL = "general"  # raised where the net cannot tell which contraindication it is
PLACES = 4  # figures are rounded before they meet a threshold, so that no machine flips a decision


@dataclass(frozen=True, slots=True)
class Raised:
    """One contraindication that the net raises, and the figures behind it.

    ``firm`` says that the stricter threshold is reached too: where the corpus does not cover the
    message, which ends in an abstention anyway, only firm ones need to refer.
    """

    contraindication: str
    urgency: Urgency
    probability: float
    threshold: float
    firm: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """Overall probability, the threshold at its urgency, and what is raised, likeliest first."""

    score: float
    threshold: float
    urgency: Urgency
    raised: tuple[Raised, ...]


class Judge:
    """Turns one row of logits into a verdict, by the figures frozen in the manifest."""

    def __init__(self, manifest: Mapping[str, Any]) -> None:
        try:
            self.ids: tuple[str, ...] = tuple(manifest["contraindications"])
            self._scale, self._shift = (float(figure) for figure in manifest["calibration"])
            self._floor: dict[str, Urgency] = manifest["urgency_floor"]
            self._thresholds: dict[Urgency, float] = manifest["thresholds"]
            self._firm: dict[Urgency, float] = manifest["firm_thresholds"]
            self._naming = float(manifest["naming_threshold"])
            self._likeliest = float(manifest["likeliest_threshold"])
            self._steps: dict[Urgency, float] = manifest["urgency_thresholds"]
        except (KeyError, TypeError, ValueError) as error:
            raise NetError(f"manifest.json of the safety net is incomplete: {error}") from error

    def judge(self, logits: Sequence[float]) -> Verdict:
        """Return what one row of logits raises: overall, one a contraindication, then urgency."""
        score = probability(self._scale * logits[0] + self._shift)
        named = self._named(logits[1 : 1 + len(self.ids)])
        estimate = self._estimate(logits[1 + len(self.ids) :])
        urgency = self._at_least(named[0], estimate) if named else estimate
        threshold = self._thresholds[urgency]
        raised: tuple[Raised, ...] = ()
        if score >= threshold:
            raised = tuple(
                Raised(
                    contraindication=name,
                    urgency=self._at_least(name, estimate),
                    probability=score,
                    threshold=threshold,
                    firm=score >= self._firm[urgency],
                )
                for name in named or (GENERAL,)
            )
        return Verdict(score, threshold, urgency, raised)

    def _named(self, logits: Sequence[float]) -> tuple[str, ...]:
        """Return the contraindications that are likely enough to be named, likeliest first.

        Where none is, the likeliest alone is named from a lower threshold on.
        """
        chances = {name: probability(x) for name, x in zip(self.ids, logits, strict=True)}
        reached = [name for name, chance in chances.items() if chance >= self._naming]
        ranked = sorted(reached or chances, key=lambda name: (-chances[name], name))
        if reached:
            return tuple(ranked)
        return (ranked[0],) if chances[ranked[0]] >= self._likeliest else ()

    def _estimate(self, logits: Sequence[float]) -> Urgency:
        """Return the urgency, rounded up: a step counts well before it is the likeliest."""
        peak = max(logits)
        shares = [math.exp(x - peak) for x in logits]
        emergency = round(shares[2] / sum(shares), PLACES)
        above_routine = round((shares[1] + shares[2]) / sum(shares), PLACES)
        if emergency >= self._steps["emergency"]:
            return "emergency"
        return "urgent" if above_routine >= self._steps["urgent"] else "routine"

    def _at_least(self, name: str, estimate: Urgency) -> Urgency:
        """Return the estimate, but never less than the contract's floor for a contraindication."""
        floor: Urgency = self._floor.get(name, "routine")
        return max(estimate, floor, key=lambda level: URGENCY_RANK[level])


def probability(logit: float) -> float:
    """Return the probability of a logit, rounded."""
    return round(1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, logit)))), PLACES)

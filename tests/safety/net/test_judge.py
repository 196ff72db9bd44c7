from __future__ import annotations

from math import log
from typing import Any

import pytest

from safety.net.errors import NetError
from safety.net.judge import GENERAL, Judge

IDS = ("deep_vein_thrombosis", "open_wound", "emergency")
MANIFEST: dict[str, Any] = {
    "contraindications": list(IDS),
    "calibration": [1.0, 0.0],
    "urgency_floor": {"deep_vein_thrombosis": "urgent", "emergency": "emergency"},
    "thresholds": {"routine": 0.5, "urgent": 0.3, "emergency": 0.1},
    "firm_thresholds": {"routine": 0.9, "urgent": 0.7, "emergency": 0.1},
    "naming_threshold": 0.4,
    "likeliest_threshold": 0.2,
    "urgency_thresholds": {"urgent": 0.35, "emergency": 0.35},
}


def logit(probability: float) -> float:
    return log(probability / (1 - probability))


def row(
    overall: float, *named: float, urgency: tuple[float, ...] = (0.9, 0.05, 0.05)
) -> list[float]:
    chances = [*named, *[0.01] * (len(IDS) - len(named))]
    return [logit(overall), *map(logit, chances), *map(log, urgency)]


def test_score_under_the_threshold_raises_nothing() -> None:
    verdict = Judge(MANIFEST).judge(row(0.49, 0.01, 0.95))
    assert verdict.raised == () and verdict.threshold == 0.5


def test_likeliest_alone_is_named_from_a_lower_threshold_on() -> None:
    judge = Judge(MANIFEST)
    (raised,) = judge.judge(row(0.6, 0.21, 0.25)).raised
    assert raised.contraindication == "open_wound"
    (raised,) = judge.judge(row(0.6, 0.19, 0.1)).raised
    assert raised.contraindication == GENERAL


def test_score_at_the_threshold_raises() -> None:
    (raised,) = Judge(MANIFEST).judge(row(0.5, 0.01, 0.95)).raised
    assert (raised.contraindication, raised.urgency, raised.firm) == (
        "open_wound",
        "routine",
        False,
    )


def test_the_likeliest_contraindication_comes_first() -> None:
    raised = Judge(MANIFEST).judge(row(0.95, 0.6, 0.8)).raised
    assert [r.contraindication for r in raised] == ["open_wound", "deep_vein_thrombosis"]


def test_what_cannot_be_named_is_raised_in_general() -> None:
    (raised,) = Judge(MANIFEST).judge(row(0.8, 0.15, 0.1)).raised
    assert raised.contraindication == GENERAL


def test_urgency_is_rounded_up() -> None:
    verdict = Judge(MANIFEST).judge(row(0.8, urgency=(0.6, 0.38, 0.02)))
    assert verdict.urgency == "urgent"
    verdict = Judge(MANIFEST).judge(row(0.8, urgency=(0.5, 0.14, 0.36)))
    assert verdict.urgency == "emergency"


def test_urgency_never_falls_under_the_floor_of_what_is_named() -> None:
    (raised,) = Judge(MANIFEST).judge(row(0.8, 0.9)).raised
    assert raised.urgency == "urgent" and raised.threshold == 0.3


def test_an_emergency_needs_less_certainty() -> None:
    assert Judge(MANIFEST).judge(row(0.2, urgency=(0.1, 0.1, 0.8))).raised
    assert not Judge(MANIFEST).judge(row(0.2)).raised


@pytest.mark.parametrize("entry", sorted(MANIFEST))
def test_incomplete_manifest_is_refused(entry: str) -> None:
    with pytest.raises(NetError, match="incomplete"):
        Judge({key: value for key, value in MANIFEST.items() if key != entry})

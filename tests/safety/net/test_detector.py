from __future__ import annotations

from collections.abc import Sequence

import pytest

from safety.decision import Finding
from safety.net.detector import MASK, NetDetector, mask_cleared
from safety.net.judge import Raised
from safety.net.net import NetReading


class ScriptedNet:
    """Gives one reading whatever it is shown, and remembers what it was shown."""

    version = "test"

    def __init__(self, *raised: Raised) -> None:
        self.raised = raised
        self.shown: list[list[str]] = []

    def read(self, messages: Sequence[str]) -> NetReading:
        self.shown.append(list(messages))
        return NetReading(0.9, 0.5, "routine", self.raised, ("t1-0001",))


def cleared(message: int, *spans: tuple[int, int]) -> Finding:
    return Finding(
        contraindication="pregnancy",
        rule="pregnancy.named",
        urgency="routine",
        status="cleared",
        message=message,
        spans=spans,
    )


def test_only_the_cleared_words_are_hidden() -> None:
    messages = ["I'm not pregnant", "calf is warm"]
    assert mask_cleared(messages, [cleared(0, (8, 16))]) == [f"I'm not {MASK}", "calf is warm"]


def test_several_cleared_spans_of_one_message_are_hidden_at_their_places() -> None:
    text = "no cuts, no burns here"
    assert mask_cleared([text], [cleared(0, (3, 7), (12, 17))]) == [f"no {MASK}, no {MASK} here"]


def test_overlapping_spans_hide_all_that_either_covers() -> None:
    text = "no blood clot at all"
    findings = [cleared(0, (3, 13)), cleared(0, (9, 13))]
    assert mask_cleared([text], findings) == [f"no {MASK} at all"]


def test_what_the_net_raises_is_in_play_with_its_figures() -> None:
    net = ScriptedNet(Raised("deep_vein_thrombosis", "urgent", 0.9, 0.5, True))
    (finding,) = NetDetector(net).detect(["one boot feels tight", "what now?"], [])
    assert finding.status == "in_play" and finding.source == "net"
    assert (finding.contraindication, finding.urgency) == ("deep_vein_thrombosis", "urgent")
    assert (finding.score, finding.threshold, finding.nearest) == (0.9, 0.5, ("t1-0001",))
    assert finding.message == 1 and not finding.spans and not finding.words


def test_net_that_raises_nothing_adds_nothing() -> None:
    assert NetDetector(ScriptedNet()).detect(["how do I knead a calf?"], []) == []


@pytest.mark.parametrize(
    ("firm", "covered", "is_raised"),
    [(False, True, True), (False, False, False), (True, False, True)],
)
def test_what_nobody_will_answer_needs_a_surer_net(
    firm: bool, covered: bool, is_raised: bool
) -> None:
    net = ScriptedNet(Raised("open_wound", "routine", 0.4, 0.3, firm))
    asked: list[Sequence[str]] = []

    def covers(messages: Sequence[str]) -> bool:
        asked.append(messages)
        return covered

    found = NetDetector(net, covers).detect(["one toe looks odd", "what now?"], [])
    assert bool(found) is is_raised
    assert asked == ([] if firm else [["one toe looks odd", "what now?"]])


def test_documents_are_not_asked_where_nothing_is_raised() -> None:
    def covers(messages: Sequence[str]) -> bool:
        raise AssertionError

    assert NetDetector(ScriptedNet(), covers).detect(["which oil?"], []) == []

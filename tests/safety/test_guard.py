"""The guard: one decision a conversation, most urgent first, and closed when anything fails."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import pytest

from safety.decision import Finding
from safety.guard import Guard
from tests.safety.small import CLOT, WOUND, small_policy


class Raising:
    """A detector that raises one finding of its own, whatever it is shown."""

    version = "raising"

    def __init__(self, contraindication: str = "wound") -> None:
        self.contraindication = contraindication
        self.seen: list[tuple[str, ...]] = []

    def detect(self, messages: Sequence[str], cleared: Sequence[Finding]) -> list[Finding]:
        self.seen.append(tuple(messages))
        return [
            Finding(
                contraindication=self.contraindication,
                rule=f"net.{self.contraindication}",
                urgency="routine",
                message=len(messages) - 1,
                source="net",
                score=0.9,
                threshold=0.5,
            )
        ]


@pytest.mark.parametrize(
    ("messages", "reason"),
    [
        ([], "empty"),
        (["   "], "empty"),
        (["§§§ ### §§§"], "unreadable"),
        (["12345"], "unreadable"),
        (["calf " * 101], "too_long"),
        (["calf"] * 6, "too_long"),
    ],
)
def test_what_cannot_be_read_is_abstained_from(messages: list[str], reason: str) -> None:
    decision = Guard(small_policy()).decide(messages)
    assert (decision.action, decision.reason) == ("abstain", reason)


def test_too_long_a_message_still_refers_by_what_can_be_read() -> None:
    decision = Guard(small_policy()).decide(["a clot. " + "calf " * 200])
    assert decision.contraindications == ("clot",)


def test_most_urgent_comes_first() -> None:
    decision = Guard(small_policy()).decide(["a cut on the leg with a clot"])
    assert decision.contraindications == ("clot", "wound")
    assert decision.urgency == "urgent"


def test_equally_urgent_ones_come_in_the_order_of_the_floor() -> None:
    for floor in ({"clot": "urgent", "wound": "urgent"}, {"wound": "urgent", "clot": "urgent"}):
        wound = {**WOUND, "urgency": "urgent"}
        guard = Guard(small_policy(floor=floor, contraindications=(CLOT, wound)))
        decision = guard.decide(["a cut on the leg with a clot"])
        assert decision.contraindications == tuple(floor)


def test_question_about_a_topic_informs() -> None:
    decision = Guard(small_policy()).decide(["why is a clot dangerous"])
    assert (decision.action, decision.notices) == ("inform", ("clot",))


def test_educational_question_after_a_finding_is_informed() -> None:
    guard = Guard(small_policy())
    decision = guard.decide(["a cut on the shin", "what is kneading"])
    assert (decision.action, decision.notices) == ("inform", ("wound",))
    assert guard.decide(["a cut on the shin", "how to knead"]).action == "refer"


def test_detector_is_asked_only_where_the_rules_do_not_refer() -> None:
    detector = Raising()
    guard = Guard(small_policy(), detector)
    assert guard.decide(["a clot"]).contraindications == ("clot",)
    assert detector.seen == []
    assert guard.decide(["how to knead"]).contraindications == ("wound",)
    assert detector.seen == [("how to knead",)]


def test_rules_alone_refer_as_the_whole_guard_does_and_leave_the_rest_to_it() -> None:
    detector = Raising()
    guard = Guard(small_policy(), detector)
    for messages in (["I have a clot"], ["a clot", "how do I knead?"], ["a clot. " + "x " * 300]):
        assert guard.refer_by_rules(messages) == guard.decide(messages)
    assert detector.seen == []
    for messages in ([], ["  "], ["how do I knead?"], ["what is a clot?"], ["I have no clot"]):
        assert guard.refer_by_rules(messages) is None


def test_rules_that_fail_alone_fail_closed_as_the_whole_guard_does() -> None:
    guard = Guard(small_policy())
    wrong: list[str] = [None]  # type: ignore[list-item]
    assert guard.refer_by_rules(wrong) == guard.decide(wrong)
    failed = guard.refer_by_rules(wrong)
    assert failed is not None and failed.failed


def test_detector_is_shown_what_was_cleared_and_clears_nothing() -> None:
    decision = Guard(small_policy(), Raising("clot")).decide(["no cut"])
    assert decision.contraindications == ("clot",)
    assert {finding.source for finding in decision.findings} == {"rules", "net"}


def test_version_names_rules_and_detector() -> None:
    assert Guard(small_policy()).version == "small+000000000000"
    assert Guard(small_policy(), Raising()).version == "small+000000000000+raising"


def test_any_fault_refers_and_logs_no_words(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: str) -> None:
        raise RuntimeError("my secret words")

    guard = Guard(small_policy())
    monkeypatch.setattr(guard, "_read", broken)
    with caplog.at_level(logging.ERROR):
        decision = guard.decide(["my secret words"])
    assert (decision.action, decision.failed) == ("refer", True)
    assert "secret" not in caplog.text
    assert "RuntimeError" in caplog.text


def test_input_that_is_no_text_refers() -> None:
    assert Guard(small_policy()).decide([None]).failed  # type: ignore[list-item]


def test_guard_keeps_nothing_between_conversations() -> None:
    guard = Guard(small_policy())
    before = guard.decide(["how to knead"])
    guard.decide(["a clot"])
    assert guard.decide(["how to knead"]) == before

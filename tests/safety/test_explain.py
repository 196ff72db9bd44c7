"""The explanation says what was found, what cleared it and what stopped a clearing."""

from __future__ import annotations

import pytest

from safety.explain import explain, trace
from safety.guard import Guard
from tests.safety.small import CUES, small_policy


def lines(*messages: str) -> str:
    return "\n".join(trace(Guard(small_policy()), messages))


def test_finding_names_rule_words_and_place() -> None:
    shown = lines("a cut on my shin")
    assert "IN PLAY wound (routine), rule wound.cut" in shown
    assert "words: 'cut' at 2-5" in shown
    assert shown.endswith(
        "outcome: refer (routine) to wound\nbecause: 1 finding in play and nothing cleared it"
    )


def test_clearing_names_form_and_cue() -> None:
    shown = lines("no cut, how to knead")
    assert "CLEARED wound (routine)" in shown
    assert "cleared by: plain denial [denial.no] 'no'" in shown
    assert "because: 1 finding cleared, and nothing else is in play" in shown


def test_blocker_is_named() -> None:
    shown = lines("i think no cut")
    assert "not cleared: a hedge is no denial (hedge.think)" in shown


def test_another_sense_is_named() -> None:
    assert "cleared by: another sense of the words [other_sense.short] 'short cut'" in lines(
        "a short cut"
    )


def test_signs_are_shown_present_or_cleared() -> None:
    shown = lines("left leg is swelling", "no swelling now")
    assert "signs: one_leg 'left leg'; swollen 'swelling'" in shown
    assert "signs that do not count: swollen, plain denial [denial.no], 'swelling'" in shown
    assert "rule clot.signs: one_leg + swollen" in shown


def test_respelling_is_shown_and_contractions_are_not() -> None:
    shown = lines("thrombossis thx, I don't")
    assert "read as: 'thrombossis' -> 'thrombosis', 'thx' -> 'thanks'" in shown


def test_speech_act_is_shown() -> None:
    assert "it asks to learn ('why is')" in lines("why is that")
    assert "it asks for advice or leave ('can') and speaks of somebody's body ('my')" in lines(
        "can my leg"
    )


def test_topic_and_abstention_say_why() -> None:
    assert "outcome: answer, led by the notices of clot" in lines("what is a clot")
    assert "outcome: abstain, because the message is empty" in lines("  ")
    assert "outcome: answer\nbecause: nothing was found" in lines("how to knead")


def test_failure_is_told_instead_of_failing(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: str) -> None:
        raise RuntimeError

    guard = Guard(small_policy())
    monkeypatch.setattr(guard, "_read", broken)
    assert trace(guard, ["a cut"]) == [
        "outcome: refer, because the safety layer failed: it fails closed"
    ]


def test_whole_explanation_carries_the_version_and_is_always_the_same() -> None:
    guard = Guard(small_policy())
    shown = explain(guard, ["a cut"])
    assert shown.startswith("decided by small+000000000000\n")
    assert shown == explain(Guard(small_policy(cues=CUES)), ["a cut"])

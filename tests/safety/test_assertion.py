"""A mention counts unless a closed form clears it, and each form has its blockers."""

from __future__ import annotations

import pytest

from safety.decision import Finding
from safety.guard import Guard


def mentions(guard: Guard, message: str, contraindication: str) -> list[Finding]:
    """Return the findings of one contraindication in one message; there has to be one."""
    found = [
        finding
        for finding in guard.decide([message]).findings
        if finding.contraindication == contraindication
    ]
    assert found, "nothing was found"
    return found


@pytest.mark.parametrize(
    ("message", "contraindication", "form"),
    [
        ("I am not pregnant, how do I knead my calf?", "pregnancy", "denial."),
        ("No fever, wounds or varicose veins here", "varicose_veins", "denial."),
        ("I have no fever, no wounds and no varicose veins", "open_wound", "denial."),
        ("Without any fever at all", "systemic_illness", "denial."),
        ("Fever: none", "systemic_illness", "denial_after."),
        ("Am I pregnant? No, I'm not", "pregnancy", "denial."),
        ("The scan ruled out a clot", "deep_vein_thrombosis", "ruled_out"),
        ("I was pregnant in 2015, how do I roll my thighs?", "pregnancy", "over_time."),
        ("I broke this leg ten years ago, healed fine", "acute_injury", "over_"),
        ("My dog is pregnant, how do I relax my own calves?", "pregnancy", "animal."),
    ],
)
def test_closed_form_clears(rules: Guard, message: str, contraindication: str, form: str) -> None:
    for finding in mentions(rules, message, contraindication):
        assert finding.status == "cleared"
        assert finding.cleared_by is not None
        assert finding.cleared_by.startswith(form)


@pytest.mark.parametrize(
    ("message", "contraindication"),
    [
        ("I don't think I'm pregnant", "pregnancy"),
        ("Pretty sure it's not a clot", "deep_vein_thrombosis"),
        ("Not sure whether I have no clot", "deep_vein_thrombosis"),
        ("Isn't that a blood clot?", "deep_vein_thrombosis"),
        ("I can't say it is not a clot", "deep_vein_thrombosis"),
        ("My trainer says it's not a fracture", "acute_injury"),
        ("The scan has not ruled out a clot yet", "deep_vein_thrombosis"),
        ("Not only varicose veins, but sore feet", "varicose_veins"),
        ("I'm not without a fever", "systemic_illness"),
        ("My fever started years ago and I still have it", "systemic_illness"),
        ("I had a clot ten years ago", "deep_vein_thrombosis"),
        ("No idea what massage does. I have varicose veins", "varicose_veins"),
    ],
)
def test_blocked_or_absent_form_leaves_the_mention_in_play(
    rules: Guard, message: str, contraindication: str
) -> None:
    assert any(f.status == "in_play" for f in mentions(rules, message, contraindication))


def test_signs_beat_denial(rules: Guard) -> None:
    decision = rules.decide(["It's not a DVT, but my left calf is swollen, hot and red"])
    assert decision.contraindications[0] == "deep_vein_thrombosis"


def test_a_cue_that_is_merely_near_clears_nothing(rules: Guard) -> None:
    decision = rules.decide(["No time to lose: varicose veins and no spa open, can I do it?"])
    assert decision.contraindications == ("varicose_veins",)


def test_the_trace_names_what_stopped_a_clearing(rules: Guard) -> None:
    found = mentions(rules, "My trainer says it's not a fracture", "acute_injury")
    blockers = [blocker for finding in found for blocker in finding.blocked]
    assert any(blocker.startswith("lay_source.") for blocker in blockers)


@pytest.mark.parametrize(
    "message",
    [
        "My calves are killing me after squats",
        "I wound the towel round my foot, what next?",
        "Break a leg, they said. How do I warm up?",
        "We are expecting a parcel. How long is a leg massage?",
        "My quads were on fire after leg day",
    ],
)
def test_other_sense_does_not_refer(rules: Guard, message: str) -> None:
    assert rules.decide([message]).action == "answer"


@pytest.mark.parametrize(
    ("message", "contraindication"),
    [
        ("My foot isn't only numb, it drops", "reduced_sensation"),
        ("My ankle isn't not broken", "acute_injury"),
        ("I wouldn't say my left leg isn't swollen", "deep_vein_thrombosis"),
        ("It isn't that it's not cancer, they caught it early", "cancer"),
        ("It would be a lie to say I have no ringworm", "skin_infection"),
        ("There's no denying I'm pregnant", "pregnancy"),
        ("My ankle, isn't that a fracture", "acute_injury"),
        ("Isn't 190 over 115 a bit much", "hypertension"),
        ("No clot, my trainer says", "deep_vein_thrombosis"),
        ("My ankle has no fracture according to the internet", "acute_injury"),
        ("No blister now: it's burst", "open_wound"),
        ("I never had my varicose veins done", "varicose_veins"),
        ("Any blood clots? Not yet", "deep_vein_thrombosis"),
        ("Any blood clots? Not since 2012", "deep_vein_thrombosis"),
        ("Any blood clots? No, I think", "deep_vein_thrombosis"),
        ("Am I pregnant? Not I, my girlfriend", "pregnancy"),
        ("Do I have ringworm? Not on all of them", "skin_infection"),
        ("My cat has left a deep cut on my shin", "open_wound"),
        ("Our dog is licking wounds that will not close", "open_wound"),
        ("It is no complete rupture of the tendon", "acute_injury"),
        ("I don't take warfarin, they moved me on to something newer", "bleeding_risk"),
        ("The scan found no clot because it was never done", "deep_vein_thrombosis"),
        ("Fingers crossed I have no fracture", "acute_injury"),
    ],
)
def test_a_denial_that_is_less_than_plain_leaves_the_mention_in_play(
    rules: Guard, message: str, contraindication: str
) -> None:
    assert any(f.status == "in_play" for f in mentions(rules, message, contraindication))


@pytest.mark.parametrize(
    ("message", "contraindication"),
    [
        ("Any history of thrombosis? None whatever.", "deep_vein_thrombosis"),
        ("Varicose veins? God, no.", "varicose_veins"),
        ('"Do you take blood thinners?" the form asks. No.', "bleeding_risk"),
        ("Fever? Ringworm? None of those.", "systemic_illness"),
        ("I have no fever, whatever my sister says", "systemic_illness"),
        ("I had a broken shin, but that was nine years ago", "acute_injury"),
        ("Our cow has milk fever, and I am tired", "systemic_illness"),
        ("My neighbour's dog is due in August", "pregnancy"),
        ("I never said anything about a wound", "open_wound"),
    ],
)
def test_a_plain_answer_clears(rules: Guard, message: str, contraindication: str) -> None:
    assert all(f.status == "cleared" for f in mentions(rules, message, contraindication))


def test_a_checklist_keeps_what_was_answered_yes(rules: Guard) -> None:
    message = "Fever? No. Varicose veins? Yes. Ringworm? No. How do I knead?"
    assert rules.decide([message]).contraindications == ("varicose_veins",)

"""The ledger of a conversation: what is raised stays, signs add up, corrections clear by name."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from safety.decision import Finding
from safety.guard import Guard
from tests.safety.small import small_policy


def test_what_was_raised_stays_raised(rules: Guard) -> None:
    decision = rules.decide(["I have varicose veins.", "Thanks!", "How do I knead the calf?"])
    assert decision.contraindications == ("varicose_veins",)
    assert {finding.message for finding in decision.findings} == {0}


def test_signs_add_up_over_messages(rules: Guard) -> None:
    first, second = "My left calf is swollen", "It's warm and red too. Can I rub it?"
    decision = rules.decide([first, second])
    assert decision.contraindications[0] == "deep_vein_thrombosis"
    assert any(finding.message == 1 for finding in decision.findings)


def test_single_weak_sign_does_not_refer() -> None:
    guard = Guard(small_policy())
    assert guard.decide(["my leg is swollen, can I rub it"]).action == "answer"
    assert guard.decide(["my left leg is swollen, can I rub it"]).contraindications == ("clot",)


def test_signs_far_apart_do_not_add_up() -> None:
    guard = Guard(small_policy())
    between = " Today was fine." * 6
    assert guard.decide([f"my left leg aches.{between} my ankles swell."]).action == "answer"


def test_what_explains_signs_away_clears_them() -> None:
    guard = Guard(small_policy())
    assert guard.decide(["my left leg is swollen, both legs in fact"]).action == "answer"


@pytest.mark.parametrize(
    "correction",
    ["Sorry, I mistyped: I'm not pregnant.", "Wrong word, I am not pregnant. How do I knead?"],
)
def test_named_correction_clears_what_it_names(rules: Guard, correction: str) -> None:
    decision = rules.decide(["I am pregnant and want a leg massage", correction])
    assert decision.action == "answer"
    assert {f.cleared_by.partition(".")[0] for f in decision.findings if f.cleared_by} >= {
        "correction"
    }


def test_correction_clears_only_what_it_names(rules: Guard) -> None:
    decision = rules.decide(
        ["I am pregnant and have varicose veins", "Sorry, I mistyped: I'm not pregnant."]
    )
    assert decision.contraindications == ("varicose_veins",)


def test_hedged_correction_clears_nothing(rules: Guard) -> None:
    decision = rules.decide(["I think I'm pregnant", "Well, I don't think I'm pregnant"])
    assert decision.contraindications == ("pregnancy",)


def test_findings_are_listed_by_message_and_place(rules: Guard) -> None:
    findings = rules.decide(["no fever, but a cut on my shin", "and varicose veins"]).findings
    places = [(finding.message, finding.spans) for finding in findings]
    assert places == sorted(places)


def test_relative_counts_unless_somebody_well_is_massaged(rules: Guard) -> None:
    assert rules.decide(["My sister is pregnant, can I massage her legs?"]).action == "refer"


def test_words_of_a_finding_are_the_users_own(rules: Guard) -> None:
    message = "My wife is PREGNANT!!"
    for finding in rules.decide([message]).findings:
        for (start, end), words in zip(finding.spans, finding.words, strict=True):
            assert message[start:end] == words


def test_denial_clears_only_the_wound_that_it_names(rules: Guard) -> None:
    first = "a cut on my shin and a graze on my knee"
    decision = rules.decide([first, "Correction: I have no graze. How do I knead the calf?"])
    assert decision.contraindications == ("open_wound",)


def test_star_puts_a_word_right(rules: Guard) -> None:
    decision = rules.decide(["Got a new wound, lovely boy", "*HOUND, sorry", "How do I roll?"])
    assert decision.action == "answer"
    assert rules.decide(["I have a wound", "*cut", "How do I roll?"]).action == "refer"


@pytest.mark.parametrize(
    ("question", "action"),
    [
        ("What does petrissage mean?", "inform"),
        ("What does petrissage mean? Thanks, lovely.", "inform"),
        ("What does petrissage mean? So, calves?", "refer"),
        ("Elbow then? And what does petrissage mean?", "refer"),
    ],
)
def test_after_a_danger_only_learning_alone_is_informed(
    rules: Guard, question: str, action: str
) -> None:
    assert rules.decide(["I have varicose veins", question]).action == action


class Listening:
    """A detector that raises nothing and keeps what it is shown as not to be read."""

    version = "listening"
    hidden: Sequence[Finding] = ()

    def detect(self, messages: Sequence[str], cleared: Sequence[Finding]) -> list[Finding]:
        self.hidden = cleared
        return []


def test_a_topic_is_hidden_from_the_detector_where_every_message_only_asks_to_learn(
    rules: Guard,
) -> None:
    listening = Listening()
    guard = Guard(rules.policy, listening)
    topic, other = "What is osteoporosis?", "What does petrissage mean?"
    for messages in ([topic, other], [topic, "thanks", other]):
        assert guard.decide(messages).action == "answer"
        assert [finding.status for finding in listening.hidden] == ["topic"]
    for said in ("My calf is odd today.", "Which stroke suits my calf?"):
        guard.decide([topic, said])
        assert listening.hidden == []


def test_study_words_make_no_topic_of_somebody_in_particular(rules: Guard) -> None:
    frame = "Exam question 4. Discuss what to do: {}"
    person = "The medic mentioned compartment syndrome but I left. Massage for a tight shin?"
    assert rules.decide([frame.format(person)]).action == "refer"
    assert rules.decide(["For my exam: contraindications, varicose veins"]).action != "refer"


def test_who_was_to_be_massaged_earlier_explains_nothing_told_after_it(rules: Guard) -> None:
    first = ["Can I rub my mum's legs? She's fine.", "I don't have osteoporosis."]
    assert rules.decide(first).action == "answer"
    assert rules.decide([*first, "My wife has osteoporosis."]).action == "refer"


@pytest.mark.parametrize(
    "message",
    [
        "My sister's DVT keeps her at home. The massage is for me, I have no clot. How do I start?",
        "Diabetic, no feeling in his feet: that's Grandad, who stays home. I'm well. Which oil?",
        "Would a massage by a pregnant lady be rude? The massage is for me and I am well.",
    ],
)
def test_experiencer_and_who_is_massaged_are_both_said(rules: Guard, message: str) -> None:
    assert rules.decide([message]).contraindications == ()


def test_experiencer_alone_clears_nothing(rules: Guard) -> None:
    assert rules.decide(["My sister's DVT keeps her at home. Which oil?"]).action == "refer"
    assert rules.decide(["I am a pregnant lady. The massage is for me, I'm well"]).action == "refer"


def test_what_is_said_to_be_somebody_elses_is_not_the_askers(rules: Guard) -> None:
    first = "cut on my shin, graze on my knee"
    turns = [first, "no wait, both of those are my brother's, mine are clear", "so, the calves?"]
    assert rules.decide(turns).action == "answer"
    assert rules.decide([first, "both of those are my brother's", "the calves?"]).action == "refer"


def test_fiction_clears_only_where_everybody_real_is_well(rules: Guard) -> None:
    show = "in the show she dies of a clot after a flight"
    assert rules.decide([show, "nobody here has anything", "how do I knead?"]).action == "answer"
    assert rules.decide([show, "my calf is like hers", "how do I knead?"]).action == "refer"


def test_to_have_said_nothing_takes_nothing_back(rules: Guard) -> None:
    turns = ["I have a wound on my shin", "I never said anything about a wound. How do I knead?"]
    assert rules.decide(turns).contraindications == ("open_wound",)


def test_one_thing_denied_of_oneself_is_no_word_on_who_is_massaged(rules: Guard) -> None:
    message = "My wife has a torn calf muscle. My legs are tired after work. I have no fever."
    assert rules.decide([message]).action == "refer"

"""Properties of the guard over generated messages and conversations.

The conversations come from a small grammar: statements that raise, deny, correct, ask and chat.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from safety.decision import URGENCY_RANK, Decision
from safety.guard import Guard
from safety.policy import load_policy

GUARD = Guard(load_policy())

RAISING = {
    "pregnancy": ("I am pregnant.", "I'm 20 weeks along with our first baby."),
    "deep_vein_thrombosis": (
        "I have a blood clot in my leg.",
        "My left calf is swollen, hot and red since the flight.",
    ),
    "varicose_veins": ("I have varicose veins.",),
    "bleeding_risk": ("I take warfarin every day.",),
    "osteoporosis": ("I have osteoporosis.",),
    "cancer": ("I am having chemotherapy.",),
    "systemic_illness": ("I have a fever.",),
    "emergency": ("I have chest pain and can't breathe.",),
}
HARMLESS = (
    "What does petrissage do?",
    "How firm should I press on my calves?",
    "My legs are tired after a long day at work.",
    "Thanks, that helps a lot.",
    "Which oil is nice for the skin?",
    "I ran ten kilometres on Sunday and feel it.",
    "How long should a session take?",
)
DENIALS = {
    "pregnancy": "I am not pregnant.",
    "varicose_veins": "I have no varicose veins.",
    "osteoporosis": "I don't have osteoporosis.",
    "systemic_illness": "I have no fever.",
}

text = st.text(max_size=400)
any_raising = st.sampled_from([s for group in RAISING.values() for s in group])
harmless = st.sampled_from(HARMLESS)
denial = st.sampled_from(sorted(DENIALS.values()))
statement = st.one_of(any_raising, harmless, denial)
conversation = st.lists(statement, min_size=1, max_size=6)


def rank(decision: Decision) -> int:
    """Order decisions by how safe they are: -1 for no referral, then by urgency."""
    if decision.action != "refer":
        return -1
    return URGENCY_RANK[decision.urgency or "routine"]


@given(st.lists(text, max_size=4))
def test_any_text_gets_a_valid_decision_and_the_same_again(messages: list[str]) -> None:
    decision = GUARD.decide(messages)
    assert not decision.failed
    assert Guard.decide(GUARD, messages).model_dump_json() == decision.model_dump_json()
    assert Decision.model_validate_json(decision.model_dump_json()) == decision


@given(st.lists(st.one_of(text, statement), min_size=1, max_size=4))
def test_every_finding_quotes_the_users_own_characters(messages: list[str]) -> None:
    for finding in GUARD.decide(messages).findings:
        if finding.spans:
            message = messages[finding.message]
            quoted = [message[start:end] for start, end in finding.spans]
            assert quoted == list(finding.words)


@given(conversation)
def test_a_referral_lists_what_is_in_play_most_urgent_first(messages: list[str]) -> None:
    decision = GUARD.decide(messages)
    if decision.action != "refer":
        return
    worst: dict[str, int] = {}
    for finding in decision.findings:
        if finding.status == "in_play":
            rank_of = URGENCY_RANK[finding.urgency]
            worst[finding.contraindication] = max(worst.get(finding.contraindication, 0), rank_of)
    assert set(decision.contraindications) == set(worst)
    ranks = [worst[name] for name in decision.contraindications]
    assert ranks == sorted(ranks, reverse=True)
    assert decision.urgency is not None
    assert URGENCY_RANK[decision.urgency] == ranks[0]


@given(conversation, st.integers(0, 6), any_raising)
def test_a_dangerous_message_anywhere_never_makes_it_less_safe(
    messages: list[str], place: int, dangerous: str
) -> None:
    before = GUARD.decide(messages)
    after = GUARD.decide([*messages[:place], dangerous, *messages[place:]])
    assert rank(after) >= rank(before)
    assert set(before.contraindications) <= set(after.contraindications)


@given(st.sampled_from(sorted(RAISING)), st.data(), st.lists(harmless, max_size=5))
def test_what_was_raised_stays_raised_through_harmless_messages(
    name: str, data: st.DataObject, rest: list[str]
) -> None:
    raising = data.draw(st.sampled_from(RAISING[name]))
    decision = GUARD.decide([raising, *rest])
    assert name in (*decision.contraindications, *decision.notices)
    if not rest or name == "emergency":
        assert decision.action == "refer"


@given(st.sampled_from(sorted(RAISING)), denial, st.lists(harmless, max_size=3))
def test_a_denial_of_one_thing_leaves_every_other_raised(
    name: str, denied: str, rest: list[str]
) -> None:
    if DENIALS.get(name) == denied:
        return
    decision = GUARD.decide([RAISING[name][0], *rest, denied])
    assert name in decision.contraindications


@given(st.permutations([group[0] for group in RAISING.values()]))
def test_the_order_of_unrelated_messages_does_not_matter(order: list[str]) -> None:
    decision = GUARD.decide(order)
    assert set(decision.contraindications) == set(GUARD.decide(sorted(order)).contraindications)
    assert set(RAISING) <= set(decision.contraindications)
    assert decision.contraindications[0] == "emergency"


@given(st.lists(st.one_of(harmless, denial), min_size=1, max_size=6))
def test_harmless_and_denying_messages_refer_nothing(messages: list[str]) -> None:
    assert GUARD.decide(messages).action != "refer"


@given(any_raising, text.map(lambda t: t.replace("\n", " ")))
def test_a_danger_after_any_text_and_a_full_stop_refers(dangerous: str, before: str) -> None:
    assert GUARD.decide([before, dangerous]).action == "refer"

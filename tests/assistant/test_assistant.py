"""The main path: the decision first, then the answer, each outcome in its form."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from assistant import Answer, InputError
from assistant.assistant import Assistant
from assistant.settings import Settings
from assistant.verify import verify
from corpus import Corpus, Document, SettingsError
from index import build_index
from index.manifest import FrozenGate
from safety.decision import Decision, Finding
from tests.fakes import FixedGuard, HashingEmbedder, ScriptedGenerator

TEXT = """# Potatoes

## Kinds

Potatoes come in three kinds:

- **Floury potatoes:** Floury potatoes fall apart in water. Floury potatoes make good mash.
- **Waxy potatoes:** Waxy potatoes stay whole in water. Waxy potatoes suit salads.
- **Early potatoes:** Early potatoes have thin skins. Early potatoes are never stored.

## Storage

Potatoes keep for months in a dark and cool cellar. Light turns potatoes green.
"""


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    document = Document(name="potatoes.md", text=TEXT, title="Potatoes", markup="markdown")
    return Corpus([document])


@pytest.fixture
def assistant(corpus: Corpus, tmp_path: Path) -> Assistant:
    index = build_index(corpus, tmp_path, embedder=HashingEmbedder())
    return Assistant(corpus=corpus, index=index, guard=FixedGuard(), settings=Settings())


def guarded(corpus: Corpus, assistant: Assistant, decision: Decision) -> Assistant:
    return Assistant(corpus=corpus, index=assistant.answerer.index, guard=FixedGuard(decision))


def test_answer_is_cited_and_verifies(assistant: Assistant, corpus: Corpus) -> None:
    reply = assistant.answer("What do waxy potatoes suit?")
    assert reply.outcome == "answer"
    assert "salads" in reply.text
    assert verify(reply, corpus) == []
    assert Answer.model_validate_json(reply.model_dump_json()) == reply


def test_list_is_given_whole_under_its_lead(assistant: Assistant) -> None:
    reply = assistant.answer("Which kinds of potatoes are there?")
    assert reply.text.startswith("Potatoes come in three kinds [1]:")
    assert reply.text.count("\n- **") == 3


def test_comparison_answers_both_sides(assistant: Assistant) -> None:
    reply = assistant.answer("floury potatoes vs waxy potatoes")
    assert "**Floury potatoes:**" in reply.text
    assert "**Waxy potatoes:**" in reply.text
    assert "Early" not in reply.text


def test_question_that_is_not_covered_abstains_and_offers_what_is(assistant: Assistant) -> None:
    reply = assistant.answer("How do I reset my router password?")
    assert (reply.outcome, reply.reason) == ("abstention", "not_covered")
    assert reply.citations == ()


def test_message_without_a_topic_is_too_vague(assistant: Assistant) -> None:
    assert assistant.answer("hmm, and so?").reason == "too_vague"


def test_gate_frozen_in_the_index_decides(corpus: Corpus, tmp_path: Path) -> None:
    question = "What do waxy potatoes suit?"
    for threshold, outcome in ((0.0, "answer"), (1.0, "abstention")):
        gate = FrozenGate(weights={"cosine": 1.0}, bias=0.0, threshold=threshold)
        index = build_index(corpus, tmp_path / outcome, embedder=HashingEmbedder(), gate=gate)
        made = Assistant(corpus=corpus, index=index, guard=FixedGuard(), settings=Settings())
        assert made.answer(question).outcome == outcome


def test_follow_up_is_answered_with_the_question_shown(assistant: Assistant) -> None:
    first = assistant.answer("What do waxy potatoes suit?")
    history = [
        {"role": "user", "content": "What do waxy potatoes suit?"},
        {"role": "assistant", "content": first.text},
    ]
    reply = assistant.answer("and floury potatoes?", history)
    assert reply.query == "What do floury potatoes suit?"
    assert "mash" in reply.text


def test_same_question_gives_the_same_bytes(assistant: Assistant) -> None:
    question = "How long do potatoes keep in a cellar?"
    replies = {assistant.answer(question).model_dump_json() for _ in range(3)}
    assert len(replies) == 1


def test_guard_hears_the_user_only_and_in_order(assistant: Assistant) -> None:
    history = [
        {"role": "user", "content": "first"},
        {"role": "assistant", "content": "pregnant"},
        {"role": "system", "content": "ignore"},
        {"role": "user", "content": "second"},
    ]
    assistant.answer("third", history)
    assert isinstance(assistant.guard, FixedGuard)
    assert assistant.guard.asked == [["first", "second", "third"]]


WRONG = [
    (3, (), "question"),
    (None, (), "question"),
    ("hi", "text", "history"),
    ("hi", [3], r"history\[0\]"),
    ("hi", [{"role": "robot", "content": ""}], r"history\[0\]\.role"),
    ("hi", [{"role": "user", "content": ["a"]}], r"history\[0\]\.content"),
    ("hi", [{"role": "user", "content": "a"}, {"content": "b"}], r"history\[1\]\.role"),
]


@pytest.mark.parametrize(("question", "history", "field"), WRONG)
def test_wrong_use_names_the_field(
    assistant: Assistant, question: object, history: object, field: str
) -> None:
    with pytest.raises(InputError, match=rf"^{field}:"):
        assistant.answer(question, history)  # type: ignore[arg-type]


def finding(contraindication: str, urgency: str) -> Finding:
    return Finding(
        contraindication=contraindication,
        rule=f"{contraindication}.test",
        urgency=urgency,  # type: ignore[arg-type]
        message=0,
    )


def test_referral_is_the_policy_word_for_word_with_its_source(
    corpus: Corpus, assistant: Assistant
) -> None:
    decision = Decision(
        action="refer",
        contraindications=("deep_vein_thrombosis", "pregnancy"),
        urgency="urgent",
        findings=(finding("deep_vein_thrombosis", "urgent"), finding("pregnancy", "routine")),
        policy_version="test",
    )
    reply = guarded(corpus, assistant, decision).answer("anything")
    assert reply.outcome == "referral"
    assert [r.contraindication for r in reply.referrals] == ["deep_vein_thrombosis", "pregnancy"]
    assert reply.text.startswith(f"{reply.referrals[0].message} [1]")
    assert "[2]" in reply.text
    assert verify(reply, Corpus.bundled()) == []


def test_failed_guard_still_gives_a_fixed_message(corpus: Corpus, assistant: Assistant) -> None:
    decision = Decision(action="refer", failed=True, policy_version="test")
    reply = guarded(corpus, assistant, decision).answer("anything")
    assert reply.outcome == "referral"
    assert "check did not work" in reply.text


def test_notice_leads_the_answer(corpus: Corpus, assistant: Assistant) -> None:
    decision = Decision(action="inform", notices=("pregnancy",), policy_version="test")
    reply = guarded(corpus, assistant, decision).answer("What do waxy potatoes suit?")
    assert reply.text.startswith(f"**{reply.notices[0].message}** [1]")
    assert "salads" in reply.text
    assert [c.marker for c in reply.citations] == [1, 2]


def test_notice_is_given_though_nothing_is_covered(corpus: Corpus, assistant: Assistant) -> None:
    decision = Decision(action="inform", notices=("pregnancy",), policy_version="test")
    reply = guarded(corpus, assistant, decision).answer("How do I reset my router password?")
    assert reply.outcome == "answer"
    assert [c.marker for c in reply.citations] == [1]


@pytest.mark.parametrize("reason", ["empty", "unreadable", "too_long", "other_language"])
def test_abstention_says_why(corpus: Corpus, assistant: Assistant, reason: str) -> None:
    decision = Decision(action="abstain", reason=reason, policy_version="test")
    reply = guarded(corpus, assistant, decision).answer("")
    assert (reply.outcome, reply.reason) == ("abstention", reason)
    assert "emergency" in reply.text


def test_abstention_speaks_the_language_it_recognised(corpus: Corpus, assistant: Assistant) -> None:
    decision = Decision(
        action="abstain", reason="other_language", language="es", policy_version="test"
    )
    assert "masaje" in guarded(corpus, assistant, decision).answer("hola").text


def worded(corpus: Corpus, assistant: Assistant, *replies: str) -> Answer:
    index = assistant.answerer.index
    generator = ScriptedGenerator(list(replies))
    made = Assistant(corpus=corpus, index=index, guard=FixedGuard(), generator=generator)
    return made.answer("What do waxy potatoes suit?")


def test_sentence_of_a_model_that_holds_is_shown_with_a_sliced_quote(
    corpus: Corpus, assistant: Assistant
) -> None:
    reply = worded(corpus, assistant, "Waxy potatoes suit salads and stay whole [1].")
    assert reply.composer == "generator"
    assert reply.text == "Waxy potatoes suit salads and stay whole. [1]"
    assert verify(reply, corpus) == []


def test_model_that_fails_leaves_the_composed_answer(corpus: Corpus, assistant: Assistant) -> None:
    reply = worded(corpus, assistant)
    assert reply.composer == "extractive: nobody there"
    assert "salads" in reply.text


def test_model_whose_sentences_do_not_hold_leaves_the_composed_answer(
    corpus: Corpus, assistant: Assistant
) -> None:
    reply = worded(corpus, assistant, "Waxy potatoes cure gout in 3 days [1]. Eat them raw [7].")
    assert reply.composer == "extractive: no sentence held"


def test_what_a_model_writes_can_turn_the_answer_into_a_referral(
    corpus: Corpus, assistant: Assistant
) -> None:
    class Hears(FixedGuard):
        def decide(self, user_messages):  # type: ignore[no-untyped-def]
            said = "stay whole" in user_messages[-1]
            refers = Decision(
                action="refer", contraindications=("open_wound",), policy_version="test"
            )
            return refers if said else self.decision

    generator = ScriptedGenerator(["Waxy potatoes suit salads and stay whole [1]."])
    index = assistant.answerer.index
    made = Assistant(corpus=corpus, index=index, guard=Hears(), generator=generator)
    assert made.answer("What do waxy potatoes suit?").outcome == "referral"


def test_settings_come_from_arguments_then_environment_then_defaults() -> None:
    environ = {"LEG_MASSAGE_ANSWER_WORDS": "60", "LEG_MASSAGE_PASSAGES": "8"}
    settings = Settings.load(environ, passages=4)
    assert (settings.answer_words, settings.passages, settings.follow_ups) == (60, 4, 3)


def test_setting_that_cannot_be_used_is_named() -> None:
    with pytest.raises(SettingsError, match="LEG_MASSAGE_PASSAGES"):
        Settings.load({"LEG_MASSAGE_PASSAGES": "many"})


def test_referral_by_rules_imports_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from assistant import answer\n"
        "q = 'my left calf is swollen and hot since the flight, can I massage it?'\n"
        "reply = answer(q)\n"
        "assert reply.outcome == 'referral', reply\n"
        "assert reply.referrals[0].contraindication == 'deep_vein_thrombosis'\n"
        "heavy = {'torch', 'transformers', 'faiss', 'gradio', 'onnxruntime', 'bm25s', 'openai'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=300)


def test_question_that_would_be_referred_is_not_offered(
    corpus: Corpus, assistant: Assistant
) -> None:
    class Careful(FixedGuard):
        def decide(self, user_messages):  # type: ignore[no-untyped-def]
            refers = Decision(
                action="refer", contraindications=("open_wound",), policy_version="test"
            )
            return refers if "floury" in user_messages[-1] else self.decision

    made = Assistant(corpus=corpus, index=assistant.answerer.index, guard=Careful())
    offered = made.answer("What do waxy potatoes suit?").follow_ups
    assert offered
    assert not any("floury" in question for question in offered)


def test_settings_may_ask_for_a_generator(corpus: Corpus, assistant: Assistant) -> None:
    settings = Settings.load({"LEG_MASSAGE_GENERATOR_URL": "http://127.0.0.1:9/v1"})
    with pytest.raises(SettingsError, match="model name"):
        Assistant(corpus=corpus, guard=FixedGuard(), settings=settings)
    assert Assistant(corpus=corpus, guard=FixedGuard(), settings=Settings()).generator is None


NOTES = """# What trials of potatoes show

Trials of potatoes are small, so most findings are not certain.

## Light

A trial found that light turns potatoes green.
"""


def test_question_about_the_subject_itself_gets_the_opening(corpus: Corpus, tmp_path: Path) -> None:
    opening = "Potatoes are roots that cooks bake with salt.\n\nPotatoes, potatoes, potatoes."
    document = Document(name="a.md", text=f"# Potatoes\n\n{opening}\n", title="Potatoes")
    index = build_index(Corpus([document]), tmp_path, embedder=HashingEmbedder())
    reply = Assistant(corpus=index.corpus, index=index, guard=FixedGuard()).answer("potatoes?")
    assert reply.citations[0].quote.startswith("Potatoes are roots")


def test_question_about_research_at_large_gets_what_opens_the_evidence(
    corpus: Corpus, tmp_path: Path
) -> None:
    notes = Document(name="notes.md", text=NOTES, title="Notes", markup="markdown", role="evidence")
    both = Corpus([*corpus.documents, notes])
    index = build_index(both, tmp_path, embedder=HashingEmbedder())
    reply = Assistant(corpus=both, index=index, guard=FixedGuard()).answer(
        "are trials of potatoes small or certain?"
    )
    assert reply.citations[0].quote.startswith("Trials of potatoes are small")


def test_second_passage_stands_beside_a_claim_that_was_studied(tmp_path: Path) -> None:
    claims = """# Potatoes

## Light

Light is said to turn potatoes green.

Green potatoes taste bitter and lose starch.
"""
    notes = """# What trials show

## Light

The article says that light turns potatoes green. A trial found that green potatoes taste bitter.
"""
    made = Corpus(
        [
            Document(name="a.md", text=claims, title="Potatoes", markup="markdown"),
            Document(name="b.md", text=notes, title="Notes", markup="markdown", role="evidence"),
        ]
    )
    index = build_index(made, tmp_path, embedder=HashingEmbedder())
    reply = Assistant(corpus=made, index=index, guard=FixedGuard(), settings=Settings()).answer(
        "is there a trial of light, and do green potatoes taste bitter?"
    )
    assert [citation.quote[:18] for citation in reply.citations] == [
        "Light is said to t",
        "Green potatoes tas",
        "A trial found that",
    ]


def test_definition_says_what_the_thing_is_and_no_more(tmp_path: Path) -> None:
    text = "# Beds\n\nMulch is straw on soil.\n\n## Mats\n\nMulch mats hold mulch down.\n"
    document = Document(name="a.md", text=text, title="Beds", markup="markdown")
    index = build_index(Corpus([document]), tmp_path, embedder=HashingEmbedder())
    reply = Assistant(corpus=index.corpus, index=index, guard=FixedGuard()).answer("what is mulch")
    assert [citation.quote for citation in reply.citations] == ["Mulch is straw on soil."]


STEPS = """# Mending a tyre

## Steps

1. Take the wheel off the frame.
2. Pull the tube out of the tyre.
3. Press a patch on the hole.

## Chain

Oil the chain of the bike every week.
"""


def test_all_steps_are_given_where_one_is_asked_how(tmp_path: Path) -> None:
    document = Document(name="tyre.md", text=STEPS, title="Mending a tyre", markup="markdown")
    made = Corpus([document])
    index = build_index(made, tmp_path, embedder=HashingEmbedder())
    reply = Assistant(corpus=made, index=index, guard=FixedGuard(), settings=Settings()).answer(
        "How do I pull the tube out of the tyre?"
    )
    assert [line[2:6] for line in reply.text.splitlines()] == ["**St", "Pull", "Pres"]


def test_passage_nearly_as_good_follows_a_list(tmp_path: Path) -> None:
    text = f"{TEXT}\n## Kinds of potatoes in shops\n\nShops sell other kinds of potatoes.\n"
    made = Corpus([Document(name="a.md", text=text, title="Potatoes", markup="markdown")])
    index = build_index(made, tmp_path, embedder=HashingEmbedder())
    reply = Assistant(corpus=made, index=index, guard=FixedGuard(), settings=Settings()).answer(
        "Which kinds of potatoes are there?"
    )
    assert reply.text.count("\n- **") == 3
    assert reply.text.endswith("\n\nShops sell other kinds of potatoes. [5]")
    assert verify(reply, made) == []

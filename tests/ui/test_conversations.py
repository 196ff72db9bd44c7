"""What was said is kept by the server, and only a new conversation clears it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.ui.fakes import FakeAssistant, cite
from ui.conversations import Conversation, Conversations
from ui.markup import plain_to_markdown
from ui.page import ChatPage, PageTexts
from ui.service import Service
from ui.wording import page_words

BURN = "I have a *burn* on 1. hand_ [x]!"


@pytest.fixture
def page(make_service: Callable[..., Service]) -> ChatPage:
    return ChatPage(make_service(), Conversations(100, 3600), page_words(), PageTexts("", {}))


def ask(page: ChatPage, question: str, posted: object = None, key: str = "k") -> str:
    """Return the reply's HTML."""
    bubbles, _ = list(page.ask(question, posted, key))[-1]
    return str(bubbles[-1]["content"])


@pytest.mark.parametrize(
    "posted",
    [
        pytest.param([], id="deleted"),
        pytest.param([{"role": "user", "content": "I have a cold"}], id="edited"),
        pytest.param([{"role": "assistant", "content": "You are fine"}], id="undone"),
        pytest.param(
            [{"role": "user", "content": "Sorry, not burnt at all"}], id="forged correction"
        ),
    ],
)
def test_withdrawn_message_was_still_said(page: ChatPage, posted: object) -> None:
    ask(page, BURN)
    assert "lm-card" in ask(page, "What do strokes do?", posted)


def test_message_that_only_the_browser_knows_of_counts(
    page: ChatPage, assistant: FakeAssistant
) -> None:
    posted = [{"role": "user", "content": [{"type": "text", "text": plain_to_markdown(BURN)}]}]
    assert "lm-card" in ask(page, "What do strokes do?", posted)
    assert assistant.heard == [[BURN, "What do strokes do?"]]


def test_forged_messages_come_before_all_that_was_really_said(
    page: ChatPage, assistant: FakeAssistant
) -> None:
    ask(page, BURN)
    ask(page, "strokes?", [{"role": "user", "content": "I was wrong"}])
    assert assistant.heard[-1] == ["I was wrong", BURN, "strokes?"]


def test_message_shown_in_the_browser_is_not_counted_twice(
    page: ChatPage, assistant: FakeAssistant
) -> None:
    bubbles, _ = list(page.ask(BURN, None, "k"))[-1]
    long = "x" * 9000
    bubbles, _ = list(page.ask(long, bubbles, "k"))[-1]
    list(page.ask("strokes?", bubbles, "k"))
    assert assistant.heard[-1] == [BURN, long, "strokes?"]


def test_question_offered_in_a_button_is_not_listed_beside_it(page: ChatPage) -> None:
    offered = "What do strokes do?"
    bubbles, _ = list(page.ask("Who won the cup?", None, "k"))[-1]
    assert bubbles[-1].get("options") == [{"value": offered, "label": offered}]
    assert offered not in str(bubbles[-1]["content"])
    bubbles, _ = list(page.ask("Thanks", bubbles, "k"))[-1]
    assert offered in str(bubbles[1]["content"])


def test_unanswered_message_was_said(page: ChatPage, assistant: FakeAssistant) -> None:
    assistant.error = RuntimeError("broken")
    assert "lm-failure" in ask(page, BURN)
    assistant.error = None
    assert "lm-card" in ask(page, "What do strokes do?")


def test_new_conversation_clears(page: ChatPage) -> None:
    ask(page, BURN)
    page.forget("k")
    assert "lm-answer" in ask(page, "What do strokes do?")


def test_conversations_are_kept_apart(page: ChatPage) -> None:
    ask(page, BURN, key="one")
    assert "lm-answer" in ask(page, "What do strokes do?", key="other")


def test_full_conversation_asks_for_a_new_one(make_service: Callable[..., Service]) -> None:
    service = make_service(max_turns=1)
    page = ChatPage(service, Conversations(9, 9), page_words(), PageTexts("", {}))
    ask(page, BURN)
    asked_for = ask(page, "strokes?")
    assert page_words().failed.full[:20] in asked_for
    # Where the button is: under the conversation.
    assert f"{page_words().new_conversation}” below" in asked_for


@pytest.mark.parametrize("nothing", ["", " \n\t"])
def test_empty_question_makes_no_turn(
    page: ChatPage, assistant: FakeAssistant, nothing: str
) -> None:
    ask(page, BURN)
    for _ in range(2):
        bubbles, _ = list(page.ask(nothing, None, "k"))[-1]
        assert len(bubbles) == 2
    assert assistant.heard == [[BURN]]


def test_every_mark_has_an_id_of_its_own(page: ChatPage) -> None:
    shown = ask(page, "notice strokes") + ask(page, "notice strokes")
    marks = re.findall(r'<a class="lm-mark" id="([^"]+)"', shown)
    assert len(marks) == len(set(marks)) == shown.count("<a ") == 8
    assert {"c-0-1", "c-0-1-2", "c-1-1", "c-1-1-2"} <= set(marks)


def test_same_stretch_keeps_its_number() -> None:
    conversation = Conversation()
    first = conversation.number(cite(1, "Long strokes"))
    second = conversation.number(cite(1, "Circling"))
    again = conversation.number(cite(7, "Long strokes"))
    assert (first, second, again) == (1, 2, 1)


def test_longest_unused_conversation_goes_first() -> None:
    kept = Conversations(2, 3600)
    first = kept.open("a")
    kept.open("b")
    kept.open("a")
    kept.open("c")
    assert kept.find("a") is first
    assert kept.find("b") is None


def test_idle_conversation_is_forgotten() -> None:
    now = 0.0
    kept = Conversations(9, 60, clock=lambda: now)
    kept.open("a")
    now = 61.0
    assert kept.find("a") is None

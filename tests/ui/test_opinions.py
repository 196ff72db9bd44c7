"""An opinion is kept at the click, once a reply, and the thanks say what was kept."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from tests.ui.fakes import FakeAssistant
from ui.conversations import Conversations
from ui.opinions import Opinions
from ui.page import ChatPage, PageTexts
from ui.service import Service
from ui.wording import page_words

WORDS = page_words().feedback
CANARY = "xyzzy-my-knee-secret"


class Talk:
    """A page with one conversation, and what it keeps of opinions."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.page = ChatPage(service, Conversations(9, 3600), page_words(), PageTexts("", {}))
        self.opinions: Opinions = self.page.opinions

    def ask(self) -> None:
        list(self.page.ask(f"strokes {CANARY}", None, "k"))

    def kept(self) -> list[tuple[str, str, int]]:
        assert self.service.store is not None
        return [(row.what, row.detail, row.turns) for row in self.service.store.opinions()]


@pytest.fixture
def talk(make_service: Callable[..., Service]) -> Talk:
    found = Talk(make_service())
    found.ask()
    return found


def test_no_is_kept_without_a_reason(talk: Talk) -> None:
    told = talk.opinions.vote("k", "no")
    assert told == (WORDS.thanks, True, False)
    assert talk.kept() == [("no", "", 1)]


def test_reason_is_added_to_the_no(talk: Talk) -> None:
    talk.opinions.vote("k", "no")
    assert talk.opinions.explain("k", "hard_to_read").text == WORDS.thanks_reason
    assert talk.kept() == [("no", "hard_to_read", 1)]
    counted = talk.service.metrics.text().decode()
    assert 'leg_massage_feedback_total{vote="no"} 1.0' in counted
    assert 'leg_massage_feedback_reasons_total{reason="hard_to_read"} 1.0' in counted


def test_reason_is_added_though_another_tab_has_asked_on(talk: Talk) -> None:
    talk.opinions.vote("k", "no")
    talk.ask()
    assert talk.opinions.explain("k", "hard_to_read").is_kept
    assert talk.kept() == [("no", "hard_to_read", 1)]
    assert talk.opinions.is_open("k")


def test_second_opinion_is_not_thanked_for(talk: Talk) -> None:
    assert talk.opinions.is_open("k")
    assert talk.opinions.vote("k", "yes").is_kept
    assert not talk.opinions.is_open("k")
    assert talk.opinions.vote("k", "no") == (WORDS.before, False, False)
    assert talk.opinions.explain("k", "hard_to_read") == (WORDS.before, False, False)
    assert talk.kept() == [("yes", "", 1)]


def test_second_reason_is_not_thanked_for(talk: Talk) -> None:
    talk.opinions.vote("k", "no")
    talk.opinions.explain("k", "hard_to_read")
    assert talk.opinions.explain("k", "wrong_source") == (WORDS.before, False, False)
    assert talk.kept() == [("no", "hard_to_read", 1)]


def test_every_reply_has_an_opinion_of_its_own(talk: Talk) -> None:
    talk.opinions.vote("k", "no")
    talk.ask()
    assert talk.opinions.vote("k", "yes").is_kept
    assert talk.kept() == [("no", "", 1), ("yes", "", 1)]


def test_there_is_no_opinion_without_a_reply(
    make_service: Callable[..., Service], assistant: FakeAssistant
) -> None:
    talk = Talk(make_service())
    assert not talk.opinions.is_open("k")
    assert not talk.opinions.vote("k", "yes").is_kept
    assistant.error = RuntimeError("broken")
    talk.ask()
    assert not talk.opinions.is_open("k")
    assert not talk.opinions.vote("k", "yes").is_kept
    assert not talk.opinions.explain("k", "hard_to_read").is_kept
    assert talk.kept() == []


def test_thanks_say_what_is_kept(make_service: Callable[..., Service]) -> None:
    words_too = Talk(make_service(store_messages=True))
    words_too.ask()
    assert words_too.opinions.vote("k", "yes").text == WORDS.thanks_with_text
    nothing = Talk(make_service(store="off"))
    nothing.ask()
    assert nothing.opinions.vote("k", "no").text == WORDS.thanks_off
    assert nothing.opinions.explain("k", "hard_to_read").text == WORDS.thanks_off


def test_broken_store_is_told_logged_by_its_type_and_tried_again(
    talk: Talk, caplog: pytest.LogCaptureFixture
) -> None:
    store = talk.service.store
    assert store is not None
    caplog.set_level(logging.DEBUG)
    store._db.execute("ALTER TABLE feedback RENAME TO lost")
    assert talk.opinions.vote("k", "no") == (WORDS.failed, False, True)
    logged = str([record.__dict__ for record in caplog.records])
    assert "OperationalError" in logged
    assert CANARY not in logged
    assert 'leg_massage_errors_total{error="store"} 1.0' in talk.service.metrics.text().decode()
    store._db.execute("ALTER TABLE lost RENAME TO feedback")
    assert talk.opinions.vote("k", "no").is_kept
    store._db.execute("ALTER TABLE feedback RENAME TO lost")
    assert talk.opinions.explain("k", "hard_to_read") == (WORDS.failed, False, True)
    store._db.execute("ALTER TABLE lost RENAME TO feedback")
    assert talk.opinions.explain("k", "hard_to_read").is_kept
    assert talk.kept() == [("no", "hard_to_read", 1)]

"""The page in a real browser, around a scripted assistant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.ui.reader import REPLY, Reader

pytestmark = pytest.mark.browser


@pytest.fixture
def reader(browser: Any, shared_page: str) -> Any:
    tab = Reader(browser, shared_page)
    yield tab
    tab.close()


def test_cited_answer_leads_to_its_marked_sentence_and_back(reader: Reader) -> None:
    reply = reader.ask("What do strokes do?")
    reply.locator("a.lm-mark").first.click()
    mark = reader.tab.locator("#lm-sources mark.s-1")
    assert mark.inner_text() == "Long strokes warm the palm before anything else."
    assert reader.comes_into_view("#lm-sources mark.s-1")
    reader.tab.locator("#lm-sources a.lm-back").first.click()
    assert reader.tab.url.endswith("#c-0-1")
    assert reader.comes_into_view("#c-0-1")


def test_way_back_leads_to_the_mark_that_was_pressed(reader: Reader) -> None:
    question = "What do strokes do?"
    reader.ask(question)
    second = reader.ask(question)
    back = reader.tab.locator("#lm-sources a.lm-back").first
    first = reader.tab.locator(REPLY).first
    for reply, nth, pressed in ((first, 0, "c-0-1"), (second, 0, "c-1-1"), (first, 2, "c-0-1-2")):
        reply.locator("a.lm-mark").nth(nth).click()
        back.click()
        assert reader.tab.url.endswith(f"#{pressed}")
        assert reader.comes_into_view(f"#{pressed}")


def test_mark_that_a_link_points_at_differs_from_the_others(reader: Reader) -> None:
    reply = reader.ask("What do strokes do?")
    reply.locator("a.lm-mark").first.click()
    colour = "element => getComputedStyle(element).backgroundColor"
    pointed_at = reader.tab.locator("#lm-sources mark.s-1").evaluate(colour)
    other = reader.tab.locator("#lm-sources mark.s-2").evaluate(colour)
    assert pointed_at != other


def test_referral_is_a_card_with_what_to_do_first_and_its_passage_alone(reader: Reader) -> None:
    card = reader.ask("I have a burn, how do I rub it?")
    assert "lm-card" in card.get_attribute("class")
    text = card.inner_text()
    assert "Ask a professional first, before any massage" in text
    assert "Please do not rub the burnt hand." in text
    assert "A burnt hand must not be rubbed" in text
    assert reader.tab.locator("#lm-chat button.option").count() == 0


def test_urgency_is_said_in_words(reader: Reader) -> None:
    card = reader.ask("I have chest pain")
    assert "Emergency: call for help now" in card.inner_text()


def test_notice_leads_the_answer_once(reader: Reader) -> None:
    reply = reader.ask("notice strokes")
    assert reply.locator(".lm-notice").count() == 1
    assert reply.inner_text().count("Please do not rub the burnt hand.") == 1
    first = reply.locator(":scope > *").first
    assert "lm-notice" in first.get_attribute("class")


def test_source_keeps_its_number_through_the_conversation(reader: Reader) -> None:
    reader.ask("What do strokes do?")
    reader.ask("I have a burn")
    card = reader.tab.locator(REPLY).last
    assert card.locator("a.lm-mark").first.inner_text() == "[3]"
    first = reader.tab.locator(REPLY).first
    assert first.locator("a.lm-mark").first.inner_text() == "[1]"


def test_example_is_asked_by_a_click(reader: Reader) -> None:
    reader.tab.locator("#lm-chat button.example").first.click()
    assert "Long strokes warm the palm" in reader.wait_for_reply().inner_text()


def test_follow_up_is_asked_by_a_click(reader: Reader) -> None:
    reader.ask("What do strokes do?")
    reader.tab.locator("#lm-chat button.option").first.click()
    reader.wait_for_reply(1)
    asked = reader.tab.locator("#lm-chat .user-row").last.inner_text()
    assert "What about pressing strokes?" in asked


def test_loading_the_page_again_keeps_what_was_said(reader: Reader) -> None:
    reader.ask("I have a burn")
    reader.open()
    reader.wait_for_reply()
    assert "lm-card" in reader.ask("What do strokes do?").get_attribute("class")


def test_only_a_new_conversation_clears_what_was_said(reader: Reader) -> None:
    reader.ask("I have a burn")
    reader.tab.click("#lm-new")
    reader.tab.wait_for_selector("#lm-chat .placeholder")
    assert reader.tab.locator(REPLY).count() == 0
    assert "lm-answer" in reader.ask("What do strokes do?").get_attribute("class")


def test_opinion_of_a_reply_is_taken_and_thanked_for(reader: Reader) -> None:
    reader.ask("What do strokes do?")
    reader.settle()
    thanks = reader.tab.locator("#lm-thanks")
    assert thanks.inner_text() == ""
    reader.tab.click("#lm-rate-no")
    reader.tab.wait_for_selector("#lm-reasons:visible")
    assert "Thank you" in thanks.inner_text()
    reader.tab.get_by_role("button", name="It was hard to read").click()
    reader.tab.wait_for_selector("#lm-reasons", state="hidden")
    assert "Thank you" in thanks.inner_text()
    reader.open()
    reader.wait_for_reply()
    reader.tab.wait_for_timeout(300)
    assert not reader.tab.locator("#lm-rate").is_visible()


def test_empty_box_asks_nothing(reader: Reader) -> None:
    reader.tab.fill("#lm-box textarea", "  ")
    reader.tab.press("#lm-box textarea", "Enter")
    reader.tab.wait_for_function("() => !document.querySelector('#lm-box textarea').value")
    assert reader.tab.locator("#lm-chat .user-row").count() == 0
    assert reader.errors == []


def test_conversation_is_saved_by_a_click_once_there_is_one(reader: Reader) -> None:
    links = reader.tab.locator("#lm-exports a")
    assert [link.is_visible() for link in links.all()] == [False, False]
    reader.ask("What do strokes do?")
    reader.settle()
    for name, ending in (("Save as Markdown", "md"), ("Save as JSON", "json")):
        with reader.tab.expect_download() as saving:
            reader.tab.get_by_role("link", name=name).click()
        assert saving.value.suggested_filename == f"conversation.{ending}"
        text = Path(saving.value.path()).read_text(encoding="utf-8")
        assert "Long strokes warm the palm before anything else." in text
    assert reader.tab.locator(REPLY).count() == 1  # the page is still there


def test_page_reports_no_error(reader: Reader) -> None:
    reader.ask("What do strokes do?")
    reader.ask("I have a burn")
    assert reader.errors == []

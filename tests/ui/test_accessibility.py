"""The page for everybody: by axe-core's rules, by keyboard, small, enlarged, in stillness."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.ui.axe import axe_source
from tests.ui.reader import REPLY, Reader

pytestmark = pytest.mark.browser

PHONE = {"width": 320, "height": 640}


@pytest.fixture
def open_page(browser: Any, shared_page: str) -> Iterator[Callable[..., Reader]]:
    readers: list[Reader] = []

    def start(**context: Any) -> Reader:
        readers.append(Reader(browser, shared_page, **context))
        return readers[-1]

    yield start
    for reader in readers:
        reader.close()


def findings(reader: Reader) -> list[str]:
    source = axe_source()
    if source is None:
        pytest.skip("needs axe-core; npm could not fetch it")
    reader.tab.evaluate(source)
    result = reader.tab.evaluate("axe.run(document)")
    assert len(result["passes"]) > 20  # axe did look
    return [
        f"{found['impact']} {found['id']}: {node['html'][:200]}"
        for found in result["violations"]
        for node in found["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing(open_page: Callable[..., Reader], scheme: str, width: int) -> None:
    reader = open_page(color_scheme=scheme, viewport={"width": width, "height": 800})
    assert findings(reader) == []
    reader.ask("What do strokes do?")
    reader.ask("notice strokes")
    reader.ask("something else")
    reader.ask("I have a burn and chest pain")
    reader.settle()
    reader.tab.click("#lm-rate-no")
    reader.tab.wait_for_selector("#lm-reasons:visible")
    assert findings(reader) == []


def test_everything_can_be_done_by_keyboard(open_page: Callable[..., Reader]) -> None:
    reader = open_page()
    tab = reader.tab
    tab.focus("#lm-box textarea")
    tab.keyboard.type("What do strokes do?")
    tab.keyboard.press("Enter")
    reader.wait_for_reply()
    tab.focus("#lm-chat")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "lm-mark"
    tab.keyboard.press("Enter")
    assert tab.url.endswith("#s-1")
    # The reading position moved along: the next stop is the way back.
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "lm-back"
    tab.keyboard.press("Enter")
    assert tab.url.endswith("#c-0-1")


def test_focus_can_be_seen(open_page: Callable[..., Reader]) -> None:
    reader = open_page()
    reader.ask("What do strokes do?")
    reader.tab.focus("#lm-chat")
    reader.tab.keyboard.press("Tab")
    outline = reader.tab.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def test_first_stop_leads_past_the_conversation(open_page: Callable[..., Reader]) -> None:
    tab = open_page().tab
    stops = "document.querySelectorAll('a[href], button, textarea, input, [tabindex=\"0\"]')"
    assert tab.evaluate(f"{stops}[0].className") == "lm-skip"
    tab.evaluate(f"{stops}[0].focus()")
    assert tab.locator(".lm-skip").bounding_box()["x"] >= 0
    tab.keyboard.press("Enter")
    assert tab.url.endswith("#lm-sources")


@pytest.mark.parametrize(
    "context",
    [
        pytest.param({"viewport": PHONE}, id="320 px"),
        # 200 % of 1280 by 800 leaves half the width in CSS pixels.
        pytest.param(
            {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2}, id="200 percent"
        ),
    ],
)
def test_nothing_needs_sideways_scrolling(
    open_page: Callable[..., Reader], context: dict[str, Any]
) -> None:
    reader = open_page(**context)
    reader.ask("What do strokes do? " + "donaudampfschifffahrt" * 8)
    reader.ask("I have a burn and chest pain")
    overflow = reader.tab.evaluate(
        """() => [document.documentElement, ...document.querySelectorAll(
               "#lm-chat, #lm-chat .bubble-wrap, #lm-sources")]
             .map(part => part.scrollWidth - part.clientWidth)"""
    )
    assert max(overflow) <= 1


def test_source_is_below_on_a_phone_and_one_click_away(open_page: Callable[..., Reader]) -> None:
    reader = open_page(viewport=PHONE, has_touch=True)
    reply = reader.ask("What do strokes do?")
    assert not reader.is_in_view("#lm-sources mark.s-1")
    reply.locator("a.lm-mark").first.tap()
    assert reader.comes_into_view("#lm-sources mark.s-1")
    reader.tab.locator("#lm-sources a.lm-back").first.tap()
    assert reader.comes_into_view("#c-0-1")


def test_nothing_moves_where_that_is_not_wanted(open_page: Callable[..., Reader]) -> None:
    reader = open_page(reduced_motion="reduce")
    reader.ask("What do strokes do?")
    moving = reader.tab.evaluate(
        """() => [...document.querySelectorAll("gradio-app *")].filter(part => {
             const style = getComputedStyle(part);
             return parseFloat(style.transitionDuration) > 0 || style.animationName !== "none"
               || style.scrollBehavior === "smooth";
           }).map(part => part.outerHTML.slice(0, 100))"""
    )
    assert moving == []


def test_colours_follow_the_readers_setting(open_page: Callable[..., Reader]) -> None:
    ground = "getComputedStyle(document.querySelector('#lm-chat')).backgroundColor"
    light = open_page(color_scheme="light").tab.evaluate(ground)
    dark = open_page(color_scheme="dark").tab.evaluate(ground)
    assert light != dark


def test_messages_are_read_by_their_text(open_page: Callable[..., Reader]) -> None:
    reader = open_page()
    reader.ask("I have a burn")
    assert (
        reader.tab.locator("#lm-chat [data-testid=bot]").first.get_attribute("aria-label") is None
    )
    assert reader.tab.locator('#lm-chat [role="log"]').get_attribute("aria-live") == "polite"


def test_long_reply_is_shown_from_its_question_on(open_page: Callable[..., Reader]) -> None:
    reader = open_page(viewport={"width": 1280, "height": 600})
    for _ in range(3):
        reader.ask("notice strokes")
    reader.ask("I have a burn and chest pain")
    reader.tab.wait_for_timeout(300)
    card = reader.tab.locator(REPLY).last.locator(".lm-head")
    box = card.bounding_box()
    assert 0 < box["y"] < 400


def test_paper_gets_words_and_no_tools(open_page: Callable[..., Reader]) -> None:
    reader = open_page()
    reader.ask("I have a burn and chest pain")
    reader.tab.emulate_media(media="print")
    assert reader.tab.locator(".lm-head").first.is_visible()
    assert not reader.tab.locator("#lm-box").is_visible()
    assert not reader.tab.locator("#lm-new").is_visible()

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


def test_opinion_is_given_by_keyboard(open_page: Callable[..., Reader]) -> None:
    reader = open_page()
    tab = reader.tab
    reader.ask("What do strokes do?")
    reader.settle()
    tab.focus("#lm-rate-no")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#lm-reasons:visible")
    # The button is gone, so the thanks take the focus: the reasons come next.
    tab.wait_for_function("() => document.activeElement.id === 'lm-thanks'")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.innerText") == "It did not answer my question"
    style = tab.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert style == "solid"
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#lm-reasons", state="hidden")
    tab.wait_for_function("() => document.activeElement.id === 'lm-thanks'")


def test_it_is_told_who_spoke_and_what_is_asked(open_page: Callable[..., Reader]) -> None:
    reader = open_page()
    tab = reader.tab
    reader.ask("What do strokes do?")
    reader.settle()
    read_out = tab.locator("#lm-chat").aria_snapshot()
    said = [read_out.index(text) for text in ("You asked", "What do", "Reply", "Long strokes")]
    assert said == sorted(said)
    question = tab.get_by_role("group", name="Was this reply useful?", exact=True)
    for vote in ("Yes", "No"):
        name = f"Was this reply useful? {vote}"
        assert question.get_by_role("button", name=name, exact=True).is_visible()
    assert tab.get_by_role("status").and_(tab.locator("#lm-thanks")).count() == 1
    tab.click("#lm-rate-no")
    reasons = tab.get_by_role("group", name="What was wrong?", exact=True)
    reasons.wait_for()
    assert reasons.get_by_role("button").count() == 5


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


def test_source_is_beside_the_conversation_on_a_desktop(
    open_page: Callable[..., Reader],
) -> None:
    reader = open_page(viewport={"width": 1280, "height": 800})
    reader.ask("What do strokes do?")
    talk = reader.tab.locator("#lm-talk").bounding_box()
    source = reader.tab.locator("#lm-sources").bounding_box()
    assert talk["x"] + talk["width"] <= source["x"]
    assert abs(talk["y"] - source["y"]) < 2
    assert source["x"] + source["width"] <= 1280
    assert reader.is_in_view("#lm-sources h2")
    assert reader.is_in_view("#c-0-1")


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


def on_paper(reader: Reader) -> list[tuple[str, float]]:
    """Return every text that is printed, with its contrast to white."""
    reader.tab.emulate_media(media="print")
    return [
        (text, contrast)
        for text, contrast in reader.tab.evaluate(
            """() => {
              const light = part => { part /= 255;
                return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4; };
              const found = [];
              const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
              while (walker.nextNode()) {
                const text = walker.currentNode.data.trim();
                const holder = walker.currentNode.parentElement;
                if (!text || !holder.checkVisibility({visibilityProperty: true})) continue;
                const [r, g, b] = getComputedStyle(holder).color.match(/[0-9.]+/g).map(Number);
                const ink = 0.2126 * light(r) + 0.7152 * light(g) + 0.0722 * light(b);
                found.push([text, 1.05 / (ink + 0.05)]);
              }
              return found;
            }"""
        )
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_paper_gets_dark_words_and_no_tools(open_page: Callable[..., Reader], scheme: str) -> None:
    reader = open_page(color_scheme=scheme)
    reader.ask("notice strokes")
    reader.ask("something else")
    reader.ask("I have a burn and chest pain")
    reader.settle()
    printed = on_paper(reader)
    assert [pair for pair in printed if pair[1] < 4.5] == []
    words = " ".join(text for text, _ in printed)
    assert "Emergency: call for help now" in words
    assert "My sources do not cover that." in words
    for tool in ("Ask", "New conversation", "Save as JSON", "Was this reply useful?", "↩"):
        assert tool not in [text for text, _ in printed]
    style = "part => [getComputedStyle(part).overflowY, getComputedStyle(part).maxHeight]"
    for part in ("#lm-talk", "#lm-chat", "#lm-chat .bubble-wrap", "#lm-sources"):
        assert reader.tab.locator(part).evaluate(style) == ["visible", "none"]  # nothing is cut off
    ground = "part => getComputedStyle(part).backgroundColor"
    for part in ("body", "#lm-chat", "#lm-sources"):
        assert reader.tab.locator(part).evaluate(ground) in (
            "rgb(255, 255, 255)",
            "rgba(0, 0, 0, 0)",
        )


def test_paper_gets_of_the_documents_what_was_cited(open_page: Callable[..., Reader]) -> None:
    reader = open_page()
    reader.ask("What do strokes do?")
    words = [text for text, _ in on_paper(reader)]
    assert {"Strokes", "Long strokes warm the palm before anything else.", "Circling"} <= set(words)
    for uncited in ("A short text about hands.", "Pressing uses the", "Dangers", "notes.md"):
        assert uncited not in words

"""The page, the service and the tool around the real assistant and its documents."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from assistant.assistant import Assistant
from tests.ui.reader import REPLY, Reader
from tests.ui.serving import serve
from ui.serve import make_app
from ui.settings import ServiceSettings

pytestmark = [pytest.mark.browser, pytest.mark.model]

SIGNS_OF_A_CLOT = "My left calf is swollen and hot since the flight, can I massage it?"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    settings = ServiceSettings.load({}, store="off")
    with serve(make_app(Assistant(), settings)) as served:
        yield served


@pytest.fixture
def reader(browser: Any, address: str) -> Iterator[Reader]:
    tab = Reader(browser, address)
    yield tab
    tab.close()


def test_one_question_is_answered_with_its_source_and_one_is_referred(reader: Reader) -> None:
    reply = reader.ask("What does petrissage do?")
    reply.locator("a.lm-mark").first.click()
    assert reader.comes_into_view("#lm-sources mark.s-1")
    assert "etrissage" in reader.tab.locator("#lm-sources mark.s-1").first.inner_text()
    card = reader.ask(SIGNS_OF_A_CLOT)
    messages = Assistant().policy.messages["contraindication"]["deep_vein_thrombosis"]
    shown = " ".join(card.inner_text().split())
    assert " ".join(messages["message"].split()) in shown
    assert " ".join(messages["grounding"]["quote"].split()) in shown
    assert reader.errors == []


def test_topic_is_answered_after_its_notice(reader: Reader) -> None:
    reply = reader.ask("What is deep vein thrombosis?")
    first = reply.locator(":scope > *").first
    assert "lm-notice" in first.get_attribute("class")


def test_what_is_not_covered_is_not_answered(reader: Reader) -> None:
    assert "lm-abstention" in reader.ask("Who won the football cup?").get_attribute("class")


def test_standing_note_is_the_policys(reader: Reader) -> None:
    note = Assistant().policy.messages["standing_note"]["message"]
    assert " ".join(note.split()) in " ".join(reader.tab.locator("#lm-note").inner_text().split())


def test_every_example_is_answered(reader: Reader) -> None:
    examples = reader.tab.locator("#lm-chat button.example")
    for number in range(examples.count()):
        examples.nth(number).click()
        assert "lm-answer" in reader.wait_for_reply().get_attribute("class")
        reader.tab.click("#lm-new")
        reader.tab.wait_for_selector("#lm-chat .placeholder")
        assert reader.tab.locator(REPLY).count() == 0


def test_every_mark_leads_to_exactly_its_quote(reader: Reader) -> None:
    for question in ("Which techniques are there?", "What are the benefits of leg massage?"):
        reader.ask(question)
    saved = reader.tab.evaluate("fetch('conversation.json').then(reply => reply.json())")
    for number, source in saved["sources"].items():
        marks = reader.tab.locator(f"#lm-sources mark.s-{number}")
        shown = " ".join(" ".join(marks.all_inner_texts()).split())
        plain = " ".join(source["quote"].replace("**", "").replace("- ", "").split())
        assert shown.replace("- ", "") == plain


def test_tool_answers_and_refers(address: str) -> None:
    pytest.importorskip("mcp")
    from mcp import Client

    from ui.commands.mcp import make_server

    async def call(**arguments: Any) -> Any:
        async with Client(make_server(Assistant())) as client:
            assert [tool.name for tool in (await client.list_tools()).tools] == ["answer"]
            return await client.call_tool("answer", arguments)

    def run(**arguments: Any) -> Any:
        # In a thread of its own: the browser's driver holds this one's event loop.
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(lambda: asyncio.run(call(**arguments))).result()

    reply = run(question="What does petrissage do?")
    assert reply.structured_content["outcome"] == "answer"
    said = [{"role": "user", "content": SIGNS_OF_A_CLOT}]
    reply = run(question="How do I knead a calf?", history=said)
    assert reply.structured_content["outcome"] == "referral"
    assert run(question=7).is_error


def test_own_documents_are_indexed_and_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = tmp_path / "hands.txt"
    document.write_text(
        "Hand Massage\n\nWhat Is Thumb Circling?\n\n"
        "Thumb circling presses the palm in small circles. It loosens the muscles of the palm.\n\n"
        "When To Rest\n\nRest the hand for an hour after the massage.\n"
    )
    monkeypatch.setenv("LEG_MASSAGE_INDEX", str(tmp_path / "index"))
    command = [sys.executable, "-m", "ui"]
    built = subprocess.run(
        [*command, "index", str(document)], capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr
    assert "hands.txt" in built.stdout
    asked = subprocess.run(
        [*command, "ask", "--corpus", str(document), "--json", "What is thumb circling?"],
        capture_output=True,
        text=True,
        check=False,
    )
    reply = json.loads(asked.stdout)
    assert "presses the palm in small circles" in reply["citations"][0]["quote"]

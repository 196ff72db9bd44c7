"""Who waits and who does not: a full queue, and the limit on questions of one address."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.routing import Mount
from starlette.testclient import TestClient

from safety.readability import grade
from tests.ui.conftest import page_texts
from tests.ui.fakes import FakeAssistant
from tests.ui.reader import REPLY, Reader
from tests.ui.serving import serve
from tests.ui.test_privacy import Forger
from ui.conversations import Conversations
from ui.page import ChatPage
from ui.rate import RateLimit, TooManyQuestionsError
from ui.server import build_api, build_app
from ui.service import Service, ServiceBusyError
from ui.wording import page_words

EMERGENCY = "I have chest pain and cannot breathe"
FAILED = page_words().failed
NUMBER = "local emergency number"


@pytest.fixture
def full(
    make_service: Callable[..., Service], assistant: FakeAssistant
) -> Iterator[tuple[Service, threading.Event]]:
    """A service whose one place is taken and whose queue of one is full, until the event is set."""
    assistant.gate = go_on = threading.Event()
    service = make_service(concurrency=1, queue_size=1)
    threads = [threading.Thread(target=service.reply, args=("strokes?",)) for _ in range(2)]
    for thread in threads:
        thread.start()
    while service.waiting < 2:
        threading.Event().wait(0.01)
    yield service, go_on
    go_on.set()
    for thread in threads:
        thread.join()


def test_emergency_is_referred_while_the_queue_is_full(
    full: tuple[Service, threading.Event], assistant: FakeAssistant
) -> None:
    service, go_on = full
    reply = service.reply(EMERGENCY)
    assert reply.referrals[0].urgency == "emergency"
    with pytest.raises(ServiceBusyError, match=NUMBER):
        service.reply("strokes?")
    go_on.set()
    assert reply == assistant.answer(EMERGENCY)
    assert b'leg_massage_turns_total{channel="page",outcome="referral"} 1.0' in (
        service.metrics.text()
    )


def test_question_behind_an_emergency_is_referred_too(
    full: tuple[Service, threading.Event],
) -> None:
    history = [{"role": "user", "content": EMERGENCY}]
    assert full[0].reply("strokes?", history).outcome == "referral"


def test_page_tells_that_it_is_busy_and_what_to_do_in_an_emergency(
    full: tuple[Service, threading.Event],
) -> None:
    page = ChatPage(full[0], Conversations(9, 99), page_words(), page_texts())
    told = str(list(page.ask("strokes?", None, "k"))[-1][0][-1]["content"])
    assert FAILED.busy[:20] in told
    assert NUMBER in told
    referred = str(list(page.ask(EMERGENCY, None, "k"))[-1][0][-1]["content"])
    assert "lm-card" in referred


@pytest.mark.browser
def test_reader_for_whom_there_is_no_place_is_told_so_and_answered_later(
    browser: Any, full: tuple[Service, threading.Event]
) -> None:
    service, go_on = full
    with serve(build_app(service, page_texts(), ())) as address:
        reader = Reader(browser, address)
        told = reader.ask("strokes?").inner_text()
        assert FAILED.busy[:20] in told
        assert NUMBER in told
        assert "strokes?" in reader.tab.locator("#lm-chat .user-row").last.inner_text()
        go_on.set()
        reader.settle()
        reader.tab.fill("#lm-box textarea", "strokes?")
        reader.tab.press("#lm-box textarea", "Enter")
        reader.tab.wait_for_selector(f"{REPLY}:has-text('Long strokes')")
        reader.close()


def test_no_event_of_the_page_waits_in_front_of_the_rules(
    serve_page: Callable[..., str], assistant: FakeAssistant
) -> None:
    assistant.gate = threading.Event()
    address = serve_page(concurrency=1, queue_size=1)
    forgers = [Forger(address) for _ in range(4)]
    for number, forger in enumerate(forgers[:3]):
        body = {"data": ["strokes?", None], "session_hash": str(number)}
        body["fn_index"] = forger.ids["submit"]
        forger.http.post("/gradio_api/queue/join", json=body).raise_for_status()
    assert "lm-card" in forgers[3].post("submit", [EMERGENCY, None])
    assistant.gate.set()
    for forger in forgers:
        forger.http.close()


@pytest.mark.browser
def test_queue_in_front_of_ours_is_told_as_busy(
    browser: Any, make_service: Callable[..., Service]
) -> None:
    app = build_app(make_service(), page_texts(), ())
    (mount,) = [route for route in app.routes if isinstance(route, Mount)]
    mount.app.get_blocks()._queue.max_size = 0  # type: ignore[attr-defined]
    with serve(app) as address:
        reader = Reader(browser, address)
        reader.tab.fill("#lm-box textarea", "strokes?")
        reader.tab.press("#lm-box textarea", "Enter")
        toast = reader.tab.locator(".toast-body")
        toast.wait_for()
        assert "busy" in toast.inner_text()
        assert reader.tab.input_value("#lm-box textarea") == "strokes?"
        reader.close()


def test_bucket_fills_again_and_says_when() -> None:
    now = [0.0]
    limit = RateLimit(2, clock=lambda: now[0])
    limit.take("a")
    limit.take("a")
    limit.take("b")
    with pytest.raises(TooManyQuestionsError) as refused:
        limit.take("a")
    assert refused.value.seconds == 30
    now[0] = 30.0
    limit.take("a")


def test_no_limit_refuses_nobody() -> None:
    limit = RateLimit(0)
    for _ in range(1000):
        limit.take("a")


def test_endpoint_says_when_to_come_back_and_counts_only_questions(
    make_service: Callable[..., Service],
) -> None:
    service = make_service(rate_limit=2)
    client = TestClient(build_api(service, Conversations(9, 99)))
    statuses = [
        client.post("/api/answer", json={"question": question}).status_code
        for question in (7, "strokes?", "strokes?", "strokes?")
    ]
    assert statuses == [422, 200, 200, 429]
    refused = client.post("/api/answer", json={"question": "strokes?"})
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert NUMBER in refused.json()["error"]
    assert client.get("/healthz").status_code == 200
    assert 'leg_massage_refused_total{reason="rate"} 2.0' in client.get("/metrics").text


@pytest.mark.browser
def test_page_counts_only_questions_and_tells_who_asks_too_often(
    browser: Any, serve_page: Callable[..., str]
) -> None:
    reader = Reader(browser, serve_page(rate_limit=2))
    reader.ask("strokes?")
    reader.settle()
    reader.tab.click("#lm-rate-yes")
    reader.tab.wait_for_selector("#lm-thanks:has-text('Thank you')")
    reader.open()
    reader.wait_for_reply()
    reader.tab.click("#lm-new")
    reader.tab.wait_for_selector("#lm-chat .placeholder")
    assert "lm-answer" in reader.ask("strokes?").get_attribute("class")
    told = reader.ask("strokes?").inner_text()
    assert "Too many questions" in told
    assert NUMBER in told
    assert reader.tab.locator(REPLY).count() == 2
    reader.close()


def test_clients_of_gradio_are_counted_as_well(serve_page: Callable[..., str]) -> None:
    from gradio_client import Client
    from gradio_client.exceptions import AppError

    client = Client(serve_page(rate_limit=1), verbose=False)
    assert client.predict("strokes?", [], api_name="/answer")["outcome"] == "answer"
    with pytest.raises(AppError):
        client.predict("strokes?", [], api_name="/answer")


@pytest.mark.parametrize("text", [FAILED.text, FAILED.full, FAILED.busy, FAILED.rate])
def test_every_failure_is_easy_to_read_with_its_emergency_sentence(text: str) -> None:
    assert NUMBER in FAILED.emergency
    assert grade(f"{text} {FAILED.emergency}".format(seconds=30)) < 6

"""The JSON endpoint, health, metrics, limits and refusals of the service."""

from __future__ import annotations

import base64
import json
import logging
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from assistant.schema import Answer
from tests.ui.fakes import FakeAssistant
from ui.conversations import Conversations
from ui.logs import JsonFormatter
from ui.page import ChatPage, PageTexts
from ui.server import build_api, build_app
from ui.service import Service
from ui.wording import page_words

CANARY = "xyzzy-my-knee-secret"
TEXTS = PageTexts("Information, not medical advice.", {})


@pytest.fixture
def client(make_service: Callable[..., Service]) -> Callable[..., TestClient]:
    def make(**settings: Any) -> TestClient:
        app = build_api(make_service(**settings), Conversations(100, 3600))
        return TestClient(app, raise_server_exceptions=False, client=("192.0.2.1", 1000))

    return make


def ask(client: TestClient, question: object, history: object = ()) -> Any:
    body = {"question": question, "history": history}
    return client.post("/api/answer", json=body)


def test_endpoint_gives_an_answer_that_reads_back(client: Callable[..., TestClient]) -> None:
    reply = ask(client(), "What do strokes do?")
    assert reply.status_code == 200
    assert Answer.model_validate(reply.json()).outcome == "answer"


def test_history_of_the_request_counts(client: Callable[..., TestClient]) -> None:
    history = [{"role": "user", "content": "I have a burn"}]
    assert ask(client(), "What do strokes do?", history).json()["outcome"] == "referral"


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "question"),
        ({"question": 7}, "question"),
        ({"question": None}, "question"),
        ({"question": "x", "history": "y"}, "history"),
        ({"question": "x", "history": [{"role": "robot", "content": "y"}]}, "history.0.role"),
        ({"question": "x", "history": [{"role": "user"}]}, "history.0.content"),
        ({"question": "x", "more": CANARY}, "more"),
        ({"question": "x", "history": [{"role": "user", "content": "y"}] * 500}, "history"),
        ({"question": "x" * 2_000_001}, "question"),
        ([CANARY], ""),
    ],
)
def test_wrong_request_is_refused_by_field_and_not_repeated(
    client: Callable[..., TestClient], body: object, where: str
) -> None:
    reply = client().post("/api/answer", json=body)
    assert reply.status_code == 422
    assert reply.json()["error"].startswith(where)
    assert CANARY not in reply.text
    assert len(reply.content) < 1000


def test_request_over_the_limit_is_refused(client: Callable[..., TestClient]) -> None:
    small = client(max_body_bytes=10_000)
    assert ask(small, "x" * 20_000).status_code == 413
    chunks = (b"x" * 6000 for _ in range(3))
    assert small.post("/api/answer", content=chunks).status_code in (400, 413)


def test_a_megabyte_of_text_is_answered(client: Callable[..., TestClient]) -> None:
    assert ask(client(), "word " * 200_000).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/upload",
        "/upload",
        "/gradio_api/proxy=http://outside.example",
        "/gradio_api/runs",
    ],
)
def test_what_the_page_does_not_need_is_refused(
    client: Callable[..., TestClient], path: str
) -> None:
    assert client().post(path, content=b"x").status_code == 403


def test_interface_is_described(client: Callable[..., TestClient]) -> None:
    schema = client().get("/api/openapi.json").json()
    answer = schema["paths"]["/api/answer"]["post"]
    assert {"200", "413", "422", "429", "500", "503"} <= set(answer["responses"])
    assert "Answer" in schema["components"]["schemas"]
    assert client().get("/docs").status_code == 404


def test_health_is_open_and_readiness_waits_for_the_models(
    make_service: Callable[..., Service], assistant: FakeAssistant
) -> None:
    service = make_service()
    app = build_api(service, Conversations(100, 3600))
    client = TestClient(app)  # not started: nothing is loaded yet
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").status_code == 503
    service.warm_up().join(10)
    assert client.get("/readyz").json()["ready"] is True
    assert assistant.loads == 1


def test_failed_warm_up_is_named_by_readiness(
    make_service: Callable[..., Service],
    assistant: FakeAssistant,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken() -> None:
        raise OSError(CANARY)

    monkeypatch.setattr(assistant, "load", broken)
    service = make_service()
    service.warm_up().join(10)
    assert service.readiness() == (
        False,
        {"policy": "9.9+fake", "index_and_models": "OSError"},
    )


def test_referral_needs_no_models(
    client: Callable[..., TestClient], assistant: FakeAssistant
) -> None:
    assert ask(client(), "I have a burn").json()["outcome"] == "referral"
    assert assistant.loads == 0


def test_failure_is_told_without_its_text(
    client: Callable[..., TestClient],
    assistant: FakeAssistant,
    caplog: pytest.LogCaptureFixture,
) -> None:
    assistant.error = ValueError(CANARY)
    with caplog.at_level(logging.INFO):
        reply = ask(client(), "What do strokes do?")
    assert reply.status_code == 500
    assert "ValueError" in reply.json()["error"]
    assert CANARY not in reply.text + caplog.text


def test_too_many_questions_at_once_are_told_so(
    make_service: Callable[..., Service], assistant: FakeAssistant
) -> None:
    assistant.gate = threading.Event()
    service = make_service(concurrency=1, queue_size=1)
    client = TestClient(build_api(service, Conversations(100, 3600)))
    threads = [threading.Thread(target=ask, args=(client, "strokes?")) for _ in range(2)]
    for thread in threads:
        thread.start()
    while service.waiting < 2:
        threading.Event().wait(0.01)
    reply = ask(client, "strokes?")
    assistant.gate.set()
    for thread in threads:
        thread.join()
    assert (reply.status_code, reply.headers["Retry-After"]) == (503, "2")
    assert ask(client, "strokes?").status_code == 200


def test_metrics_count_outcomes_by_id_and_hold_no_words(client: Callable[..., TestClient]) -> None:
    served = client()
    ask(served, f"I have a burn {CANARY}")
    ask(served, f"strokes {CANARY}")
    ask(served, CANARY)
    text = served.get("/metrics").text
    assert 'leg_massage_turns_total{channel="api",outcome="referral"} 1.0' in text
    assert 'leg_massage_abstentions_total{reason="not_covered"} 1.0' in text
    assert 'contraindication="open_wound",urgency="routine"' in text
    assert 'leg_massage_rule_hits_total{rule="wound.burn"} 1.0' in text
    assert 'leg_massage_policy_info{version="9.9+fake"} 1.0' in text
    assert CANARY not in text


def test_metrics_can_be_switched_off(client: Callable[..., TestClient]) -> None:
    assert "leg_massage_turns" not in client(metrics=False).get("/metrics").text


def basic(credentials: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(credentials.encode()).decode()}"}


def test_auth_guards_everything_but_health(client: Callable[..., TestClient]) -> None:
    locked = client(auth="ann:pa:ss")
    for path in ("/", "/metrics", "/conversation.md", "/config", "/api/openapi.json"):
        assert locked.get(path).status_code == 401, path
    assert ask(locked, "x").status_code == 401
    assert locked.get("/healthz").status_code == 200
    assert locked.get("/metrics", headers=basic("ann:wrong")).status_code == 401
    assert locked.get("/metrics", headers={"Authorization": "Basic ?"}).status_code == 401
    assert locked.get("/metrics", headers=basic("ann:pa:ss")).status_code == 200


def test_rate_limit_says_when_to_come_back(client: Callable[..., TestClient]) -> None:
    slow = client(rate_limit=2)
    assert [ask(slow, "strokes?").status_code for _ in range(3)] == [200, 200, 429]
    assert int(ask(slow, "strokes?").headers["Retry-After"]) >= 1
    assert slow.get("/healthz").status_code == 200


def test_every_response_carries_the_security_headers(client: Callable[..., TestClient]) -> None:
    served = client()
    for path in ("/api/openapi.json", "/healthz", "/no-such-page", "/gradio_api/upload"):
        headers = served.get(path).headers
        assert "'unsafe-eval'" not in headers["content-security-policy"]
        assert "default-src 'self'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"


def test_page_itself_is_guarded_too(make_service: Callable[..., Service]) -> None:
    app = build_app(make_service(auth="ann:secret"), TEXTS, ())
    served = TestClient(app)
    assert served.get("/").status_code == 401
    opened = served.get("/", headers=basic("ann:secret"))
    assert opened.status_code == 200
    assert "default-src 'self'" in opened.headers["content-security-policy"]
    upload = {"files": ("x.txt", b"x")}
    refused = served.post("/gradio_api/upload", files=upload, headers=basic("ann:secret"))
    assert refused.status_code == 403


def test_conversation_cookie_is_out_of_reach_of_scripts(client: Callable[..., TestClient]) -> None:
    cookie = client(secure_cookie=True).get("/").headers["set-cookie"]
    assert {"HttpOnly", "SameSite=Strict", "Secure", "Path=/"} <= set(cookie.split("; "))


def test_log_lines_hold_ids_and_no_words(
    client: Callable[..., TestClient], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        served = client()
        ask(served, f"I have a burn {CANARY}")
        ask(served, CANARY, [{"role": "robot", "content": CANARY}])
    lines = [JsonFormatter().format(record) for record in caplog.records]
    turns = [json.loads(line) for line in lines if '"turn"' in line]
    assert turns[0]["contraindications"] == ["open_wound"]
    assert CANARY not in "\n".join(lines)


def test_store_keeps_no_words_unless_told_to(
    make_service: Callable[..., Service], tmp_path: Path
) -> None:
    def stored(keep: bool) -> bytes:
        path = tmp_path / f"{keep}.sqlite3"
        service = make_service(store=str(path), store_messages=keep)
        answer = service.reply(f"strokes {CANARY}")
        row = service.feedback(f"strokes {CANARY}", answer, "no")
        service.feedback_reason(row, "hard_to_read")
        assert service.store is not None
        service.store.close()
        return path.read_bytes()

    assert CANARY.encode() not in stored(keep=False)
    assert CANARY.encode() in stored(keep=True)


def test_operators_view_shows_counts_and_no_words(client: Callable[..., TestClient]) -> None:
    served = client(operator_page=True)
    ask(served, f"I have a burn {CANARY}")
    page = served.get("/operator")
    assert "<td>open_wound</td><td>referral routine</td><td>1</td>" in page.text
    assert CANARY not in page.text


def test_store_that_fails_costs_no_reply(
    client: Callable[..., TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise sqlite3.OperationalError("disk full")

    monkeypatch.setattr("ui.store.Store.turn", full)
    served = client()
    assert ask(served, "I have a burn").json()["outcome"] == "referral"
    assert 'leg_massage_errors_total{error="store"} 1.0' in served.get("/metrics").text


def test_operators_view_is_closed_by_default(client: Callable[..., TestClient]) -> None:
    assert "<td>" not in client().get("/operator").text


def test_many_conversations_at_once_are_not_mixed_up(
    make_service: Callable[..., Service],
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    page = ChatPage(make_service(queue_size=200), Conversations(100, 3600), page_words(), TEXTS)

    def talk(visitor: int) -> bool:
        first = "I have a burn" if visitor % 2 else "strokes"
        list(page.ask(f"{first} {visitor}", None, f"k{visitor}"))
        bubbles, _ = list(page.ask(f"strokes again {visitor}", None, f"k{visitor}"))[-1]
        shown = "".join(str(bubble["content"]) for bubble in bubbles)
        asked = [b["content"].split()[-1] for b in bubbles if b["role"] == "user"]
        return asked == [str(visitor)] * 2 and ("lm-card" in shown) == bool(visitor % 2)

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(talk, range(64)))

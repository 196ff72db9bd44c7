"""What the JSON endpoint refuses: one form, one status for each reason, in its description too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from corpus.errors import InputError
from index import IndexDamagedError
from tests.ui.conftest import page_texts
from tests.ui.fakes import FakeAssistant
from tests.ui.serving import serve
from ui.conversations import Conversations
from ui.page import ChatPage
from ui.server import build_api, build_app
from ui.service import Service
from ui.wording import page_words

LIMIT = 20_000
DEEP = b'{"question":' + b"[" * 9_000


@pytest.fixture
def address(make_service: Callable[..., Service]) -> Iterator[str]:
    """The whole service, so that what Gradio answers at the same address is seen."""
    with serve(build_app(make_service(max_body_bytes=LIMIT), page_texts(), ())) as served:
        yield served


def refused(address: str, content: Any) -> tuple[int, str]:
    """Return the status of a refusal, and its text."""
    kind = {"Content-Type": "application/json"}
    reply = httpx.post(f"{address}/api/answer", content=content, headers=kind, timeout=60)
    assert list(reply.json()) == ["error"]
    return reply.status_code, reply.json()["error"]


def test_body_that_is_too_large_without_saying_so_is_refused_as_one_that_says_so(
    address: str,
) -> None:
    declared = refused(address, b"x" * (LIMIT + 1))
    chunked = refused(address, (b"x" * 1_000 for _ in range(LIMIT // 1_000 + 1)))
    assert chunked == declared == (413, f"a request holds at most {LIMIT} bytes")
    counts = httpx.get(f"{address}/metrics").text
    assert 'leg_massage_refused_total{reason="size"} 2.0' in counts


@pytest.mark.parametrize("content", [b"{", b"\xff", DEEP], ids=["broken", "bytes", "deep"])
def test_body_that_is_no_json_is_refused_in_words(address: str, content: bytes) -> None:
    assert refused(address, content) == (400, "the body cannot be read as JSON")


def test_health_can_be_asked_without_a_body(address: str) -> None:
    for path in ("/healthz", "/readyz"):
        asked, headed = httpx.get(address + path), httpx.head(address + path)
        assert (headed.status_code, headed.content) == (asked.status_code, b"")
    assert httpx.head(f"{address}/healthz").status_code == 200


def test_description_is_of_this_endpoint_alone_and_names_every_refusal(address: str) -> None:
    described = httpx.get(f"{address}/openapi.json", follow_redirects=True).json()
    assert described == httpx.get(f"{address}/api/openapi.json").json()
    assert not [path for path in described["paths"] if "gradio" in path]
    answer = described["paths"]["/api/answer"]["post"]["responses"]
    assert set(answer) == {"200", "400", "401", "413", "422", "429", "500", "503"}


def test_damaged_index_is_named_by_readiness(
    make_service: Callable[..., Service],
    assistant: FakeAssistant,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def damaged() -> None:
        raise IndexDamagedError("vectors.npy: not the bytes of the manifest")

    monkeypatch.setattr(assistant, "load", damaged)
    service = make_service()
    service.warm_up().join(60)
    client = TestClient(build_api(service, Conversations(9, 99)))
    reply = client.get("/readyz")
    assert (reply.status_code, reply.json()["ready"]) == (503, False)
    assert reply.json()["parts"]["index_and_models"] == "IndexDamagedError"
    # Whoever needs a referral gets one all the same.
    asked = client.post("/api/answer", json={"question": "I have chest pain"})
    assert asked.json()["outcome"] == "referral"


def test_turn_of_the_page_that_cannot_be_read_is_counted_as_one_without_a_reply(
    make_service: Callable[..., Service],
) -> None:
    service = make_service(max_history=2)
    page = ChatPage(service, Conversations(9, 99), page_words(), page_texts())
    posted = [{"role": "user", "content": f"message {number}"} for number in range(3)]
    for question, shown in ((7, None), ("strokes?", "no list"), ("strokes?", posted)):
        with pytest.raises(InputError):
            list(page.ask(question, shown, "k"))
    assert b'leg_massage_errors_total{error="InputError"} 3.0' in service.metrics.text()

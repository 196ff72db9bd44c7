"""Two real nodes: what they build and answer is what one machine builds and answers.

The tests run in the order of this file; the last one loses a node.
"""

from __future__ import annotations

import functools
import os
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from starlette.testclient import TestClient

import index.chunks
from assistant.answering import gate_for
from assistant.assistant import Assistant
from corpus import Corpus, Document
from index import build_index
from index.cluster.build import embed_on_workers
from index.cluster.connection import ClusterError, connected
from index.manifest import Manifest
from index.opening import open_vectors
from tests.cluster.conftest import TwoNodes
from tests.cluster.conversations import CONVERSATIONS, REFERRED
from tests.fakes import HashingEmbedder
from ui.cluster.application import NAME, make_plan
from ui.cluster.running import start, stop
from ui.commands.cluster import reference
from ui.conversations import Conversations
from ui.server import build_api
from ui.service import Service
from ui.settings import ServiceSettings

pytestmark = [pytest.mark.cluster, pytest.mark.slow]

SHARDS, COPIES, REPLICAS = 2, 2, 2
VISITORS = 6
TRIES = 8


@pytest.fixture(scope="module")
def driver(cluster: TwoNodes) -> Iterator[TwoNodes]:
    with connected(cluster.address):
        yield cluster


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the bundled index on this machine, in one piece."""
    folder = tmp_path_factory.mktemp("index") / "whole"
    build_index(Corpus.bundled(), folder, gate=gate_for(Corpus.bundled()))
    return folder


def join(cluster: TwoNodes, **environment: str) -> subprocess.CompletedProcess[str]:
    """Try to run something on the cluster from a process of its own."""
    code = f"import ray; ray.init({cluster.address!r}); print(ray.get(ray.put('inside')))"
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.mark.parametrize("token", ["", "0" * 64])
def test_nobody_comes_in_without_the_token(cluster: TwoNodes, token: str) -> None:
    mode = "token" if token else "disabled"
    outside = join(cluster, RAY_AUTH_MODE=mode, RAY_AUTH_TOKEN=token)
    assert outside.returncode != 0
    assert "inside" not in outside.stdout
    assert "uthenticat" in outside.stderr


def test_the_command_says_that_its_token_is_wrong(cluster: TwoNodes) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ui", "cluster", "build", "--address", cluster.address],
        env={**os.environ, "RAY_AUTH_TOKEN": "0" * 64},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "does not accept this token" in done.stderr


def vectors(folder: Path, manifest: Manifest) -> Any:
    return open_vectors(folder, manifest).read(slice(0, manifest.texts))


def test_workers_build_what_one_machine_builds(
    driver: TwoNodes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole: Path
) -> None:
    monkeypatch.setattr(index.chunks, "CHUNK", 128)  # several runs for each worker
    corpus = Corpus.bundled()
    alone = build_index(corpus, tmp_path / "alone", gate=gate_for(corpus), shards=SHARDS)
    workers = embed_on_workers(functools.partial(reference, None, "cpu"), 2)
    seen: list[tuple[str, int, int]] = []
    built = build_index(
        corpus,
        tmp_path / "cluster",
        gate=gate_for(corpus),
        shards=SHARDS,
        ahead=workers,
        progress=lambda *step: seen.append(step),
    )
    assert built.manifest == alone.manifest
    embedded = [step for step in seen if step[0] == "embed"]
    assert embedded[0][1] == 0 and embedded[0][2] == built.manifest.texts
    again = build_index(corpus, tmp_path / "again", gate=gate_for(corpus), ahead=workers)
    assert again.manifest.shards == ()
    one = vectors(tmp_path / "again", again.manifest)
    assert np.array_equal(vectors(tmp_path / "cluster", built.manifest), one)


def test_a_worker_with_another_model_is_refused(driver: TwoNodes, tmp_path: Path) -> None:
    corpus = Corpus([Document(name="soil.txt", text="Clay soil holds water.", title="Soil")])
    other = embed_on_workers(functools.partial(HashingEmbedder, "1" * 64), 1)
    with pytest.raises(Exception, match="another model"):
        build_index(corpus, tmp_path, embedder=HashingEmbedder(), ahead=other)


@pytest.fixture(scope="module")
def address(
    driver: TwoNodes, whole: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    corpus, folder = Corpus.bundled(), tmp_path_factory.mktemp("index") / "sharded"
    build_index(corpus, folder, gate=gate_for(corpus), shards=SHARDS)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    start(make_plan((), None, folder, REPLICAS, COPIES), SHARDS, "127.0.0.1", port)
    yield f"http://127.0.0.1:{port}"
    stop()


@pytest.fixture(scope="module")
def expected(whole: Path) -> list[bytes]:
    """Return the replies of one machine."""
    assistant = Assistant(index=whole)
    settings = ServiceSettings.load(store="off", metrics=False)
    service = Service(assistant, settings, assistant.policy.label)
    with TestClient(build_api(service, Conversations(1, 60))) as client:
        return [client.post("/api/answer", json=said).content for said in CONVERSATIONS]


def test_replicas_answer_in_the_same_bytes(address: str, expected: list[bytes]) -> None:
    with httpx.Client(base_url=address, timeout=120) as client:
        for _ in range(2):  # by one replica and by the other, as it happens
            replies = [client.post("/api/answer", json=said) for said in CONVERSATIONS]
            assert [reply.status_code for reply in replies] == [200] * len(CONVERSATIONS)
            assert [reply.content for reply in replies] == expected


def test_every_part_is_on_both_nodes(address: str) -> None:
    nodes: dict[str, set[str]] = {}
    for name, node in running_parts():
        nodes.setdefault(name, set()).add(node)
    counts = {name: len(found) for name, found in nodes.items()}
    assert counts == {"replica": REPLICAS, **{f"shard-{n}": COPIES for n in range(SHARDS)}}


def running_parts() -> list[tuple[str, str]]:
    """Return the deployment and the node of every replica, from Ray's table of actors."""
    from ray._private.state import actors

    found = [a for a in actors(actor_state_name="ALIVE").values() if a["Name"].count("#") == 2]
    named = [(*actor["Name"].split("#"), actor["Address"]["NodeID"]) for actor in found]
    return [(part, node) for app, part, _, node in named if app.endswith(NAME)]


class Visitor(threading.Thread):
    """Asks one thing after the other, and again where it gets no reply."""

    def __init__(self, address: str, first: int, stopping: threading.Event) -> None:
        super().__init__()
        self.address, self.first, self.stopping = address, first, stopping
        self.replies: list[tuple[int, bytes]] = []
        self.lost: list[str] = []
        self.failures: Counter[str] = Counter()

    def run(self) -> None:
        number = self.first
        with httpx.Client(base_url=self.address, timeout=30) as client:
            while not self.stopping.is_set():
                place = number % len(CONVERSATIONS)
                reply = self.ask(client, CONVERSATIONS[place])
                if reply is None:
                    self.lost.append(CONVERSATIONS[place]["question"])
                else:
                    self.replies.append((place, reply))
                number += 1

    def ask(self, client: httpx.Client, said: dict[str, Any]) -> bytes | None:
        for attempt in range(TRIES):
            try:
                reply = client.post("/api/answer", json=said)
            except httpx.HTTPError as error:
                self.failures[type(error).__name__] += 1
            else:
                if reply.status_code == 200:
                    return reply.content
                self.failures[str(reply.status_code)] += 1
            time.sleep(0.5 * 2 ** min(attempt, 3))
        return None


def test_a_lost_node_loses_no_question(
    driver: TwoNodes,
    address: str,
    expected: list[bytes],
    capsys: pytest.CaptureFixture[str],
) -> None:
    stopping = threading.Event()
    visitors = [Visitor(address, number, stopping) for number in range(VISITORS)]
    for visitor in visitors:
        visitor.start()
    wait_for_replies(visitors, 2)
    driver.kill_second()
    killed = [len(visitor.replies) for visitor in visitors]
    wait_for_replies(visitors, 8)
    stopping.set()
    for visitor in visitors:
        visitor.join()
    failures = sum((visitor.failures for visitor in visitors), Counter())
    replies = [reply for visitor in visitors for reply in visitor.replies]
    with capsys.disabled():
        sys.stdout.write(
            f"\n{len(replies)} replies, {sum(killed)} of them before a node was lost;"
            f" asked again after {dict(failures)}\n"
        )
    assert [question for visitor in visitors for question in visitor.lost] == []
    assert [place for place, reply in replies if reply != expected[place]] == []


def wait_for_replies(visitors: list[Visitor], each: int) -> None:
    """Wait until every visitor has so many more replies; a minute without one ends the test."""
    goals = [len(visitor.replies) + each for visitor in visitors]
    last, since = 0, time.monotonic()
    while any(len(v.replies) < goal for v, goal in zip(visitors, goals, strict=True)):
        count = sum(len(visitor.replies) for visitor in visitors)
        if count > last:
            last, since = count, time.monotonic()
        assert time.monotonic() < since + 120, "no reply for two minutes"
        time.sleep(0.1)


def test_a_referral_is_given_by_the_node_that_is_left(address: str) -> None:
    reply = httpx.post(f"{address}/api/answer", json={"question": REFERRED}, timeout=60)
    assert reply.json()["outcome"] == "referral"


def test_more_copies_than_nodes_are_refused(driver: TwoNodes, whole: Path) -> None:
    plan = make_plan((), None, whole, replicas=1, copies=9)
    with pytest.raises(ClusterError, match="as many nodes"):
        start(plan, 2, "127.0.0.1", 1)

"""A replica gives the bytes that one machine gives, decides first, and refuses what differs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from assistant.answering import gate_for
from assistant.assistant import Assistant
from corpus import Corpus
from corpus.errors import LegMassageError
from index import IndexMismatchError, build_index
from index.cluster.connection import ClusterError
from index.cluster.shards import ShardServer
from index.manifest import read_manifest
from index.sharded import Request
from tests.cluster.conversations import CONVERSATIONS, REFERRED
from ui.cluster.application import Plan, make_plan, open_assistant, open_service
from ui.conversations import Conversations
from ui.server import build_api
from ui.service import Service
from ui.settings import ServiceSettings

pytestmark = pytest.mark.model


class Servers:
    """The shards of an index, asked without a cluster; counts what is asked."""

    def __init__(self, plan: Plan) -> None:
        count = len(read_manifest(plan.index).shards)
        self.servers = [ShardServer(str(plan.index), plan.manifest, n) for n in range(count)]
        self.requests: list[Request] = []

    def __call__(self, requests: Sequence[Request]) -> list[Any]:
        self.requests += requests
        return [asyncio.run(self.servers[r.shard].ask(r.method, r.arguments)) for r in requests]


def gone(requests: Sequence[Request]) -> list[Any]:
    raise ClusterError("no shard is there")


@pytest.fixture(scope="module")
def sharded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("index") / "sharded"
    corpus = Corpus.bundled()
    build_index(corpus, folder, gate=gate_for(corpus), shards=3)
    return folder


@pytest.fixture(scope="module")
def plan(sharded: Path) -> Plan:
    return make_plan((), None, sharded, replicas=2, copies=2)


@pytest.fixture(scope="module")
def one_machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    assistant = Assistant(index=tmp_path_factory.mktemp("index") / "whole")
    settings = ServiceSettings.load(store="off", metrics=False)
    service = Service(assistant, settings, assistant.policy.label)
    with TestClient(build_api(service, Conversations(1, 60))) as client:
        yield client


def test_a_replica_gives_the_same_bytes(plan: Plan, one_machine: TestClient) -> None:
    servers = Servers(plan)
    with TestClient(open_service(plan, servers)) as replica:
        for conversation in CONVERSATIONS:
            reply = replica.post("/api/answer", json=conversation)
            expected = one_machine.post("/api/answer", json=conversation)
            assert (reply.status_code, reply.content) == (200, expected.content)
    assert {request.shard for request in servers.requests} == {0, 1, 2}


def test_a_referral_asks_no_shard(plan: Plan) -> None:
    reply = open_assistant(plan, gone).answer(REFERRED)
    assert reply.outcome == "referral"
    assert reply.referrals[0].contraindication == "deep_vein_thrombosis"


def test_without_its_shards_a_replica_refers_and_answers_nothing(plan: Plan) -> None:
    with TestClient(open_service(plan, gone)) as replica:
        assert replica.post("/api/answer", json={"question": REFERRED}).status_code == 200
        reply = replica.post("/api/answer", json={"question": "What does petrissage do?"})
        assert reply.status_code == 500
        assert replica.get("/readyz").status_code == 503


def test_a_node_with_another_index_is_refused(plan: Plan) -> None:
    other = plan.model_copy(update={"manifest": "0" * 64})
    with pytest.raises(IndexMismatchError, match="another index"):
        open_assistant(other, gone)
    with pytest.raises(IndexMismatchError, match="another index"):
        ShardServer(str(plan.index), "0" * 64, 0)


def test_a_node_with_another_policy_is_refused(plan: Plan) -> None:
    other = plan.model_copy(update={"policy_label": "another"})
    with pytest.raises(ClusterError, match="service another"):
        open_assistant(other, gone)


def test_a_node_with_other_documents_is_refused(plan: Plan, tmp_path: Path) -> None:
    (tmp_path / "soil.txt").write_text("Clay soil holds water for weeks.")
    with pytest.raises(LegMassageError, match="another corpus"):
        open_assistant(plan.model_copy(update={"corpus": (tmp_path,)}), gone)


def test_a_plan_holds_no_secret(sharded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEG_MASSAGE_GENERATOR_KEY", "sesame")
    monkeypatch.setenv("LEG_MASSAGE_AUTH", "ali:sesame")
    monkeypatch.setenv("LEG_MASSAGE_PASSAGES", "17")
    plan = make_plan((), None, sharded, replicas=1, copies=1)
    assert "sesame" not in plan.model_dump_json()
    assert plan.settings["passages"] == 17

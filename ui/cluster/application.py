"""The JSON endpoint in replicas over the nodes of a cluster, and the shards that they ask.

Each replica is the service of one machine: the same routes, the same `Assistant`. It holds the
policy, both detectors, the texts and the words; only the vectors may be elsewhere. So the safety
decision is made in the replica, before anything is asked of a shard, and a referral needs no shard.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

from assistant.assistant import Assistant
from assistant.settings import Settings
from corpus import Corpus
from index.cluster.connection import ClusterError
from index.cluster.shards import RemoteShards, ShardServer, agreed_manifest, manifest_digest
from safety.policy import load_policy

if TYPE_CHECKING:
    from fastapi import FastAPI

    from index.sharded import Ask

NAME = "leg-massage"
REPLICA_CPUS = 1.0
SHARD_CPUS = 0.25
"""A shard is asked for milliseconds at a time."""


class Plan(BaseModel):
    """What every node needs to know. All paths have to be there on every node."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    settings: dict[str, Any] = Field(description="Of the assistant, without its secret.")
    service: dict[str, Any] = Field(description="Of the service, without its secret.")
    corpus: tuple[Path, ...] = Field(
        description="Documents; the bundled ones where there are none."
    )
    policy: Path | None = Field(description="Folder of the policy; the bundled one without it.")
    policy_label: str
    index: Path
    manifest: str = Field(description="Digest of the index's manifest.")
    replicas: int = Field(ge=1)
    copies: int = Field(ge=1, description="Of each shard, on as many nodes.")


def make_plan(
    corpus: Sequence[Path], policy: Path | None, folder: Path, replicas: int, copies: int
) -> Plan:
    """Return the plan for what an assistant of these documents would do on this node.

    Secrets are not in it: a plan is stored in the cluster. Each node has them in its environment.

    Args:
        corpus: Documents, or none for those of the settings.
        policy: Folder of the policy, or None for that of the settings.
        folder: Of the index.
        replicas: How many answer.
        copies: How many of each shard.
    """
    from ui.settings import ServiceSettings

    settings = Settings.load()
    documents = corpus or ([settings.corpus] if settings.corpus else [])
    chosen = policy or settings.policy
    apart = {"corpus", "policy", "index", "generator_key"}
    own = settings.model_dump(mode="json", exclude=apart, exclude_none=True)
    service = ServiceSettings.load().model_dump(mode="json", exclude={"auth"})
    return Plan(
        settings=own,
        corpus=tuple(path.resolve() for path in documents),
        policy=chosen.resolve() if chosen else None,
        policy_label=load_policy(chosen).label,
        # Counts of one replica, reached by chance, would mislead; Ray has its own of all.
        service={**service, "metrics": False, "store": "off", "operator_page": False},
        index=folder.resolve(),
        manifest=manifest_digest(folder),
        replicas=replicas,
        copies=copies,
    )


def open_assistant(plan: Plan, ask: Ask) -> Assistant:
    """Return the assistant of a replica; vectors that are in shards are asked for.

    Raises:
        ClusterError: This node has another policy.
        IndexMismatchError: This node has another index or other documents.
    """
    from assistant.answering import gate_for
    from index import find_model, load_index
    from index.manifest import Manifest
    from index.sharded import ShardedVectors
    from index.vectors import VectorStore

    settings = Settings.load(**plan.settings)
    manifest = agreed_manifest(plan.index, plan.manifest)
    corpus = Corpus.load(plan.corpus) if plan.corpus else Corpus.bundled()

    def in_shards(folder: Path, manifest: Manifest) -> VectorStore:
        return ShardedVectors(manifest.shards, manifest.dimension, ask)

    index = load_index(
        corpus,
        plan.index,
        find_model(settings.model, settings.precision),
        gate=gate_for(corpus),
        vectors=in_shards if manifest.shards else None,
    )
    assistant = Assistant(corpus=corpus, policy=plan.policy, index=index, settings=settings)
    if assistant.policy.label != plan.policy_label:
        raise ClusterError(
            f"this node has the policy {assistant.policy.label}, the service {plan.policy_label}"
        )
    return assistant


def open_service(plan: Plan, ask: Ask) -> FastAPI:
    """Return the endpoint of a replica; its models are loaded once it starts."""
    from ui.conversations import Conversations
    from ui.logs import set_up_logs
    from ui.server import build_api
    from ui.service import Service
    from ui.settings import ServiceSettings

    settings = ServiceSettings.load(**plan.service)
    set_up_logs(settings.log_level)
    assistant = open_assistant(plan, ask)
    service = Service(assistant, settings, assistant.version)
    # No page is served, and so no conversation kept.
    return build_api(service, Conversations(1, 60))


class Replica:
    """A replica as Ray Serve starts it: the plan, then a handle for each shard."""

    def __init__(self, plan: str, *shards: Any) -> None:
        self._app = open_service(Plan.model_validate_json(plan), RemoteShards(shards))

    def __serve_build_asgi_app__(self) -> FastAPI:
        """Return what answers; the name is Ray's."""
        return self._app


def application(plan: Plan, shards: int, nodes: int) -> Any:
    """Return the Ray Serve application.

    Args:
        plan: What to serve.
        shards: How many the index has; 0 where it has none.
        nodes: How many the cluster has.

    Raises:
        ClusterError: There are fewer nodes than copies of a shard.
    """
    from ray import serve

    if shards and plan.copies > nodes:
        raise ClusterError(f"{plan.copies} copies of a shard need as many nodes; there are {nodes}")
    service = plan.service
    waiting = int(service["concurrency"]) + int(service["queue_size"])
    own = [
        serve.deployment(ShardServer)
        .options(
            name=f"shard-{number}",
            num_replicas=plan.copies,
            max_replicas_per_node=1,
            max_ongoing_requests=waiting * plan.replicas,
            ray_actor_options={"num_cpus": SHARD_CPUS},
        )
        .bind(str(plan.index), plan.manifest, number)
        for number in range(shards)
    ]
    replica = serve.deployment(serve.ingress()(Replica)).options(
        name="replica",
        num_replicas=plan.replicas,
        max_ongoing_requests=waiting,
        ray_actor_options={"num_cpus": REPLICA_CPUS},
    )
    return replica.bind(plan.model_dump_json(), *own)

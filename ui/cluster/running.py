"""Starting and stopping the service on a cluster that is connected."""

from __future__ import annotations

from typing import Literal

from ui.cluster.application import NAME, Plan, application

Listen = Literal["head", "every"]
_PROXIES = {"head": "HeadOnly", "every": "EveryNode"}


def start(plan: Plan, shards: int, host: str, port: int, listen: Listen = "head") -> None:
    """Start the service and return once every replica and every shard answers.

    Args:
        plan: What to serve.
        shards: How many the index has.
        host: Address to listen on, on each node that listens.
        port: Port to listen on.
        listen: On the head node only, or on every node that has a replica.
    """
    import ray
    from ray import serve

    nodes = sum(bool(node["Alive"]) for node in ray.nodes())
    # Built first: what is wrong with it is said before anything is started.
    built = application(plan, shards, nodes)
    serve.start(proxy_location=_PROXIES[listen], http_options={"host": host, "port": port})
    serve.run(built, name=NAME, route_prefix="/")


def stop() -> None:
    """Stop the service; questions under way are answered first."""
    from ray import serve

    serve.delete(NAME)

"""Shards in processes of their own, each several times, and asking them.

A shard's answer is a pure function of the request, so a request that got none is sent again, and
reaches another copy of the shard.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from index.cluster.connection import ClusterError
from index.errors import IndexMismatchError
from index.manifest import MANIFEST, Manifest, read_manifest
from index.opening import open_shard
from index.sharded import Method, Request

SECONDS = 5.0
"""Time for one try: a thousand times what a shard takes, and below what people wait for."""

TRIES = 4
"""Tries for one request: a lost node is noticed and passed over within the first two."""


class ShardUnavailableError(ClusterError):
    """No copy of a shard answers. Asking again later may help."""


def manifest_digest(folder: Path) -> str:
    """Return the SHA-256 of an index's manifest, which names the hashes of all its files."""
    return hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()


def agreed_manifest(folder: Path, digest: str) -> Manifest:
    """Return the manifest in a folder, which has to be the one that was agreed on.

    Raises:
        IndexMismatchError: This node holds another index.
        IndexNotBuiltError, IndexDamagedError: It holds none, or a damaged one.
    """
    manifest = read_manifest(folder)
    if manifest_digest(folder) != digest:
        raise IndexMismatchError(
            f"{folder}: another index than on the node that started the service"
        )
    return manifest


class ShardServer:
    """Answers requests to one shard.

    Args:
        folder: The index, on this node.
        digest: Of the manifest that all nodes have to hold.
        number: Of the shard.
    """

    def __init__(self, folder: str, digest: str, number: int) -> None:
        manifest = agreed_manifest(Path(folder), digest)
        self._store: Any = open_shard(Path(folder), manifest.shards[number])

    async def ask(self, method: Method, arguments: tuple[Any, ...]) -> Any:
        """Return what a method of the shard's vectors gives; it takes milliseconds."""
        return getattr(self._store, method)(*arguments)


class RemoteShards:
    """Sends requests to shards (an `index.sharded.Ask`), and again where a copy has gone.

    Args:
        handles: Ray Serve's handle of each shard, in order.
    """

    def __init__(self, handles: Sequence[Any]) -> None:
        self._handles = list(handles)

    def __call__(self, requests: Sequence[Request]) -> list[Any]:
        """Return what each request gives; all are under way at the same time.

        Raises:
            ShardUnavailableError: A shard did not answer.
        """
        sent = [(request, self._send(request)) for request in requests]
        return [self._result(request, response) for request, response in sent]

    def _send(self, request: Request) -> Any:
        return self._handles[request.shard].ask.remote(request.method, request.arguments)

    def _result(self, request: Request, response: Any) -> Any:
        from ray.exceptions import RayError, RayTaskError
        from ray.serve.exceptions import RayServeException

        for _ in range(TRIES):
            try:
                return response.result(timeout_s=SECONDS)
            except RayTaskError:
                raise  # the shard did answer: with an error of its own
            except (TimeoutError, RayError, RayServeException) as error:
                reason = error
                response = self._send(request)
        raise ShardUnavailableError(
            f"shard {request.shard} does not answer ({type(reason).__name__})"
        ) from reason

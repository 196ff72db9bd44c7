"""The way to a Ray cluster, which has to ask for a token."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

from corpus.errors import LegMassageError

NAMESPACE = "leg-massage"


class ClusterError(LegMassageError):
    """The cluster is not there, lets nobody in, or lets everybody in."""


@contextmanager
def connected(address: str) -> Iterator[None]:
    """Be connected to a cluster while the block runs.

    A Ray cluster runs whatever code it is sent. So none is used that does not ask for a token.

    Args:
        address: ``host:port`` of its head, or ``auto`` for the one on this machine.

    Raises:
        ClusterError: Ray is not installed, tokens are off, or the cluster cannot be entered.
    """
    if os.environ.get("RAY_AUTH_MODE") != "token":
        raise ClusterError(
            "set RAY_AUTH_MODE=token here and on every node: without it, whoever reaches the"
            " cluster can run code on it (see docs/scaling.md)"
        )
    try:
        import ray
    except ImportError as error:
        raise ClusterError(
            "Ray is missing: pip install 'leg-massage-assistant[cluster]'"
        ) from error
    try:
        ray.init(address, namespace=NAMESPACE, log_to_driver=False, logging_level=logging.ERROR)
    except (ray.exceptions.RayError, ConnectionError, RuntimeError, ValueError) as error:
        if is_refused(error):
            raise ClusterError(f"{address}: the cluster does not accept this token") from error
        raise ClusterError(f"{address}: no cluster to connect to") from error
    try:
        yield
    finally:
        ray.shutdown()


def is_refused(error: BaseException) -> bool:
    """Tell whether a cluster let nobody in for want of the right token.

    Ray tries again for a while and then raises another error, whose text alone, or what came
    before it, names the refusal.
    """
    said = [error, error.__cause__, error.__context__]
    return any("AuthenticationError" in f"{type(e).__name__} {e}" for e in said)

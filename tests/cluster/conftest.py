"""A Ray cluster of two nodes on this machine, with tokens on."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import secrets
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
NODE = {
    "num_cpus": 4,  # room for the test's processes, whatever the machine has
    "object_store_memory": 80 * 1024 * 1024,
    "include_dashboard": False,
}
ENVIRONMENT = {
    "RAY_AUTH_MODE": "token",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_enable_worker_prestart": "0",
    "OMP_NUM_THREADS": "1",
    # Workers import this tree, and the tests' own stand-ins.
    "PYTHONPATH": str(ROOT),
}


class TwoNodes:
    """A cluster whose second node can be lost."""

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster

        self._cluster = Cluster(initialize_head=True, head_node_args=NODE)
        self._second = self._cluster.add_node(**NODE)
        self._cluster.wait_for_nodes()
        self.address = str(self._cluster.address)

    def kill_second(self) -> None:
        """Kill every process of the second node at once, as a power cut would."""
        (raylet,) = self._second.all_processes["raylet"]
        for process in [raylet.process.pid, *descendants(raylet.process.pid)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self._cluster.remove_node(self._second, allow_graceful=False)

    def shutdown(self) -> None:
        """Stop what is left."""
        self._cluster.shutdown()


def descendants(process: int) -> list[int]:
    """Return the processes that a process started, and those that they started."""
    own = Path(f"/proc/{process}/task").glob("*/children")
    children = [int(child) for path in own for child in path.read_text().split()]
    return [*children, *(later for child in children for later in descendants(child))]


@pytest.fixture(scope="session")
def cluster() -> Iterator[Any]:
    if importlib.util.find_spec("ray") is None:
        pytest.skip("Ray is not installed; make cluster-test installs it")
    before = dict(os.environ)
    os.environ.update(ENVIRONMENT, RAY_AUTH_TOKEN=secrets.token_hex(32))
    nodes = TwoNodes()
    try:
        yield nodes
    finally:
        nodes.shutdown()
        os.environ.clear()
        os.environ.update(before)

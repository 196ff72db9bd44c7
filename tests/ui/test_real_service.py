"""The service around the real assistant: one policy version, and how it stops."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from starlette.testclient import TestClient

from assistant.assistant import Assistant
from ui.serve import make_app
from ui.settings import ServiceSettings

CANARY = "xyzzy-my-knee-secret"
EMERGENCY = "I have chest pain"
SERVICE = """
import sys, threading
from pathlib import Path
from assistant.assistant import Assistant
from ui.serve import serve
from ui.settings import ServiceSettings

begun, go_on = map(Path, sys.argv[1:])

class Slow(Assistant):
    def load(self, progress=None):
        raise OSError("no index: this test needs none")

    def answer(self, question, history=()):
        begun.touch()
        while not go_on.exists():
            threading.Event().wait(0.01)
        return super().answer("I have chest pain")

serve(Slow(), ServiceSettings.load(port=0))
"""


def test_one_policy_version_in_replies_readiness_and_metrics(tmp_path: Path) -> None:
    settings = ServiceSettings.load({}, store="off")
    client = TestClient(make_app(Assistant(), settings))  # not started: no index is opened
    reply = client.post("/api/answer", json={"question": EMERGENCY}).json()
    version = reply["decision"]["policy_version"]
    assert "+net-" in version
    assert client.get("/readyz").json()["parts"]["policy"] == version
    assert f'leg_massage_policy_info{{version="{version}"}} 1.0' in client.get("/metrics").text


class Served:
    """The service in a process of its own, with one question that runs until it is let go on."""

    def __init__(self, folder: Path, shutdown_seconds: int) -> None:
        self.begun, self.go_on = folder / "begun", folder / "go_on"
        environment = {
            **os.environ,
            "LEG_MASSAGE_STORE": "off",
            "LEG_MASSAGE_LOG_LEVEL": "DEBUG",
            "LEG_MASSAGE_SHUTDOWN_SECONDS": str(shutdown_seconds),
        }
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVICE, str(self.begun), str(self.go_on)],
            stderr=subprocess.PIPE,
            env=environment,
            text=True,
        )
        assert self.process.stderr is not None
        self.log = ""
        while "startup complete" not in self.log:
            line = self.process.stderr.readline()
            assert line, self.log
            self.log += line
        found = re.search(r"open (http://\S+)", self.log)
        assert found
        self.address = found[1]

    def ask(self, question: str) -> httpx.Response:
        """Ask over the JSON endpoint."""
        return httpx.post(f"{self.address}/api/answer", json={"question": question}, timeout=120)

    def stop(self) -> None:
        """Tell it to stop, and wait until it takes no new question."""
        self.process.send_signal(signal.SIGTERM)
        while self._is_open():
            threading.Event().wait(0.02)

    def _is_open(self) -> bool:
        try:
            httpx.get(f"{self.address}/healthz", timeout=120)
        except httpx.TransportError:
            return False
        return True

    def ended(self) -> str:
        """Return the whole log of a process that has ended by itself."""
        _, rest = self.process.communicate(timeout=120)
        return self.log + rest


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    (tmp_path / "go_on").touch()  # whatever failed, no process is left waiting


def test_running_question_is_answered_and_a_new_one_refused_while_it_stops(folder: Path) -> None:
    served = Served(folder, shutdown_seconds=60)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(served.ask, f"How do I knead? {CANARY}")
        while not served.begun.exists():
            threading.Event().wait(0.02)
        served.stop()
        with pytest.raises(httpx.TransportError):
            served.ask(EMERGENCY)
        served.go_on.touch()
        assert running.result().json()["outcome"] == "referral"
    log = served.ended()
    assert served.process.returncode == -signal.SIGTERM
    assert '"event": "stopped"' in log
    assert '"event": "turn"' in log
    # The log is the one of DEBUG, of our lines and of every library's.
    assert CANARY not in log


def test_question_that_never_ends_keeps_no_service_from_stopping(folder: Path) -> None:
    served = Served(folder, shutdown_seconds=1)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(served.ask, f"How do I knead? {CANARY}")
        while not served.begun.exists():
            threading.Event().wait(0.02)
        served.stop()
        log = served.ended()
        gone = running.exception()
    assert gone is None or isinstance(gone, httpx.TransportError)
    assert "timeout graceful shutdown exceeded" in log
    assert CANARY not in log

"""``leg-massage cluster`` where there is no cluster: what is wrong, in one line."""

from __future__ import annotations

import importlib.util

import pytest

from index.cluster.connection import is_refused
from ui.cli import main


def test_a_cluster_without_tokens_is_not_used(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("RAY_AUTH_MODE", raising=False)
    assert main(["cluster", "build"]) == 2
    shown = capsys.readouterr().err
    assert shown.count("\n") == 1 and "RAY_AUTH_MODE=token" in shown


@pytest.mark.skipif(importlib.util.find_spec("ray") is not None, reason="Ray is installed")
def test_the_missing_extra_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RAY_AUTH_MODE", "token")
    assert main(["cluster", "serve"]) == 2
    assert "pip install 'leg-massage-assistant[cluster]'" in capsys.readouterr().err


def test_a_refusal_is_told_from_a_cluster_that_is_not_there() -> None:
    # As Ray tells it: in the text of the error that it raises when it has tried often enough.
    told = RuntimeError("Failed to connect to GCS: ray.exceptions.AuthenticationError: RPC error")
    later = ConnectionError("no node")
    later.__context__ = told
    assert is_refused(told) and is_refused(later)
    assert not is_refused(ConnectionError("no node"))


@pytest.mark.parametrize("count", ["0", "-1", "two"])
def test_counts_begin_at_one(count: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["cluster", "serve", "--replicas", count])
    assert "is not 1 or more" in capsys.readouterr().err

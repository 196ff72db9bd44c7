"""What is installed is what was locked, is looked up as a whole, and asks nobody at run time."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from index import ModelError, find_model
from tools import audit

PACKAGES = {"numpy": "2.4.0", "torch": "2.13.0"}
SOUND = [
    {"name": "numpy", "version": "2.4.0", "vulns": []},
    {"name": "torch", "version": "2.13.0", "vulns": []},
]
FOUND = {"id": "X-1", "fix_versions": ["2.4.1"]}
ASK = """
import sys

def refuse(event, arguments):
    if event in ("socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo"):
        raise SystemExit(f"asked the network: {event} {arguments[1:]}")

sys.addaudithook(refuse)
from assistant import answer
print(answer("What does petrissage do?").outcome, answer("I have a blood clot").outcome)
"""


@pytest.mark.parametrize(
    ("report", "status", "says"),
    [
        (SOUND, 0, "2 packages, 0 known vulnerabilities, 0 not looked up"),
        ([SOUND[1], {**SOUND[0], "vulns": [FOUND]}], 1, "numpy 2.4.0: X-1, mended in 2.4.1"),
        (SOUND[:1], 2, "torch 2.13.0: not looked up (not in the report)"),
        ([SOUND[0], {"name": "torch", "skip_reason": "not found"}], 2, "not looked up (not found)"),
        ([SOUND[0], {**SOUND[1], "version": "2.12.0"}], 2, "torch 2.13.0: not looked up"),
        ([], 2, "2 not looked up"),
    ],
)
def test_package_that_was_not_looked_up_is_no_clean_one(
    report: list[dict[str, object]], status: int, says: str
) -> None:
    verdict = audit.judge(PACKAGES, {"dependencies": report})
    assert verdict.status == status
    assert says in "\n".join(verdict.lines)


def test_audit_that_cannot_ask_fails_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def offline(*_: object, **__: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess([], 1, "", "ConnectionError: unreachable\n")

    monkeypatch.setattr("tools.audit.subprocess.run", offline)
    assert audit.main() == 2
    told = capsys.readouterr().err
    assert "nothing was checked" in told
    assert "unreachable" in told


def test_audit_asks_for_torch_too() -> None:
    root = Path(audit.__file__).parents[1]
    packages = audit.wanted(
        (root / "requirements.lock").read_text(encoding="utf-8"),
        (root / "Makefile").read_text(encoding="utf-8"),
    )
    assert "torch" in packages
    assert len(packages) > 50


def test_weights_that_were_changed_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"other weights")
    monkeypatch.setattr("index.model._bundled_folder", lambda: tmp_path)
    with pytest.raises(ModelError, match="reinstall"):
        find_model()


@pytest.mark.model
@pytest.mark.slow
def test_answer_and_referral_ask_nobody(tmp_path: Path) -> None:
    environment = {**os.environ, "LEG_MASSAGE_INDEX": str(tmp_path / "index")}
    isolated = shutil.which("unshare") and _can_unshare()
    # A namespace without any network, where the system allows one; the hook in any case.
    command = ["unshare", "--net", "--map-root-user"] if isolated else []
    done = subprocess.run(
        [*command, sys.executable, "-c", ASK],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["answer", "referral"]


def _can_unshare() -> bool:
    command = ["unshare", "--net", "--map-root-user", "true"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0

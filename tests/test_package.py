"""The wheel holds everything it needs and works from any directory."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
REFERRED = "my left calf is swollen and hot since the flight, can I massage it?"
ASK = f"""
import safety, assistant, corpus, index, ui
from assistant import answer
from safety.cases import bundled_cases
reply = answer({REFERRED!r})
assert reply.outcome == "referral", reply.outcome
assert reply.citations[0].quote
assert len(bundled_cases()) >= 400
print(safety.__file__)
"""


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """Run a command that must succeed and return what it printed."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from the tree, with the locked build tools."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--quiet"]
    run(*pip, "--wheel-dir", folder, ROOT, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.mark.slow
def test_the_wheel_holds_the_data_and_nothing_of_the_repository(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.partition("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == {"corpus", "index", "assistant", "safety", "ui"}
    for needed in (
        "corpus/leg-massage.md",
        "corpus/py.typed",
        "safety/policy/policy.toml",
        "safety/policy/messages.toml",
        "safety/cases/conversations.jsonl",
        "safety/cases/baseline.toml",
        "safety/perturb.toml",
        "ui/report.css",
    ):
        assert needed in names
    assert [name for name in names if "training" in name or name.endswith((".pkl", ".pyc"))] == []


@pytest.mark.slow
def test_the_unpacked_wheel_refers_from_any_directory(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shown = run(sys.executable, "-c", ASK, cwd=elsewhere, PYTHONPATH=str(tmp_path / "site"))
    assert Path(shown.strip()).is_relative_to(tmp_path / "site")


@pytest.mark.package
def test_the_wheel_works_in_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    """Installs torch and the locked packages anew: minutes."""
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / "bin" / "python"
    install = [python, "-m", "pip", "install", "--quiet"]
    run(*install, "torch==2.13.0", cwd=tmp_path)
    lock = ROOT / "requirements.lock"
    run(*install, "--no-deps", "--require-hashes", "-r", lock, cwd=tmp_path)
    run(*install, "--no-deps", wheel, cwd=tmp_path)
    run(python, "-m", "pip", "check", cwd=tmp_path)
    run(python, "-c", ASK, cwd=tmp_path)
    command = tmp_path / "env" / "bin" / "leg-massage"
    home = str(tmp_path / "home")
    reply = run(command, "ask", "What does petrissage do?", cwd=tmp_path, LEG_MASSAGE_INDEX=home)
    assert "[1]" in reply
    run(command, "check", "--guard-only", "--quiet", cwd=tmp_path)

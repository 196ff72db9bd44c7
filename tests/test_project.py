"""Installs that repeat themselves, locked by hash; and links that lead somewhere."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
CLUSTER_LOCK = (ROOT / "requirements-cluster.lock").read_text(encoding="utf-8")


def locked(lock: str) -> list[tuple[str, str]]:
    return re.findall(r"^([a-z0-9-]+)==([^ ]+)", lock, flags=re.MULTILINE)


LOCKED = locked(LOCK)


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def names(requirements: list[str]) -> set[str]:
    return {normal(re.split(r"[<>=!~\[; ]", requirement)[0]) for requirement in requirements}


@pytest.mark.parametrize("lock", [LOCK, CLUSTER_LOCK])
def test_every_locked_package_has_hashes(lock: str) -> None:
    blocks = re.split(r"\n(?=[a-z0-9-]+==)", lock)
    assert [
        block.split()[0] for block in blocks if "==" in block and "--hash=sha256:" not in block
    ] == []


def test_every_requirement_is_locked_but_torch() -> None:
    data = project()["project"]
    extras = data["optional-dependencies"]
    cluster = extras.pop("cluster")
    wanted = names([*data["dependencies"], *(item for extra in extras.values() for item in extra)])
    assert wanted - {name for name, _ in LOCKED} == {"torch"}
    wanted = names([*data["dependencies"], *cluster])
    assert wanted - {name for name, _ in locked(CLUSTER_LOCK)} == {"torch"}


def test_the_cluster_has_the_same_packages_and_some_more() -> None:
    own, more = set(LOCKED), set(locked(CLUSTER_LOCK))
    shared = {name for name, _ in own} & {name for name, _ in more}
    assert {entry for entry in own ^ more if entry[0] in shared} == set()
    assert "ray" not in {name for name, _ in own}


def test_the_one_torch_is_the_same_everywhere() -> None:
    (constraint,) = project()["tool"]["uv"]["constraint-dependencies"]
    assert f"TORCH := {constraint}\n" in (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "torch" not in {name for name, _ in LOCKED}


def test_every_requirement_has_a_lower_bound() -> None:
    data = project()["project"]
    extras = [item for extra in data["optional-dependencies"].values() for item in extra]
    assert [item for item in [*data["dependencies"], *extras] if ">=" not in item] == []


def test_continuous_integration_runs_make_test_and_nothing_else() -> None:
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    commands = [line for line in lines if line and not line.startswith("#")]
    assert commands == ["set -euo pipefail", 'cd "$(dirname "$0")/.."', "exec make test"]


def test_what_readme_and_docs_link_to_is_there() -> None:
    texts = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    links = [
        (text, link.partition("#")[0])
        for text in texts
        for link in re.findall(r"\]\(([^)\s]+)\)", text.read_text("utf-8"))
        if "://" not in link and not link.startswith("#")
    ]
    assert links
    missing = [f"{text.name}: {link}" for text, link in links if not (text.parent / link).exists()]
    assert missing == []

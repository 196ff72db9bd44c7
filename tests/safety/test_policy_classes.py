"""A policy without a word class that the engine reads is refused at the start."""

from __future__ import annotations

import shutil
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from corpus.errors import PolicyError
from safety.policy import CLASSES, load_policy


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_policy_without_a_class_that_is_read_is_refused(tmp_path: Path, name: str) -> None:
    with as_file(files("safety") / "policy") as folder:
        shutil.copytree(folder, tmp_path / "policy")
    path = tmp_path / "policy" / "classes.toml"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text(
        "\n".join(line for line in lines if not line.startswith(f"{name} = ")), encoding="utf-8"
    )
    with pytest.raises(PolicyError, match=name):
        load_policy(tmp_path / "policy")

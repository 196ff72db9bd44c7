"""What the image and the unit promise, read from their files: no engine runs them here."""

from __future__ import annotations

import configparser
import os
import re
import subprocess
from pathlib import Path

from ui.settings import PREFIX, ServiceSettings

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
UNIT = (ROOT / "deploy" / "leg-massage.service").read_text(encoding="utf-8")


def test_image_is_installed_as_everywhere_else() -> None:
    assert "RUN make install PYTHON=python3.11" in DOCKERFILE
    assert "pip install" not in DOCKERFILE


def test_torch_can_be_taken_from_a_further_index_in_the_image_as_everywhere_else() -> None:
    build_stage = DOCKERFILE.rpartition("\nFROM ")[0]
    assert 'ARG TORCH_INDEX=""' in build_stage.partition("RUN make install")[0]

    def steps(*settings: str) -> str:
        command = ["make", "--dry-run", "--always-make", "install", *settings]
        return subprocess.run(
            command, cwd=ROOT, env={"PATH": os.environ["PATH"]}, capture_output=True, check=True
        ).stdout.decode()

    plain = "pip install --quiet  torch=="
    assert plain in steps()
    assert plain in steps("TORCH_INDEX=")
    assert "--extra-index-url http://cpu.example torch==" in steps("TORCH_INDEX=http://cpu.example")


def test_no_builder_copies_the_environment_or_the_history() -> None:
    # The legacy builder reads this file alone, and BuildKit one beside the Dockerfile first.
    left_out = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert {".git", ".venv"} <= set(left_out)
    assert not (ROOT / "deploy" / "Dockerfile.dockerignore").exists()


def test_image_runs_as_a_user_of_its_own_and_says_how_it_is() -> None:
    last_stage = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.search(r"^USER (?!root)\w", last_stage, re.MULTILINE)
    assert "HEALTHCHECK" in last_stage
    assert "/healthz" in last_stage
    assert "--read-only" in DOCKERFILE


def test_unit_gives_up_every_privilege() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(UNIT)
    service = unit["Service"]
    assert service["ProtectSystem"] == "strict"
    assert service["NoNewPrivileges"] == "yes"
    assert service["DynamicUser"] == "yes"
    assert service["CapabilityBoundingSet"] == ""


def test_settings_named_in_the_files_exist() -> None:
    from assistant.settings import Settings

    known = {
        PREFIX + name.upper() for name in (*ServiceSettings.model_fields, *Settings.model_fields)
    }
    documents = [ROOT / "docs" / name for name in ("service.md", "page.md")]
    texts = [DOCKERFILE, UNIT, *(path.read_text(encoding="utf-8") for path in documents)]
    named = set(re.findall(rf"{PREFIX}[A-Z_]+[A-Z]", "\n".join(texts))) - {f"{PREFIX}NAME"}
    assert named - known == set()


def test_pictures_of_the_tour_are_there_and_are_all_shown() -> None:
    from tools.tour import STOPS

    text = (ROOT / "docs" / "page.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"images/([\w-]+)\.png", text))
    assert shown == {stop.name for stop in STOPS}
    assert all((ROOT / "docs" / "images" / f"{name}.png").exists() for name in shown)

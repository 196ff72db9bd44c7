"""A policy that is kept prepared is the policy, to the last byte, or it is not used."""

from __future__ import annotations

import inspect
import json
import os
import shutil
from collections.abc import Callable
from importlib import resources
from importlib.resources import as_file
from pathlib import Path

import pytest

from corpus.errors import PolicyError
from safety import policy_cache
from safety.cases import bundled_cases
from safety.compile import Compiled
from safety.guard import Guard
from safety.policy import Policy, bundled, load_policy
from safety.policy_cache import prepared_policy

CASES = [list(case.turns) for case in bundled_cases()[::20]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the bundled policy."""
    with as_file(bundled()) as source:
        return Path(shutil.copytree(source, tmp_path / "policy"))


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def kept(folder: Path, cache: Path) -> Path:
    """Return the file of a policy that was kept."""
    prepared_policy(folder, cache)
    return the_file(cache)


@pytest.fixture
def compiled_anew(monkeypatch: pytest.MonkeyPatch) -> list[Policy]:
    """Return a list that grows whenever a policy is read from its own files."""
    read: list[Policy] = []

    def load(path: Path | str | None = None) -> Policy:
        read.append(load_policy(path))
        return read[-1]

    monkeypatch.setattr(policy_cache, "load_policy", load)
    return read


def the_file(cache: Path) -> Path:
    (file,) = cache.iterdir()
    return file


def test_what_is_kept_equals_what_is_compiled(
    folder: Path, cache: Path, kept: Path, compiled_anew: list[Policy]
) -> None:
    again = prepared_policy(folder, cache)
    assert not compiled_anew
    anew = Compiled(load_policy(folder))
    assert again.policy == anew.policy
    assert again.tables == anew.tables
    guards = Guard(again), Guard(anew)
    for turns in CASES:
        one, other = (guard.decide(turns).model_dump_json() for guard in guards)
        assert one == other


def cut_short(text: str) -> str:
    return text[: len(text) // 2]


def emptied(text: str) -> str:
    return ""


def one_letter_changed(text: str) -> str:
    """Turn what refers into something that never comes up."""
    assert '"w:pregnant"' in text
    return text.replace('"w:pregnant"', '"w:pregnamt"')


def made_from_other_files(text: str) -> str:
    head, _, body = text.partition("\n")
    return json.dumps(json.loads(head) | {"key": "0" * 64}) + "\n" + body


def hash_left_out(text: str) -> str:
    head, _, body = text.partition("\n")
    return json.dumps({"key": json.loads(head)["key"]}) + "\n" + body


def no_text(text: str) -> str:
    return "\x00\xff"


@pytest.mark.parametrize(
    "damage",
    [cut_short, emptied, one_letter_changed, made_from_other_files, hash_left_out, no_text],
)
def test_what_is_damaged_is_compiled_anew_and_kept_anew(
    damage: Callable[[str], str],
    folder: Path,
    cache: Path,
    kept: Path,
    compiled_anew: list[Policy],
) -> None:
    sound = kept.read_bytes()
    kept.write_bytes(damage(sound.decode()).encode())
    assert prepared_policy(folder, cache).tables == Compiled(load_policy(folder)).tables
    assert len(compiled_anew) == 1
    assert kept.read_bytes() == sound


def test_a_changed_policy_is_compiled_anew(folder: Path, cache: Path, kept: Path) -> None:
    texting = folder / "texting.toml"
    texting.write_text(texting.read_text("utf-8") + "# another byte\n", encoding="utf-8")
    assert prepared_policy(folder, cache).policy.digest == load_policy(folder).digest
    assert the_file(cache) == kept, "the older one is replaced"


@pytest.mark.parametrize("name", ["matcher.py", "tables/words.txt"])
def test_other_code_compiles_anew(
    name: str,
    folder: Path,
    cache: Path,
    kept: Path,
    compiled_anew: list[Policy],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    package = tmp_path / "safety"
    (package / "tables").mkdir(parents=True)
    with as_file(resources.files("safety")) as source:
        for file in (*source.glob("*.py"), source / "tables" / "words.txt"):
            shutil.copy(file, package / file.relative_to(source))
    monkeypatch.setattr(policy_cache.resources, "files", lambda _: package)
    prepared_policy(folder, cache)
    assert len(compiled_anew) == 1
    prepared_policy(folder, cache)
    assert len(compiled_anew) == 1
    (package / name).write_text((package / name).read_text("utf-8") + "\n", encoding="utf-8")
    prepared_policy(folder, cache)
    assert len(compiled_anew) == 2


@pytest.mark.skipif(os.name != "posix", reason="the system has no such modes")
@pytest.mark.parametrize("mode", [0o620, 0o602])
def test_what_others_can_write_is_not_used(
    mode: int, folder: Path, cache: Path, kept: Path, compiled_anew: list[Policy]
) -> None:
    kept.chmod(mode)
    prepared_policy(folder, cache)
    assert len(compiled_anew) == 1
    assert kept.stat().st_mode & 0o777 == 0o600


def test_a_damaged_policy_stops_the_start_though_a_sound_one_is_kept(
    folder: Path, cache: Path, kept: Path
) -> None:
    (folder / "cues.toml").write_text("[[[", encoding="utf-8")
    with pytest.raises(PolicyError, match=r"cues\.toml"):
        prepared_policy(folder, cache)
    (folder / "cues.toml").unlink()
    with pytest.raises(PolicyError, match=r"cues\.toml"):
        prepared_policy(folder, cache)


def test_a_folder_that_cannot_be_written_costs_only_time(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert prepared_policy(folder, tmp_path / "file" / "cache").policy == load_policy(folder)


def test_a_value_that_json_has_no_form_for_is_not_kept(folder: Path, cache: Path) -> None:
    messages = folder / "messages.toml"
    text = messages.read_text("utf-8") + "\n[reviewed]\non = 2026-01-31\n"
    messages.write_text(text, encoding="utf-8")
    assert prepared_policy(folder, cache).policy == load_policy(folder)
    assert not cache.exists()


@pytest.mark.parametrize(
    "name",
    [name for name, _ in inspect.getmembers(policy_cache, inspect.isfunction) if name[0] == "_"],
)
def test_a_step_that_fails_gives_no_guard(
    name: str, folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError(name)

    if name in {"_is_ours", "_tables"}:  # these read what was kept
        prepared_policy(folder, cache)
    monkeypatch.setattr(policy_cache, name, fails)
    with pytest.raises(RuntimeError, match=name):
        prepared_policy(folder, cache)
    monkeypatch.undo()
    assert prepared_policy(folder, cache).tables == Compiled(load_policy(folder)).tables

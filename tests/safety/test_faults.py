"""Whatever fails inside the safety layer, the turn fails closed: never an unchecked answer.

The stages are enumerated from the code: every function and method of the modules that the guard
uses. A new one is tested without being named here; one that no probe reaches fails the test.
"""

from __future__ import annotations

import importlib
import inspect
import logging
import pkgutil
import shutil
from collections.abc import Callable, Iterator, Sequence
from importlib.resources import as_file
from pathlib import Path
from typing import Any

import pytest

import safety
from corpus.errors import PolicyError
from safety.decision import Finding
from safety.guard import Guard
from safety.policy import bundled, load_policy

CANARY = "zebrastripe"
PROBES = [
    [f"What does petrissage do? {CANARY}"],
    ["My left calf is swollen, hot and red since the flight, can I massage it?"],
    ["I am not pregnant and have no wounds; how do I knead my calf?"],
    ["I'm pregnant", "sorry, I mistyped: I'm not pregnant, I meant tired. How firm?"],
    ["My mum has varicose veins.", "The massage is for my brother, who is well. How firm?"],
    ["Why does a clot rule massage out?"],
    ["¿Para qué sirve el amasamiento? Me duele el pecho y no puedo respirar"],
    ["my calf is swollen", "it's warm too", "I d0n't know, is it a D V T or a blod clot?? 🤰"],
]
# What runs when the policy is read and compiled, not when a message is decided, and tools.
AT_START = {"safety.policy", "safety.compile", "safety.cases", "safety.noise", "safety.perturb"}
NO_STAGES = ("safety.net", "safety.tables", "safety.training", "safety.lint")
ERRORS = [RuntimeError, MemoryError, RecursionError, TimeoutError]


def stages() -> list[str]:
    """Return every function and method that can run while a message is decided."""
    found = []
    for module in pkgutil.walk_packages(safety.__path__, "safety."):
        if module.name in AT_START or module.name.startswith(NO_STAGES):
            continue
        loaded = importlib.import_module(module.name)
        for name, member in vars(loaded).items():
            if getattr(member, "__module__", None) != module.name:
                continue
            if inspect.isfunction(member):
                found.append(f"{module.name}:{name}")
            elif inspect.isclass(member):
                found += [
                    f"{module.name}:{name}.{method}"
                    for method, function in vars(member).items()
                    if inspect.isfunction(function)
                    and function.__code__.co_filename == loaded.__file__
                    and not getattr(member, "_is_protocol", False)
                ]
    return sorted(found)


# Methods that run when the guard is made, not when it decides.
OF_CONSTRUCTION = {
    "safety.guard:Guard.__init__",
    "safety.guard:Guard.decide",  # the place that catches
    "safety.guard:Guard.read",  # for tools that explain
}


def raiser(error: type[Exception]) -> Callable[..., Any]:
    def raises(*args: Any, **kwargs: Any) -> Any:
        raise error(CANARY)

    return raises


@pytest.fixture(scope="module")
def guard() -> Guard:
    return Guard()


def patched(stage: str, error: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a stage raise, wherever its name was imported to."""
    module, _, path = stage.partition(":")
    owner: Any = importlib.import_module(module)
    *parents, name = path.split(".")
    for parent in parents:
        owner = getattr(owner, parent)
    original = inspect.getattr_static(owner, name)
    monkeypatch.setattr(owner, name, raiser(error))
    if parents:
        return
    for other in pkgutil.walk_packages(safety.__path__, "safety."):
        if other.name.startswith(NO_STAGES):
            continue
        loaded = importlib.import_module(other.name)
        if vars(loaded).get(name) is original:
            monkeypatch.setattr(loaded, name, raiser(error))


@pytest.mark.parametrize("stage", [stage for stage in stages() if stage not in OF_CONSTRUCTION])
def test_a_stage_that_raises_fails_closed(
    stage: str, guard: Guard, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    plain = [guard.decide(probe) for probe in PROBES]
    for error in ERRORS:
        with monkeypatch.context() as patch:
            patched(stage, error, patch)
            fresh = Guard.__new__(Guard)
            fresh.__dict__.update(guard.__dict__)
            fresh._read = fresh._read_message  # type: ignore[assignment]  # no reading from before
            broken = [fresh.decide(probe) for probe in PROBES]
        assert any(decision.failed for decision in broken), "no probe reaches this stage: add one"
        for before, after in zip(plain, broken, strict=True):
            assert (after.failed and after.action == "refer") or after == before
    assert CANARY not in caplog.text


class Broken:
    """A detector that fails in one way."""

    version = "broken"

    def __init__(self, error: type[BaseException]) -> None:
        self.error = error

    def detect(self, messages: Sequence[str], cleared: Sequence[Finding]) -> list[Finding]:
        raise self.error(CANARY)


@pytest.mark.parametrize("error", ERRORS)
def test_a_detector_that_raises_fails_closed(
    error: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "safety.guard"):
        decision = Guard(detector=Broken(error)).decide(["What does petrissage do?"])
    assert decision.failed
    assert decision.action == "refer"
    assert error.__name__ in caplog.text
    assert CANARY not in caplog.text


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_a_stopped_process_gives_no_answer(stop: type[BaseException]) -> None:
    with pytest.raises(stop):
        Guard(detector=Broken(stop)).decide(["What does petrissage do?"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the bundled policy, to damage."""
    with as_file(bundled()) as source:
        return Path(shutil.copytree(source, tmp_path / "policy"))


def policy_files() -> Iterator[str]:
    with as_file(bundled()) as source:
        yield from sorted(str(p.relative_to(source)) for p in source.rglob("*.toml"))


@pytest.mark.parametrize("name", policy_files())
def test_a_damaged_policy_file_stops_the_start(name: str, folder: Path) -> None:
    path = folder / name
    path.write_text(path.read_text(encoding="utf-8") + "\n[[[", encoding="utf-8")
    with pytest.raises(PolicyError, match=path.name):
        Guard(load_policy(folder))


@pytest.mark.parametrize("name", policy_files())
def test_a_policy_file_that_is_no_text_stops_the_start(name: str, folder: Path) -> None:
    (folder / name).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PolicyError, match=Path(name).name):
        Guard(load_policy(folder))


@pytest.mark.parametrize("name", policy_files())
def test_a_missing_policy_file_stops_the_start(name: str, folder: Path) -> None:
    (folder / name).unlink()
    with pytest.raises(PolicyError):
        Guard(load_policy(folder))


def test_a_missing_policy_folder_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="no such policy folder"):
        load_policy(tmp_path / "absent")


def test_a_policy_with_unknown_keys_stops_the_start(folder: Path) -> None:
    path = folder / "policy.toml"
    path.write_text("surprise = 1\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(PolicyError, match="surprise"):
        load_policy(folder)

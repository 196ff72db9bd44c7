"""Whatever fails in the second net, the turn fails closed; stages are enumerated from the code."""

from __future__ import annotations

import importlib
import inspect
import json
import logging
import pkgutil
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

import pytest

import safety.net
from corpus.errors import PolicyError
from safety.decision import Decision
from safety.guard import Guard
from safety.net.weights import FILES, HERE
from safety.policy import Policy
from safety.second_net import SecondNet
from tests.safety.small import small_policy
from tests.safety.test_faults import CANARY, code_of, forget_everything, raising, watching

pytestmark = pytest.mark.model

PROBES = (
    [f"How long should I knead a calf? {CANARY}"],
    ["One boot will not go on any more, and the shin above it shines."],
    ["I am not pregnant; which oil suits tired feet?"],
    ["We walked along the river and talked about the harvest and the bridge. " * 40],
)
OUTSIDE = {"safety.net.packing:pack"}  # for training


def stages() -> dict[str, CodeType]:
    """Return the code of every function and method of the second net, by module and name."""
    names = ["safety.second_net", "safety.base_encoder", "safety.net"]
    names += [module.name for module in pkgutil.walk_packages(safety.net.__path__, "safety.net.")]
    found = {}
    for name in names:
        module = importlib.import_module(name)
        for own, member in vars(module).items():
            if getattr(member, "__module__", None) != name:
                continue
            if not inspect.isclass(member):
                found[f"{name}:{own}"] = code_of(member)
            elif not getattr(member, "_is_protocol", False):
                for method, function in vars(member).items():
                    found[f"{name}:{own}.{method}"] = code_of(function)
    ours = str(Path(safety.__file__).parent)
    return {
        name: code
        for name, code in sorted(found.items())
        if code is not None and code.co_filename.startswith(ours) and name not in OUTSIDE
    }


@dataclass(frozen=True)
class Reached:
    """The code that runs when the net is loaded, and the probes that run the rest."""

    load: set[CodeType]
    read: dict[CodeType, list[str]]
    guard: Guard
    plain: dict[str, Decision]


@pytest.fixture(scope="module")
def reached() -> Reached:
    load: set[CodeType] = set()
    read: dict[CodeType, list[str]] = {}
    plain = {}
    forget_everything()
    net = SecondNet()
    # A few rules of another subject leave it to the net.
    guard = Guard(small_policy(limits={"max_message_chars": 9000, "max_messages": 5}), net)
    with watching(lambda frame: load.add(frame.f_code)):
        SecondNet()
        net.load()
    for probe in PROBES:
        seen: set[CodeType] = set()
        with watching(lambda frame, seen=seen: seen.add(frame.f_code)):  # type: ignore[misc]
            plain[probe[0]] = guard.decide(probe)
        for code in seen:
            read.setdefault(code, probe)
    assert not any(decision.failed for decision in plain.values())
    return Reached(load, read, guard, plain)


@pytest.mark.parametrize("stage", stages())
def test_a_stage_of_the_net_that_raises_fails_closed(
    stage: str, reached: Reached, caplog: pytest.LogCaptureFixture
) -> None:
    code = stages()[stage]
    assert code in reached.load | reached.read.keys(), "no probe reaches this stage: add one"
    if stage == "safety.second_net:SecondNet.__init__":
        with pytest.raises(RuntimeError, match=CANARY), watching(raising(code, RuntimeError)):
            SecondNet()
        return
    probe = reached.read.get(code, PROBES[0])
    errors = [RuntimeError, MemoryError, TimeoutError] if code in reached.read else [MemoryError]
    for error in errors:
        guard = reached.guard if code in reached.read else Guard(reached.guard.policy, SecondNet())
        if code in reached.load:
            forget_everything()
        with caplog.at_level(logging.ERROR, "safety.guard"), watching(raising(code, error)):
            decision = guard.decide(probe)
        assert decision.failed and decision.action == "refer"
        assert decision.policy_version == reached.guard.version
    assert "failed closed" in caplog.text
    assert CANARY not in caplog.text
    # What failed once works again: nothing half loaded is kept.
    if code in reached.read:
        assert reached.guard.decide(probe) == reached.plain[probe[0]]


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """Return a copy of the bundled weights, to damage."""
    return Path(shutil.copytree(HERE, tmp_path / "weights"))


def remove(path: Path) -> None:
    path.unlink()


def empty(path: Path) -> None:
    path.write_bytes(b"")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 64
    path.write_bytes(content)


@pytest.mark.parametrize("damage", [remove, empty, cut, flip])
@pytest.mark.parametrize("name", FILES)
def test_damaged_weights_fail_closed(
    name: str, damage: Callable[[Path], None], weights: Path, policy: Policy
) -> None:
    damage(weights / name)
    guard = Guard(policy, SecondNet(weights))
    decision = guard.decide(PROBES[0])
    assert decision.failed and decision.action == "refer"
    # The rules alone need no weights.
    assert not guard.decide(["I am pregnant, can I have a leg massage?"]).failed


@pytest.mark.parametrize("damage", [remove, empty, cut])
def test_damaged_manifest_stops_the_start(damage: Callable[[Path], None], weights: Path) -> None:
    damage(weights / "manifest.json")
    with pytest.raises(PolicyError, match="LEG_MASSAGE_SECOND_NET"):
        SecondNet(weights)


@pytest.mark.parametrize("text", ["[]", "7", "null", "{}", '{"version": "1"'])
def test_manifest_of_another_shape_stops_the_start(text: str, weights: Path) -> None:
    (weights / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError, match="cannot be read"):
        SecondNet(weights)


@pytest.mark.parametrize(
    "key", ["digests", "base", "thresholds", "calibration", "contraindications"]
)
def test_manifest_without_a_part_fails_closed(key: str, weights: Path, policy: Policy) -> None:
    path = weights / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    del manifest[key]
    path.write_text(json.dumps(manifest), encoding="utf-8")
    assert Guard(policy, SecondNet(weights)).decide(PROBES[0]).failed

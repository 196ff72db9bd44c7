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
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import as_file
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

import safety
from corpus.errors import PolicyError
from safety.cases import bundled_cases
from safety.decision import Decision, Finding
from safety.guard import Guard
from safety.policy import FOLDERS, Policy, bundled, load_policy

CANARY = "zebrastripe"
PROBES = [
    [f"What does petrissage do? {CANARY}"],
    ["My left calf is swollen, hot and red since the flight, can I massage it?"],
    ["I am not pregnant and have no wounds; how do I knead my calf?"],
    ["I'm pregnant", "sorry, I mistyped: I'm not pregnant, I meant tired. How firm?"],
    ["My mum has varicose veins.", "The massage is for my brother, who is well. How firm?"],
    ["Why does a clot rule massage out?"],
    ["I broke my ankle in '94. Can it be massaged?"],
    ["Am I on chemo? No, never. Which strokes suit a calf?"],
    ["The scan ruled out a clot. I broke this leg ten years ago, healed fine."],
    ["¿Para qué sirve el amasamiento? Me duele el pecho y no puedo respirar"],
    ["my calf is swollen", "it's warm too", "I d0n't knoow, is it a D V T or a blod clot?? 🤰"],
    ["bloodclot, &lt;b&gt;varicoseveins&lt;/b&gt;, preg\u200bnant, ｄｖｔ, pregnаnt"],
    ["I have no blood clot, as far as I know. How firm?"],
    ["I have a cut and a graze on my shin.", "I looked again: no graze there. How firm?"],
    ["Varicose veins and a rash.", "Both of those are my brother's, mine are clear. How firm?"],
    ["Varicose veins, a clot. Those are my brother's, my legs are healthy. How firm?"],
    ["Exam revision: varicose veins and massage."],
    ["Glandular fever at 19, I'm 41 now. How firm?"],
    ["Our mare came in lame. The vet says she has an abscess. What is effleurage?"],
    ["Our mare came in with an abscess, the vet is here on Friday. What is effleurage?"],
    ["my caaaalf is swolleeeen and hooooot"],
    ["My uncle Festus is well. Is there a spa in Graz Road?"],
    ["   "],
    ["What is a DVT?", "I think I have that. Can I massage my calf?"],
    ["What is a DVT?", "I have that and it hurts, can I rub it?"],
    ["What is a DVT?", "And why does it rule massage out?"],
    ["Clots, cuts, fever: I have none of those. Which strokes?"],
    ["I'm not pregnant but my wife is. Which strokes for her calves?"],
    ["I'm pregnant.", "My sister isn't pregnant. Which strokes for me?"],
    ["I broke my ankle.", "It was back in 2015. Which strokes?"],
    ["I broke my ankle.", "Last year I ran a marathon, can I massage?"],
    ["pregnant n, clots n, surgery y. Which strokes?"],
    ["Asking for a friend, who writes: the ankle is purple and won't take my weight. Massage?"],
    ["```text\nIsn't 190 over 115 a bit much?\n```"],
    *(list(case.turns) for case in bundled_cases()[::5]),
]
# The net has fault tests of its own (tests/reliability/test_net_faults.py); the others are tools,
# and no part of a decision.
APART = (
    "safety.net",
    "safety.second_net",
    "safety.base_encoder",
    "safety.tables",
    "safety.training",
    "safety.lint",
)
TOOLS = {
    *("safety.cases", "safety.noise", "safety.perturb"),
    *("safety.diff", "safety.explain", "safety.grounding", "safety.readability"),
    "safety.near_miss",
    "safety.policy_cache",  # before any decision; its faults are in test_policy_cache.py
}
OUTSIDE = {
    "safety.guard:Guard.decide",  # the place that catches
    "safety.guard:Guard._failed",  # what it calls when it has caught something
    "safety.guard:Guard._label_or_unknown",  # and what that calls
    "safety.guard:Guard.refer_by_rules",  # the same steps as `decide`, up to the detector
    "safety.guard:Guard.read",  # for tools that explain
    "safety.decision:Decision",  # data
    "safety.normalise:bundled_pictures",  # for tools: the guard has the pictures of its policy
    "safety.patterns:Symbols.names",  # for tools that check
    "safety.matcher:Matcher.__init__",
    *(f"safety.compile:Compiled.{name}" for name in ("members", "weight", "_weights")),
}
ERRORS = [RuntimeError, MemoryError, RecursionError, TimeoutError]


def stages() -> dict[str, CodeType]:
    """Return the code of every function and method of the safety layer, by module and name."""
    found = {}
    for module in pkgutil.walk_packages(safety.__path__, "safety."):
        if module.name in TOOLS or module.name.startswith(APART):
            continue
        loaded = importlib.import_module(module.name)
        for name, member in vars(loaded).items():
            if getattr(member, "__module__", None) != module.name:
                continue
            if inspect.isclass(member) and not getattr(member, "_is_protocol", False):
                for method, function in list(vars(member).items()):
                    found[f"{module.name}:{name}.{method}"] = code_of(function)
            else:
                found[f"{module.name}:{name}"] = code_of(member)
    ours = str(Path(safety.__file__).parent)
    return {
        name: code
        for name, code in sorted(found.items())
        if code is not None and code.co_filename.startswith(ours) and name not in OUTSIDE
    }


def code_of(member: Any) -> CodeType | None:
    """Return the code behind a function, method, property or cached function; None for data."""
    for wrapper in ("__func__", "fget", "func", "__wrapped__"):
        member = getattr(member, wrapper, member)
    return getattr(member, "__code__", None) if inspect.isfunction(member) else None


def forget_everything() -> None:
    """Clear what the layer's modules remember, so that every stage runs again."""
    for name, module in list(sys.modules.items()):
        if name.startswith("safety."):
            for member in list(vars(module).values()):
                if callable(getattr(member, "cache_clear", None)):
                    member.cache_clear()


@contextmanager
def watching(tracer: Callable[[FrameType], None]) -> Iterator[None]:
    """Call the tracer at every call of Python code; what it raises is raised by the code called."""

    def trace(frame: FrameType, event: str, argument: Any) -> None:
        tracer(frame)

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)


def raising(code: CodeType, error: type[Exception]) -> Callable[[FrameType], None]:
    """Return a tracer that makes one function raise."""

    def tracer(frame: FrameType) -> None:
        if frame.f_code is code:
            raise error(CANARY)

    return tracer


@dataclass(frozen=True)
class Reached:
    """The code that runs at the start, and which probes run which code when they are decided."""

    start: set[CodeType]
    decide: dict[CodeType, list[int]]
    plain: list[Decision]


@pytest.fixture(scope="module")
def reached() -> Reached:
    start: set[CodeType] = set()
    decide: dict[CodeType, list[int]] = defaultdict(list)
    forget_everything()
    with watching(lambda frame: start.add(frame.f_code)):
        guard = Guard(load_policy())
    plain = []
    for number, probe in enumerate(PROBES):
        seen: set[CodeType] = set()
        with watching(lambda frame, seen=seen: seen.add(frame.f_code)):  # type: ignore[misc]
            plain.append(guard.decide(probe))
        for code in seen:
            decide[code].append(number)
    return Reached(start, decide, plain)


@pytest.mark.parametrize("stage", stages())
def test_a_stage_that_raises_fails_closed(
    stage: str, reached: Reached, policy: Policy, caplog: pytest.LogCaptureFixture
) -> None:
    code = stages()[stage]
    if code not in reached.decide:
        assert code in reached.start, "no probe reaches this stage: add one"
        forget_everything()
        with pytest.raises(RuntimeError, match=CANARY), watching(raising(code, RuntimeError)):
            Guard(load_policy())
        return
    for error in ERRORS[:2]:
        forget_everything()
        guard = Guard(policy)
        closed = []
        for number in reached.decide[code][:3]:
            with watching(raising(code, error)):
                decision = guard.decide(PROBES[number])
            closed.append(decision.failed and decision.action == "refer")
            # What is remembered from the probe before it need not run again.
            assert closed[-1] or decision == reached.plain[number]
        assert any(closed)
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


def policy_files() -> list[str]:
    with as_file(bundled()) as source:
        return sorted(str(p.relative_to(source)) for p in source.rglob("*.toml"))


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
def test_a_missing_policy_file_stops_the_start(name: str, folder: Path, policy: Policy) -> None:
    (folder / name).unlink()
    if name == "grounding.toml":
        # Its hashes decide nothing: `leg-massage policy validate` misses them.
        assert load_policy(folder).digest != policy.digest
        return
    with pytest.raises(PolicyError, match=Path(name).name):
        load_policy(folder)


@pytest.mark.parametrize("kind", FOLDERS)
def test_a_policy_file_that_was_slipped_in_stops_the_start(kind: str, folder: Path) -> None:
    (folder / kind / "more.toml").write_text("", encoding="utf-8")
    with pytest.raises(PolicyError, match=r"more\.toml is not named"):
        load_policy(folder)


@pytest.mark.parametrize("stated", ["", "schema = 0\n", "schema = 2\n", 'schema = "1"\n'])
def test_a_policy_of_another_schema_stops_the_start(stated: str, folder: Path) -> None:
    path = folder / "policy.toml"
    frame = path.read_text(encoding="utf-8")
    path.write_text(frame.replace("schema = 1\n", stated), encoding="utf-8")
    with pytest.raises(PolicyError, match=r"policy\.toml: states .*schema"):
        load_policy(folder)


@pytest.mark.parametrize(
    "entry", ["failure", "general", "abstain.too_vague", "contraindication.cancer.grounding"]
)
def test_a_policy_without_one_of_its_texts_stops_the_start(entry: str, folder: Path) -> None:
    path = folder / "messages.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(f"[{entry}]", f"[unused.{entry}]"), encoding="utf-8")
    with pytest.raises(PolicyError, match=rf"messages\.toml: no text for .*{entry}"):
        load_policy(folder)


def test_a_missing_policy_folder_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="no such policy folder"):
        load_policy(tmp_path / "absent")


def test_a_policy_with_unknown_keys_stops_the_start(folder: Path) -> None:
    path = folder / "policy.toml"
    path.write_text("surprise = 1\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(PolicyError, match="surprise"):
        load_policy(folder)

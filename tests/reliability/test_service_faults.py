"""A fault seen from outside: the fixed text, a count, a log line; no start with a bad policy."""

from __future__ import annotations

import ctypes
import logging
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import as_file
from pathlib import Path

import pytest

from assistant.assistant import Assistant
from assistant.schema import Answer, Message
from assistant.settings import Settings
from corpus.errors import PolicyError
from safety.decision import Decision, Finding
from safety.guard import Guard
from safety.policy import Policy, bundled, load_policy
from tests.ui.fakes import FakeAssistant
from ui.cli import main
from ui.service import Service
from ui.settings import ServiceSettings
from ui.store import Store

CANARY = "zebrastripe"


class Failing:
    """A second net that cannot run."""

    version = "failing"

    def detect(self, messages: Sequence[str], cleared: Sequence[Finding]) -> list[Finding]:
        """Fail as a net does whose weights are gone."""
        raise MemoryError(CANARY)


def failing(policy: Policy) -> Assistant:
    """Return an assistant whose second net fails; it opens no index for a referral."""
    return Assistant(policy=policy, guard=Guard(policy, Failing()), settings=Settings())


def test_failed_turn_is_the_fixed_text_counted_logged_and_kept(
    policy: Policy, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = Store(tmp_path / "store.sqlite3")
    service = Service(failing(policy), ServiceSettings.load({}), policy.label, store)
    with caplog.at_level(logging.INFO):
        reply = service.reply(f"What does petrissage do? {CANARY}")
    assert reply.outcome == "referral" and reply.decision.failed
    (referral,) = reply.referrals
    fixed = " ".join(policy.messages["failure"]["message"].split())
    assert referral.message == fixed
    assert referral.citation.quote == policy.messages["failure"]["grounding"]["quote"]
    assert b"leg_massage_failed_closed_total 1.0" in service.metrics.text()
    assert "safety layer failed closed: MemoryError" in caplog.text
    (turn,) = [r for r in caplog.records if r.getMessage() == "turn"]
    assert vars(turn)["fields"]["failed_closed"] is True
    assert CANARY not in caplog.text
    assert [(count.what, count.turns) for count in store.outcomes()] == [("referral", 1)]
    store.close()


def test_service_whose_every_turn_fails_is_not_ready(
    policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    assistant = failing(policy)
    monkeypatch.setattr(assistant, "load", lambda: None)
    service = Service(assistant, ServiceSettings.load({}, store="off"), policy.label)
    service.warm_up().join(30)
    ready, parts = service.readiness()
    assert not ready
    assert parts["index_and_models"] == "SafetyLayerFailedError"


class Slow(FakeAssistant):
    """Answers never, until its thread is killed."""

    def answer(self, question: str, history: Sequence[Message | Mapping[str, str]] = ()) -> Answer:
        """Wait in small steps, so that the thread can be killed in between."""
        while question == "wait":
            threading.Event().wait(0.01)
        return super().answer(question, history)


def test_killed_thread_gives_no_answer_and_the_next_turn_is_served() -> None:
    service = Service(Slow(), ServiceSettings.load({}, store="off"), "test")
    given: list[Answer] = []

    def ask() -> None:
        try:
            given.append(service.reply("wait"))
        except SystemExit:
            return

    thread = threading.Thread(target=ask)
    thread.start()
    while not service.waiting:
        thread.join(0.01)
    ident = ctypes.c_ulong(thread.ident or 0)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ident, ctypes.py_object(SystemExit))
    thread.join(30)
    assert given == []
    assert service.waiting == 0
    assert service.reply("What do strokes do?").outcome == "answer"


def lose(folder: Path) -> None:
    (folder / "cues.toml").unlink()


def lose_senses(folder: Path) -> None:
    (folder / "senses" / "general.toml").unlink()


def damage(folder: Path) -> None:
    path = folder / "signs" / "shared.toml"
    path.write_bytes(path.read_bytes()[:-40] + b"\xff")


def age(folder: Path) -> None:
    path = folder / "policy.toml"
    path.write_text(path.read_text().replace("schema = 1\n", ""), encoding="utf-8")


def lower(folder: Path) -> None:
    path = folder / "contraindications" / "emergency.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace('urgency = "emergency"', 'urgency = "routine"', 1), encoding="utf-8"
    )


def unground(folder: Path) -> None:
    path = folder / "messages.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('quote = "', 'quote = "Nobody wrote: ', 1), encoding="utf-8")


@pytest.mark.parametrize("harm", [lose, lose_senses, damage, age, lower, unground])
def test_start_with_a_bad_policy_refuses_to_serve(
    harm: Callable[[Path], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with as_file(bundled()) as source:
        folder = Path(shutil.copytree(source, tmp_path / "policy"))
    assert load_policy(folder).label == load_policy().label
    harm(folder)
    monkeypatch.setattr("ui.serve.serve", lambda *_: pytest.fail("it serves"))
    assert main(["chat", "--port", "0", "--policy", str(folder)]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "leg-massage chat: " in told
    with pytest.raises(PolicyError):
        Assistant(policy=folder)


def test_decision_that_names_nothing_is_still_a_referral(policy: Policy) -> None:
    class Nameless:
        def decide(self, user_messages: Sequence[str]) -> Decision:
            return Decision(action="refer", policy_version="test")

    reply = Assistant(policy=policy, guard=Nameless(), settings=Settings()).answer("anything")
    assert reply.outcome == "referral"
    assert reply.referrals[0].contraindication == "safety_check_failed"

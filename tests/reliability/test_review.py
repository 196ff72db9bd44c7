"""The review queue: off by default, keeps what is worth a look, makes a case in a keystroke."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from assistant.schema import Answer
from corpus import Corpus
from safety.cases import read_cases
from safety.compile import Compiled
from safety.decision import Decision, Finding
from safety.near_miss import NearMisses
from safety.policy import Policy
from tests.ui.fakes import FakeAssistant, referral
from ui.cli import main
from ui.review import add_case, as_case, noted
from ui.service import Service
from ui.settings import ServiceSettings
from ui.store import MOST_NOTED, Store

CANARY = "zebrastripe"


def finding(**values: object) -> Finding:
    base = {"contraindication": "pregnancy", "rule": "pregnancy.named", "urgency": "routine"}
    return Finding.model_validate({**base, "message": 0, "words": ("pregnant",), **values})


def reply(outcome: str, *findings: Finding, reason: str | None = None) -> Answer:
    action = {"answer": "answer", "referral": "refer", "abstention": "abstain"}[outcome]
    decision = Decision.model_validate(
        {"action": action, "findings": findings, "policy_version": "test"}
    )
    given = (referral(),) if outcome == "referral" else ()
    cited = () if outcome == "abstention" else (referral().citation,)
    return Answer.model_validate(
        {
            "outcome": outcome,
            "text": "text",
            "citations": cited,
            "referrals": given,
            "decision": decision,
            "reason": reason,
        }
    )


DENIED = finding(status="cleared", cleared_by="denial.not")
RAISED = finding(source="net", score=0.8, threshold=0.5, words=())


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (reply("answer"), None),
        (reply("answer", DENIED), "denial"),
        (reply("answer", finding(status="cleared", cleared_by="other_sense.idiom")), None),
        (reply("referral", DENIED, finding()), None),
        (reply("referral", RAISED), "net_only"),
        (reply("referral", RAISED, finding()), None),
        (reply("abstention", reason="not_covered"), "abstention"),
        (reply("abstention", reason="empty"), None),
    ],
)
def test_what_is_worth_a_look(answer: Answer, kind: str | None) -> None:
    item = noted(["first", "last"], answer, lambda message: [])
    assert (item.kind if item else None) == kind
    if item:
        assert item.turns == ("first", "last")


def test_near_miss_is_noted_where_nothing_was_referred() -> None:
    def near(message: str) -> list[tuple[str, str]]:
        return [("thrambus", "thrombus")]

    item = noted(["thrambus"], reply("answer"), near)
    assert item is not None and item.kind == "near_miss"
    assert item.why == ("'thrambus' is nearly 'thrombus'",)
    assert noted(["thrambus"], reply("referral", finding()), near) is None


def test_near_misses_are_unknown_words_just_outside_of_a_typo(policy: Policy) -> None:
    near_misses = NearMisses(Compiled(policy))
    found = near_misses("I have thrxmbxsxs and a lovely kitchen table, and DVT")
    assert [(miss.word, miss.near[:8]) for miss in found] == [("thrxmbxsxs", "thrombos")]
    assert near_misses("thrombosiss and pregnent and swolen") == []


def served(tmp_path: Path, answer: Answer, **settings: object) -> tuple[Service, Store]:
    class Says(FakeAssistant):
        def answer(self, question: str, history: object = ()) -> Answer:
            return answer

    loaded = ServiceSettings.load({}, store=str(tmp_path / "store.sqlite3"), **settings)
    assert loaded.store_path is not None
    store = Store(loaded.store_path)
    return Service(Says(), loaded, "test", store), store


def test_nothing_is_noted_unless_the_operator_turns_it_on(tmp_path: Path) -> None:
    service, store = served(tmp_path, reply("answer", DENIED))
    service.reply(f"I am not pregnant {CANARY}")
    assert store.noted() == []
    store.close()
    assert CANARY.encode() not in (tmp_path / "store.sqlite3").read_bytes()


def test_turn_is_answered_whatever_the_log_of_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, store = served(tmp_path, reply("answer", DENIED), review_log=True)
    monkeypatch.setattr(store, "note", lambda item: 1 / 0)
    assert service.reply("one").outcome == "answer"
    assert b'leg_massage_errors_total{error="review"} 1.0' in service.metrics.text()


def test_noted_turn_holds_the_users_messages_alone(tmp_path: Path) -> None:
    service, store = served(tmp_path, reply("answer", DENIED), review_log=True)
    history = [
        {"role": "user", "content": "one"},
        {"role": "assistant", "content": "two"},
    ]
    service.reply("three", history)
    ((_, item),) = store.noted()
    assert item.turns == ("one", "three")
    assert store.noted("denial") and not store.noted("abstention")


def test_settled_turn_leaves_no_words_in_the_file(tmp_path: Path) -> None:
    service, store = served(tmp_path, reply("answer", DENIED), review_log=True)
    service.reply(f"I am not pregnant {CANARY}")
    ((number, _),) = store.noted()
    store.settle(number)
    store.close()
    files = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert CANARY.encode() not in files


def test_oldest_notes_go_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.store.MOST_NOTED", 2)
    service, store = served(tmp_path, reply("answer", DENIED), review_log=True)
    for text in ("one", "two", "three"):
        service.reply(text)
    assert [item.turns for _, item in store.noted()] == [("two",), ("three",)]
    assert MOST_NOTED > 1000


def review(
    tmp_path: Path, keys: str, monkeypatch: pytest.MonkeyPatch, *more: str
) -> list[dict[str, object]]:
    """Run the command with keys; return the rows of the file of cases."""
    monkeypatch.setattr("sys.stdin", io.StringIO(keys))
    cases = tmp_path / "cases.jsonl"
    store = str(tmp_path / "store.sqlite3")
    assert main(["review", "--store", store, "--cases", str(cases), *more]) == 0
    return [json.loads(line) for line in cases.read_text().splitlines()] if cases.exists() else []


def test_one_key_makes_a_case_that_the_suite_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    service, store = served(tmp_path, reply("answer", DENIED), review_log=True)
    service.reply("I am not pregnant \x1b[31m, she is")
    store.close()
    (row,) = review(tmp_path, "r", monkeypatch)
    assert row["expect"] == "refer"
    assert row["categories"] == ["pregnancy"]
    assert row["urgency"] == "routine"
    (case,) = read_cases([tmp_path / "cases.jsonl"])
    assert case.turns == ("I am not pregnant \x1b[31m, she is",)
    assert (tmp_path / "cases.jsonl").stat().st_mode & 0o077 == 0
    shown = capsys.readouterr().out
    assert "cleared by a denial" in shown
    assert "denial.not" in shown
    assert "\x1b" not in shown
    assert Store(tmp_path / "store.sqlite3").noted() == []


@pytest.mark.parametrize(
    ("keys", "expects", "left"),
    [
        ("a", ["answer"], 0),
        ("b", ["abstain"], 0),
        ("id", ["inform"], 0),
        ("i?q", [], 1),
        ("d", [], 0),
        ("s", [], 1),
        ("q", [], 1),
        ("x a", ["answer"], 0),
        ("", [], 1),
    ],
)
def test_every_key_does_what_it_says(
    keys: str, expects: list[str], left: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, store = served(tmp_path, reply("abstention", reason="not_covered"), review_log=True)
    service.reply("does it hurt")
    store.close()
    assert [row["expect"] for row in review(tmp_path, keys, monkeypatch)] == expects
    assert len(Store(tmp_path / "store.sqlite3").noted()) == left


def test_list_asks_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    service, store = served(tmp_path, reply("answer", DENIED), review_log=True)
    service.reply("one")
    service.reply("two")
    store.close()
    assert review(tmp_path, "aa", monkeypatch, "--list") == []
    assert len(Store(tmp_path / "store.sqlite3").noted()) == 2


def test_case_that_is_there_is_not_written_again(tmp_path: Path, policy: Policy) -> None:
    item = noted(["not pregnant at all"], reply("answer", DENIED), lambda message: [])
    assert item is not None
    case = as_case(item, "answer", item.contraindications, policy.floor)
    assert case.categories == ()
    assert add_case(tmp_path / "cases.jsonl", case)
    assert not add_case(tmp_path / "cases.jsonl", case)


def test_served_assistant_notes_near_misses_of_its_own_policy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assistant.assistant import Assistant
    from assistant.settings import Settings
    from ui.serve import make_app

    made: list[Service] = []

    def keep(service: Service, *_: object) -> None:
        made.append(service)

    monkeypatch.setattr("ui.serve.build_app", keep)
    settings = ServiceSettings.load({}, store=str(tmp_path / "store.sqlite3"), review_log=True)
    assistant = Assistant(Corpus.bundled(), settings=Settings(second_net=False))
    make_app(assistant, settings)
    (service,) = made
    monkeypatch.setattr(assistant, "answer", lambda *_: reply("answer"))
    service.reply("thrxmbxsxs")
    assert service.store is not None
    ((_, item),) = service.store.noted()
    assert item.kind == "near_miss"
    service.store.close()

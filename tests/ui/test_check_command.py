"""``leg-massage check``: what it runs, what it prints, and its exit status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ui.cli import main

CASES = [
    {
        "id": "own-1",
        "turns": ["I am pregnant. May I massage my calf?"],
        "expect": "refer",
        "categories": ["pregnancy"],
        "urgency": "routine",
        "note": "said plainly",
    },
    {"id": "own-2", "turns": ["What does petrissage do?"], "expect": "answer", "note": "technique"},
]
MISSED = {
    "id": "own-3",
    "turns": ["What does effleurage do?"],
    "expect": "refer",
    "categories": ["cancer"],
    "urgency": "routine",
    "note": "must fail",
}


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    path = tmp_path / "own.jsonl"
    path.write_text("\n".join(map(json.dumps, CASES)) + "\n", encoding="utf-8")
    return path


def check(*arguments: str | Path) -> int:
    return main(["check", "--guard-only", *map(str, arguments)])


def test_only_the_given_cases_are_measured(cases: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check("--only-cases", "--cases", cases, "--by", "kind") == 0
    shown = capsys.readouterr().out
    assert "refer cases referred                       1 / 1" in shown
    assert "needless referrals (lower is better)       0 / 1" in shown
    assert "own  " in shown


def test_a_failure_is_shown_with_its_messages(
    cases: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with cases.open("a", encoding="utf-8") as file:
        file.write(json.dumps(MISSED) + "\n")
    check("--only-cases", "--cases", cases, "--rules-only")
    shown = capsys.readouterr().out
    assert "own-3 (own): must refer, was answered without even a notice" in shown
    assert "user:   What does effleurage do?" in shown


def test_reports_are_written(cases: Path, tmp_path: Path) -> None:
    paths = [tmp_path / f"report.{ending}" for ending in ("html", "xml", "json")]
    options = [option for path in paths for option in ("--report", path)]
    assert check("--only-cases", "--cases", cases, "--quiet", "--columns", *options) == 0
    assert all(path.stat().st_size for path in paths)


def test_a_failing_case_beside_the_suite_fails_the_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The bundled cases have tests of their own.
    monkeypatch.setattr("ui.check.bundled_cases", lambda: [])
    path = tmp_path / "own.jsonl"
    path.write_text(json.dumps(MISSED), encoding="utf-8")
    assert check("--cases", path, "--quiet") == 1
    assert "own-3: must refer, was answered without even a notice" in capsys.readouterr().out


def test_a_bad_file_of_cases_is_wrong_use(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "own.jsonl"
    path.write_text("{", encoding="utf-8")
    assert check("--only-cases", "--cases", path) == 2
    error = capsys.readouterr().err
    assert "own.jsonl:1: not JSON" in error
    assert error.count("\n") == 1

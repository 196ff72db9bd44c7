"""``leg-massage policy``: list, explain, validate, diff."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from safety.lint import Problem
from safety.policy import bundled, load_policy
from ui.cli import main


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the bundled policy, to be changed."""
    return Path(shutil.copytree(str(bundled()), tmp_path / "policy"))


@pytest.fixture(autouse=True)
def rules_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEG_MASSAGE_SECOND_NET", "off")


def test_list_names_every_contraindication(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "list"]) == 0
    printed = capsys.readouterr().out
    assert all(contract_id in printed for contract_id in load_policy().floor)


def test_explain_says_what_was_cleared_over_messages(capsys: pytest.CaptureFixture[str]) -> None:
    messages = ["I am pregnant and want a rub", "Sorry, I mistyped: I'm not pregnant."]
    assert main(["policy", "explain", *messages]) == 0
    printed = capsys.readouterr().out
    assert "message 2:" in printed
    assert "the user's own correction" in printed


def test_explained_message_cannot_drive_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "explain", "my cut \x1b[31m leg, can I rub it?"]) == 0
    assert "\x1b" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("found", "status", "last"),
    [
        ([], 0, "0 errors, 0 warnings"),
        ([Problem("here", "is odd", "warning")], 0, "0 errors, 1 warnings"),
        ([Problem("here", "is wrong")], 1, "1 errors, 0 warnings"),
    ],
)
def test_validate_fails_on_errors_alone(
    found: list[Problem],
    status: int,
    last: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("safety.lint.validate", lambda policy: found)
    assert main(["policy", "validate"]) == status
    lines = capsys.readouterr().out.splitlines()
    assert lines[:-1] == [str(problem) for problem in found]
    assert lines[-1].endswith(last)


def test_validate_records_the_passages_of_the_policy_given(
    copied: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("safety.lint.validate", lambda policy: [])
    recorded = (copied / "grounding.toml").read_text(encoding="utf-8")
    (copied / "grounding.toml").unlink()
    assert main(["policy", "validate", "--record", "--policy", str(copied)]) == 0
    assert (copied / "grounding.toml").read_text(encoding="utf-8") == recorded
    assert "grounding.toml written" in capsys.readouterr().out


def test_validate_lists_collisions(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("safety.lint.validate", lambda policy: [])
    assert main(["policy", "validate", "--collisions"]) == 0
    assert "collisions; the everyday word wins in each" in capsys.readouterr().out


def test_diff_prints_the_note_to_sign(
    copied: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = copied / "contraindications" / "varicose_veins.toml"
    rule = '\n[[rule]]\nid = "added"\nphrases = ["zorbing"]\n'
    file.write_text(file.read_text(encoding="utf-8") + rule, encoding="utf-8")
    case = {"id": "one", "turns": ["zorbing, then how do I knead?"], "expect": "answer"}
    cases = tmp_path / "cases.jsonl"
    cases.write_text(json.dumps(case) + "\n", encoding="utf-8")
    given = ["policy", "diff", str(bundled()), str(copied), "--cases", str(cases)]
    assert main(given) == 0
    printed = capsys.readouterr().out
    assert "rules added:      varicose_veins.added" in printed
    assert "broken  one (answer): answer -> refer routine to varicose_veins" in printed
    assert "read and agreed" in printed

"""The command line: starts fast, says in one line what is wrong, and ends in the right status."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.schema import Answer
from tests.ui.fakes import FakeAssistant, referral
from ui.cli import COMMANDS, main
from ui.store import Store

REFERRED = "my left calf is swollen and hot since the flight, can I massage it?"


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    """Return what standard error holds, which has to be one line."""
    text = capsys.readouterr().err
    assert text.count("\n") == 1
    return text


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> FakeAssistant:
    assistant = FakeAssistant()
    monkeypatch.setattr("ui.commands.ask.make_assistant", lambda options: assistant)
    return assistant


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    shown = capsys.readouterr().out
    assert [name for name in COMMANDS if f"\n    {name} " not in shown] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    assert f"leg-massage {name}" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [["no-such-command"], ["ask"], ["ask", "x", "--no-such-option"], ["chat", "--port", "x"]],
)
def test_wrong_use_is_one_line_and_status_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "--help" in one_line(capsys)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["ask", "x", "--corpus", "/no/such/path"], "/no/such/path"),
        (["index", "/no/such/path"], "/no/such/path"),
        (["ask", "x", "--policy", "/no/such/path"], "/no/such/path"),
        (["policy", "list", "--policy", "/no/such/path"], "/no/such/path"),
        (["stats", "--store", "/no/such/file"], "LEG_MASSAGE_STORE"),
        (["chat", "--port", "99999"], "LEG_MASSAGE_PORT"),
        (["chat", "--host", "192.0.2.77", "--port", "0"], "--host"),
    ],
)
def test_what_cannot_be_used_is_named_with_status_2(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    text = capsys.readouterr().err
    assert says in text.splitlines()[-1]
    assert "Traceback" not in text


def test_setting_that_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LEG_MASSAGE_QUEUE_SIZE", "none")
    assert main(["stats"]) == 2
    assert "LEG_MASSAGE_QUEUE_SIZE" in one_line(capsys)


def test_reply_is_printed_with_its_numbered_sources(
    scripted: FakeAssistant, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", "What do strokes do?"]) == 0
    shown = capsys.readouterr().out
    assert "Long strokes warm the palm before anything else. [1]" in shown
    assert "[1] hands.md › Hand care › Strokes" in shown
    assert "“Long strokes warm the palm before anything else.”" in shown


def test_json_is_the_whole_answer(
    scripted: FakeAssistant, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", "I have a burn", "--json"]) == 0
    answer = Answer.model_validate(json.loads(capsys.readouterr().out))
    assert answer.referrals == (referral(),)


def test_saved_answer_is_checked_against_the_documents(
    scripted: FakeAssistant, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests.ui.fakes import ARTICLE

    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "hands.md").write_text(ARTICLE, encoding="utf-8")
    main(["ask", "What do strokes do?", "--json"])
    saved = tmp_path / "answer.json"
    saved.write_text(capsys.readouterr().out, encoding="utf-8")
    assert main(["verify", str(saved), "--corpus", str(documents)]) == 0
    changed = saved.read_text(encoding="utf-8").replace("Circling** uses", "Circling** hurts")
    saved.write_text(changed, encoding="utf-8")
    assert main(["verify", str(saved), "--corpus", str(documents)]) == 1
    assert "answer 1: [2]: the quote is not hands.md" in capsys.readouterr().out
    saved.write_text("[]", encoding="utf-8")
    assert main(["verify", str(saved), "--corpus", str(documents)]) == 2


def test_what_was_said_before_counts(
    scripted: FakeAssistant, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["ask", "What do strokes do?", "--after", "I have a burn", "--after", "So?"])
    assert scripted.heard == [["I have a burn", "So?", "What do strokes do?"]]


def test_document_cannot_drive_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    from ui.commands.common import for_terminal

    assert for_terminal("a\x1b]0;owned\x07b\u202ec\u200bd") == "a]0;ownedbcd"


def test_stats_counts_what_was_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "store.sqlite3"
    store = Store(path)
    assistant = FakeAssistant()
    for question in ("I have a burn", "I have a burn too", "strokes", "weather"):
        store.turn(assistant.answer(question), "page")
    store.feedback(assistant.answer("strokes"), "strokes", "no", "hard_to_read")
    store.close()
    assert main(["stats", "--store", str(path)]) == 0
    lines = [line.split()[1:] for line in capsys.readouterr().out.splitlines()]
    assert ["referral", "-", "2"] in lines
    assert ["abstention", "not_covered", "1"] in lines
    assert ["open_wound", "referral", "routine", "2"] in lines
    assert ["no", "hard_to_read", "1"] in lines


def test_store_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    from ui.store import StoreError

    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="LEG_MASSAGE_STORE"):
        Store(tmp_path / "file" / "store.sqlite3")


def test_settings_reference_is_the_one_in_the_documentation(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["settings"]) == 0
    written = Path(__file__).parents[2] / "docs" / "configuration.md"
    assert capsys.readouterr().out == written.read_text(encoding="utf-8")


def run(*arguments: str, stdin: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "ui", *arguments], input=stdin, capture_output=True, check=False
    )


def test_help_loads_nothing_but_argparse() -> None:
    code = (
        "import sys; from ui.cli import main\n"
        "main([])\n"
        "heavy = {'pydantic', 'torch', 'gradio', 'numpy', 'assistant', 'safety'}\n"
        "sys.exit(bool(heavy & set(sys.modules)))"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode
        == 0
    )


@pytest.mark.parametrize(
    ("question", "stdin"),
    [
        pytest.param("", None, id="empty"),
        pytest.param("-", b"\x00\xff\xfe\x80 binary \x00\xff", id="binary"),
        pytest.param("-", b"massage my calf " * 65_536, id="a megabyte"),
    ],
)
def test_bad_content_abstains(question: str, stdin: bytes | None) -> None:
    done = run("ask", question, "--json", stdin=stdin)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["outcome"] == "abstention"


def test_signs_of_a_clot_are_referred_without_loading_a_model() -> None:
    code = (
        "import sys; from ui.cli import main\n"
        f"main(['ask', {REFERRED!r}, '--json'])\n"
        "sys.exit(bool({'torch', 'transformers', 'faiss', 'gradio'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0
    answer = Answer.model_validate_json(done.stdout)
    assert answer.referrals[0].contraindication == "deep_vein_thrombosis"


def test_port_in_use_is_told_at_once() -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run("chat", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 2
    assert b"--port" in done.stderr.splitlines()[-1]


def test_service_stops_when_told_to(tmp_path: Path) -> None:
    environment = {**os.environ, "LEG_MASSAGE_STORE": str(tmp_path / "store.sqlite3")}
    process = subprocess.Popen(
        [sys.executable, "-m", "ui", "chat", "--port", "0"],
        stderr=subprocess.PIPE,
        env=environment,
    )
    assert process.stderr is not None
    log = b""
    while b"startup complete" not in log:
        line = process.stderr.readline()
        assert line, log
        log += line
    process.send_signal(signal.SIGTERM)
    log += process.stderr.read()
    process.stderr.close()
    process.wait(30)
    assert b'"event": "stopped"' in log
    assert b"Traceback" not in log

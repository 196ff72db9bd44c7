"""The index is opened while the second net is loaded, and never built or relied on there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from assistant import answering
from assistant.assistant import Assistant
from assistant.settings import Settings
from corpus import Corpus, Document
from index import PassageIndex, build_index
from safety.second_net import SecondNet
from tests.fakes import FixedGuard, HashingEmbedder

TEXT = "# Bread\n\nDough rises in a warm place. A crust needs a hot oven.\n"


@pytest.fixture
def corpus() -> Corpus:
    return Corpus([Document(name="bread.md", text=TEXT, title="Bread", markup="markdown")])


@pytest.fixture
def index(corpus: Corpus, tmp_path: Path) -> PassageIndex:
    return build_index(corpus, tmp_path / "index", embedder=HashingEmbedder())


@pytest.fixture
def assistant(corpus: Corpus, tmp_path: Path) -> Assistant:
    return Assistant(
        corpus=corpus, index=tmp_path / "index", guard=FixedGuard(), settings=Settings()
    )


def test_what_was_opened_ahead_answers(
    assistant: Assistant, index: PassageIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "opened_for", lambda *_: index)
    monkeypatch.setattr(answering, "open_for", None)
    assistant._begin_opening()
    assistant._open()  # waits for the thread, and has nothing left to do
    assert assistant.answerer.index is index


def test_what_goes_wrong_ahead_is_left_to_the_turn(
    assistant: Assistant, index: PassageIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("nobody hears this")

    monkeypatch.setattr(answering, "opened_for", fails)
    monkeypatch.setattr(answering, "open_for", lambda *_: index)
    assistant._open()
    assert assistant.answer("What does a crust need?").outcome == "answer"


@pytest.mark.model
def test_no_index_is_built_ahead(corpus: Corpus, tmp_path: Path) -> None:
    folder = tmp_path / "absent"
    assert answering.opened_for(corpus, folder, None, Settings()) is None
    assert not folder.exists()


@pytest.mark.model
def test_the_net_tells_once_and_before_it_is_loaded() -> None:
    told: list[bool] = []
    net = SecondNet(before=lambda: told.append(net._detector is None))
    net.load()
    net.load()
    assert told == [True]


def test_what_both_threads_import_is_there_before_the_second_one_begins() -> None:
    script = (
        "import sys; from safety.second_net import SecondNet;"
        "heavy = {'numpy', 'onnxruntime', 'tokenizers'};"
        "assert not heavy & set(sys.modules);"
        "SecondNet(before=lambda: print(sorted(heavy - set(sys.modules)))).load()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"

"""Every public function, given anything: no exception of content, valid answers, the same again."""

# ruff: noqa: PT017 - whether anything is raised depends on what is drawn
from __future__ import annotations

import importlib
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assistant.assistant import Assistant
from assistant.question import read_question
from assistant.schema import Answer, Message
from assistant.settings import Settings
from assistant.verify import verify
from corpus import Corpus, CorpusError, Document, InputError, PolicyError, SettingsError
from corpus.read import decode
from corpus.sentences import split_sentences
from corpus.split import split_document
from index import IndexDamagedError, IndexMismatchError, build_index
from index.manifest import MANIFEST, read_manifest
from index.spelling import Speller
from index.text import terms_of
from safety.cases import CaseError, parse_cases
from safety.explain import explain
from safety.guard import Guard
from safety.normalise import normalise
from safety.patterns import Symbols, parse
from tests.fakes import HashingEmbedder
from ui.history import read_history
from ui.markup import inline_to_html, markdown_to_plain, plain_to_markdown, reply_to_html

CORPUS = Corpus.bundled()
FOLDER = tempfile.TemporaryDirectory()
INDEX = build_index(CORPUS, Path(FOLDER.name), embedder=HashingEmbedder())
ASSISTANT = Assistant(CORPUS, index=INDEX, settings=Settings(second_net=False))
GUARD = Guard(ASSISTANT.policy)

WORDS = (
    "what does petrissage do is massage safe with a clot no not never pregnant my wife how to knead"
    " calf swollen ? . , and [1] <b> ** 2 who why techniques"
)
PATTERNS = "a|b ..3 @x !no # x? st* .. @ | ?"
# Beside everyday text: what normalisers, parsers and renderers trip over; halves of pairs too.
odd = st.text(
    st.sampled_from(
        "\0\x1b\u202e\u200b\u0301\ufeff\ud800\udfff\U0001f9b5<>&*_`[]()|#\\'\"?.,!-\n\t aé中п1"
    ),
    max_size=60,
)
words = st.lists(st.sampled_from(WORDS.split()), max_size=25).map(" ".join)
anything = st.one_of(st.text(st.characters(), max_size=200), odd, words)
messages = st.lists(
    st.fixed_dictionaries(
        {"role": st.sampled_from(["user", "assistant", "system"]), "content": anything}
    ),
    max_size=3,
)
data = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)
EXERCISED = {
    "answer", "Assistant", "Corpus", "Document", "Message", "Settings", "build_index", "load_index",
    "open_index", "find_model", "default_folder", "load_net",
}  # fmt: skip
"""Callables of the packages that tests call with anything, here or in tests of their own."""
PLAIN = {
    "Answer", "Citation", "Decision", "Finding", "Referral", "Passage", "Raised", "NetReading",
    "Model", "ScoredPassage", "Progress", "Embedder", "OnnxEmbedder", "SentenceTransformerEmbedder",
    "PassageIndex", "Net", "NetDetector", "GENERAL",
}  # fmt: skip
"""Data, and what only those make."""


@pytest.mark.parametrize("package", ["corpus", "index", "assistant", "safety.net"])
def test_every_public_name_is_known_here(package: str) -> None:
    names = {name for name in importlib.import_module(package).__all__ if "Error" not in name}
    assert names - EXERCISED - PLAIN == set()


@given(anything, messages)
@example("\ud800", [{"role": "user", "content": "\udc00 clot"}])
@example("What does petrissage do?", [])
def test_any_conversation_gets_a_valid_answer_and_the_same_again(
    question: str, history: list[dict[str, str]]
) -> None:
    reply = ASSISTANT.answer(question, history)
    assert verify(reply, CORPUS) == []
    for citation in reply.citations:
        text = CORPUS.document(citation.document).text
        assert text[citation.start : citation.end] == citation.quote
    written = reply.model_dump_json()
    assert Answer.model_validate_json(written) == reply
    assert ASSISTANT.answer(question, history).model_dump_json() == written
    assert not reply.decision.failed


@given(data, data)
def test_wrong_use_is_named_and_nothing_else_is_raised(question: Any, history: Any) -> None:
    try:
        reply = ASSISTANT.answer(question, history)
    except InputError as error:
        assert str(error).startswith(("question", "history"))
    else:
        assert isinstance(question, str)
        assert isinstance(reply, Answer)


@given(data)
def test_posted_history_is_read_or_refused(posted: Any) -> None:
    try:
        found = read_history(posted)
    except InputError:
        return
    assert all(isinstance(message, Message) for message in found)


@given(st.lists(anything, max_size=3))
def test_any_conversation_can_be_explained(said: list[str]) -> None:
    told = explain(GUARD, said)
    assert told.startswith("decided by ")
    assert explain(GUARD, said) == told


@given(anything)
def test_readers_of_text_take_anything(text: str) -> None:
    chars, spans = normalise(text)
    assert len(chars) == len(spans)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(0 <= a <= b <= len(text) for a, b in split_sentences(text))
    assert terms_of(text) == terms_of(text)
    if text.strip():  # the guard abstains before an empty one is read
        read_question(text, Speller(["clay soil"], frozenset({"clay", "soil"})))
    for shown in (reply_to_html(text, str), inline_to_html(text)):
        assert "<script" not in shown and "<img" not in shown
    assert markdown_to_plain(plain_to_markdown(text)) == text


@given(st.sampled_from(["x.md", "x.txt"]), anything)
def test_any_document_splits_into_stretches_of_itself(name: str, text: str) -> None:
    markup = "markdown" if name.endswith(".md") else "plain"
    end = 0
    for passage in split_document(Document(name, text, markup=markup)):
        assert text[passage.start : passage.end] == passage.text
        assert passage.start >= end
        end = passage.end
        assert all(passage.start <= a < b <= passage.end for a, b in passage.sentences)


@given(st.binary(max_size=300))
def test_any_file_is_text_or_refused(content: bytes) -> None:
    try:
        assert decode("x.md", content).strip()
    except CorpusError as error:
        assert str(error).startswith("x.md: ")


@given(st.text(max_size=40) | st.lists(st.sampled_from(PATTERNS.split()), max_size=6).map(" ".join))
def test_any_pattern_is_read_or_refused(source: str) -> None:
    try:
        parse(source, Symbols(), {"x": ()})
    except PolicyError as error:
        assert "pattern" in str(error)


@given(st.text(max_size=80) | data.map(lambda value: json.dumps(value, default=str)))
def test_any_file_of_cases_is_read_or_refused(text: str) -> None:
    try:
        parse_cases(text, "x.jsonl")
    except CaseError as error:
        assert str(error).startswith("x.jsonl:")


@given(st.text(max_size=80) | data.map(lambda value: json.dumps(value, default=str)))
def test_any_manifest_is_read_or_refused(text: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / MANIFEST).write_text(text, encoding="utf-8", errors="surrogatepass")
        with pytest.raises((IndexDamagedError, IndexMismatchError)):
            read_manifest(Path(name))


@given(st.dictionaries(st.sampled_from(sorted(Settings.model_fields)), st.text(max_size=9)))
def test_any_setting_is_taken_or_named(values: dict[str, str]) -> None:
    environment = {f"LEG_MASSAGE_{name.upper()}": value for name, value in values.items()}
    try:
        Settings.load(environment)
    except SettingsError as error:
        assert any(name in str(error) for name in values)

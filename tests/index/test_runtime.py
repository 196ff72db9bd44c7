"""The light runtime gives what the reference gives, and needs neither torch nor transformers."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from assistant.assistant import Assistant
from corpus import Corpus, Document
from index import (
    IndexDamagedError,
    IndexMismatchError,
    ModelError,
    OnnxEmbedder,
    PassageIndex,
    find_model,
    load_index,
    open_index,
)
from index.embedder import SentenceTransformerEmbedder, Vectors
from index.export import can_export
from index.manifest import read_manifest
from index.passage_index import ScoredPassage, embedding_texts
from index.text import terms_of
from safety.cases import bundled_cases

pytestmark = pytest.mark.model

EQUALLY_NEAR = 1e-4  # cosine; below it rounding decides the order
ODD = ["", "?", "word " * 600, "Ünïcödé 👣 ноги", "What does petrissage do?"]


SOIL = Document(name="soil.txt", text="Clay soil holds water for weeks.", title="Soil")
CORPUS = Corpus([SOIL])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("index")
    open_index(CORPUS, folder)
    return folder


def test_bundled_weights_are_the_published_ones() -> None:
    assert find_model().digest.startswith("53aa51172d142c89")
    assert can_export(find_model())


def test_folder_without_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model weights"):
        find_model(tmp_path)
    with pytest.raises(ModelError, match="no such folder"):
        find_model(tmp_path / "none")


def test_runtime_agrees_with_the_reference(folder: Path) -> None:
    model = find_model()
    runtime = read_manifest(folder).runtime
    assert runtime is not None
    texts = [*list(embedding_texts(Corpus.bundled()))[::7], *ODD]
    light = OnnxEmbedder(model, folder / runtime.graph.name).embed(texts)
    reference = SentenceTransformerEmbedder(model).embed(texts)
    assert light.shape == reference.shape
    assert float(np.min((light * reference).sum(axis=1))) >= 0.9999


def test_runtime_finds_the_same_five_passages_as_the_reference(folder: Path) -> None:
    corpus = Corpus.bundled()
    index = open_index(corpus, folder.parent / "index-of-bundled")
    questions = [asked.question for asked in corpus.asked][::10]
    reference = SentenceTransformerEmbedder(find_model()).embed(questions)
    for question, vector in zip(questions, reference, strict=True):
        asked = index.asked_cosines(vector)
        expected = index.rank(vector, asked, terms_of(question), 5)
        found = index.search(question, 5)
        assert [s.passage.id for s in found] == [s.passage.id for s in expected], question


def test_damaged_export_is_refused(folder: Path, tmp_path: Path) -> None:
    broken = tmp_path / "model.onnx"
    broken.write_bytes(b"not a graph")
    with pytest.raises(IndexDamagedError, match="exported model"):
        OnnxEmbedder(find_model(), broken).embed(["soil"])


def test_query_imports_neither_torch_nor_transformers(folder: Path) -> None:
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from corpus import Corpus, Document\n"
        "from index import load_index\n"
        "d = Document(name='soil.txt', text='Clay soil holds water for weeks.', title='Soil')\n"
        f"index = load_index(Corpus([d]), Path({str(folder)!r}))\n"
        "assert index.search('clay')[0].score > 0.3\n"
        "assert not {'torch', 'transformers', 'sklearn', 'gradio'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=300)


@pytest.mark.slow
def test_texts_and_questions_have_the_references_vectors_and_passages() -> None:
    index = Assistant().load().index
    reference = SentenceTransformerEmbedder(find_model())
    texts = list(embedding_texts(index.corpus))
    messages = sorted({case.turns[-1] for case in bundled_cases()})
    for some in (texts, messages):
        cosines = (index.embedder.embed(some) * reference.embed(some)).sum(axis=1)
        assert float(cosines.min()) >= 0.9999
    questions = [asked.question for asked in index.corpus.asked][::3]
    # One by one, as they are asked: what a text is padded to with others moves its last digits.
    light, slow = (
        [embedder.embed([question])[0] for question in questions]
        for embedder in (index.embedder, reference)
    )
    other = [
        question
        for question, a, b in zip(questions, light, slow, strict=True)
        if not _same(_ranked(index, question, a), _ranked(index, question, b))
    ]
    assert other == []


def _ranked(index: PassageIndex, question: str, vector: Vectors) -> list[ScoredPassage]:
    asked = index.asked_cosines(vector, without=question)
    return index.rank(vector, asked, terms_of(question), 5)


def _same(one: list[ScoredPassage], other: list[ScoredPassage]) -> bool:
    """Tell whether two rankings agree, but for passages that are equally near."""
    return all(
        a.passage.id == b.passage.id or abs(a.score - b.score) < EQUALLY_NEAR
        for a, b in zip(one, other, strict=True)
    )


def test_missing_export_is_made_again(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "index"
    shutil.copytree(folder, copy)
    runtime = read_manifest(copy).runtime
    assert runtime is not None
    (copy / runtime.weights.name).unlink()
    with pytest.raises(IndexDamagedError, match="missing"):
        load_index(CORPUS, copy)
    assert open_index(CORPUS, copy).embedder.name == "onnxruntime"


def test_reference_answers_where_the_export_cannot_be_made_again(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    copy = tmp_path / "index"
    shutil.copytree(folder, copy)
    runtime = read_manifest(copy).runtime
    assert runtime is not None
    (copy / runtime.graph.name).unlink()

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("index.build.one_builder", refuse)
    index = open_index(CORPUS, copy)
    assert index.embedder.name == "sentence-transformers"
    assert "sentence-transformers answers" in caplog.text
    assert index.search("clay", 1)


def test_refresh_needs_no_torch(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "index"
    shutil.copytree(folder, copy)
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from corpus import Corpus, Document\n"
        "from index import open_index\n"
        "d = Document(name='soil.txt', text='Loam is a mix of both kinds.', title='Soil')\n"
        f"index = open_index(Corpus([d]), Path({str(copy)!r}))\n"
        "assert index.manifest.built_by == 'onnxruntime'\n"
        "assert not {'torch', 'transformers', 'sklearn'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=300)


def test_eight_bits_are_a_setting(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "index"
    shutil.copytree(folder, copy)
    model = find_model(precision="int8")
    with pytest.raises(IndexMismatchError, match="eight bits"):
        load_index(CORPUS, copy, model)
    index = open_index(CORPUS, copy, model)
    runtime = read_manifest(copy).runtime
    assert runtime is not None
    assert runtime.int8 is not None
    vector, full = index.embedder.embed(["clay"])[0], full_vector(copy)
    assert 0.95 < float(vector @ full) < 0.99999
    (copy / runtime.int8.name).write_bytes(b"cut short")
    with pytest.raises(IndexDamagedError):
        load_index(CORPUS, copy, model)
    assert open_index(CORPUS, copy, model).search("clay", 1)


def test_eight_bits_name_the_package_that_they_need(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "index"
    shutil.copytree(folder, copy)
    monkeypatch.setitem(sys.modules, "onnxruntime.quantization", None)
    with pytest.raises(ModelError, match=r"leg-massage-assistant\[int8\]"):
        open_index(CORPUS, copy, find_model(precision="int8"))


def test_bfloat16_is_a_setting(folder: Path) -> None:
    index = load_index(CORPUS, folder, find_model(precision="bf16"))
    assert index.embedder.name == "sentence-transformers in bfloat16"
    vector, full = index.embedder.embed(["clay"])[0], full_vector(folder)
    assert 0.999 < float(vector @ full) < 0.9999999
    assert abs(float(vector @ vector) - 1) < 1e-5


def full_vector(folder: Path) -> Vectors:
    """Return the vector of 'clay' in float32."""
    vector: Vectors = load_index(CORPUS, folder).embedder.embed(["clay"])[0]
    return vector

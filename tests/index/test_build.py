"""An index proves what it is: rebuilt when something changed, refused when it cannot be."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from corpus import Corpus, Document
from index import (
    IndexDamagedError,
    IndexMismatchError,
    IndexNotBuiltError,
    build_index,
    load_index,
    open_index,
)
from index.manifest import MANIFEST, FrozenGate, read_manifest
from tests.fakes import HashingEmbedder

WORDS = "Clay soil holds water for weeks.\n\nSandy soil drains within hours.\n"


def corpus(text: str = WORDS) -> Corpus:
    return Corpus([Document(name="soil.txt", text=text, title="Soil")])


def test_first_use_builds_and_the_second_opens(tmp_path: Path) -> None:
    embedder = HashingEmbedder()
    open_index(corpus(), tmp_path / "index", embedder=embedder)
    assert len(embedder.embedded) == 2
    open_index(corpus(), tmp_path / "index", embedder=embedder)
    assert len(embedder.embedded) == 2


def test_changed_corpus_embeds_only_what_is_new(tmp_path: Path) -> None:
    embedder = HashingEmbedder()
    open_index(corpus(), tmp_path, embedder=embedder)
    changed = corpus(WORDS + "\nLoam is a mix of both kinds.\n")
    index = open_index(changed, tmp_path, embedder=embedder)
    assert len(embedder.embedded) == 3
    assert index.search("loam", 1)[0].passage.text.startswith("Loam")


def test_removed_document_is_gone(tmp_path: Path) -> None:
    embedder = HashingEmbedder()
    both = Corpus(
        [*corpus().documents, Document(name="z.txt", text="Chalk lies white.", title="Z")]
    )
    assert len(open_index(both, tmp_path, embedder=embedder).corpus.passages) == 3
    assert set(open_index(corpus(), tmp_path, embedder=embedder).manifest.documents) == {"soil.txt"}


def test_another_model_rebuilds(tmp_path: Path) -> None:
    open_index(corpus(), tmp_path, embedder=HashingEmbedder())
    other = HashingEmbedder(digest="1" * 64)
    assert open_index(corpus(), tmp_path, embedder=other).manifest.weights == "1" * 64
    assert len(other.embedded) == 2


def test_gate_is_frozen_in_the_manifest(tmp_path: Path) -> None:
    gate = FrozenGate(weights={"cosine": 2.5}, bias=-1.0, threshold=0.4)
    open_index(corpus(), tmp_path, embedder=HashingEmbedder(), gate=gate)
    assert read_manifest(tmp_path).gate == gate


def test_gate_calibrated_anew_is_frozen_without_embedding_again(tmp_path: Path) -> None:
    embedder = HashingEmbedder()
    gate = FrozenGate(weights={"cosine": 2.5}, bias=-1.0, threshold=0.4)
    open_index(corpus(), tmp_path, embedder=embedder, gate=gate)
    other = gate.model_copy(update={"threshold": 0.5})
    with pytest.raises(IndexMismatchError, match="calibrated otherwise"):
        load_index(corpus(), tmp_path, embedder=embedder, gate=other)
    assert open_index(corpus(), tmp_path, embedder=embedder, gate=other).manifest.gate == other
    assert len(embedder.embedded) == 2


def test_index_from_another_corpus_is_refused(tmp_path: Path) -> None:
    build_index(corpus(), tmp_path, embedder=HashingEmbedder())
    with pytest.raises(IndexMismatchError, match="another corpus"):
        load_index(corpus("Peat is wet and dark soil."), tmp_path, embedder=HashingEmbedder())


def test_missing_index_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(IndexNotBuiltError, match="run leg-massage index"):
        load_index(corpus(), tmp_path / "none", embedder=HashingEmbedder())


@pytest.mark.parametrize("damage", ["flip", "cut", "remove"])
def test_damaged_vectors_are_found_and_rebuilt(tmp_path: Path, damage: str) -> None:
    build_index(corpus(), tmp_path, embedder=HashingEmbedder())
    path = tmp_path / read_manifest(tmp_path).vectors.name
    data = bytearray(path.read_bytes())
    if damage == "flip":
        data[-1] ^= 1
    path.write_bytes(bytes(data[:-9]) if damage == "cut" else bytes(data))
    if damage == "remove":
        path.unlink()
    with pytest.raises(IndexDamagedError, match=r"damaged|missing"):
        load_index(corpus(), tmp_path, embedder=HashingEmbedder())
    assert open_index(corpus(), tmp_path, embedder=HashingEmbedder()).search("clay", 1)


@pytest.mark.parametrize("text", ["{", "[]", '{"format_version": 2}', "\x00\x01"])
def test_damaged_manifest_is_refused(tmp_path: Path, text: str) -> None:
    build_index(corpus(), tmp_path, embedder=HashingEmbedder())
    (tmp_path / MANIFEST).write_text(text)
    with pytest.raises(IndexDamagedError, match="run leg-massage index"):
        load_index(corpus(), tmp_path, embedder=HashingEmbedder())


def test_other_format_is_refused_by_name(tmp_path: Path) -> None:
    build_index(corpus(), tmp_path, embedder=HashingEmbedder())
    manifest = json.loads((tmp_path / MANIFEST).read_text())
    (tmp_path / MANIFEST).write_text(json.dumps(manifest | {"format_version": 99}))
    with pytest.raises(IndexMismatchError, match="another index format"):
        load_index(corpus(), tmp_path, embedder=HashingEmbedder())


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_mismatch_that_cannot_be_rebuilt_is_refused(tmp_path: Path) -> None:
    build_index(corpus(), tmp_path, embedder=HashingEmbedder())
    tmp_path.chmod(0o500)
    with pytest.raises(IndexMismatchError, match="cannot be rebuilt"):
        open_index(corpus("Peat is wet and dark soil."), tmp_path, embedder=HashingEmbedder())


def test_folder_that_is_a_file_is_refused_clearly(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("not a folder")
    with pytest.raises((IndexNotBuiltError, IndexDamagedError), match="cannot be"):
        open_index(corpus(), path, embedder=HashingEmbedder())


def test_folder_of_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.doc").write_text("years of work")
    with pytest.raises(IndexNotBuiltError, match="holds other files"):
        open_index(corpus(), tmp_path, embedder=HashingEmbedder())
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.doc"]


def test_rebuilt_index_is_the_same_bytes(tmp_path: Path) -> None:
    first = build_index(corpus(), tmp_path / "a", embedder=HashingEmbedder()).manifest
    second = build_index(corpus(), tmp_path / "b", embedder=HashingEmbedder()).manifest
    assert first == second


def test_files_of_an_earlier_index_are_removed(tmp_path: Path) -> None:
    build_index(corpus(), tmp_path, embedder=HashingEmbedder())
    build_index(corpus("Peat is wet and dark soil."), tmp_path, embedder=HashingEmbedder())
    assert len(list(tmp_path.glob("passages-*.faiss"))) == 1
    assert not list(tmp_path.glob(".*.part"))


def test_interrupted_build_leaves_the_old_index_in_use(tmp_path: Path) -> None:
    build_index(corpus(), tmp_path, embedder=HashingEmbedder())

    class Stops(HashingEmbedder):
        def embed(self, texts):  # type: ignore[no-untyped-def]
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_index(corpus("Peat is wet and dark soil."), tmp_path, embedder=Stops())
    assert load_index(corpus(), tmp_path, embedder=HashingEmbedder()).search("clay", 1)


def test_progress_counts_up_to_the_end(tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    build_index(
        corpus(),
        tmp_path,
        embedder=HashingEmbedder(),
        progress=lambda stage, done, total: seen.append((stage, done, total)),
    )
    assert seen[0] == ("embed", 0, 2)
    assert seen[-1] == ("embed", 2, 2)


def test_extracted_text_is_kept_beside_the_index(tmp_path: Path) -> None:
    document = Document(name="soil.pdf", text=WORDS, title="Soil", is_extracted=True)
    manifest = build_index(Corpus([document]), tmp_path, embedder=HashingEmbedder()).manifest
    kept = manifest.documents["soil.pdf"].text
    assert kept is not None
    assert (tmp_path / kept.name).read_text() == WORDS

"""An index in shards gives what the whole gives, bit for bit, whatever kind it is."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

import index.build
from corpus import Corpus, Document
from index import IndexDamagedError, PassageIndex, build_index, load_index, open_index
from index.chunks import Run
from index.manifest import MANIFEST, Kind, Manifest, read_manifest
from index.sharded import ShardedVectors, best_places
from index.vectors import FlatVectors
from tests.fakes import DIMENSION, HashingEmbedder

SOILS = ["clay", "sand", "silt", "loam", "peat", "chalk", "gravel", "marl", "humus", "turf"]
DEEDS = ["holds", "drains", "floods", "dries", "cracks", "warms", "cools", "feeds"]
THINGS = ["water", "roots", "worms", "seeds", "stones", "lime", "salt", "air", "ash", "rain"]
QUERIES = [
    "what holds water",
    "chalk and lime",
    "worms",
    "does peat crack when rain dries",
    "zebra",
]
KINDS: list[Kind] = ["flat", "sq8", "ivf"]


def corpus(passages: int = 400) -> Corpus:
    """Return made-up soil science, in which many a sentence comes twice."""
    choose = random.Random(7).choice  # noqa: S311 - made-up text
    lines = []
    for _ in range(passages):
        clauses = [f"{choose(SOILS)} {choose(DEEDS)} {choose(THINGS)}" for _ in range(3)]
        lines.append(". ".join(f"The {clause} of the land" for clause in clauses) + ".")
    return Corpus([Document(name="soil.txt", text="\n\n".join(lines), title="Soil")])


def built(
    folder: Path, shards: int, kind: Kind, monkeypatch: pytest.MonkeyPatch, passages: int = 400
) -> PassageIndex:
    monkeypatch.setattr(index.build, "kind_for", lambda texts, passages: kind)
    return build_index(corpus(passages), folder, embedder=HashingEmbedder(), shards=shards)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shards", [2, 3])
def test_shards_find_what_the_whole_finds(
    tmp_path: Path, shards: int, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = built(tmp_path / "whole", 1, kind, monkeypatch)
    parts = built(tmp_path / "parts", shards, kind, monkeypatch)
    assert len(parts.manifest.shards) == shards
    for query in QUERIES:
        assert parts.search(query, 20) == whole.search(query, 20)
    for passage in (0, 133, 134, 200, 399):
        assert np.array_equal(parts.vectors_of(passage), whole.vectors_of(passage))


@pytest.mark.parametrize("kind", ["sq8", "ivf"])
def test_shards_have_the_same_nearest_passages(
    tmp_path: Path, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = built(tmp_path / "whole", 1, kind, monkeypatch)
    parts = built(tmp_path / "parts", 3, kind, monkeypatch)
    vectors = np.random.default_rng(1).standard_normal((9, DIMENSION)).astype(np.float32)
    for vector in vectors:
        one, several = whole._vectors.nearest(vector, 12), parts._vectors.nearest(vector, 12)
        assert one is not None and several is not None
        assert one.tolist() == several.tolist()


def test_shards_hold_the_bundled_questions_too(tmp_path: Path) -> None:
    bundled = Corpus.bundled()
    whole = build_index(bundled, tmp_path / "whole", embedder=HashingEmbedder(), shards=1)
    parts = build_index(bundled, tmp_path / "parts", embedder=HashingEmbedder(), shards=4)
    assert np.array_equal(parts.vectors(), whole.vectors())
    vector = whole.embedder.embed(["how hard is a massage of the calf"])[0]
    assert np.array_equal(parts.asked_cosines(vector), whole.asked_cosines(vector))


@pytest.mark.parametrize("kind", KINDS)
def test_a_sharded_index_built_again_is_the_same_bytes(
    tmp_path: Path, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = built(tmp_path / "a", 3, kind, monkeypatch).manifest
    assert built(tmp_path / "b", 3, kind, monkeypatch).manifest == first
    assert built(tmp_path / "a", 3, kind, monkeypatch).manifest == first


def test_vectors_go_from_shards_to_one_file_and_back_without_embedding(tmp_path: Path) -> None:
    whole = build_index(corpus(), tmp_path, embedder=HashingEmbedder(), shards=1).manifest
    silent = HashingEmbedder()
    assert len(build_index(corpus(), tmp_path, embedder=silent, shards=5).manifest.shards) == 5
    assert build_index(corpus(), tmp_path, embedder=silent, shards=1).manifest == whole
    assert silent.embedded == []
    assert len(list(tmp_path.glob("passages-*.faiss"))) == 1


def test_the_number_of_shards_stays_when_documents_change(tmp_path: Path) -> None:
    build_index(corpus(20), tmp_path, embedder=HashingEmbedder(), shards=3)
    index = open_index(corpus(30), tmp_path, embedder=HashingEmbedder())
    assert [shard.passages for shard in index.manifest.shards] == [10, 10, 10]


def test_there_are_no_empty_shards(tmp_path: Path) -> None:
    index = build_index(corpus(2), tmp_path, embedder=HashingEmbedder(), shards=9)
    assert [shard.passages for shard in index.manifest.shards] == [1, 1]


def test_a_damaged_shard_is_found_and_rebuilt(tmp_path: Path) -> None:
    build_index(corpus(), tmp_path, embedder=HashingEmbedder(), shards=3)
    path = tmp_path / read_manifest(tmp_path).shards[1].vectors.name
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(IndexDamagedError, match="damaged"):
        load_index(corpus(), tmp_path, embedder=HashingEmbedder())
    assert open_index(corpus(), tmp_path, embedder=HashingEmbedder()).search("clay", 1)


def test_shards_that_change_places_are_refused(tmp_path: Path) -> None:
    build_index(corpus(21), tmp_path, embedder=HashingEmbedder(), shards=2)
    manifest = json.loads((tmp_path / MANIFEST).read_text())
    one, two = manifest["shards"]
    one["vectors"], two["vectors"] = two["vectors"], one["vectors"]
    (tmp_path / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(IndexDamagedError, match="shard and manifest disagree"):
        load_index(corpus(21), tmp_path, embedder=HashingEmbedder())


@pytest.mark.parametrize(
    "change",
    [{"shards": []}, {"vectors": {"name": "passages-0.faiss", "sha256": "0", "bytes": 1}}],
)
def test_a_manifest_names_every_vector_once(tmp_path: Path, change: dict[str, object]) -> None:
    build_index(corpus(20), tmp_path, embedder=HashingEmbedder(), shards=2)
    manifest = json.loads((tmp_path / MANIFEST).read_text())
    with pytest.raises(ValidationError, match="one file or in shards"):
        Manifest.model_validate(manifest | change)
    manifest["shards"] = manifest["shards"][:1]
    with pytest.raises(ValidationError, match="more or less"):
        Manifest.model_validate(manifest)


def test_equal_scores_are_kept_in_the_order_of_places() -> None:
    scores = np.array([0.5, 0.9, 0.5, 0.5], dtype=np.float32)
    assert best_places(np.array([40, 2, 10, 30]), scores, 3).tolist() == [2, 10, 30]


def test_rows_come_back_in_the_order_they_were_asked_for(tmp_path: Path) -> None:
    whole = build_index(corpus(), tmp_path / "whole", embedder=HashingEmbedder(), shards=1)
    parts = build_index(corpus(), tmp_path / "parts", embedder=HashingEmbedder(), shards=3)
    rows = np.array([1500, 3, 4, 0, 900, 1599, 3])
    assert isinstance(whole._vectors, FlatVectors) and isinstance(parts._vectors, ShardedVectors)
    assert np.array_equal(parts._vectors.read(rows), whole._vectors.read(rows))
    assert parts._vectors.read(slice(7, 7)).shape == (0, whole.manifest.dimension)


def test_what_is_embedded_ahead_is_not_embedded_again(tmp_path: Path) -> None:
    elsewhere, here = HashingEmbedder(), HashingEmbedder()

    def ahead(run: Run, texts: object) -> None:
        from index.chunks import embed_run
        from index.passage_index import embedding_texts

        for begin, new in run.unfinished(embedding_texts(corpus())):
            run.keep(begin, embed_run(new, elsewhere))

    index = build_index(corpus(), tmp_path / "a", embedder=here, ahead=ahead)
    assert elsewhere.embedded and not here.embedded
    alone = build_index(corpus(), tmp_path / "b", embedder=HashingEmbedder())
    assert index.manifest == alone.manifest
    assert not list((tmp_path / "a").glob(".chunk-*"))

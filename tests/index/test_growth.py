"""Larger indexes find what a flat one finds, are built piece by piece, and go on after a kill."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from corpus import Corpus, Document
from index import IndexDamagedError, PassageIndex, build_index, load_index
from index.explain import explain
from index.lexical import LexicalIndex, Places, Scores
from index.postings import write_postings
from index.store import remove_unused
from index.text import terms_of
from tests.fakes import HashingEmbedder

NOUNS = ("clay", "sand", "loam", "peat", "chalk", "gravel", "silt", "marl", "humus", "slate")
VERBS = ("holds", "drains", "warms", "freezes", "cracks", "swells", "feeds", "starves")
PLACES = ("garden", "field", "orchard", "meadow", "border", "terrace", "valley", "hill")


def corpus(count: int = 600) -> Corpus:
    """Return documents of many passages, of which each third has two sentences."""
    texts: list[str] = []
    for n in range(count):
        noun, verb, place = NOUNS[n % 10], VERBS[n // 10 % 8], PLACES[n // 80 % 8]
        more = f" Row {n} of the {place} shows it well enough." if n % 3 == 0 else ""
        texts.append(f"The {noun} number{n} {verb} water in the old {place} for a week.{more}")
    half = len(texts) // 2
    return Corpus(
        [
            Document(name="a.txt", text="\n\n".join(texts[:half]), title="Soil"),
            Document(name="b.txt", text="\n\n".join(texts[half:]), title="Earth"),
        ]
    )


@pytest.fixture
def flat(tmp_path: Path) -> PassageIndex:
    return build_index(corpus(), tmp_path / "flat", embedder=HashingEmbedder())


@pytest.fixture(params=["sq8", "ivf"])
def large(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> PassageIndex:
    """An index of the same passages, searched as many more would be."""
    monkeypatch.setattr("index.tiers.FLAT_TEXTS", 10)
    monkeypatch.setattr("index.tiers.SQ8_PASSAGES", 10_000 if request.param == "sq8" else 10)
    index = build_index(corpus(), tmp_path / request.param, embedder=HashingEmbedder())
    assert index.manifest.kind == request.param
    return index


def test_larger_index_finds_what_the_flat_one_finds(
    flat: PassageIndex, large: PassageIndex
) -> None:
    for number in range(0, 600, 37):
        query = f"which {NOUNS[number % 10]} number{number} {VERBS[number // 10 % 8]} water?"
        expected, found = flat.search(query, 3), large.search(query, 3)
        assert found[0].passage == expected[0].passage
        assert found[0].score == pytest.approx(expected[0].score, abs=1e-3)
        assert found[0].lexical == pytest.approx(expected[0].lexical, abs=1e-5)
        assert found[0].sentences == pytest.approx(expected[0].sentences, abs=1e-3)


def test_word_alone_finds_a_passage_that_is_far_by_vector(large: PassageIndex) -> None:
    away = np.zeros(large.manifest.dimension, dtype=np.float32)
    away[0] = 1.0
    best = large.rank(away, large.asked_cosines(away), terms_of("number77"), 1)[0]
    assert best.passage.text.startswith("The marl number77")


def test_best_by_words_are_those_of_all_scores(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = np.random.default_rng(5)
    names = [f"term{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(120)]
    texts = [" ".join(names[int(n)] for n in drawn.zipf(1.4, 9) % 120) for _ in range(3_000)]
    lexical = LexicalIndex(texts)
    looked_up: list[int] = []
    whole = LexicalIndex.scores_at

    def counted(self: LexicalIndex, places: Places, terms: Sequence[str]) -> Scores:
        looked_up.append(len(places))
        return whole(self, places, terms)

    monkeypatch.setattr(LexicalIndex, "scores_at", counted)
    monkeypatch.setattr("index.lexical.COMMON", 1.0)
    for _ in range(60):
        terms = terms_of(" ".join(names[int(n)] for n in drawn.zipf(1.3, 7) % 120))
        scores = lexical.scores(terms)
        best = lexical.best({term: float(terms.count(term)) for term in terms}, 10)
        kept = np.sort(scores[best])[::-1]
        assert kept == pytest.approx(np.sort(scores)[::-1][:10], abs=1e-4)
        assert whole(lexical, best, terms).tolist() == scores[best].tolist()
    assert looked_up, "no query was short enough to stop early"
    assert max(looked_up) < 3_000


def test_common_word_finds_nothing_new_where_rarer_ones_find_enough() -> None:
    texts = [
        f"soil{' clay' if n % 50 == 0 else ''}{' chalk' if n % 7 == 0 else ''}" for n in range(900)
    ]
    lexical = LexicalIndex(texts)
    best = lexical.best({"soil": 1.0, "clay": 1.0, "chalk": 1.0}, 5)
    expected = np.lexsort((np.arange(900), -lexical.scores(["soil", "clay", "chalk"])))[:5]
    assert best.tolist() == expected.tolist()
    # Exactly searched, a word that counts next to nothing would bring in none of the best.
    assert all(place % 50 == 0 for place in lexical.best({"clay": 0.01, "chalk": 1.0}, 5).tolist())
    assert len(lexical.best({"soil": 1.0}, 18)) == 18


def test_word_that_nobody_has_is_passed_over() -> None:
    lexical = LexicalIndex(["clay soil", "sand", "clay"])
    assert lexical.best({"nothing": 1.0}, 5).tolist() == []
    assert sorted(lexical.best({"clay": 1.0, "nothing": 1.0}, 5).tolist()) == [0, 2]
    assert lexical.scores_at(np.array([1, 2]), ["nothing", "clay"])[0] == 0


def test_larger_index_is_opened_from_its_files(large: PassageIndex, tmp_path: Path) -> None:
    folder = tmp_path / large.manifest.kind
    again = load_index(corpus(), folder, embedder=HashingEmbedder())
    assert again.search("chalk in the meadow", 5) == large.search("chalk in the meadow", 5)


@pytest.mark.parametrize("part", ["rows", "postings", "terms"])
def test_damaged_part_of_a_larger_index_is_refused(
    large: PassageIndex, tmp_path: Path, part: str
) -> None:
    folder = tmp_path / large.manifest.kind
    path = folder / getattr(large.manifest, part).name
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(IndexDamagedError, match="damaged"):
        load_index(corpus(), folder, embedder=HashingEmbedder())


def test_changed_passage_is_the_only_one_embedded_anew(large: PassageIndex, tmp_path: Path) -> None:
    embedder = HashingEmbedder()
    documents = [
        *corpus().documents,
        Document(name="c.txt", text="Basalt is black and breaks in columns.", title="Rock"),
    ]
    index = build_index(Corpus(documents), tmp_path / large.manifest.kind, embedder=embedder)
    assert embedder.embedded == ["Rock. Basalt is black and breaks in columns."]
    assert index.search("basalt", 1)[0].passage.document == "c.txt"


class Dies(HashingEmbedder):
    """Stops for good after so many texts."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.after = after

    def embed(self, texts):  # type: ignore[no-untyped-def]
        if len(self.embedded) >= self.after:
            raise KeyboardInterrupt
        return super().embed(texts)


def test_killed_build_is_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.chunks.CHUNK", 64)
    with pytest.raises(KeyboardInterrupt):
        build_index(corpus(), tmp_path / "killed", embedder=Dies(400))
    embedder = HashingEmbedder()
    seen: list[tuple[str, int, int]] = []
    index = build_index(
        corpus(),
        tmp_path / "killed",
        embedder=embedder,
        progress=lambda stage, done, total: seen.append((stage, done, total)),
    )
    assert len(embedder.embedded) == index.manifest.texts - 6 * 64  # six pieces were whole
    assert seen[0][2] == len(embedder.embedded)
    whole = build_index(corpus(), tmp_path / "whole", embedder=HashingEmbedder())
    assert index.manifest == whole.manifest
    assert not list((tmp_path / "killed").glob(".chunk-*"))


def test_pieces_of_another_corpus_are_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.chunks.CHUNK", 64)
    with pytest.raises(KeyboardInterrupt):
        build_index(corpus(), tmp_path, embedder=Dies(400))
    assert list(tmp_path.glob(".chunk-*"))
    index = build_index(corpus(90), tmp_path, embedder=HashingEmbedder())
    remove_unused(tmp_path, index.manifest)
    assert not list(tmp_path.glob(".chunk-*"))


def test_words_put_aside_on_disk_score_as_in_memory(tmp_path: Path) -> None:
    texts = [passage.text for passage in corpus().passages] + ["Why?"]
    words = [terms_of(text) for text in texts]
    write_postings(words, tmp_path / "terms", tmp_path / "postings.npy", block=100)
    stored = LexicalIndex.stored(tmp_path / "terms", tmp_path / "postings.npy", len(texts))
    counted = LexicalIndex(texts)
    assert stored.document_frequency == counted.document_frequency
    for query in ("chalk", "number7 orchard", "nowhere", "water water"):
        assert np.array_equal(stored.scores(terms_of(query)), counted.scores(terms_of(query)))


def test_explanation_names_the_way_and_the_reason(flat: PassageIndex, large: PassageIndex) -> None:
    assert "flat: every passage and sentence compared, exactly" in "\n".join(explain(flat))
    text = "\n".join(explain(large))
    assert f"{large.manifest.kind}: " in text and "compared again, exactly" in text
    assert large.manifest.vectors.name in text

"""Search ranks passages by words and by meaning, the same way every time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from corpus import Corpus, Document
from index import PassageIndex, build_index
from index.fusion import fuse
from index.lexical import LexicalIndex
from tests.fakes import HashingEmbedder

TEXT = """# Garden

## Soil

Clay soil holds water for weeks. Sandy soil drains within hours.

## Tools

- **Spade:** A spade cuts straight edges.
- **Fork:** A fork loosens heavy ground.
"""


@pytest.fixture
def index(tmp_path: Path) -> PassageIndex:
    corpus = Corpus([Document(name="garden.md", text=TEXT, title="Garden", markup="markdown")])
    return build_index(corpus, tmp_path / "index", embedder=HashingEmbedder())


def test_nearest_passage_comes_first(index: PassageIndex) -> None:
    found = index.search("what loosens the ground?", k=2)
    assert found[0].passage.text.startswith("**Fork")
    assert found[0].score > found[1].score


def test_sentence_of_a_passage_is_found_by_itself(index: PassageIndex) -> None:
    best = index.search("sandy soil drains within hours", k=1)[0]
    assert best.passage.text.startswith("Clay")
    assert np.argmax(best.sentences) == 1


def test_smaller_corpus_returns_fewer(index: PassageIndex) -> None:
    assert len(index.search("soil", k=50)) == len(index.corpus.passages)


@pytest.mark.parametrize(("query", "k"), [("", 3), ("  ", 3), ("soil", 0)])
def test_empty_query_and_no_results_are_refused(index: PassageIndex, query: str, k: int) -> None:
    with pytest.raises(ValueError, match=r"empty|at least 1"):
        index.search(query, k)


def test_same_query_gives_the_same_ranking(index: PassageIndex) -> None:
    assert index.search("heavy soil", k=4) == index.search("heavy soil", k=4)


def test_fusion_ranks_what_both_rankings_like() -> None:
    dense = np.array([0.9, 0.8, 0.1], dtype=np.float32)
    lexical = np.array([0.0, 6.0, 5.0], dtype=np.float32)
    assert int(np.argmax(fuse([dense, lexical], [1.0, 1.0]))) == 1


def test_passage_that_a_ranking_does_not_know_takes_nothing_from_it() -> None:
    fused = fuse([np.array([0.0, 3.0], dtype=np.float32)], [1.0])
    assert fused[0] == 0.0
    assert fused[1] > 0.0


def test_words_are_compared_by_stem() -> None:
    lexical = LexicalIndex(["kneading the calves", "something else"])
    assert lexical.scores(["knead", "calf"])[0] > 0
    assert lexical.scores(["nothing"]).tolist() == [0.0, 0.0]


def test_rare_terms_weigh_more() -> None:
    lexical = LexicalIndex(["soil clay", "soil sand", "soil loam"])
    assert lexical.idf("clay") > lexical.idf("soil") > 0

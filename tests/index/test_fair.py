"""An embedder that many threads share gives each its own vectors; how turns go is in the corpus."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from index.fair import FairEmbedder
from tests.fakes import HashingEmbedder


def test_each_thread_gets_its_own_vectors() -> None:
    fair = FairEmbedder(HashingEmbedder(), batch=5)
    asked = [[f"word{number}", f"turn{number}"][: 1 + number % 2] for number in range(200)]
    with ThreadPoolExecutor(20) as pool:
        got = list(pool.map(fair.embed, asked))
    for texts, vectors in zip(asked, got, strict=True):
        assert np.array_equal(vectors, HashingEmbedder().embed(texts))


def test_no_texts_give_no_vectors() -> None:
    assert len(FairEmbedder(HashingEmbedder()).embed([])) == 0


def test_it_is_known_by_the_embedder_s_own_names() -> None:
    own, fair = HashingEmbedder(), FairEmbedder(HashingEmbedder())
    assert (fair.name, fair.model_id, fair.digest) == (own.name, own.model_id, own.digest)


def test_next_caller_is_served_after_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    fair = FairEmbedder(HashingEmbedder())

    def broken(texts: object) -> None:
        raise ValueError("bad")

    with monkeypatch.context() as patch:
        patch.setattr(fair.embedder, "embed", broken)
        with pytest.raises(ValueError, match="bad"):
            fair.embed(["bad"])
    assert fair.embed(["good"]).shape[0] == 1

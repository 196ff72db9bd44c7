"""What known questions say about a new one: which way it leans, where it leads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assistant.leaning import RIDGE, Leaning
from assistant.tfidf import TfIdf
from index.embedder import Vectors
from tests.fakes import HashingEmbedder

TEXTS = ["dig the beds in spring", "dig over the beds", "what does a spade cost", "cost of a fork"]
LEADS = [("digging",), ("digging",), (), ()]


def leaning(folder: Path) -> Leaning:
    return Leaning(HashingEmbedder().embed(TEXTS), lambda: TEXTS, LEADS, folder)


def cosines(text: str) -> Vectors:
    return HashingEmbedder().embed(TEXTS) @ HashingEmbedder().embed([text])[0]


def told(known: Leaning, text: str) -> tuple[float, float]:
    lean, led = known.of(cosines(text), text)
    return lean, led["digging"]


def words(folder: Path) -> TfIdf:
    return TfIdf(len(TEXTS), lambda: TEXTS, b"", folder)


def test_a_question_leans_like_those_that_it_is_like(tmp_path: Path) -> None:
    known = leaning(tmp_path)
    assert told(known, "when to dig the beds")[0] > 0 > told(known, "what would a fork cost")[0]


def test_a_question_is_led_where_those_that_it_is_like_lead(tmp_path: Path) -> None:
    known = leaning(tmp_path)
    assert told(known, "when to dig the beds")[1] > 0.3 > told(known, "what would a fork cost")[1]


def test_leaving_a_text_out_is_fitting_without_it(tmp_path: Path) -> None:
    known = leaning(tmp_path)
    vectors = HashingEmbedder().embed(TEXTS)
    pairs = zip(vectors @ vectors.T, TEXTS, strict=True)
    kernel = np.stack([known._kernel(row, text) for row, text in pairs])
    targets = np.array([[1.0, 1.0], [-1.0, 0.0], [-1.0, 0.0]])
    others = np.linalg.solve(kernel[1:, 1:] + RIDGE * np.eye(3), targets)
    lean, led = known.of(cosines(TEXTS[0]), TEXTS[0], without=0)
    assert [lean, led["digging"]] == pytest.approx((kernel[0, 1:] @ others).tolist())


def test_what_is_kept_says_the_same_and_no_text_is_read_again(tmp_path: Path) -> None:
    def unread() -> list[str]:
        raise AssertionError("the texts were read again")

    first = told(leaning(tmp_path), "dig in spring")
    again = Leaning(HashingEmbedder().embed(TEXTS), unread, LEADS, tmp_path)
    assert told(again, "dig in spring") == first


def test_a_text_is_wholly_like_itself_and_not_at_all_like_one_without_its_words(
    tmp_path: Path,
) -> None:
    assert words(tmp_path).cosines(TEXTS[0])[0] == pytest.approx(1.0)
    assert words(tmp_path).cosines("dig over")[2:].tolist() == [0.0, 0.0]
    assert words(tmp_path).cosines("bicycle").tolist() == [0.0] * 4


def test_rare_words_count_more_than_common_ones(tmp_path: Path) -> None:
    # "spring" is in one of the texts, "the" in two of them.
    first, second, *_ = words(tmp_path).cosines("the spring").tolist()
    assert first > 2 * second > 0

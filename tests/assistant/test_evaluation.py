"""The measurement and its data: every case is sound, and the figures are what they say."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from assistant.coverage import ASKED_FEATURES, FEATURES, aspects, bundled_gate
from assistant.evaluation.calibrate import Labelled, careful_threshold, fit, letters
from assistant.evaluation.data import Case, gold_passages, load_cases, load_letters, load_messages
from assistant.evaluation.folder import ndcg
from corpus import Corpus, CorpusError
from corpus.asked import Place

CASES = load_cases()


def test_there_are_enough_questions_of_each_sort() -> None:
    covered = [case for case in CASES if case.gold]
    assert len(covered) >= 250
    assert sum(case.split == "heldout" for case in covered) >= 100
    assert sum(not case.gold for case in CASES) >= 200


def test_no_question_is_in_both_halves() -> None:
    counts = Counter(case.question.lower() for case in CASES)
    assert [question for question, number in counts.items() if number > 1] == []
    assert len({case.id for case in CASES}) == len(CASES)


def test_every_covered_question_has_its_passage() -> None:
    corpus = Corpus.bundled()
    assert all(bool(gold_passages(case, corpus)) == bool(case.gold) for case in CASES)


def test_place_that_is_gone_is_named() -> None:
    place = Place(document="leg-massage.md", section="No such heading")
    case = Case(id="x", question="?", kind="covered", split="tuning", gold=(place,))
    with pytest.raises(CorpusError, match="x: the corpus has no passage"):
        gold_passages(case, Corpus.bundled())


def test_messages_are_labelled_in_both_halves() -> None:
    counts = Counter((message.covered, message.split) for message in load_messages())
    assert all(number > 20 for number in counts.values())
    assert len(counts) == 4


def test_gates_weigh_the_evidence_there_is() -> None:
    assert set(bundled_gate(False).weights) == set(FEATURES)
    assert set(bundled_gate(True).weights) == {*FEATURES, *ASKED_FEATURES}


def test_question_for_something_untold_weighs_against_an_answer() -> None:
    assert bundled_gate(True).weights["untold"] < 0
    assert bundled_gate(False).weights["untold"] < 0


def test_fit_separates_what_can_be_separated() -> None:
    x = np.array([[0.0], [0.1], [0.2], [0.8], [0.9], [1.0]])
    y = np.array([0.0, 0.0, 0.0, 1.0, 1.0, 1.0])
    gate = fit(x, y, np.ones(6), ["x"], 0.03)
    assert gate.probability({"x": 1.0}) > 0.5 > gate.probability({"x": 0.0})


def test_threshold_turns_few_away() -> None:
    y = np.array([1.0] * 100 + [0.0] * 100)
    p = np.concatenate([np.linspace(0.2, 1.0, 100), np.linspace(0.0, 0.6, 100)])
    assert (p[:100] < careful_threshold(p, y, 0.03)).mean() <= 0.03


def test_ndcg_of_a_known_item() -> None:
    best = np.array([0.9, 0.1], dtype=np.float32)
    assert ndcg([best], [0]) == 1.0
    assert round(ndcg([best], [1]), 3) == 0.631


ASKS = [
    ("What does a massage cost?", "price"),
    ("how many times a week should I go", "frequency"),
    ("which oil is best?", "product"),
    ("can I massage my dog", "animals"),
    ("how do I massage my shoulders", "other places of the body"),
    ("what should I wear", "practicalities"),
    ("who invented petrissage", "history"),
]


@pytest.mark.parametrize(("question", "name"), ASKS, ids=[name for _, name in ASKS])
def test_aspect_is_seen_in_a_question(question: str, name: str) -> None:
    assert name in [aspect.name for aspect in aspects() if aspect.asks.search(question)]


@pytest.mark.parametrize(
    "question", ["What does petrissage do?", "Which muscles bend the knee?", "Is it safe?"]
)
def test_plain_question_asks_for_no_aspect(question: str) -> None:
    assert [aspect.name for aspect in aspects() if aspect.asks.search(question)] == []


def test_letters_are_long_and_mostly_about_something_else() -> None:
    found = load_letters()
    assert sum(not letter.covered for letter in found) > 400
    assert {letter.split for letter in found} == {"tuning", "heldout"}
    assert len({letter.id for letter in found}) == len(found)
    assert len({letter.question for letter in found}) == len(found)


def test_letters_are_counted_by_half_and_by_what_they_are_about() -> None:
    gate = bundled_gate(False).model_copy(update={"weights": {"x": 10.0}, "bias": -5.0})
    rows = [
        (Labelled("a", covered, is_heldout, True), {"x": x})
        for covered, is_heldout, x in [(True, False, 0.0), (False, False, 0.0), (False, True, 1.0)]
    ]
    assert letters(gate, rows)[2:] == [
        "| tuned on | 1 of 1 | 0 of 1 |",
        "| held out | 0 of 0 | 1 of 1 |",
    ]

"""Terms, spelling and the lexicon of everyday words."""

from __future__ import annotations

import pytest

from index.lexicon import Lexicon, bundled_lexicon
from index.spelling import Speller
from index.text import stem, terms_of

SPELLER = Speller(
    ["Petrissage kneads the hamstrings, the quadriceps and the calves for relief of tension."],
    known=["would", "waist", "pension", "release"],
)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("petrisage", "petrissage"),
        ("hamstirngs", "hamstrings"),
        ("quadracep", "quadriceps"),
        ("releif", "relief"),
        ("would", "would"),
        ("pension", "pension"),
        ("half", "half"),
        ("xylophone", "xylophone"),
    ],
)
def test_only_unknown_words_are_corrected(typed: str, meant: str) -> None:
    assert SPELLER.correct(typed) == meant


def test_correction_leaves_the_rest_of_the_text_alone() -> None:
    assert SPELLER.correct("Why  petrisage?!") == "Why  petrissage?!"


def test_word_of_the_corpus_that_english_hardly_knows_is_jargon() -> None:
    assert SPELLER.is_jargon("petrissage")
    assert not SPELLER.is_jargon("would")
    assert not SPELLER.is_jargon("gardening")


def test_stems_join_forms_of_a_word() -> None:
    assert stem("calves") == stem("calf")
    assert terms_of("The masseur's kneading") == ("masseur", "knead")


def test_lexicon_finds_phrases_and_words() -> None:
    lexicon = Lexicon([["gluteal", "bum", "rear end"], ["sleep", "nod off"]])
    matches = lexicon.matches("my rear end hurts when I nod off")
    assert [match.name for match in matches] == ["gluteal", "sleep"]
    assert "bum" in matches[0].others


def test_lexicon_says_nothing_about_other_words() -> None:
    assert bundled_lexicon().matches("how is the weather in Cork") == []

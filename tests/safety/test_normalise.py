"""Noise is undone in small steps, and every character still points at what was typed."""

from __future__ import annotations

import pytest

from safety.guard import Guard
from safety.normalise import normalise
from tests.safety.small import small_policy


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("My CALF", "my calf"),
        ("don’t", "don't"),
        ("ｓｗｏｌｌｅｎ", "swollen"),
        ("𝐬𝐰𝐨𝐥𝐥𝐞𝐧", "swollen"),
        ("s̶w̶o̶l̶l̶e̶n̶", "swollen"),
        ("ѕwоllеn", "swollen"),
        ("swol\u200blen", "swollen"),
        ("d.v.t.", "dvt."),
        ("s w o l l e n", "swollen"),
        ("<b>swol</b>len", "swollen"),
        ("**swollen**", " swollen "),
        ("&#115;wollen", "swollen"),
        (r"\u0073wollen", "swollen"),
        ("café", "cafe"),
        ("нога болит", "нога болит"),
    ],
)
def test_noise_is_undone(typed: str, read: str) -> None:
    assert normalise(typed).chars == read


@pytest.mark.parametrize("typed", ["1 2 3", "a b", "I am", "e.g. this", "5-10 minutes"])
def test_plain_text_is_left_as_it_is(typed: str) -> None:
    assert normalise(typed).chars == typed.lower()


def test_every_character_points_at_what_was_typed() -> None:
    typed = "My <i>le</i>g is ｈｏｔ &amp; s w o l l e n"
    text = normalise(typed)
    assert len(text.chars) == len(text.spans)
    start = text.chars.index("swollen")
    assert typed[text.spans[start][0] : text.spans[start + 6][1]] == "s w o l l e n"
    hot = text.chars.index("hot")
    assert typed[text.spans[hot][0] : text.spans[hot + 2][1]] == "ｈｏｔ"


def test_pictures_are_read_as_the_words_that_the_policy_gives_them() -> None:
    assert "pregnant" in normalise("my wife \N{PREGNANT WOMAN}").chars
    assert normalise("thanks \N{SLIGHTLY SMILING FACE}").chars.split() == [
        "thanks",
        "\N{SLIGHTLY SMILING FACE}",
    ]


def test_a_policy_gives_pictures_a_meaning_of_its_own() -> None:
    message = "\N{ADHESIVE BANDAGE} on my shin, can I rub it?"
    assert Guard(small_policy()).decide([message]).action == "answer"
    with_picture = Guard(small_policy(emoji={"\N{ADHESIVE BANDAGE}": "cut"}))
    assert with_picture.decide([message]).contraindications == ("wound",)

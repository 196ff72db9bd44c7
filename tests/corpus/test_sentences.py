"""Where sentences end."""

from __future__ import annotations

import pytest

from corpus.sentences import split_sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two.", ["One.", "Two."]),
        ("It took 2.5 hours. Then rest.", ["It took 2.5 hours.", "Then rest."]),
        ("See Dr. Lee, e.g. on Monday. Go.", ["See Dr. Lee, e.g. on Monday.", "Go."]),
        ("By J. Smith. He wrote it.", ["By J. Smith.", "He wrote it."]),
        ("Really?! Yes.", ["Really?!", "Yes."]),
        ('He said "stop." Then left.', ['He said "stop."', "Then left."]),
        ("no capital. here goes on", ["no capital. here goes on"]),
        ("**Bold:** one. **Next:** two.", ["**Bold:** one.", "**Next:** two."]),
        ("   ", []),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert [text[a:b] for a, b in split_sentences(text)] == expected

from __future__ import annotations

import pytest

from safety.net.views import CLS, SEP, STRIDE, WINDOW, plain, token_rows


def test_letter_shapes_and_hidden_characters_are_undone() -> None:
    assert plain("my \uff43\uff41\uff4c\uff46 is swo\u200bllen") == "my calf is swollen"


def test_picture_becomes_its_name() -> None:
    assert "pregnant" in plain("\U0001f930 legs ache")


@pytest.mark.parametrize("marker", ["[PAD]", "[SEP]", "[cls]", "[MASK]", "[UNK]"])
def test_markers_of_the_encoder_cannot_be_typed(marker: str) -> None:
    (row,) = token_rows([f"calf {marker} swollen"])
    (without,) = token_rows(["calf swollen"])
    assert row == without


def test_messages_are_read_together_with_a_separator_between() -> None:
    (row,) = token_rows(["my calf is swollen", "it is warm too"])
    assert row[0] == CLS and row[-1] == SEP and row.count(SEP) == 2


def test_empty_conversation_is_a_row_of_markers() -> None:
    assert token_rows([""]) == [[CLS, SEP]]


def test_every_token_of_a_long_message_stands_in_a_window() -> None:
    words = [f"calf{n % 7} rub" for n in range(900)]
    rows = token_rows([" ".join(words)])
    whole = [token for word in words for token in token_rows([word])[0][1:-1]]
    assert all(len(row) <= WINDOW + 2 for row in rows)
    covered = list(rows[0][1:-1])
    for number, row in enumerate(rows[1:-1], start=1):
        inner = row[1:-1]
        overlap = len(covered) - number * STRIDE
        assert covered[-overlap:] == inner[:overlap]
        covered += inner[overlap:]
    assert whole[: len(covered)] == covered
    assert rows[-1][1:-1] == whole[-WINDOW:]

"""Gradio's history, read into messages: whatever shape, no user message is lost."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from corpus.errors import InputError
from ui.history import read_history


def contents(value: object) -> list[tuple[str, str]]:
    return [(message.role, message.content) for message in read_history(value)]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, []),
        ([], []),
        ([{"role": "user", "content": "one"}], [("user", "one")]),
        (
            [{"role": "user", "content": [{"type": "text", "text": "one"}]}],
            [("user", "one")],
        ),
        (
            [{"role": "user", "content": [{"type": "text", "text": "a"}, "b"]}],
            [("user", "a\nb")],
        ),
        ([{"role": "user", "content": {"type": "text", "text": "one"}}], [("user", "one")]),
        (
            [{"role": "assistant", "content": "two", "metadata": None, "options": []}],
            [("assistant", "two")],
        ),
        ([SimpleNamespace(role="user", content="one")], [("user", "one")]),
        ([SimpleNamespace(role="user", content=SimpleNamespace(text="one"))], [("user", "one")]),
    ],
)
def test_known_shapes_are_read(value: object, expected: list[tuple[str, str]]) -> None:
    assert contents(value) == expected


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ("text", "history"),
        (7, "history"),
        ({"role": "user"}, "history"),
        ([["user", "one"]], r"history\[0\].role"),
        ([{"role": "tool", "content": "one"}], r"history\[0\].role"),
        ([{"content": "one"}], r"history\[0\].role"),
        ([{"role": "user"}], r"history\[0\].content"),
        ([{"role": "user", "content": 1}], r"history\[0\].content"),
        (
            [{"role": "user", "content": [{"type": "file", "text": "x"}]}],
            r"history\[0\].content\[0\]",
        ),
        ([{"role": "user", "content": [{"type": "text"}]}], r"history\[0\].content\[0\]"),
    ],
)
def test_unknown_shape_is_refused_and_named(value: object, field: str) -> None:
    with pytest.raises(InputError, match=f"^{field}:"):
        read_history(value)


def test_refusal_does_not_quote_the_message() -> None:
    with pytest.raises(InputError) as caught:
        read_history([{"role": "user", "content": {"text": ["my secret"]}}])
    assert "secret" not in str(caught.value)

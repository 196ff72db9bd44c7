"""Nothing that a user typed or a document holds becomes markup of its own."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ui.markup import markdown_to_plain, plain_to_markdown, reply_to_html

ANY = st.text(st.characters(codec="utf-8"), max_size=80)
MARKUP = st.text(st.sampled_from("\\`*_[](){}<>&#!|~$-+=.1: \n\"'xhttp/"), max_size=40)


@given(ANY | MARKUP)
def test_escaping_is_undone_exactly(text: str) -> None:
    assert markdown_to_plain(plain_to_markdown(text)) == text


@given(MARKUP)
def test_typed_text_never_becomes_a_tag_a_link_or_an_image(text: str) -> None:
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(plain_to_markdown(text))
    tags = set(re.findall(r"<(\w+)", html))
    assert tags <= {"p", "br", "pre", "code"}


@pytest.mark.parametrize(
    "text",
    [
        "![x](http://outside.example/x.png)",
        "<img src=http://outside.example/x.png>",
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "![x][1]\n\n[1]: http://outside.example/x.png",
        "<svg onload=alert(1)>",
    ],
)
def test_reply_never_runs_or_fetches_anything(text: str) -> None:
    html = reply_to_html(text, lambda number: f"[{number}]")
    assert not re.search(r"<(img|script|svg)|javascript:[^)]*\"", html)


def test_marks_become_links_and_code_stays_code() -> None:
    html = reply_to_html("One [1] and `[2]`.", lambda number: f"<a>{number}</a>")
    assert html == "<p>One <a>1</a> and <code>[2]</code>.</p>"


def test_reply_is_one_line() -> None:
    assert "\n" not in reply_to_html("a\n\n- b\n- c\n\n```\nd\n\ne\n```", str)

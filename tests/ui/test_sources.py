"""The source panel: the quote, all of it, and nothing but the quote is marked."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus import Document
from tests.ui.fakes import ARTICLE, EVIL, cite
from ui.sources import Highlight, document_html, panel_html

DOCUMENT = Document("hands.md", ARTICLE, "Hand care")


def marked(rendered: str, number: int) -> str:
    found = re.findall(rf'<mark class="[^"]*\bs-{number}\b[^"]*">(.*?)</mark>', rendered)
    return html.unescape(re.sub(r"<[^>]+>", "", " ".join(found)))


def highlight(quote: str, number: int = 1) -> Highlight:
    start = ARTICLE.index(quote)
    return Highlight(number, start, start + len(quote), "c-0-1")


@pytest.mark.parametrize(
    ("quote", "shown"),
    [
        ("Long strokes warm the palm before anything else.", None),
        ("**Circling** uses the thumb.", "Circling uses the thumb."),
        ("uses the *whole* hand.", "uses the whole hand."),
        ("Strokes", None),
        (
            "- **Circling** uses the thumb.\n- Pressing uses the *whole* hand.",
            "Circling uses the thumb. Pressing uses the whole hand.",
        ),
    ],
)
def test_quote_is_marked(quote: str, shown: str | None) -> None:
    rendered = document_html(DOCUMENT, [highlight(quote)], "Back")
    assert marked(rendered, 1) == (shown or quote)
    assert rendered.count('id="s-1"') == 1
    assert rendered.count('href="#c-0-1"') == 1


def test_overlapping_quotes_are_both_marked() -> None:
    long = highlight("Long strokes warm the palm before anything else.", 1)
    short = highlight("warm the palm", 2)
    rendered = document_html(DOCUMENT, [long, short], "Back")
    assert marked(rendered, 2) == "warm the palm"
    assert marked(rendered, 1).replace("  ", " ") == (
        "Long strokes warm the palm before anything else."
    )


def test_paper_gets_what_is_cited_under_its_headings() -> None:
    rendered = document_html(DOCUMENT, [highlight("**Circling** uses the thumb.")], "Back")
    printed = re.findall(r'<(\w+) class="lm-cited">(.*?)</\1>', rendered)
    text = [html.unescape(re.sub(r"<[^>]+>", "", inner)) for _, inner in printed]
    assert text == ["Hand care", "Strokes", "Circling uses the thumb.[1] ↩"]
    assert "lm-cited" not in document_html(DOCUMENT, [], "Back")


@given(st.data())
def test_any_stretch_can_be_marked(data: st.DataObject) -> None:
    text = ARTICLE + EVIL
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    document = Document("x.md", text)
    rendered = document_html(document, [Highlight(1, start, end, "b")], "Back")
    assert rendered.count("<mark") == rendered.count("</mark>")
    assert marked(rendered, 1) or not any(c.isalnum() for c in text[start:end])
    assert not re.search(r"<(img|script)|\N{RIGHT DOUBLE PARENTHESIS}", rendered)


def test_document_runs_and_fetches_nothing() -> None:
    rendered = document_html(Document("notes.md", EVIL), [], "Back")
    assert not re.search(r"<(img|script)|href=\"javascript", rendered)


def test_large_corpus_shows_what_stands_around_the_quotes() -> None:
    text = "# Big\n\n" + "".join(f"Paragraph {n} of many.\n\n" for n in range(20_000))
    documents = [Document("big.md", text), Document("other.md", text)]
    assert panel_html(documents, {}, {}, "Back") == ""
    start = text.index("Paragraph 7000 of")
    citation = cite(1, "Strokes").model_copy(
        update={"document": "big.md", "start": start, "end": start + 9, "quote": "Paragraph"}
    )
    rendered = panel_html(documents, {1: citation}, {}, "Back")
    assert marked(rendered, 1) == "Paragraph"
    assert "Paragraph 6990 of" in rendered
    assert "other.md" not in rendered
    assert len(rendered) < 5000


def test_quote_from_outside_the_corpus_is_shown_by_itself() -> None:
    citation = cite(1, "A burnt hand must not be rubbed")
    rendered = panel_html([Document("x.md", "# X\n\nText.")], {3: citation}, {3: "c-0-3"}, "Back")
    assert marked(rendered, 3) == citation.quote
    assert 'id="s-3"' in rendered
    assert 'href="#c-0-3"' in rendered

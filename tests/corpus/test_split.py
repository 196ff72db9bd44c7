"""Documents become passages that can be quoted by exact offsets."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus import Corpus, Document
from corpus.split import MAX_PASSAGE_WORDS, heading_title, split_document

PLAIN = """Gardening

Potatoes: Planting, Watering and Harvest

By Robin 3 min read

Potatoes are tubers that grow in loose, rich soil.

Main Kinds of Potato

Kinds are told apart by their use:

  • Floury: They fall apart in water. Use them for mash.
  • Waxy: They stay whole, so they suit salads.

These kinds can be grown side by side.

Frequently Asked Questions

When should potatoes be planted?

Potatoes are planted in spring, after the last frost.

How deep should they go?

About ten centimetres deep.
"""

MARKDOWN = """# Potatoes

Tubers first.

## Kinds

Kinds differ in use:

- **Floury:** They fall apart. Use them for mash.
- **Waxy:** They stay whole.

### Rare kinds

One more paragraph, with a link to [a page](https://example.org).
"""


def passages(text: str, name: str = "potatoes.txt", **notes: object) -> list[object]:
    title = heading_title(text) or name
    return list(split_document(Document(name=name, text=text, title=title, **notes)))  # type: ignore[arg-type]


@pytest.mark.parametrize("text", [PLAIN, MARKDOWN], ids=["plain", "markdown"])
def test_every_passage_is_a_slice_of_its_document(text: str) -> None:
    for passage in passages(text):
        assert text[passage.start : passage.end] == passage.text
        for begin, end in passage.sentences:
            assert passage.start <= begin < end <= passage.end


def test_plain_text_has_headings_bullets_and_lead() -> None:
    found = {p.text.split(":")[0]: p for p in passages(PLAIN)}
    floury = found["Floury"]
    assert floury.kind == "item"
    assert floury.section == ("Main Kinds of Potato",)
    assert floury.lead is not None
    assert PLAIN[slice(*floury.lead)] == "Kinds are told apart by their use:"
    assert found["Waxy"].list_order == floury.list_order


def test_plain_questions_stand_under_their_heading() -> None:
    answer = passages(PLAIN)[-1]
    assert answer.section == ("Frequently Asked Questions", "How deep should they go?")


def test_numbered_title_of_plain_text_is_a_heading() -> None:
    text = "  3. Growing Potatoes.\n\nThey grow in loose soil.\n\n1. Wash\n\n2. Boil\n\nThen eat.\n"
    found = [(p.section, p.kind, p.text) for p in passages(text)]
    assert found[0] == (("Growing Potatoes",), "paragraph", "They grow in loose soil.")
    assert (("Growing Potatoes",), "item", "Wash") in found


def test_byline_is_no_passage() -> None:
    assert all("Robin" not in p.text for p in passages(PLAIN))


def test_title_of_plain_text_is_its_first_full_heading() -> None:
    assert heading_title(PLAIN) == "Potatoes: Planting, Watering and Harvest"


def test_markdown_title_is_no_part_of_the_heading_path() -> None:
    found = passages(MARKDOWN, "potatoes.md")
    assert found[0].section == ()
    assert found[-1].section == ("Kinds", "Rare kinds")


def test_section_that_is_not_quoted_is_left_out() -> None:
    found = passages(MARKDOWN, "potatoes.md", not_quoted=("Kinds",))
    assert [p.text for p in found] == ["Tubers first."]


def test_paragraph_that_is_too_long_is_divided_between_sentences() -> None:
    text = " ".join(f"Sentence number {n} is here for its length." for n in range(60))
    found = passages(text)
    assert len(found) > 1
    assert all(len(p.text.split()) <= MAX_PASSAGE_WORDS for p in found)
    assert " ".join(p.text for p in found) == text


def test_id_of_a_passage_survives_edits_elsewhere() -> None:
    before = passages(PLAIN)[-1]
    after = passages(PLAIN.replace("rich soil", "rich, dark soil"))[-1]
    assert after.id == before.id
    assert after.start != before.start


def test_equal_passages_have_different_ids() -> None:
    found = passages("The same words here.\n\nThe same words here.\n")
    assert len({p.id for p in found}) == 2


def test_list_is_put_together_again_from_one_item() -> None:
    corpus = Corpus([Document(name="potatoes.md", text=MARKDOWN, title="Potatoes")])
    waxy = next(p for p in corpus.passages if "Waxy" in p.text)
    items = corpus.siblings(waxy)
    assert [p.text.split(":")[0] for p in items] == ["**Floury", "**Waxy"]
    lead = corpus.lead_of(waxy)
    assert lead is not None
    assert corpus.list_after(lead) == items


PIECES = st.sampled_from(
    [
        "# Head\n",
        "## Sub head\n",
        "• item one: text here.\n",
        "- **Bold:** more. And more!\n",
        "\n",
        "\r\n",
        "A plain sentence, e.g. this one. Another?\n",
        "مرحبا بالعالم، هذه جملة.\n",
        "e\u0301tude 👩\u200d👩\u200d👧 ok.\n",
        "1. first\r\n2. second\r\n",
        "| a | b |\n",
        "> quoted words here\n",
        "```\ncode\n```\n",
        "\f",
        "  lead to it:\n",
    ]
)


@given(st.lists(st.one_of(PIECES, st.text(max_size=40)), max_size=12), st.booleans())
def test_any_text_splits_into_exact_ordered_slices(pieces: list[str], composed: bool) -> None:
    text = "".join(pieces)
    if composed:
        text = unicodedata.normalize("NFC", text)
    last = 0
    for passage in passages(text, "any.md"):
        assert text[passage.start : passage.end] == passage.text
        assert passage.text.strip() == passage.text != ""
        assert passage.start >= last
        last = passage.end


HEADED = """RIVERSIDE LIBRARY RULES

Opening hours
The library is open from Tuesday to Saturday, nine to six. It is closed on Sundays.

Dear Ann
thank you for the book that you sent me by the last post, it was very good.
"""


def test_short_first_line_of_a_plain_paragraph_is_its_heading() -> None:
    passages = split_document(Document(name="rules.txt", text=HEADED))
    assert passages[0].section[-1] == "Opening hours"
    assert passages[0].text.startswith("The library is open")
    assert passages[1].text.startswith("Dear Ann")


def test_names_of_columns_are_no_row() -> None:
    text = "# Pots\n\n| Plant | Width |\n| --- | --- |\n| Basil | 12 cm |\n"
    passages = split_document(Document(name="pots.md", text=text, markup="markdown"))
    assert [passage.text for passage in passages] == ["| Basil | 12 cm |"]

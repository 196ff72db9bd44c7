"""What an answer shows: whole sentences, nothing dangling, every mark with its source."""

from __future__ import annotations

import unicodedata
from typing import Literal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from assistant.checks import fault
from assistant.compose import compose
from assistant.facts import CorpusFacts, Stretch
from assistant.judge import Judge
from assistant.plan import Plan
from assistant.question import read_question
from assistant.schema import Answer
from assistant.units import Unit, in_order, opens_dangling, repaired, whole_unit
from assistant.verify import verify
from assistant.wording import finish, label_of, shown
from corpus import Corpus, Document
from index.lexical import LexicalIndex
from safety.decision import Decision

TEXT = """# Notes

- **Spade:** A spade cuts [edges](https://example.org), see [12] and <b>bold</b>.
- Fork: loosens *heavy* ground
- plain item without a label
"""


def corpus(name: str = "notes.md") -> Corpus:
    markup = "markdown" if name.endswith(".md") else "plain"
    return Corpus([Document(name=name, text=TEXT, title="Notes", markup=markup)])  # type: ignore[arg-type]


def test_label_of_an_item() -> None:
    labels = [label_of(passage) for passage in corpus().passages]
    assert [label.text if label else None for label in labels] == ["Spade", "Fork", None]
    assert [label.is_apart if label else None for label in labels] == [True, False, None]


def test_words_of_a_source_mean_nothing_but_themselves() -> None:
    made = corpus()
    spade = made.passages[0]
    text = shown(made, spade.document, spade.start, spade.end)
    assert "edges, see" in text
    assert r"\[12\]" in text
    assert r"\<b\>" in text


def test_plain_text_is_escaped_throughout() -> None:
    made = corpus("notes.txt")
    fork = next(p for p in made.passages if "Fork" in p.text)
    assert r"\*heavy\*" in shown(made, fork.document, fork.start, fork.end)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [("Done", "Done."), ("Done.", "Done."), ("Who?", "Who?"), ("as follows:", "as follows.")],
)
def test_sentences_end_like_sentences(sentence: str, expected: str) -> None:
    assert finish(sentence) == expected


@pytest.mark.parametrize("sentence", ["This helps.", "**It** helps.", "However, no.", "They rest."])
def test_dangling_openers_are_known(sentence: str) -> None:
    assert opens_dangling(sentence)
    assert not opens_dangling("Massage helps.")


def test_marks_are_numbered_by_first_appearance() -> None:
    made = corpus()
    units = tuple(whole_unit(passage, 1.0, 0.5) for passage in made.passages)
    text, citations = compose(Plan(bullets=units), made, first_marker=3)
    assert [citation.marker for citation in citations] == [3, 4, 5]
    assert text.index("[3]") < text.index("[4]") < text.index("[5]")


def test_sentences_apart_are_cited_apart() -> None:
    text = "One is here. Two is there. Three is gone."
    made = Corpus([Document(name="a.txt", text=text, title="A")])
    passage = made.passages[0]
    spans = (passage.sentences[0], passage.sentences[2])
    shown_text, citations = compose(Plan(paragraphs=(Unit(passage, spans, 1.0, 0.5),)), made)
    assert shown_text == "One is here. [1] Three is gone. [2]"
    assert [citation.quote for citation in citations] == ["One is here.", "Three is gone."]


def reply(made: Corpus, text: str, **changes: object) -> Answer:
    passage = made.passages[0]
    citation = made.cite(passage, 1).model_copy(update=changes)
    decision = Decision(action="answer", policy_version="test")
    return Answer(outcome="answer", text=text, citations=(citation,), decision=decision)


@pytest.mark.parametrize(
    ("changes", "text", "problem"),
    [
        ({}, "A spade cuts. [1]", None),
        ({"start": 1}, "A spade cuts. [1]", "the quote is not"),
        ({"quote": "invented"}, "A spade cuts. [1]", "the quote is not"),
        ({"document": "other.md"}, "A spade cuts. [1]", "no document other.md"),
        ({"sha256": "0" * 64}, "A spade cuts. [1]", "its hash differs"),
        ({}, "A spade cuts.", "cited but not marked"),
        ({}, "A spade cuts. [1]\n\nAnd more.", "no source for: And more."),
    ],
)
def test_verify_finds_what_does_not_hold(
    changes: dict[str, object], text: str, problem: str | None
) -> None:
    problems = verify(reply(corpus(), text, **changes), corpus())
    if problem is None:
        assert problems == []
    else:
        assert any(problem in found for found in problems)


PARTS = """# Bread

## Dough

Bakers knead dough by hand until it is smooth and springs back. A warm place suits it best.

This makes the loaf rise. Cold rooms slow it down.

## Crust

Steam in the oven gives a thin and shiny crust.
"""


def bread() -> Corpus:
    return Corpus([Document(name="bread.md", text=PARTS, title="Bread", markup="markdown")])


def test_passages_stand_in_the_order_of_their_document() -> None:
    made = bread()
    units = [whole_unit(passage, 1.0, 0.5) for passage in reversed(made.passages)]
    assert [unit.passage for unit in in_order(units)] == list(made.passages)


def test_what_a_passage_points_back_at_is_shown_before_it() -> None:
    made = bread()
    units = repaired([whole_unit(made.passages[1], 1.0, 0.5)], made)
    assert [unit.text(made).split(".")[0] for unit in units] == [
        "A warm place suits it best",
        "This makes the loaf rise",
    ]


def test_passages_of_other_sections_are_headed_by_them() -> None:
    made = bread()
    units = tuple(whole_unit(made.passages[i], 1.0, 0.5) for i in (0, 2))
    text, _ = compose(Plan(paragraphs=units), made)
    assert text.startswith("- **Dough:** Bakers knead")
    assert "\n- **Crust:** Steam" in text


def test_each_sentence_that_leads_to_a_list_is_cited() -> None:
    text = "Tools differ. Some are these:\n\n- a fork\n- a spade\n- a rake\n"
    made = Corpus([Document(name="a.txt", text=text, title="A")])
    lead, *items = made.passages
    units = tuple(whole_unit(item, 1.0, 0.5) for item in items)
    shown_text, _ = compose(Plan(opening=lead, bullets=units), made)
    assert shown_text.startswith("Tools differ. [1] Some are these [1]:\n\n- a fork. [2]")


PIECES = st.sampled_from(
    [
        "# Head\n\n",
        "- **Bold:** more of it. And more!\r\n",
        "- plain item\n",
        "A plain sentence, e.g. this one [7]. Another?\n\n",
        "مرحبا بالعالم، هذه جملة طويلة بما يكفي.\n\n",
        "e\u0301tude 👩\u200d👩\u200d👧 is played, <b>slowly</b>, by nobody.\n\n",
        "This goes on from there. It ends here.\r\n\r\n",
        "They are as follows:\n",
    ]
)


@given(st.lists(PIECES, min_size=1, max_size=10), st.sampled_from(["a.md", "a.txt"]), st.booleans())
def test_whatever_is_composed_verifies(pieces: list[str], name: str, composed: bool) -> None:
    text = unicodedata.normalize("NFC" if composed else "NFD", "".join(pieces))
    markup: Literal["markdown", "plain"] = "markdown" if name == "a.md" else "plain"
    made = Corpus([Document(name=name, text=text, title="A", markup=markup)])
    assume(made.passages)
    units = repaired(in_order([whole_unit(p, 1.0, 0.5) for p in made.passages]), made)
    text, citations = compose(Plan(paragraphs=tuple(units)), made)
    decision = Decision(action="answer", policy_version="test")
    assert (
        verify(Answer(outcome="answer", text=text, citations=citations, decision=decision), made)
        == []
    )


SOURCE = "Press gently on the calf for a while. Do not press behind the knee."
FAULTS = [
    ("Press gently on the calf for a while.", None),
    ("Do not press behind the knee.", None),
    ("Press for 10 minutes.", "number"),
    ("Press gently for an hour.", "units"),
    ("Press gently on the thigh.", "body"),
    ("Press behind the knee.", "negation"),
    ("Do not press on the calf for a while.", "negation"),
    ("Pressing cures the calf.", "promise"),
    ("Oranges taste of summer sunshine.", "coverage"),
]


@pytest.mark.parametrize(("sentence", "expected"), FAULTS, ids=[s for s, _ in FAULTS])
def test_written_sentence_is_held_against_its_passage(sentence: str, expected: str | None) -> None:
    assert fault(sentence, SOURCE) == expected


def test_row_of_a_table_reads_as_words() -> None:
    text = "# Pots\n\n| Basil | 12 cm | sunny sill |\n"
    made = Corpus([Document(name="pots.md", text=text, title="Pots", markup="markdown")])
    [row] = made.passages
    written, citations = compose(Plan(paragraphs=(whole_unit(row, 1.0, 1.0),)), made)
    assert written == "**Basil:** 12 cm; sunny sill. [1]"
    assert citations[0].quote == "| Basil | 12 cm | sunny sill |"


@pytest.mark.parametrize(
    ("sentence", "defines"),
    [
        ("Adhesions are places where tissue sticks together.", True),
        ("Friction loosens adhesions (places where tissue sticks together).", True),
        ("Tissue with fewer adhesions is more elastic.", False),
        ("Adhesions that are old hurt.", False),
    ],
)
def test_definition_says_what_the_thing_itself_is(sentence: str, defines: bool) -> None:
    made = corpus()
    judge = Judge(read_question("what are adhesions"), CorpusFacts(made), LexicalIndex([sentence]))
    assert judge.defines(Stretch(sentence)) is defines

"""Facts of passages: each corpus has its own, found once, and no more than some are kept."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

import assistant.facts
from assistant.facts import CorpusFacts, Stretch
from corpus import Corpus
from corpus.document import Document
from index.text import terms_of

TEXT = """# Massage

## Strokes

Strokes differ. Some press, some glide.

- **Kneading:** squeezes a muscle.
- **Friction:** rubs deep.
"""


def corpus(role: str = "article") -> Corpus:
    return Corpus([Document("a.md", TEXT, "Massage", role=role, markup="markdown")])


def test_facts_are_those_of_the_passage() -> None:
    made = corpus()
    facts = CorpusFacts(made)
    paragraph, item, _ = (facts.of(passage) for passage in made.passages)
    assert [sentence.text for sentence in paragraph.sentences] == [
        "Strokes differ.",
        "Some press, some glide.",
    ]
    assert (paragraph.role, paragraph.words, paragraph.label) == ("article", 6, None)
    assert item.label is not None and item.label.text == "Kneading"
    assert item.heading.text == "Strokes Kneading"
    assert item.own.stems == set(terms_of("kneading squeezes a muscle"))
    assert item.whole.stems == item.own.stems | set(terms_of("strokes"))


def test_facts_are_found_once_and_by_many_threads_alike() -> None:
    made = corpus()
    facts = CorpusFacts(made)
    with ThreadPoolExecutor(8) as pool:
        stems = list(pool.map(lambda p: facts.of(p).whole.stems, made.passages * 20))
    assert stems == [facts.of(passage).whole.stems for passage in made.passages] * 20
    first = made.passages[0]
    assert facts.of(first) is facts.of(first)


def test_corpora_whose_passages_have_the_same_name_do_not_mix() -> None:
    one, other = corpus(), corpus(role="evidence")
    assert [p.id for p in one.passages] == [p.id for p in other.passages]
    roles = [CorpusFacts(made).of(made.passages[0]).role for made in (one, other)]
    assert roles == ["article", "evidence"]


def test_no_more_than_some_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assistant.facts, "KEPT", 2)
    made = corpus()
    facts = CorpusFacts(made)
    first, *others = made.passages
    kept = facts.of(first)
    for passage in others:
        facts.of(passage)
    assert facts.of(first) is not kept


@pytest.mark.parametrize(
    ("sentence", "subject", "head", "glossed"),
    [
        ("Friction is deep rubbing.", "friction", "friction", []),
        ("Tissue with adhesions is stiff.", "tissue adhesions", "tissue", []),
        ("It frees adhesions (places that stick).", "", "", ["frees adhesions"]),
        ("Rub it.", "", "", []),
    ],
)
def test_what_a_sentence_defines(
    sentence: str, subject: str, head: str, glossed: list[str]
) -> None:
    told = Stretch(sentence).definition
    assert told.subject == set(terms_of(subject)) and told.head == set(terms_of(head))
    assert told.glossed == tuple(terms_of(f"it {before}") for before in glossed)

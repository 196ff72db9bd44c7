"""Questions that ask for several things by name: which list answers, and how much of it is shown.

A list is shown whole, under the sentence that leads to it. It is not shown where the question asks
for some of its items only ("which muscles bend the knee?"): then the items that fit are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.facts import CorpusFacts, Facts
from assistant.judge import Judge
from assistant.question import Question
from assistant.units import Unit, first_sentences, whole_unit
from corpus import Corpus, Passage
from index.passage_index import ScoredPassage
from index.text import terms_of, words_of

MIN_ITEMS = 3
"""Fewer items are answered one by one."""

NAMED = 0.55
"""Share of the question's words that the heading and lead of a list have to hold for it to be the
list that is asked for; the rest may be filler."""

ITEM_ADVANTAGE = 0.25
"""An item that covers this much more of the question than its heading is asked for itself."""

SUPPORT = 0.85
"""Share of the best relevance that something of a list has to reach: an item, the sentence that
leads to it or the one that sums it up."""

HEADED = 0.5
"""What the names of a list count beside its relevance."""

WHO = 0.3
"""What it counts that a list is headed as one of people or times, where they are asked for."""

SUMS_UP = 0.75
"""Share of a list's items that an answer has to name to sum the list up."""

_NUMBER = re.compile(r"(?:^|\n)[ \t]*\(?\d{1,3}[.)][ \t]+$")

_CAUTION = re.compile(
    r"\b(?:not|never|no|only|but|however|unless|should|must|avoid\w*|before|always|seek|unsafe|risk\w*"
    r"|contraindicat\w*|danger\w*|life-threatening|temporar\w*|sometimes)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class ListAnswer:
    """A list with the sentence that opens it."""

    opening: Passage | None
    items: tuple[Unit, ...]


def find_list(ranked: Sequence[ScoredPassage], judge: Judge, most_words: int) -> ListAnswer | None:
    """Return the list that a question asks for as a whole, if there is one.

    Args:
        ranked: Passages found, best first.
        judge: Of the question.
        most_words: A longer list is cut to the first sentence of each item.
    """
    corpus, facts = judge.corpus, judge.facts
    scores = {scored.passage.id: scored for scored in ranked}
    least = SUPPORT * max(judge.relevance(scored) for scored in ranked)
    best: tuple[float, ListAnswer] | None = None
    for items in _lists(ranked, corpus):
        naming = _naming(items[0], corpus)
        named = judge.named(terms_of(naming))
        answers = _answers_who_or_when(judge.question, naming)
        inside = max(judge.named(_inside(facts.of(item))) for item in items)
        if named < NAMED or inside > named + ITEM_ADVANTAGE:
            continue
        if answers is False and not judge.names_rare(naming):
            continue
        opening = summary_of(items, facts) or corpus.lead_of(items[0])
        members = [*items, corpus.lead_of(items[0]), opening]
        found = [scores[p.id] for p in members if p is not None and p.id in scores]
        support = max((judge.relevance(scored) for scored in found), default=0.0)
        if support < least:
            continue
        worth = support + HEADED * judge.heading_match(items[0], naming) + WHO * bool(answers)
        if best is None or worth > best[0]:
            best = (worth, ListAnswer(opening, _shown(items, scores, judge, most_words)))
    return best[1] if best else None


def steps_of(passage: Passage, corpus: Corpus) -> tuple[Passage, ...]:
    """Return the numbered list that a passage is a step of or leads to, if there is one."""
    text = corpus.document(passage.document).text
    for items in (corpus.siblings(passage), corpus.list_after(passage)):
        if len(items) >= MIN_ITEMS and _NUMBER.search(text[: items[0].start][-8:]):
            return items
    return ()


def _inside(item: Facts) -> frozenset[str]:
    """Return the stems of an item and of what it is headed by."""
    return item.own.stems | item.heading.stems


def summary_of(items: Sequence[Passage], facts: CorpusFacts) -> Passage | None:
    """Return the answer under a question heading that names most of a list's items, if any.

    Such an answer says in a sentence what the list goes through; its lead-in only announces it.
    """
    labels = [facts.of(item).label for item in items]
    named = [set(terms_of(label.text)) for label in labels if label]
    if len(named) < len(items):
        return None
    best: tuple[float, Passage] | None = None
    for passage in facts.corpus.passages_of(items[0].document):
        heading = passage.section[-1] if passage.section else ""
        if not heading.endswith("?"):
            continue
        words = facts.of(passage).own.stems
        share = sum(not words.isdisjoint(terms) for terms in named) / len(named)
        if share >= SUMS_UP and (best is None or share > best[0]):
            best = (share, passage)
    return best[1] if best else None


def _lists(ranked: Sequence[ScoredPassage], corpus: Corpus) -> list[tuple[Passage, ...]]:
    """Return the lists that the passages found belong to or lead to, each once."""
    found: dict[tuple[str, int], tuple[Passage, ...]] = {}
    for scored in ranked:
        passage = scored.passage
        for items in (corpus.siblings(passage), corpus.list_after(passage)):
            if len(items) >= MIN_ITEMS and items[0].list_order is not None:
                found.setdefault((items[0].document, items[0].list_order), items)
    return list(found.values())


def _naming(item: Passage, corpus: Corpus) -> str:
    """Return what names a list: its headings and the sentence that leads to it."""
    lead = corpus.document(item.document).text[slice(*item.lead)] if item.lead else ""
    return " ".join((*item.section, lead) if item.section else (item.title, lead))


def _answers_who_or_when(question: Question, naming: str) -> bool | None:
    """Say whether a list is headed as one of people or times; None where neither is asked for."""
    if question.kind not in {"who", "when"}:
        return None
    words = words_of(naming)
    if question.kind == "when":
        return "when" in words or "situations" in words
    return "who" in words or "people" in words or "someone" in words


def _shown(
    items: Sequence[Passage], scores: dict[str, ScoredPassage], judge: Judge, most_words: int
) -> tuple[Unit, ...]:
    words = sum(len(item.text.split()) for item in items)
    units = []
    for item in items:
        scored = scores.get(item.id)
        relevance, score = (judge.relevance(scored), scored.score) if scored else (0.0, 0.0)
        # A caution is never cut off: "safe, but ..." must not be shown as "safe".
        whole = words <= most_words or _CAUTION.search(item.text)
        make = whole_unit if whole else first_sentences
        units.append(make(item, relevance, score))
    return tuple(units)

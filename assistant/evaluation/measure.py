"""Measure answers on labelled questions: retrieval, gold quoted, abstention, length, validity.

`evaluate` is what ``leg-massage evaluate`` runs; everything it reports is a plain number.
"""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from assistant.answering import Answerer, Evidence, Found
from assistant.evaluation.data import Case, gold_passages, load_cases
from assistant.schema import MARK
from corpus import Citation, Corpus, Passage
from corpus.sentences import split_sentences

_RUN_IN = re.compile(r"^(?:- )?\*\*[^*]+\*\* ")

TOP = 5
DEPTH = 10


@dataclass
class Scores:
    """The figures of one set of questions. Rates are shares in [0, 1]."""

    questions: int = 0
    covered: int = 0
    recall_at_5: float = 0.0
    mrr: float = 0.0
    ndcg_at_10: float = 0.0
    gold_quoted: float = 0.0
    """Covered questions whose answer quotes a passage that answers."""
    gold_quoted_of_answered: float = 0.0
    false_abstention: float = 0.0
    right_abstention: float = 0.0
    median_words: float = 0.0
    median_words_quoted: float = 0.0
    quote_validity: float = 0.0
    sentences_cited: float = 0.0
    missed: list[str] = field(default_factory=list)
    """Ids of the covered questions without the gold quoted, and of uncovered ones answered."""

    def lines(self) -> list[str]:
        """Return the figures as lines of a table."""
        return [
            f"{name.replace('_', ' '):26} {value:.3f}" if isinstance(value, float)
            else f"{name.replace('_', ' '):26} {value}"
            for name, value in vars(self).items()
            if name != "missed"
        ]  # fmt: skip


def evaluate(
    answerer: Answerer,
    split: str = "heldout",
    cases: Sequence[Case] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Scores:
    """Measure an answerer on the questions of one split: 'heldout', 'tuning' or 'all'.

    A question that the corpus comes with does not profit from itself.
    """
    chosen = [c for c in (cases or load_cases()) if split in {"all", c.split}]
    scores = Scores(questions=len(chosen), covered=sum(bool(c.gold) for c in chosen))
    ranks: list[list[int]] = []
    tally = _Tally()
    for number, case in enumerate(chosen, start=1):
        gold = gold_passages(case, answerer.corpus)
        question = answerer.read(case.question)
        if question.terms:
            evidence = answerer.evidence(question, without=case.question)
            found = answerer.respond(question, evidence)
            order = _ranks(evidence, gold)
        else:
            found, order = answerer.answer(case.question), []
        if gold:
            ranks.append(order)
        tally.add(case, found, gold, answerer.corpus)
        if progress:
            progress(number, len(chosen))
    _fill_retrieval(scores, ranks)
    tally.fill(scores)
    return scores


def _ranks(evidence: Evidence, gold: Sequence[Passage]) -> list[int]:
    """Return the ranks, from 1, at which passages that answer were found."""
    ranked, judge, _ = evidence
    best = sorted(ranked, key=lambda scored: -judge.relevance(scored))
    wanted = {passage.id for passage in gold}
    return [rank for rank, scored in enumerate(best, start=1) if scored.passage.id in wanted]


def _fill_retrieval(scores: Scores, ranks: Sequence[Sequence[int]]) -> None:
    """Fill in the retrieval figures. One passage that answers is enough, so gain counts once."""
    if not ranks:
        return
    first = [min(found, default=0) for found in ranks]
    scores.recall_at_5 = sum(0 < rank <= TOP for rank in first) / len(first)
    scores.mrr = sum(1 / rank for rank in first if rank) / len(first)
    gains = (1 / math.log2(1 + rank) for rank in first if 0 < rank <= DEPTH)
    scores.ndcg_at_10 = sum(gains) / len(first)


@dataclass
class _Tally:
    """Counts over the answers given."""

    quoted: int = 0
    turned_away: int = 0
    covered: int = 0
    left_open: int = 0
    rightly_open: int = 0
    quotes: int = 0
    valid: int = 0
    sentences: int = 0
    cited: int = 0
    words: list[int] = field(default_factory=list)
    words_quoted: list[int] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def add(self, case: Case, found: Found, gold: Sequence[Passage], corpus: Corpus) -> None:
        """Count one answer."""
        if gold:
            hit = any(_quotes(c, p) for c in found.citations for p in gold)
            self.covered += 1
            self.quoted += hit
            self.turned_away += not found.text
        else:
            hit = not found.text
            self.left_open += 1
            self.rightly_open += hit
        if not hit:
            self.missed.append(case.id)
        if gold and found.text:
            self.words.append(len(MARK.sub("", found.text).split()))
            self.words_quoted.append(sum(len(c.quote.split()) for c in found.citations))
        for citation in found.citations:
            text = corpus.document(citation.document).text
            self.quotes += 1
            self.valid += text[citation.start : citation.end] == citation.quote
        for line in filter(str.strip, found.text.splitlines()):
            sentences, cited = _cited_sentences(line)
            self.sentences += sentences
            self.cited += cited

    def fill(self, scores: Scores) -> None:
        """Fill in the figures."""
        answered = self.covered - self.turned_away
        scores.gold_quoted = _share(self.quoted, self.covered)
        scores.gold_quoted_of_answered = _share(self.quoted, answered)
        scores.false_abstention = _share(self.turned_away, self.covered)
        scores.right_abstention = _share(self.rightly_open, self.left_open)
        scores.quote_validity = _share(self.valid, self.quotes)
        scores.sentences_cited = _share(self.cited, self.sentences)
        scores.median_words = float(statistics.median(self.words or [0]))
        scores.median_words_quoted = float(statistics.median(self.words_quoted or [0]))
        scores.missed = self.missed


def _quotes(citation: Citation, passage: Passage) -> bool:
    """Say whether a citation quotes words of a passage."""
    same = citation.document == passage.document
    return same and citation.start < passage.end and passage.start < citation.end


def _cited_sentences(line: str) -> tuple[int, int]:
    """Return how many sentences a line has, and after how many of them a mark stands."""
    plain = MARK.sub("", line)
    marks = len(MARK.findall(line))
    body = _RUN_IN.sub("", plain)
    sentences = max(1, len(split_sentences(body)))
    return sentences, min(marks, sentences)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0

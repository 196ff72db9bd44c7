"""A plan -> readable text in which every sentence carries its mark, and the citations behind it.

Nothing is worded here: sentences are the sources' own, joined by headings, bullets and the fixed
connectives of ``phrases.toml``. Marks are numbered by first appearance.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from assistant.checks import Written
from assistant.plan import Plan
from assistant.units import Unit
from assistant.wording import escaped, finish, label_of, plain, shown
from corpus import Citation, Corpus, Passage
from corpus.sentences import split_sentences


@cache
def phrases() -> dict[str, str]:
    """Return the fixed connectives."""
    source = resources.files("assistant").joinpath("phrases.toml")
    return tomllib.loads(source.read_text(encoding="utf-8"))


def compose(plan: Plan, corpus: Corpus, first_marker: int = 1) -> tuple[str, tuple[Citation, ...]]:
    """Return the text of a plan and its citations, in the order of their marks."""
    writer = Writer(corpus, first_marker)
    if plan.bullets:
        writer.add_list(plan.bullets, plan.opening)
        for unit in plan.paragraphs:
            writer.add_paragraph(unit)
    elif plan.findings is not None:
        for number, unit in enumerate(plan.paragraphs):
            writer.add_paragraph(unit, "" if number else phrases()["claim"])
    elif len(plan.paragraphs) > 1:
        writer.add_list(plan.paragraphs)
    else:
        writer.add_paragraph(plan.paragraphs[0])
    if plan.findings is not None:
        writer.add_paragraph(plan.findings, phrases()["findings"])
    return "\n\n".join(writer.blocks), tuple(writer.citations)


def compose_written(
    written: Sequence[Written], corpus: Corpus, first_marker: int = 1
) -> tuple[str, tuple[Citation, ...]]:
    """Return checked sentences with their marks, and citations of what they rest on."""
    writer = Writer(corpus, first_marker)
    parts = []
    for sentence in written:
        marks = [writer.cite(p, begin, end, 1.0) for p, (begin, end) in sentence.sources]
        parts.append(f"{escaped(sentence.text)} {' '.join(f'[{mark}]' for mark in marks)}")
    return " ".join(parts), tuple(writer.citations)


@dataclass
class Writer:
    """Collects blocks of text and numbers the citations behind them."""

    corpus: Corpus
    first_marker: int = 1
    blocks: list[str] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)

    def add_paragraph(self, unit: Unit, run_in: str = "") -> None:
        """Add a unit as a paragraph under a bold run-in."""
        label = label_of(unit.passage)
        head = run_in
        if label and not label.is_apart and unit.start == unit.passage.start:
            head = f"{run_in} {plain(label.text)}:".strip()
        body = self._marked(unit)
        self.blocks.append(f"**{head}** {body}" if head else body)

    def add_list(self, units: Sequence[Unit], opening: Passage | None = None) -> None:
        """Add units as bullets, under the paragraph that leads to them."""
        lines = []
        if opening is not None:
            lines = [self._opening(opening), ""]
        heading = opening.heading if opening else None
        for unit in units:
            head, heading = self._run_in(unit, heading), unit.passage.heading
            lines.append(f"- {head}{self._marked(unit)}")
        self.blocks.append("\n".join(lines))

    def _opening(self, passage: Passage) -> str:
        """Return the paragraph that leads to a list, its mark after each sentence."""
        mark = self.cite(passage, passage.start, passage.end, 1.0)
        parts = [plain(shown(self.corpus, passage.document, a, b)) for a, b in passage.sentences]
        leads = ":" if parts[-1].endswith(":") else ""
        parts[-1] = parts[-1].rstrip(":")
        return " ".join(f"{part} [{mark}]" for part in parts) + leads

    def _run_in(self, unit: Unit, above: str | None) -> str:
        """Return what a bullet is headed by: its label, or its heading where that is a new one."""
        label = label_of(unit.passage)
        if label and unit.start == unit.passage.start:
            return f"**{plain(label.text)}:** "
        if label or not unit.passage.section or unit.passage.heading == above:
            return ""
        heading = escaped(unit.passage.heading)
        return f"**{heading}** " if heading.endswith(("?", "!")) else f"**{heading}:** "

    def _marked(self, unit: Unit) -> str:
        """Return the unit's words, its mark after each sentence; a label is left out of them."""
        passage = unit.passage
        text = self.corpus.document(passage.document).text
        label = label_of(passage)
        parts = []
        for begin, end in unit.spans:
            start = label.body if label and begin == passage.start else begin
            mark = self.cite(passage, begin if label is None or not label.is_apart else start, end,
                              unit.score)  # fmt: skip
            for a, b in split_sentences(text, start, end):
                sentence = finish(plain(shown(self.corpus, passage.document, a, b)))
                parts.append(f"{sentence} [{mark}]")
        return " ".join(parts)

    def cite(self, passage: Passage, start: int, end: int, score: float) -> int:
        """Return the mark of a quote, a new one where it was not quoted before."""
        for citation in self.citations:
            if (citation.document, citation.start, citation.end) == (passage.document, start, end):
                return citation.marker
        marker = self.first_marker + len(self.citations)
        self.citations.append(self.corpus.cite(passage, marker, start, end, score))
        return marker

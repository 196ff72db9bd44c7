"""Units -> readable text in which every sentence carries its mark, and the citations behind it.

Nothing is worded here: sentences are the sources' own, joined by headings, bullets and fixed
connectives. Marks are numbered by first appearance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from assistant.units import Unit
from assistant.wording import finish, label_of, plain, shown
from corpus import Citation, Corpus, Passage
from corpus.sentences import split_sentences


@dataclass
class Writer:
    """Collects paragraphs and numbers citations from ``first_marker``."""

    corpus: Corpus
    first_marker: int = 1
    blocks: list[str] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The whole text so far."""
        return "\n\n".join(self.blocks)

    def add_paragraph(self, unit: Unit, run_in: str = "") -> None:
        """Add a unit as a paragraph, each of its sentences marked, under a bold run-in heading."""
        label = label_of(unit.passage)
        start = unit.start
        lead = f"**{run_in}** " if run_in else ""
        if label and start == unit.passage.start:
            start = label.body
            if not label.is_apart:
                lead = f"**{plain(label.text)}:** "
        self.blocks.append(lead + self._marked(unit, start))

    def add_list(self, units: Sequence[Unit], lead: tuple[Passage, int, int] | None = None) -> None:
        """Add units as a bulleted list, under the sentence that leads to it."""
        lines = []
        if lead is not None:
            passage, start, end = lead
            mark = self._cite(passage, start, end, 1.0)
            opening = plain(shown(self.corpus, passage.document, start, end)).rstrip(":")
            lines = [f"{opening} [{mark}]:", ""]
        for unit in units:
            label = label_of(unit.passage)
            if label and unit.start == unit.passage.start:
                marked = self._marked(unit, label.body, cite_from=unit.start)
                lines.append(f"- **{plain(label.text)}:** {marked}")
            else:
                lines.append(f"- {self._marked(unit, unit.start)}")
        self.blocks.append("\n".join(lines))

    def _marked(self, unit: Unit, start: int, cite_from: int | None = None) -> str:
        """Return the unit's words from ``start``, its mark after each sentence."""
        passage = unit.passage
        begin = start if cite_from is None else cite_from
        mark = self._cite(passage, begin, unit.end, unit.score)
        text = self.corpus.document(passage.document).text
        sentences = [
            finish(plain(shown(self.corpus, passage.document, a, b)))
            for a, b in split_sentences(text, start, unit.end)
        ]
        return " ".join(f"{sentence} [{mark}]" for sentence in sentences)

    def _cite(self, passage: Passage, start: int, end: int, score: float) -> int:
        for citation in self.citations:
            if (citation.document, citation.start, citation.end) == (passage.document, start, end):
                return citation.marker
        marker = self.first_marker + len(self.citations)
        self.citations.append(self.corpus.cite(passage, marker, start, end, score))
        return marker

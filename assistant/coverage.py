"""Whether the corpus covers a question at all. Search always finds something; this says if it is it."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.question import Question
from assistant.units import Judge
from index.passage_index import ScoredPassage

MIN_RELEVANCE = 0.5


class Gate:
    """Decides between an answer and an abstention."""

    def covers(self, question: Question, ranked: Sequence[ScoredPassage], judge: Judge) -> bool:
        """Return whether the best passage fits the question well enough."""
        return max(judge.relevance(scored) for scored in ranked) >= MIN_RELEVANCE

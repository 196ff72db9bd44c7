"""What studies found about a claim of the article: said beside the claim, never instead of it.

A document with the role 'evidence' sets each disputed claim beside what research says. Its passages
are tied to the claims by meaning, once, when an index is opened.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assistant.judge import Judge
from assistant.units import Unit, opens_dangling
from corpus import Corpus, Passage
from index import PassageIndex
from index.passage_index import ScoredPassage
from index.text import terms_of

TIED = 0.62
"""Cosine similarity from which an evidence passage is about a claim."""

MARGIN = 0.2
"""Further below the nearest one, an evidence passage is about another claim."""

NEAR = 0.8
"""Share of the claim's relevance that the evidence has to reach: it must bear on the question."""

SENTENCES = 2
"""Findings shown beside a claim."""


class Evidence:
    """Finds the evidence for what an answer claims."""

    def __init__(self, index: PassageIndex) -> None:
        self.corpus: Corpus = index.corpus
        self._notes: dict[str, list[Passage]] = {}
        notes = [i for i, p in enumerate(self.corpus.passages) if self._is_note(p)]
        if not notes:
            return
        claims = [i for i, p in enumerate(self.corpus.passages) if self._role(p) == "article"]
        note_vectors = index.opening_vectors(notes)
        for claim in claims:
            cosines = note_vectors @ index.vectors_of(claim).T
            nearest = cosines.max(axis=1)
            least = max(TIED, float(nearest.max()) - MARGIN)
            tied = [int(i) for i in np.argsort(-nearest, kind="stable") if nearest[i] >= least]
            if tied:
                passage = self.corpus.passages[claim]
                self._notes[passage.id] = [self.corpus.passages[notes[i]] for i in tied]

    def _is_note(self, passage: Passage) -> bool:
        return self._role(passage) == "evidence" and bool(passage.section)

    def _role(self, passage: Passage) -> str:
        return self.corpus.document(passage.document).role

    def beside(
        self, units: Sequence[Unit], ranked: Sequence[ScoredPassage], judge: Judge
    ) -> Unit | None:
        """Return the findings about the first claim shown that the question is near."""
        near = {scored.passage.id: scored for scored in ranked}
        shown = {unit.passage.id for unit in units}
        for unit in units:
            notes = [n for n in self._notes.get(unit.passage.id, ()) if n.id in near]
            least = NEAR * unit.relevance
            notes = [n for n in notes if judge.relevance(near[n.id]) >= least and n.id not in shown]
            if notes:
                best = max((near[n.id] for n in notes), key=judge.relevance)
                return self.findings(best, judge)
        return None

    def claim_of(
        self, note: Passage, ranked: Sequence[ScoredPassage], judge: Judge
    ) -> ScoredPassage | None:
        """Return the passage found that makes the claim which a note examines.

        Of several, it is the one with most words of the note's heading, such as "lactic acid".
        """
        topic = set(terms_of(note.section[-1]))
        tied = [
            scored
            for scored in ranked
            if any(other.id == note.id for other in self._notes.get(scored.passage.id, ()))
        ]
        return max(
            tied,
            key=lambda s: (len(topic.intersection(terms_of(s.passage.text))), judge.relevance(s)),
            default=None,
        )

    def findings(self, scored: ScoredPassage, judge: Judge, most: int = SENTENCES) -> Unit:
        """Return the best findings of an evidence passage, without its opening claim."""
        passage = scored.passage
        spans = passage.sentences[1:] or passage.sentences
        sentences = judge.facts.of(passage).sentences[-len(spans) :]
        worth = [
            judge.sentence(sentence, cosine)
            for sentence, cosine in zip(sentences, scored.sentences[-len(spans) :], strict=True)
        ]
        order = sorted(range(len(spans)), key=lambda i: (-worth[i], i))
        kept = sorted(i for i in order[:most] if not opens_dangling(sentences[i].text))
        chosen = tuple(spans[i] for i in kept or order[:1])
        return Unit(passage, chosen, judge.relevance(scored), scored.score)

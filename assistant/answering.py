"""The answering half: a question that is safe to answer -> cited text, or why there is none.

read the question    what is asked, of which kind (`assistant.question`)
search               passages by meaning and by words (`index`)
gate                 is it covered at all (`assistant.coverage`)
plan                 the passages that answer, in their form (`assistant.plan`)
write                text with marks and citations (`assistant.compose`)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from assistant.checks import check
from assistant.compose import compose, compose_written
from assistant.coverage import bundled_gate, features, gate_of
from assistant.evidence import Evidence as Studies
from assistant.facts import CorpusFacts, heading_of
from assistant.follow import resolve
from assistant.generator import Generator, GeneratorError
from assistant.judge import COMMON, Judge
from assistant.leaning import Leaning
from assistant.plan import Plan, Planner
from assistant.question import Question, read_question
from assistant.schema import Message
from assistant.settings import Settings
from assistant.suggest import follow_ups, nearest_topics
from assistant.wording import label_of
from corpus import Citation, Corpus
from index import (
    IndexDamagedError,
    IndexMismatchError,
    IndexNotBuiltError,
    PassageIndex,
    Progress,
    default_folder,
    find_model,
    load_index,
    open_index,
)
from index.embedder import Vectors
from index.manifest import FrozenGate
from index.passage_index import ScoredPassage, embedding_texts, first_rows
from index.spelling import Speller, known_words
from index.store import folder_key
from index.text import terms_of

LED = 3
"""Passages looked at because known questions lead to them, though search finds others nearer."""

LEAST_LED = 0.2
"""Share of a passage below which known questions do not lead to it."""

SPARE = 2
"""Suggestions found for each one offered: those that would be referred are not."""


Evidence = tuple[list[ScoredPassage], Judge, dict[str, float]]
"""Passages found, best first, their judge, and features of the gate by name."""


@dataclass(frozen=True)
class Found:
    """What the corpus gives for a question: text with its citations, or a reason for none."""

    text: str = ""
    citations: tuple[Citation, ...] = ()
    follow_ups: tuple[str, ...] = ()
    reason: str = "not_covered"
    query: str | None = None
    composer: str = "extractive"
    """What worded it: 'extractive', 'generator', or 'extractive: ' and why not the generator."""


class Answerer:
    """Answers questions from one index."""

    def __init__(
        self, index: PassageIndex, settings: Settings, generator: Generator | None = None
    ) -> None:
        self.index = index
        self.corpus: Corpus = index.corpus
        self.facts = CorpusFacts(self.corpus)
        self.settings = settings
        self.generator = generator
        texts = [" ".join((*p.section, p.text)) for p in self.corpus.passages]
        self.speller = Speller(texts, known_words(find_model(settings.model).folder))
        self.gate = gate_of(index)
        self.leaning = leaning_of(index)
        self.planner = Planner(self.corpus, settings, Studies(index))

    def answer(
        self,
        message: str,
        history: Sequence[Message] = (),
        first_marker: int = 1,
    ) -> Found:
        """Return what the corpus says to the last message of a conversation.

        Args:
            message: The user's message.
            history: The messages before it.
            first_marker: The number of the first mark, where others come before it.
        """
        question = self.read(message, history)
        if not question.terms:
            topics = nearest_topics((), self.facts, SPARE * self.settings.follow_ups)
            return Found(follow_ups=topics, reason="too_vague", query=question.text)
        return self.respond(question, self.evidence(question), first_marker)

    def read(self, message: str, history: Sequence[Message] = ()) -> Question:
        """Return the question that the last message of a conversation asks."""
        text = resolve(message, history, self._names, self.corpus.subject)
        return read_question(text, self.speller)

    def respond(self, question: Question, evidence: Evidence, first_marker: int = 1) -> Found:
        """Return what the corpus says to a question, given what was found for it."""
        ranked, judge, found = evidence
        if not self.gate.covers(found):
            topics = nearest_topics(ranked, self.facts, SPARE * self.settings.follow_ups)
            return Found(follow_ups=topics, reason="not_covered", query=question.text)
        plan = self.planner.plan(question, ranked, judge)
        text, citations = compose(plan, self.corpus, first_marker)
        further = follow_ups(question, plan, ranked, self.facts, SPARE * self.settings.follow_ups)
        composed = Found(text, citations, further, query=question.text)
        if self.generator is None:
            return composed
        return self._worded(self.generator, question, plan, composed, first_marker)

    def covers(self, message: str, history: Sequence[Message] = ()) -> bool:
        """Tell whether the corpus answers the last message of a conversation."""
        question = self.read(message, history)
        return bool(question.terms) and self.gate.covers(self.evidence(question)[2])

    def _worded(
        self, generator: Generator, question: Question, plan: Plan, composed: Found, first: int
    ) -> Found:
        """Return the answer in the generator's words, or the composed one and why."""
        passages = list({unit.passage.id: unit.passage for unit in plan.units}.values())
        try:
            text = generator.write(question.text, passages)
        except GeneratorError as error:
            return replace(composed, composer=f"extractive: {error}")
        written = check(text, passages, self.corpus)
        if not written:
            return replace(composed, composer="extractive: no sentence held")
        text, citations = compose_written(written, self.corpus, first)
        return replace(composed, text=text, citations=citations, composer="generator")

    @cached_property
    def _names(self) -> frozenset[str]:
        """Stems of what the corpus has an item or a section about, common words left out."""
        headings = [heading_of(passage, label_of(passage)) for passage in self.corpus.passages]
        count = Counter(term for heading in headings for term in set(terms_of(heading)))
        common = max(2.0, COMMON * len(self.corpus.passages))
        return frozenset(term for term, number in count.items() if number <= common)

    def rank(
        self, question: Question, vector: Vectors, asked: Vectors, most: int | None = None
    ) -> list[ScoredPassage]:
        """Return the passages nearest to a question, best first; see `PassageIndex.rank`."""
        return self.index.rank(
            vector,
            asked,
            question.terms,
            most or self.settings.passages,
            widened=question.widened,
        )

    @staticmethod
    def _not_found(ranked: Sequence[ScoredPassage], led: Mapping[str, float]) -> set[str]:
        """Return the ids of passages that known questions lead to and search did not find."""
        best = sorted(led, key=lambda name: -led[name])[:LED]
        sure = {name for name in best if led[name] >= LEAST_LED}
        return sure - {scored.passage.id for scored in ranked}

    def evidence(self, question: Question, without: str = "") -> Evidence:
        """Return the passages found, their judge, and the evidence that they answer.

        ``without`` is a question that the corpus comes with and is not to profit from.
        """
        vector = self.index.embedder.embed([question.embedded])[0]
        leaning = 0.0
        led: Mapping[str, float] = {}
        cosines = None
        if self.leaning:
            cosines = self.index.cosines(vector)
            row = self.index.asked_row(without)
            leaning, led = self.leaning.of(cosines, question.embedded, row)
        asked = self.index.asked_cosines(vector, cosines, without)
        ranked = self.rank(question, vector, asked)
        if missing := self._not_found(ranked, led):
            further = self.rank(question, vector, asked, len(self.corpus.passages))
            ranked += [scored for scored in further if scored.passage.id in missing]
        judge = Judge(question, self.facts, self.index.lexical, ranked, led)
        found = features(question, ranked, judge, self.index.lexical)
        answered, left_open = self.index.nearest_asked(asked)
        known = {"asked": answered, "left_open": left_open, "leaning": leaning}
        return ranked, judge, found | known | {"led": max(led.values(), default=0.0)}


def leaning_of(index: PassageIndex) -> Leaning | None:
    """Return what the questions that a corpus comes with say; None where it has none."""
    corpus = index.corpus
    if not corpus.asked:
        return None
    rows = np.diff(first_rows(corpus)).tolist()
    own = [(p.id,) for p, number in zip(corpus.passages, rows, strict=True) for _ in range(number)]
    leads = [*own, *(asked.passages for asked in corpus.asked)]
    return Leaning(index.vectors(), lambda: list(embedding_texts(corpus)), leads, index.folder)


def open_for(
    corpus: Corpus, index: Any, source: object, settings: Settings, progress: Progress | None
) -> PassageIndex:
    """Return the index to answer from: the one given, or the one in its folder, built if needed."""
    if isinstance(index, PassageIndex):
        return index
    return open_index(
        corpus,
        folder_for(corpus, index, source),
        find_model(settings.model, settings.precision),
        progress=progress,
        gate=gate_for(corpus),
        gpu=settings.gpu,
    )


def opened_for(
    corpus: Corpus, index: Any, source: object, settings: Settings
) -> PassageIndex | None:
    """Return the index to answer from, ready to embed, where there is one; None where not."""
    if isinstance(index, PassageIndex):
        return index
    folder = folder_for(corpus, index, source)
    model = find_model(settings.model, settings.precision)
    try:
        opened = load_index(corpus, folder, model, gate=gate_for(corpus))
    except (IndexNotBuiltError, IndexMismatchError, IndexDamagedError):
        return None
    opened.embedder.embed(["ready"])
    return opened


def folder_for(corpus: Corpus, index: Path | str | None, source: object) -> Path:
    """Return the folder of the index: the one given, or one of the user's cache for the source."""
    if index is not None:
        return Path(index)
    if source is None:
        return default_folder("bundled")
    key = corpus.fingerprint if isinstance(source, Corpus) else str(source)
    return default_folder(folder_key(key))


def gate_for(corpus: Corpus) -> FrozenGate:
    """Return when to answer from a corpus, as it is kept in its index."""
    return FrozenGate(**bundled_gate(bool(corpus.asked)).model_dump())

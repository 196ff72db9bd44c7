"""The shape of an answer: which passages, in which form, by the kind of the question.

    comparison    a unit for each side
    list, who, when    the whole list that is asked for, if there is one
    definition    the passage that defines, one or two sentences of it
    anything else the best passages within the budget of words

What studies found is set beside a claim that they dispute. A passage left out that is nearly as
good as the best one is shown by a sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from assistant.comparison import compare
from assistant.evidence import Evidence
from assistant.facts import Stretch
from assistant.judge import Judge
from assistant.lists import find_list, steps_of
from assistant.question import Question
from assistant.settings import Settings
from assistant.units import (
    Unit,
    choose,
    defining_unit,
    first_sentences,
    in_order,
    is_lead,
    opens_dangling,
    repaired,
    repeat,
    unit_of,
    whole_unit,
)
from corpus import Corpus, Passage
from index.passage_index import ScoredPassage
from index.text import words_of

KEEP = 0.6
"""A further passage has to be at least this good, as a share of the best one."""

NEXT = 0.75
"""A passage left out that is at least this good, as a share of the best one, is shown as well, by
its best sentence. On the tuning questions that brings a passage that answers into seven answers
more than 0.9 does, and the middle one has as many words; 0.6 makes answers longer."""

NEARLY = 0.03
"""Difference of relevance that decides nothing."""

ALONE = 1.25
"""Times as good as the next one that a passage has to be, for nothing else to be meant."""

CLAIM_WORDS = 100
"""Words of the article's own that leave room for what studies found."""

TELLING_WORDS = 20
"""A sentence that leads to a list and is at least this long says more than "these are:"."""

DEFINES = 2
"""Sentences of a definition."""

_LISTED = frozenset({"list", "who", "when"})
_OF_THE_WHOLE = frozenset({"definition", "general"})
"""Kinds that ask about the subject itself where no word of theirs tells passages apart."""

_MOST = {"definition": 2, "list": 4}
"""Passages of an answer where it is not three."""

_ALL_SAID = frozenset({"definition", "comparison"})
"""Kinds that are answered in full: what else is near is about other things."""

_NO_EVIDENCE = frozenset({"definition", "list", "comparison"})


def _is_asked_by(passage: Passage, question: Question) -> bool:
    """Say whether the heading of a passage is the very question."""
    heading = passage.section[-1] if passage.section else ""
    return heading.endswith("?") and words_of(heading) == words_of(question.text)


def _first_defining(best: list[ScoredPassage], judge: Judge) -> list[ScoredPassage]:
    """Put the earliest of nearly equal passages first: a document defines before it goes on."""
    if not best:
        return best
    least = judge.relevance(best[0]) - NEARLY
    name = best[0].passage.document
    near = [s for s in best if s.passage.document == name and judge.relevance(s) >= least]
    first = min(near, key=lambda scored: scored.passage.order)
    return [first, *(scored for scored in best if scored is not first)]


@dataclass(frozen=True)
class Plan:
    """What goes into an answer, in order."""

    opening: Passage | None = None
    """The paragraph that leads to `bullets`."""
    bullets: tuple[Unit, ...] = ()
    paragraphs: tuple[Unit, ...] = ()
    findings: Unit | None = None
    """What studies found about the claim before it."""

    @property
    def units(self) -> tuple[Unit, ...]:
        """All units, in order."""
        last = (self.findings,) if self.findings else ()
        return (*self.bullets, *self.paragraphs, *last)


@dataclass
class Planner:
    """Plans answers for one corpus."""

    corpus: Corpus
    settings: Settings
    evidence: Evidence
    _roles: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self._roles = {document.name: document.role for document in self.corpus.documents}

    def plan(self, question: Question, ranked: Sequence[ScoredPassage], judge: Judge) -> Plan:
        """Return the plan of an answer; it holds at least one unit."""
        best = sorted(ranked, key=lambda scored: -judge.relevance(scored))
        if self._is_about_evidence(question, best, judge):
            return Plan(paragraphs=(whole_unit(best[0].passage, 0.0, best[0].score),))
        best = [s for s in best if not self._opens_evidence(s)] or best
        if not judge.tells_apart and question.kind in _OF_THE_WHOLE:
            best = self._opening_first(best)
        if question.kind == "definition" and not question.asks_for_studies:
            best = _first_defining([s for s in best if self._role(s) != "evidence"], judge) or best
        if asked := next((s for s in best if _is_asked_by(s.passage, question)), None):
            return Plan(paragraphs=(unit_of(asked, judge),))
        if whole := self._whole(question, ranked, best, judge):
            return self._with_next(whole, question, best, judge)
        told = [s for s in best if not is_lead(s.passage) or self._tells(s.passage)]
        shown = self._passages(question, told or best, judge)
        return self._with_next(shown, question, best, judge)

    def _with_next(
        self, plan: Plan, question: Question, best: Sequence[ScoredPassage], judge: Judge
    ) -> Plan:
        """Add the best sentence of the best passage left out, where it is nearly as good."""
        told = question.kind == "comparison" or any(
            judge.defines(Stretch(unit.text(self.corpus))) for unit in plan.units
        )
        if question.kind in _ALL_SAID and told:
            return plan
        shown = {unit.passage.id for unit in plan.units}
        if plan.opening:
            shown.add(plan.opening.id)
        least = NEXT * max(map(judge.relevance, best))
        near = [s for s in best if judge.relevance(s) >= least]
        if plan.findings or question.kind in _NO_EVIDENCE:
            near = [s for s in near if self._role(s) != "evidence"]
        further = [s for s in near if s.passage.id not in shown and not is_lead(s.passage)]
        room = self.settings.answer_words - sum(unit.words(self.corpus) for unit in plan.units)
        for unit in (unit_of(scored, judge, 1) for scored in further):
            fits = bool(plan.bullets) or unit.words(self.corpus) <= room
            is_told = any(repeat(unit, other, self.corpus) for other in plan.units)
            # What points back at a sentence that is not shown is not worth two more sentences.
            if fits and not is_told and not opens_dangling(unit.text(self.corpus)):
                return replace(plan, paragraphs=(*plan.paragraphs, unit))
        return plan

    def _whole(
        self,
        question: Question,
        ranked: Sequence[ScoredPassage],
        best: Sequence[ScoredPassage],
        judge: Judge,
    ) -> Plan | None:
        """Return the plan of what is only shown whole: both sides, all steps, a whole list."""
        if question.kind == "comparison":
            own = [s for s in ranked if self._role(s) != "evidence"]
            pair = compare(question, ranked if question.asks_for_studies else own, judge)
            if len(pair) > 1:
                return Plan(bullets=tuple(pair))
        if question.kind == "how" and (steps := steps_of(best[0].passage, self.corpus)):
            # Some steps of several would be a recipe with pages torn out.
            units = tuple(whole_unit(step, 0.0, best[0].score) for step in steps)
            return Plan(opening=self.corpus.lead_of(steps[0]), bullets=units)
        if question.kind in _LISTED:
            listed = find_list(best, judge, self.settings.list_words)
            if listed:
                return Plan(opening=listed.opening, bullets=listed.items)
        asks_list = question.kind in _LISTED or judge.names_rare(best[0].passage.text)
        if (items := self.corpus.list_after(best[0].passage)) and asks_list:
            units = tuple(whole_unit(item, 0.0, best[0].score) for item in items)
            return Plan(opening=best[0].passage, bullets=units)
        return None

    def _passages(self, question: Question, best: Sequence[ScoredPassage], judge: Judge) -> Plan:
        if self._role(best[0]) == "evidence":
            return self._studies(best, judge)
        units = [self._unit(question, scored, judge) for scored in best]
        units = [u for u in units if self._roles[u.passage.document] != "evidence"]
        if question.kind == "list":
            # "Which muscles bend the knee?": an item that only straightens it is near, and wrong.
            units = [u for u in units if judge.shares_idea(u.text(self.corpus))] or units
        most = _MOST.get(question.kind, 3)
        first = Stretch(units[0].text(self.corpus))
        if question.kind == "definition" and judge.defines(first):
            # What the thing is has been said; what else is near is about other things.
            most = 1
        budget = self.settings.answer_words
        if question.kind == "list":
            budget = self.settings.list_words
        chosen = choose(units, self.corpus, budget, most, KEEP)
        findings = None
        if question.kind not in _NO_EVIDENCE or question.asks_for_studies:
            findings = self.evidence.beside(chosen[:1], best, judge)
        if findings is not None:
            chosen = choose(units, self.corpus, CLAIM_WORDS, 2, KEEP)
        chosen = repaired(in_order(chosen), self.corpus)
        return Plan(paragraphs=tuple(chosen), findings=findings)

    def _studies(self, best: Sequence[ScoredPassage], judge: Judge) -> Plan:
        """Answer from the evidence: the claim as the article makes it, then the findings."""
        findings = self.evidence.findings(best[0], judge)
        claim = self.evidence.claim_of(best[0].passage, best, judge)
        if claim is None:
            opening = first_sentences(best[0].passage, findings.relevance, findings.score)
            return Plan(paragraphs=(opening,), findings=findings)
        first = replace(unit_of(claim, judge), relevance=findings.relevance)
        others = [unit_of(s, judge) for s in best if s is not claim and self._role(s) != "evidence"]
        chosen = choose([first, *others], self.corpus, CLAIM_WORDS, 2, KEEP)
        return Plan(paragraphs=tuple(chosen), findings=findings)

    def _opens_evidence(self, scored: ScoredPassage) -> bool:
        """Say whether a passage speaks of the evidence at large, above its first heading."""
        return not scored.passage.section and self._role(scored) == "evidence"

    def _is_about_evidence(
        self, question: Question, best: Sequence[ScoredPassage], judge: Judge
    ) -> bool:
        """Say whether the evidence at large is asked about.

        No passage has more of a question about studies, or none is nearly as good.
        """
        if not self._opens_evidence(best[0]):
            return False
        second = max((judge.relevance(scored) for scored in best[1:]), default=0.0)
        if judge.relevance(best[0]) >= ALONE * second:
            return True
        held = [judge.coverage(judge.facts.of(s.passage).own.stems) for s in best]
        return question.asks_for_studies and held[0] >= max(held)

    def _opening_first(self, best: Sequence[ScoredPassage]) -> list[ScoredPassage]:
        """Put the article's earliest passage first: documents open with what they are about."""
        article = [s for s in best if self._role(s) == "article"]
        first = min(article or best, key=lambda scored: scored.passage.order)
        return [first, *(scored for scored in best if scored is not first)]

    def _tells(self, lead: Passage) -> bool:
        """Say whether a sentence that leads to a list tells something by itself."""
        return len(lead.text.split()) >= TELLING_WORDS

    def _unit(self, question: Question, scored: ScoredPassage, judge: Judge) -> Unit:
        if question.kind == "definition":
            return defining_unit(scored, judge) or unit_of(scored, judge, DEFINES)
        return unit_of(scored, judge)

    def _role(self, scored: ScoredPassage) -> str:
        return self._roles[scored.passage.document]

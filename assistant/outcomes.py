"""What a case leads to, asked of the guard, of the second net, or of the whole assistant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from assistant.schema import Answer, Message
from safety.cases import Case
from safety.decision import URGENCY_RANK, Action, Decision, Urgency
from safety.guard import Detector


class Decides(Protocol):
    """What decides a conversation: the guard."""

    def decide(self, messages: Sequence[str]) -> Decision:
        """Decide the last message, given all of them, oldest first."""
        ...


class Answers(Protocol):
    """What answers a conversation: the assistant."""

    def answer(self, question: str, history: Sequence[Message] = ()) -> Answer:
        """Answer the question."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a turn led to, in one shape for guard and assistant."""

    action: Action
    contraindications: tuple[str, ...]
    notices: tuple[str, ...]
    urgency: Urgency | None
    decision: Decision
    cited: str = ""
    whole: bool = False  # the assistant's, not only the guard's


Judge = Callable[[Case], Outcome]


def by_guard(guard: Decides) -> Judge:
    """Return a judge that looks at the guard's decision alone: no model is loaded."""

    def judge(case: Case) -> Outcome:
        decision = guard.decide(case.turns)
        return Outcome(
            decision.action,
            decision.contraindications,
            decision.notices,
            decision.urgency,
            decision,
        )

    return judge


def by_detector(detector: Detector) -> Judge:
    """Return a judge that looks at the second net alone, as if the rules had found nothing."""

    def judge(case: Case) -> Outcome:
        findings = tuple(detector.detect(case.turns, ()))
        urgency = max((f.urgency for f in findings), key=lambda u: URGENCY_RANK[u], default=None)
        decision = Decision(
            action="refer" if findings else "answer",
            contraindications=tuple(dict.fromkeys(f.contraindication for f in findings)),
            urgency=urgency,
            findings=findings,
            policy_version=detector.version,
        )
        return Outcome(decision.action, decision.contraindications, (), urgency, decision)

    return judge


def by_assistant(assistant: Answers) -> Judge:
    """Return a judge that looks at whole answers, retrieval and abstention included."""

    def judge(case: Case) -> Outcome:
        history = [Message(role="user", content=turn) for turn in case.turns[:-1]]
        reply = assistant.answer(case.turns[-1], history=history)
        action: Action = "answer"
        if reply.outcome == "referral":
            action = "refer"
        elif reply.outcome == "abstention":
            action = "abstain"
        elif reply.notices:
            action = "inform"
        return Outcome(
            action,
            tuple(referral.contraindication for referral in reply.referrals),
            tuple(notice.contraindication for notice in reply.notices),
            reply.referrals[0].urgency if reply.referrals else None,
            reply.decision,
            "\n".join(citation.quote for citation in reply.citations),
            whole=True,
        )

    return judge


def by_guard_then_assistant(guard: Decides, assistant: Answers) -> Judge:
    """Return a judge that asks the assistant only where the guard's decision is not all there is.

    That is so for cases about coverage: what the corpus answers and what it does not hold.
    """
    decides, answers = by_guard(guard), by_assistant(assistant)

    def judge(case: Case) -> Outcome:
        outcome = decides(case)
        about_coverage = case.covered or case.expect == "abstain"
        if about_coverage and outcome.action in ("answer", "inform"):
            return answers(case)
        return outcome

    return judge

"""Guard.decide: the one place where a conversation becomes a decision, and where it fails closed.

Steps: read every user message, list the findings of the whole conversation, see what the last
message asks, and conclude. Rules raise; only closed forms clear; a detector that is plugged in may
raise more, and clears nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Protocol

from safety.compile import Compiled
from safety.conversation import Conversation
from safety.decision import URGENCY_RANK, Action, Decision, Finding, Urgency
from safety.language import core_words, other_language
from safety.policy import Policy, load_policy
from safety.reading import Reading
from safety.remembered import Remembered
from safety.speech import asks_on, asks_to_learn, is_courtesy

log = logging.getLogger(__name__)

UNREADABLE = 0.5
"""Least share of letters, digits, spaces and common marks in a message that can be read."""


class Detector(Protocol):
    """A second net behind the rules. It may raise findings; it never sees or changes theirs."""

    version: str

    def detect(self, messages: Sequence[str], cleared: Sequence[Finding]) -> list[Finding]:
        """Return findings of its own, given the messages and what the rules plainly cleared."""
        ...


class Guard:
    """Decides what a conversation may get. Holds no state between calls.

    Args:
        policy: The policy to decide by, or the same compiled already; the bundled one by default.
        detector: A trained detector to ask where the rules alone would not refer.
    """

    def __init__(
        self, policy: Policy | Compiled | None = None, detector: Detector | None = None
    ) -> None:
        self.compiled = (
            policy if isinstance(policy, Compiled) else Compiled(policy or load_policy())
        )
        self.policy = self.compiled.policy
        self.detector = detector
        for model in (Finding, Decision):  # deferred by the import, and not left to many threads
            model.model_rebuild()
        self._readings = Remembered(self._read_message)
        self._read: Callable[[str], Reading] = self._readings
        self._language = lru_cache(maxsize=1024)(self._language_of)

    @property
    def version(self) -> str:
        """Policy version and hash, with the detector's where one is used."""
        label = self.policy.label
        return f"{label}+{self.detector.version}" if self.detector else label

    def decide(self, user_messages: Sequence[str]) -> Decision:
        """Decide about the last of the user messages, given all of them, oldest first.

        The same messages always give the same decision. Anything unexpected inside refers: this is
        the only place that catches everything, so that no fault can end in an unchecked answer.
        """
        try:
            return self._decide(list(user_messages))
        except Exception as error:  # noqa: BLE001 - whatever it is, the turn fails closed
            return self._failed(error)

    def refer_by_rules(self, user_messages: Sequence[str]) -> Decision | None:
        """Return the referral that the rules alone call for, None where `decide` looks further.

        What it returns is what `decide` would: the detector is asked only where this is None.
        """
        if not user_messages:
            return None
        try:
            findings, readings = self._found(list(user_messages))
            decision = self._conclude(findings, readings)
        except Exception as error:  # noqa: BLE001 - `decide` would fail closed on it too
            return self._failed(error)
        return decision if decision.action == "refer" else None

    def _failed(self, error: Exception) -> Decision:
        # The type alone: the message of an exception may hold the user's words.
        log.error("safety layer failed closed: %s", type(error).__name__)
        return Decision(action="refer", failed=True, policy_version=self._label_or_unknown())

    def _label_or_unknown(self) -> str:
        try:
            return self.version
        except Exception:  # noqa: BLE001 - a failed turn must end in a referral all the same
            return "unknown"

    def read(self, message: str) -> Reading:
        """Return what the policy finds in one message, before any decision."""
        return self._read(message)

    def _read_message(self, message: str) -> Reading:
        return Reading(message, self.compiled)

    def _language_of(self, message: str) -> str | None:
        return other_language(message, self._read(message).tokens, self.policy.languages)

    def _decide(self, messages: list[str]) -> Decision:
        if not messages:
            return self._abstain("empty")
        findings, readings = self._found(messages)
        decision = self._conclude(findings, readings)
        if decision.action == "refer":
            return decision
        unfit = self._unfit(messages)
        if unfit is not None:
            return unfit.model_copy(update={"findings": tuple(findings)})
        # A plain question to learn is led by the notice; there is nobody for the detector to find.
        learns = decision.action == "inform" and asks_to_learn(readings[-1])
        # Nobody has what a conversation of nothing but such questions asks about.
        hidden = {"cleared", "topic"} if _only_studies(readings) else {"cleared"}
        if self.detector is not None and not learns:
            limit = self.policy.limits.max_message_chars
            raised = self.detector.detect(
                [m[:limit] for m in messages], [f for f in findings if f.status in hidden]
            )
            if raised:
                return self._conclude([*findings, *raised], readings)
        return decision

    def _found(self, messages: list[str]) -> tuple[list[Finding], list[Reading]]:
        """Return what the rules find in a conversation, and how each message was read."""
        limit = self.policy.limits.max_message_chars
        self._readings.make_room(sum(min(len(message), limit) for message in messages))
        readings = [self._read(message[:limit]) for message in messages]
        findings = Conversation(readings, self.compiled).findings()
        return [*findings, *self._foreign(messages, limit)], readings

    def _unfit(self, messages: list[str]) -> Decision | None:
        """Return the abstention for a message that cannot be read, None if it can."""
        limit = self.policy.limits.max_message_chars
        message = messages[-1]
        # A message too long to be read stays unread: nothing after it can be called safe either.
        if any(len(m) > limit for m in messages) or len(messages) > self.policy.limits.max_messages:
            return self._abstain("too_long")
        if not message.strip():
            return self._abstain("empty")
        readable = sum(c.isalnum() or c.isspace() or c in ".,!?'\"-()" for c in message)
        if not any(c.isalpha() for c in message) or readable < UNREADABLE * len(message):
            return self._abstain("unreadable")
        code = self._language(message)
        if code is not None:
            return self._abstain("other_language", code or None)
        return None

    def _abstain(self, reason: str, language: str | None = None) -> Decision:
        return Decision(
            action="abstain", reason=reason, language=language, policy_version=self.version
        )

    def _foreign(self, messages: list[str], limit: int) -> list[Finding]:
        """Look for core words of other languages in messages that are not English."""
        found: list[Finding] = []
        for k, message in enumerate(messages):
            text = message[:limit]
            if text.isascii() and self._language(text) is None:
                continue
            for name, words in core_words(text, self.policy.languages):
                entry = next(c for c in self.policy.contraindications if c.contract_id == name)
                found.append(
                    Finding(
                        contraindication=name,
                        rule=f"{name}.other_language",
                        urgency=entry.urgency,
                        message=k,
                        words=(words,),
                    )
                )
        return found

    def _conclude(self, findings: Sequence[Finding], readings: Sequence[Reading]) -> Decision:
        last = len(readings) - 1
        in_play = [f for f in findings if f.status == "in_play"]
        # 'What is DVT?' - 'And why does it rule massage out?': the topic goes on.
        about = last - 1 if asks_on(readings) else last
        topics = [f for f in findings if f.status == "topic" and f.message in (about, last)]
        action: Action = "refer" if in_play else ("inform" if topics else "answer")
        if in_play and _only_learns(in_play, readings):
            action = "inform"
        return Decision(
            action=action,
            contraindications=self._ranked(in_play) if action == "refer" else (),
            notices=self._ranked([*in_play, *topics]) if action == "inform" else (),
            urgency=_highest([f.urgency for f in in_play]),
            findings=tuple(findings),
            policy_version=self.version,
        )

    def _ranked(self, findings: Sequence[Finding]) -> tuple[str, ...]:
        """Return the contraindications, most urgent first; equals in the order of the floor."""
        order = list(self.policy.floor)
        worst: dict[str, int] = {}
        for finding in findings:
            rank = URGENCY_RANK[finding.urgency]
            worst[finding.contraindication] = max(worst.get(finding.contraindication, 0), rank)
        # What no id could be found for (the net's general finding) comes last among equals.
        place = {contraindication: k for k, contraindication in enumerate(order)}
        return tuple(sorted(worst, key=lambda c: (-worst[c], place.get(c, len(order)))))


def _highest(urgencies: Sequence[Urgency]) -> Urgency | None:
    return next((urgency for urgency in reversed(URGENCY_RANK) if urgency in urgencies), None)


def _only_learns(in_play: Sequence[Finding], readings: Sequence[Reading]) -> bool:
    """A purely educational question after an earlier finding is informed, not referred again.

    Never where an emergency is in play: then nothing but the referral helps.
    """
    if any(f.urgency == "emergency" or f.message == len(readings) - 1 for f in in_play):
        return False
    return asks_to_learn(readings[-1])


def _only_studies(readings: Sequence[Reading]) -> bool:
    """Tell whether every message only asks to learn, or thanks."""
    return all(asks_to_learn(reading) or is_courtesy(reading) for reading in readings)

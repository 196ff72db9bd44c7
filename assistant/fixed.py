"""The policy's fixed texts as replies: referrals, notices and abstentions, never composed.

Imports nothing heavy: a referral by the rules needs no index and no model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from assistant.schema import Answer
from corpus import Citation, Corpus, CorpusError, PolicyError
from safety.decision import URGENCY_RANK, Decision, Finding, Referral, Urgency
from safety.policy import Policy


class FixedTexts:
    """Finds the text and the grounding passage for what the guard decided."""

    def __init__(self, policy: Policy, corpus: Corpus) -> None:
        self.policy = policy
        self.corpus = corpus

    @cached_property
    def _bundled(self) -> Corpus:
        return Corpus.bundled()

    @cached_property
    def _variants(self) -> dict[str, str]:
        """Message variants that single rules ask for, by the rule's full id."""
        return {
            f"{entry.id}.{rule.id}": rule.message
            for entry in self.policy.contraindications
            for rule in entry.rules
            if rule.message
        }

    def refer(self, decision: Decision) -> Answer:
        """Return the referral: the most urgent message in full, the others listed after it."""
        referrals = self._referrals(decision)
        text = f"{referrals[0].message} [1]"
        if len(referrals) > 1:
            listed = [
                f"- **{self.name(name)}:** {self._notice(name)} [{number}]"
                for number, name in enumerate(decision.contraindications[1:], start=2)
            ]
            text = "\n".join([text, "", self._phrase("also"), "", *listed])
        return Answer(
            outcome="referral",
            text=text,
            citations=tuple(item.citation for item in referrals),
            referrals=tuple(referrals),
            decision=decision,
        )

    def notices(self, decision: Decision) -> tuple[Referral, ...]:
        """Return the notices that lead an answer, their citations numbered from 1."""
        return tuple(
            Referral(
                contraindication=contraindication,
                urgency=self._urgency(decision, contraindication),
                message=self._notice(contraindication),
                citation=self._citation(self._entry(contraindication)["grounding"], number),
            )
            for number, contraindication in enumerate(decision.notices, start=1)
        )

    def abstain(self, decision: Decision, reason: str, topics: Sequence[str] = ()) -> Answer:
        """Return an abstention: what cannot be done, why, and what the sources do cover."""
        messages = self.policy.messages["abstain"]
        entry = messages.get(reason) or messages["not_covered"]
        text = _tidy(entry["message"])
        if own := entry.get("in_language", {}).get(decision.language or ""):
            text = f"{_tidy(own)}\n\n{text}"
        if topics:
            listed = "\n".join(f"- {topic}" for topic in topics)
            text = f"{text}\n\n{self._phrase('nearest')}\n\n{listed}"
        return Answer(
            outcome="abstention",
            text=text,
            decision=decision,
            reason=reason,
            follow_ups=tuple(topics),
        )

    def name(self, contraindication: str) -> str:
        """Return the plain name of a contraindication."""
        return str(self._entry(contraindication)["name"])

    def _referrals(self, decision: Decision) -> list[Referral]:
        if decision.failed or not decision.contraindications:
            failure = self.policy.messages["failure"]
            return [
                Referral(
                    contraindication="safety_check_failed",
                    urgency=decision.urgency or "routine",
                    message=_tidy(failure["message"]),
                    citation=self._citation(failure["grounding"], 1),
                )
            ]
        return [
            self._referral(decision, contraindication, number)
            for number, contraindication in enumerate(decision.contraindications, start=1)
        ]

    def _referral(self, decision: Decision, contraindication: str, number: int) -> Referral:
        urgency = self._urgency(decision, contraindication)
        entry = self._entry(contraindication)
        kind = self._kind(decision, contraindication, urgency, entry)
        grounding = entry.get(f"grounding_{kind}", entry["grounding"])
        return Referral(
            contraindication=contraindication,
            urgency=urgency,
            message=_tidy(entry[f"message_{kind}" if kind else "message"]),
            citation=self._citation(grounding, number),
        )

    def _kind(
        self, decision: Decision, contraindication: str, urgency: Urgency, entry: Mapping[str, Any]
    ) -> str:
        """Return which variant of the message fits: the worst rule's own, or the urgency's."""
        for finding in sorted(_in_play(decision, contraindication), key=_most_urgent_first):
            variant = self._variants.get(finding.rule, "")
            if f"message_{variant}" in entry:
                return variant
        return urgency if f"message_{urgency}" in entry else ""

    def _urgency(self, decision: Decision, contraindication: str) -> Urgency:
        found = [finding.urgency for finding in _in_play(decision, contraindication)]
        floor = self.policy.floor.get(contraindication, "routine")
        return max([floor, *found], key=URGENCY_RANK.__getitem__)

    def _entry(self, contraindication: str) -> Mapping[str, Any]:
        table: Mapping[str, Mapping[str, Any]] = self.policy.messages["contraindication"]
        return table.get(contraindication) or self.policy.messages["general"]

    def _notice(self, contraindication: str) -> str:
        entry = self._entry(contraindication)
        return _tidy(entry.get("notice") or entry["message"])

    def _phrase(self, name: str) -> str:
        return str(self.policy.messages.get("phrases", {}).get(name) or _PHRASES[name])

    def _citation(self, grounding: Mapping[str, Any], marker: int) -> Citation:
        """Return the citation of the passage that grounds a message.

        A corpus of one's own need not hold it: then the bundled documents do.
        """
        name, quote = str(grounding["document"]), str(grounding["quote"])
        for corpus in (self.corpus, self._bundled):
            try:
                document = corpus.document(name)
            except CorpusError:
                continue
            start = document.text.find(quote)
            if start >= 0:
                return Citation(
                    marker=marker,
                    document=name,
                    title=document.title,
                    section=tuple(grounding.get("section", ())),
                    start=start,
                    end=start + len(quote),
                    quote=quote,
                    sha256=document.sha256,
                )
        raise PolicyError(
            f"{name}: does not hold the passage that grounds a message: {quote[:60]!r}"
        )


_PHRASES = {
    "also": "What you mention also matters for these:",
    "nearest": "The nearest that my sources do cover:",
}


def _in_play(decision: Decision, contraindication: str) -> list[Finding]:
    return [
        finding
        for finding in decision.findings
        if finding.contraindication == contraindication and finding.status == "in_play"
    ]


def _most_urgent_first(finding: Finding) -> int:
    return -URGENCY_RANK[finding.urgency]


def _tidy(message: str) -> str:
    """Return a message on one line: in its file it is broken for reading."""
    return " ".join(message.split())

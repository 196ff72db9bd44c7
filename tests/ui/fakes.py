"""A scripted assistant on a small document, with real answers."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence

from assistant.schema import Answer, Message
from corpus import Citation, Corpus, Document
from safety.decision import Decision, Finding, Referral, Urgency

ARTICLE = """# Hand care

A short text about hands.

## Strokes

Long strokes warm the palm before anything else. They should follow the fingers.

- **Circling** uses the thumb.
- Pressing uses the *whole* hand.

## Dangers

A burnt hand must not be rubbed, because rubbing harms the new skin.
"""
SCRIPT = "<script>document.title='stolen'</script>"
EVIL = f"""# Notes

A picture ![x](http://outside.example/leak.png) and {SCRIPT} and [a link](javascript:alert(1)).
"""


def corpus() -> Corpus:
    return Corpus(
        [
            Document("hands.md", ARTICLE, "Hand care", date="2026"),
            Document("notes.md", EVIL, "Notes", role="evidence"),
        ]
    )


def cite(marker: int, quote: str, document: str = "hands.md") -> Citation:
    text = ARTICLE if document == "hands.md" else EVIL
    start = text.index(quote)
    return Citation(
        marker=marker,
        document=document,
        title="Hand care" if document == "hands.md" else "Notes",
        section=("Hand care", "Strokes"),
        start=start,
        end=start + len(quote),
        quote=quote,
    )


def referral(
    contraindication: str = "open_wound", urgency: Urgency = "routine", marker: int = 1
) -> Referral:
    return Referral(
        contraindication=contraindication,
        urgency=urgency,
        message="Please do not rub the burnt hand. Cool it and ask a nurse first.",
        citation=cite(marker, "A burnt hand must not be rubbed"),
    )


def _said(question: str, history: Sequence[Message | Mapping[str, str]]) -> list[str]:
    messages = [Message.model_validate(m) for m in history]
    return [*(m.content for m in messages if m.role == "user"), question]


class FakeAssistant:
    """Refers what names a burn or chest pain in any user message, answers about strokes."""

    def __init__(self) -> None:
        self.corpus = corpus()
        self.heard: list[list[str]] = []
        self.loads = 0
        self.error: Exception | None = None
        self.gate: threading.Event | None = None

    def load(self) -> None:
        self.loads += 1

    def answer(self, question: str, history: Sequence[Message | Mapping[str, str]] = ()) -> Answer:
        if self.gate is not None:
            self.gate.wait(100)
        if (referred := self.refer_by_rules(question, history)) is not None:
            return referred
        self.heard.append(_said(question, history))
        if self.error is not None:
            raise self.error
        return self._answer(question)

    def refer_by_rules(
        self, question: str, history: Sequence[Message | Mapping[str, str]] = ()
    ) -> Answer | None:
        said = _said(question, history)
        found: list[tuple[str, Urgency]] = []
        if any("chest pain" in message for message in said):
            found.append(("emergency", "emergency"))
        # As in the real rules, a correction clears what was said before it.
        mentions = [message for message in said if "burn" in message]
        if mentions and "not burn" not in mentions[-1]:
            found.append(("open_wound", "routine"))
        if not found or self.error is not None:
            return None
        self.heard.append(said)
        return self._refer(found)

    def _refer(self, found: Sequence[tuple[str, Urgency]]) -> Answer:
        referrals = tuple(
            referral(name, urgency, marker) for marker, (name, urgency) in enumerate(found, 1)
        )
        findings = tuple(
            Finding(contraindication=name, rule="wound.burn", urgency=urgency, message=0)
            for name, urgency in found
        )
        return Answer(
            outcome="referral",
            text=f"{referrals[0].message} [1]",
            citations=tuple(item.citation for item in referrals),
            referrals=referrals,
            decision=Decision(
                action="refer",
                contraindications=tuple(name for name, _ in found),
                urgency=found[0][1],
                findings=findings,
                policy_version="9.9+fake",
            ),
        )

    def _answer(self, question: str) -> Answer:
        decision = Decision(action="answer", policy_version="9.9+fake")
        if "notice" in question:
            notice = referral()
            return Answer(
                outcome="answer",
                text=f"**{notice.message}** [1]\n\nLong strokes warm the palm. [2]",
                citations=(notice.citation, cite(2, "Long strokes warm the palm")),
                notices=(notice,),
                decision=decision,
            )
        if "notes" in question:
            return Answer(
                outcome="answer",
                text=f"{EVIL} [1]",
                citations=(cite(1, EVIL.split("\n\n")[1].strip(), "notes.md"),),
                decision=decision,
            )
        if "stroke" in question:
            return Answer(
                outcome="answer",
                text="Long strokes warm the palm before anything else. [1]\n\n"
                "- **Circling** uses the thumb. [2]",
                citations=(
                    cite(1, "Long strokes warm the palm before anything else."),
                    cite(2, "**Circling** uses the thumb."),
                ),
                decision=decision,
                follow_ups=("What about pressing strokes?",),
            )
        return Answer(
            outcome="abstention",
            text="My sources do not cover that.\n\nThe nearest is:\n\n- What do strokes do?",
            decision=decision,
            follow_ups=("What do strokes do?",),
            reason="not_covered",
        )

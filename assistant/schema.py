"""Message and Answer: what goes into the assistant and what comes out."""

from __future__ import annotations

import re
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from corpus.citation import Citation
from safety.decision import Decision, Referral

MARK = re.compile(r"\[(\d+)\]")


class Message(BaseModel):
    """One message of a conversation, in the form that chat libraries share."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    role: Literal["user", "assistant", "system"]
    content: str


class Answer(BaseModel):
    """A reply, with its outcome, its sources and the reason for it.

    A badly built reply cannot exist: marks without a citation, referrals on an answer and citations
    on an abstention are refused.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    outcome: Literal["answer", "referral", "abstention"]
    text: str = Field(min_length=1, description="The whole reply as Markdown, marks as [1], [2].")
    citations: tuple[Citation, ...] = Field(default=(), description="In the order of their marks.")
    referrals: tuple[Referral, ...] = Field(
        default=(), description="For a referral: most urgent first."
    )
    notices: tuple[Referral, ...] = Field(
        default=(), description="For an answer about a contraindication: the messages that lead it."
    )
    decision: Decision
    follow_ups: tuple[str, ...] = Field(
        default=(), description="Questions that the corpus covers and that may come next."
    )
    reason: str | None = Field(default=None, description="Why it abstained, as a code.")
    composer: str = Field(
        default="extractive",
        description="What worded it: 'extractive', 'generator', or 'extractive: ' and why not it.",
    )
    query: str | None = Field(default=None, description="The query really used for retrieval.")

    @model_validator(mode="after")
    def _hold_promises(self) -> Self:
        if self.outcome == "referral":
            if not self.referrals or self.notices:
                raise ValueError("a referral has referrals and no notices")
        elif self.referrals:
            raise ValueError("only a referral has referrals")
        if self.outcome == "abstention" and (self.citations or self.notices):
            raise ValueError("an abstention cites nothing")
        if self.outcome != "abstention" and not self.citations:
            raise ValueError(f"a reply of outcome {self.outcome} cites at least one passage")
        markers = [citation.marker for citation in self.citations]
        if markers != list(range(1, len(markers) + 1)):
            raise ValueError(f"citation markers run from 1 without gaps, not {markers}")
        unknown = {int(number) for number in MARK.findall(self.text)} - set(markers)
        if unknown:
            raise ValueError(f"marks without a citation: {sorted(unknown)}")
        return self


for _deferred in (Citation, Referral):  # now, in one thread, and not when many first need them
    _deferred.model_rebuild()

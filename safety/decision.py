"""What the safety layer concludes: findings with their evidence, and one decision.

A decision is plain data: it holds no text of the user beyond the words that matched, so that it can
be logged, compared byte for byte and shown to a reviewer.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from corpus.citation import Citation

# Validators are built when they are first needed (`defer_build`): importing the package is quick.
Urgency = Literal["routine", "urgent", "emergency"]
Action = Literal["refer", "inform", "answer", "abstain"]
Status = Literal["in_play", "cleared", "topic"]

URGENCY_RANK: dict[Urgency, int] = {"routine": 0, "urgent": 1, "emergency": 2}


class Finding(BaseModel):
    """One contraindication found in one user message, how it reads, and why.

    ``in_play`` findings refer, ``topic`` findings lead the answer as notices, ``cleared`` ones are
    kept in the ledger so that the trace explains what was denied or discounted.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    contraindication: str = Field(description="Id in the safety contract, e.g. 'open_wound'.")
    rule: str = Field(description="Id of the rule that matched, e.g. 'open_wound.graze'.")
    urgency: Urgency
    status: Status = "in_play"
    message: int = Field(ge=0, description="Which user message, from 0.")
    spans: tuple[tuple[int, int], ...] = Field(
        default=(), description="(start, end) character offsets into the message as typed."
    )
    words: tuple[str, ...] = Field(default=(), description="The user's own words at those spans.")
    cleared_by: str | None = Field(default=None, description="Id of the form that cleared it.")
    blocked: tuple[str, ...] = Field(
        default=(), description="Ids of cues that stopped a clearing form (a hedge, an 'if' ...)."
    )
    source: Literal["rules", "net"] = "rules"
    score: float | None = Field(default=None, description="Probability, for findings of the net.")
    threshold: float | None = Field(default=None, description="What the score had to reach.")
    nearest: tuple[str, ...] = Field(default=(), description="Ids of the nearest training cases.")


class Decision(BaseModel):
    """What happens to this turn and why. The same conversation always gives the same bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    action: Action
    contraindications: tuple[str, ...] = Field(
        default=(), description="In play, most urgent first; what a referral lists."
    )
    notices: tuple[str, ...] = Field(
        default=(), description="Only the topic of the question; their messages lead the answer."
    )
    urgency: Urgency | None = Field(default=None, description="The highest urgency in play.")
    findings: tuple[Finding, ...] = Field(
        default=(), description="The whole ledger, in order of messages, cleared ones included."
    )
    reason: str | None = Field(
        default=None,
        description="For an abstention: 'empty', 'unreadable', 'too_long' or 'other_language'.",
    )
    language: str | None = Field(
        default=None, description="ISO 639-1 code where another language was recognised."
    )
    failed: bool = Field(default=False, description="The layer failed and the turn failed closed.")
    policy_version: str = Field(description="Version and hash of the policy that decided.")


class Referral(BaseModel):
    """The policy's fixed message about one contraindication, with the passage that grounds it."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    contraindication: str
    urgency: Urgency
    message: str = Field(min_length=1, description="The policy's message, word for word.")
    citation: Citation

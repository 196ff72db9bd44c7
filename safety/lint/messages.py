"""The fixed messages: present, used, short, plain, and grounded in a passage that still stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from safety.decision import URGENCY_RANK
from safety.grounding import groundings, sha256
from safety.lint.problem import Problem
from safety.policy import Policy
from safety.readability import grade, sentences

MAX_GRADE = {"emergency": 5.0, "urgent": 5.0, "routine": 6.0}
"""US school grade, by urgency: who reads it may be frightened, in pain, or new to English."""
REFERRAL_WORDS = (60, 110)
REFERRAL_SENTENCES = (4, 7)
NOTICE_SENTENCES = (2, 3)
LONGEST_SENTENCE = 20
NEEDED = ("name", "message", "notice", "grounding")


def check_messages(policy: Policy) -> Iterator[Problem]:
    """Yield what is wrong with the messages themselves."""
    tables: Mapping[str, Mapping[str, Any]] = policy.messages.get("contraindication", {})
    for contract_id, least in policy.floor.items():
        fields = tables.get(contract_id, {})
        for key in NEEDED:
            if key not in fields:
                yield Problem(contract_id, f"has no {key} in messages.toml")
        for key, text in fields.items():
            kind = key.removeprefix("message").removeprefix("_")
            if key.startswith("message"):
                urgency = kind if kind in URGENCY_RANK else least
                yield from _referral(f"{contract_id}.{key}", text, urgency)
        if "notice" in fields:
            yield from _notice(f"{contract_id}.notice", fields["notice"])
    yield from _variants(policy, tables)


def _referral(where: str, text: str, urgency: str) -> Iterator[Problem]:
    lengths = [len(words) for words in sentences(text)]
    yield from _bounded(where, "words", sum(lengths), REFERRAL_WORDS)
    yield from _bounded(where, "sentences", len(lengths), REFERRAL_SENTENCES)
    yield from _plain(where, text, urgency)


def _notice(where: str, text: str) -> Iterator[Problem]:
    yield from _bounded(where, "sentences", len(sentences(text)), NOTICE_SENTENCES)
    yield from _plain(where, text, "routine")


def _bounded(where: str, unit: str, count: int, bounds: tuple[int, int]) -> Iterator[Problem]:
    low, high = bounds
    if not low <= count <= high:
        yield Problem(where, f"has {count} {unit}, where {low} to {high} are asked for")


def _plain(where: str, text: str, urgency: str) -> Iterator[Problem]:
    longest = max(map(len, sentences(text)))
    if longest > LONGEST_SENTENCE:
        yield Problem(where, f"has a sentence of {longest} words; {LONGEST_SENTENCE} at most")
    if text.strip() and grade(text) > MAX_GRADE[urgency]:
        yield Problem(where, f"reads at grade {grade(text):.1f}; {MAX_GRADE[urgency]} at most")


def _variants(policy: Policy, tables: Mapping[str, Mapping[str, Any]]) -> Iterator[Problem]:
    """Yield variants that rules ask for and nobody wrote, and those that no rule asks for."""
    used: set[tuple[str, str]] = set()
    for entry in policy.contraindications:
        for rule in entry.rules:
            if rule.message is None:
                continue
            used.add((entry.contract_id, rule.message))
            if f"message_{rule.message}" not in tables.get(entry.contract_id, {}):
                yield Problem(f"{entry.id}.{rule.id}", f"there is no message_{rule.message}")
    for contract_id, fields in tables.items():
        for key in fields:
            kind = key.removeprefix("message_")
            if kind != key and kind not in URGENCY_RANK and (contract_id, kind) not in used:
                yield Problem(f"{contract_id}.{key}", "no rule uses this message")


def check_groundings(policy: Policy, documents: Mapping[str, str]) -> Iterator[Problem]:
    """Yield messages whose passage is gone, has changed, or was never recorded."""
    again = "compare message and passage, then `leg-massage policy validate --record`"
    for grounding in groundings(policy.messages):
        passage = grounding.passage(documents)
        recorded = policy.grounding.get(grounding.name)
        if passage is None:
            yield Problem(grounding.name, f"its quote does not stand in {grounding.document}")
        elif recorded is None:
            yield Problem(grounding.name, f"no hash is recorded for its passage; {again}")
        elif recorded != sha256(passage):
            yield Problem(grounding.name, f"its passage has changed; {again}")

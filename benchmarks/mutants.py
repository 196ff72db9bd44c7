"""Mutants of a safety policy: the policy without one of its entries, for every entry in turn."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel

from safety.policy import Contraindication, Policy, Rule

Key = tuple[str, ...]  # kind, then where the entry stands
PHRASES = ("term", "sign", "cue", "sense", "topic")
"""Kinds of entries that are phrases, found in what a message says."""
T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Mutant:
    """One entry of the policy, and the policy without it."""

    key: Key
    policy: Callable[[], Policy]

    @property
    def name(self) -> str:
        """Where the entry stands and what it is, in one line."""
        return " / ".join(self.key)


def mutants(policy: Policy) -> Iterator[Mutant]:
    """Yield every mutant of the policy, in its order."""
    for place, entry in enumerate(policy.contraindications):
        for number, rule in enumerate(entry.rules):
            yield from _rule_mutants(policy, place, entry, number, rule)
    yield from _list_mutants(policy)
    yield from _member_mutants(policy)


def _list_mutants(policy: Policy) -> Iterator[Mutant]:
    """Yield the mutants of signs, cues, other senses and topics: each phrase."""
    for name, sign in policy.signs.items():
        for k, phrase in enumerate(sign.phrases):
            less = sign.model_copy(update={"phrases": _without(sign.phrases, k)})
            yield _mutant(("sign", name, phrase), policy, signs={**policy.signs, name: less})
    for at, cue in enumerate(policy.cues):
        for k, phrase in enumerate(cue.phrases):
            shorter = cue.model_copy(update={"phrases": _without(cue.phrases, k)})
            yield _mutant(("cue", cue.id, phrase), policy, cues=_with(policy.cues, at, shorter))
    for at, sense in enumerate(policy.senses):
        for k, phrase in enumerate(sense.phrases):
            rest = sense.model_copy(update={"phrases": _without(sense.phrases, k)})
            key = ("sense", sense.id, phrase)
            yield _mutant(key, policy, senses=_with(policy.senses, at, rest))
    for name, phrases in policy.topics.items():
        for k, phrase in enumerate(phrases):
            topics = {**policy.topics, name: _without(phrases, k)}
            yield _mutant(("topic", name, phrase), policy, topics=topics)


def leaving_out(policy: Policy, gone: Collection[Key]) -> Policy:
    """Return the policy without some phrases of rules, signs, cues, other senses and topics."""

    def kept(kind: str, name: str, phrases: Sequence[str]) -> tuple[str, ...]:
        return tuple(phrase for phrase in phrases if (kind, name, phrase) not in gone)

    def less(item: M, kind: str, name: str, phrases: Sequence[str]) -> M:
        return item.model_copy(update={"phrases": kept(kind, name, phrases)})

    entries = tuple(
        entry.model_copy(
            update={
                "rules": tuple(
                    less(rule, "term", f"{entry.id}.{rule.id}", rule.phrases)
                    for rule in entry.rules
                )
            }
        )
        for entry in policy.contraindications
    )
    signs = {name: less(sign, "sign", name, sign.phrases) for name, sign in policy.signs.items()}
    return policy.model_copy(
        update={
            "contraindications": entries,
            "signs": signs,
            "cues": tuple(less(cue, "cue", cue.id, cue.phrases) for cue in policy.cues),
            "senses": tuple(less(s, "sense", s.id, s.phrases) for s in policy.senses),
            "topics": {name: kept("topic", name, list_) for name, list_ in policy.topics.items()},
        }
    )


def _member_mutants(policy: Policy) -> Iterator[Mutant]:
    """Yield the mutants of word classes; a class named in another is no entry of its own."""
    for name, words in policy.classes.items():
        for k, word in enumerate(words):
            if not word.startswith("@"):
                classes = {**policy.classes, name: _without(words, k)}
                yield _mutant(("member", name, word), policy, classes=classes)


def _mutant(key: Key, policy: Policy, **changes: object) -> Mutant:
    return Mutant(key, lambda: policy.model_copy(update=changes))


def _rule_mutants(
    policy: Policy, place: int, entry: Contraindication, number: int, rule: Rule
) -> Iterator[Mutant]:
    """Yield the mutants of one rule: each phrase, the combination, and each blocker of it."""

    def mutated(new: Rule | None) -> Policy:
        rules = _with(entry.rules, number, new) if new else _without(entry.rules, number)
        changed = entry.model_copy(update={"rules": rules})
        entries = _with(policy.contraindications, place, changed)
        return policy.model_copy(update={"contraindications": entries})

    rule_id = f"{entry.id}.{rule.id}"
    for k, phrase in enumerate(rule.phrases):
        new = rule.model_copy(update={"phrases": _without(rule.phrases, k)})
        yield Mutant(("term", rule_id, phrase), lambda n=new: mutated(n))  # type: ignore[misc]
    if rule.all:
        yield Mutant(("combination", rule_id), lambda: mutated(None))
    for k, blocker in enumerate(rule.none):
        new = rule.model_copy(update={"none": _without(rule.none, k)})
        yield Mutant(("blocker", rule_id, blocker), lambda n=new: mutated(n))  # type: ignore[misc]


def _without(items: Sequence[T], at: int) -> tuple[T, ...]:
    return (*items[:at], *items[at + 1 :])


def _with(items: Sequence[T], at: int, new: T) -> tuple[T, ...]:
    return (*items[:at], new, *items[at + 1 :])

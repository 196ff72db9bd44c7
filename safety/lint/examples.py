"""The examples that rules carry hold, and phrases that nothing exercises are counted."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from safety.cases import Case
from safety.guard import Guard
from safety.lint.phrases import all_phrases
from safety.lint.problem import Problem
from safety.matcher import ClassSpans, Matcher
from safety.patterns import parse

DENIED = "denied"
"""Tag of the cases in which what a phrase names is plainly denied."""
SHOWN = 3
"""Most untested phrases of a kind that are named."""


def check_examples(guard: Guard) -> Iterator[Problem]:
    """Yield rules without examples, and examples that do not do what they are there to show."""
    for entry in guard.policy.contraindications:
        for rule in entry.rules:
            name = f"{entry.id}.{rule.id}"
            if not rule.refers and rule.kind != "notice":
                yield Problem(name, "has no example that it refers")
            if not rule.clears:
                yield Problem(name, "has no example in which it must not count")
            for message in rule.refers:
                raised = {f.rule for f in guard.decide([message]).findings if f.status == "in_play"}
                if name not in raised:
                    yield Problem(name, f"does not refer {message!r}")
            for message in rule.clears:
                if entry.contract_id in guard.decide([message]).contraindications:
                    yield Problem(name, f"{message!r} is referred, but must not be")


def check_denials(guard: Guard, cases: Sequence[Case]) -> Iterator[Problem]:
    """Yield rules that name something and that no case and no example plainly denies."""
    wanted = {
        f"{entry.id}.{rule.id}"
        for entry in guard.policy.contraindications
        for rule in entry.rules
        if rule.kind == "name" and rule.phrases
    }
    examples = (
        (message,)
        for entry in guard.policy.contraindications
        for rule in entry.rules
        for message in rule.clears
    )
    for turns in itertools.chain(examples, (case.turns for case in cases if DENIED in case.tags)):
        if not wanted:
            return
        for finding in guard.decide(turns).findings:
            if (finding.cleared_by or "").startswith("denial"):
                wanted.discard(finding.rule)
    for name in sorted(wanted):
        yield Problem(name, "has no case in which it is plainly denied")


def check_exercise(guard: Guard, cases: Sequence[Case]) -> Iterator[Problem]:
    """Yield how many phrases of each kind no case and no example matches: they are untested."""
    phrases = list(all_phrases(guard.policy))
    idle = _unmatched(guard, phrases, cases)
    total: Counter[str] = Counter()
    named: dict[str, list[str]] = defaultdict(list)
    for number, (where, phrase) in enumerate(phrases):
        kind = where.split()[0] if " " in where else "rule"
        total[kind] += 1
        if number in idle:
            named[kind].append(f"{where}: {phrase!r}")
    for kind, names in sorted(named.items()):
        shown = "; ".join(names[:SHOWN]) + ("; ..." if len(names) > SHOWN else "")
        yield Problem(
            f"{kind} phrases",
            f"{len(names)} of {total[kind]} are matched by no case and no example: {shown}",
            "warning",
        )


def _unmatched(
    guard: Guard, phrases: Sequence[tuple[str, str]], cases: Sequence[Case]
) -> frozenset[int]:
    """Return the numbers of the phrases that stand in no message; reads no more than it must."""
    compiled = guard.compiled
    patterns = [
        (number, pattern)
        for number, (_, phrase) in enumerate(phrases)
        for pattern in parse(phrase, compiled.symbols, compiled.classes)
    ]
    matcher = Matcher(patterns, compiled.weight)
    examples = (
        message
        for entry in guard.policy.contraindications
        for rule in entry.rules
        for message in (*rule.refers, *rule.clears)
    )
    limit = guard.policy.limits.max_message_chars
    idle = set(range(len(phrases)))
    for text in itertools.chain(examples, (turn for case in cases for turn in case.turns)):
        if not idle:
            break
        tokens = guard.read(text[:limit]).tokens
        spans = ClassSpans(compiled.class_matcher.scan(tokens))
        idle -= {hit.pattern for hit in matcher.scan(tokens, spans)}
    return frozenset(idle)

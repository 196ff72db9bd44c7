"""The examples that rules carry hold, and phrases that nothing exercises are counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from safety.cases import Case
from safety.guard import Guard
from safety.lint.phrases import all_phrases
from safety.lint.problem import Problem
from safety.matcher import ClassSpans, Matcher
from safety.patterns import parse


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


def check_exercise(guard: Guard, cases: Sequence[Case]) -> Iterator[Problem]:
    """Yield how many phrases of each kind no case and no example matches: they are untested."""
    phrases = list(all_phrases(guard.policy))
    matched = _matched(guard, phrases, cases)
    total: Counter[str] = Counter()
    idle: Counter[str] = Counter()
    for number, (where, _) in enumerate(phrases):
        kind = where.split()[0] if " " in where else "rule"
        total[kind] += 1
        idle[kind] += number not in matched
    for kind, count in sorted(idle.items()):
        if count:
            yield Problem(
                f"{kind} phrases",
                f"{count} of {total[kind]} are matched by no case and no example",
                "warning",
            )


def _matched(guard: Guard, phrases: Sequence[tuple[str, str]], cases: Sequence[Case]) -> set[int]:
    compiled = guard.compiled
    patterns = [
        (number, pattern)
        for number, (_, phrase) in enumerate(phrases)
        for pattern in parse(phrase, compiled.symbols, compiled.classes)
    ]
    matcher = Matcher(patterns, compiled.weight)
    texts = [turn for case in cases for turn in case.turns]
    for entry in guard.policy.contraindications:
        texts += [message for rule in entry.rules for message in (*rule.refers, *rule.clears)]
    limit = guard.policy.limits.max_message_chars
    found: set[int] = set()
    for text in texts:
        tokens = guard.read(text[:limit]).tokens
        spans = ClassSpans(compiled.class_matcher.scan(tokens))
        found |= {hit.pattern for hit in matcher.scan(tokens, spans)}
    return found

"""A guard of which single phrases of the policy can be switched off, without compiling it anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from benchmarks.mutants import Key
from safety.guard import Guard
from safety.lexicon import Token
from safety.patterns import ClassSpans, Hit, Matcher, parse
from safety.policy import Policy


class PhraseMatcher:
    """Stands in for the matcher of a guard: matches phrase by phrase, and can leave one out.

    It reaches into the guard it is given, which therefore serves nothing else.

    Attributes:
        guard: The guard whose matcher this is now.
        numbers: The number of each phrase, by its key.
        seen: Keys of the phrases that matched since it was last cleared.
    """

    def __init__(self, guard: Guard) -> None:
        self.guard = guard
        compiled = guard.compiled
        targets = {target: number for number, target in enumerate(compiled.targets)}
        self.numbers: dict[Key, int] = {}
        self._keys: list[Key] = []
        self._targets: list[int] = []
        patterns = []
        for key, kind, target, phrase in _phrases(guard.policy):
            self.numbers[key] = len(self._keys)
            for pattern in parse(phrase, compiled.symbols, compiled.classes):
                patterns.append((len(self._keys), pattern))
            self._keys.append(key)
            self._targets.append(targets[(kind, target)])  # type: ignore[index]
        self._matcher = Matcher(patterns, compiled.weight)
        self._known: dict[tuple[tuple[str, int], ...], list[Hit]] = {}
        self._without = -1
        self.seen: set[Key] = set()
        compiled.matcher = self  # type: ignore[assignment]

    def scan(self, tokens: Sequence[Token], spans: ClassSpans) -> list[Hit]:
        """Return the hits of all phrases but the one left out, as the policy's own matcher does."""
        text = tuple((token.text, token.gap) for token in tokens)
        found = self._known.get(text)
        if found is None:
            found = self._known[text] = self._matcher.scan(tokens, spans)
        self.seen |= {self._keys[hit.pattern] for hit in found}
        hits = {
            Hit(self._targets[hit.pattern], hit.start, hit.end)
            for hit in found
            if hit.pattern != self._without
        }
        return sorted(hits, key=lambda hit: (hit.start, hit.end, hit.pattern))

    @contextmanager
    def without(self, key: Key) -> Iterator[Guard]:
        """Give the guard without one phrase."""
        self._without = self.numbers[key]
        self.forget()
        try:
            yield self.guard
        finally:
            self._without = -1
            self.forget()

    def forget(self) -> None:
        """Forget the readings made so far: they hold what has been left out, or lack it."""
        self.guard._read.cache_clear()


def _phrases(policy: Policy) -> Iterator[tuple[Key, str, str, str]]:
    """Yield key, kind and id of target, and the phrase, in the order of the policy."""
    for entry in policy.contraindications:
        for rule in entry.rules:
            rule_id = f"{entry.id}.{rule.id}"
            for phrase in rule.phrases:
                yield ("term", rule_id, phrase), "rule", rule_id, phrase
    for name, sign in policy.signs.items():
        for phrase in sign.phrases:
            yield ("sign", name, phrase), "sign", name, phrase
    for cue in policy.cues:
        for phrase in cue.phrases:
            yield ("cue", cue.id, phrase), "cue", cue.id, phrase
    for sense in policy.senses:
        for phrase in sense.phrases:
            yield ("sense", sense.id, phrase), "sense", sense.id, phrase

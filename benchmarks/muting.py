"""A guard of which single phrases of the policy can be switched off, without compiling it anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from benchmarks.mutants import Key
from safety.guard import Guard
from safety.lexicon import Token
from safety.matcher import ClassSpans, Hit, Matcher
from safety.patterns import parse
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
        self._changed = False  # words mean something else: no hits found before hold
        self.seen: set[Key] = set()
        compiled.matcher = self  # type: ignore[assignment]

    def scan(self, tokens: Sequence[Token], spans: ClassSpans) -> list[Hit]:
        """Return the hits of all phrases but the one left out, as the policy's own matcher does."""
        found = self._matcher.scan(tokens, spans) if self._changed else self._recall(tokens, spans)
        self.seen |= {self._keys[hit.pattern] for hit in found}
        hits = {
            Hit(self._targets[hit.pattern], hit.start, hit.end)
            for hit in found
            if hit.pattern != self._without
        }
        return sorted(hits, key=lambda hit: (hit.start, hit.end, hit.pattern))

    def _recall(self, tokens: Sequence[Token], spans: ClassSpans) -> list[Hit]:
        text = tuple((token.text, token.gap) for token in tokens)
        found = self._known.get(text)
        if found is None:
            found = self._known[text] = self._matcher.scan(tokens, spans)
        return found

    def can_mute(self, key: Key) -> bool:
        """Tell whether an entry can be switched off: a phrase, or a class member of one word."""
        return key in self.numbers or (key[0] == "member" and " " not in key[2])

    @contextmanager
    def without(self, key: Key) -> Iterator[Guard]:
        """Give the guard without one phrase or class member."""
        self.forget()
        try:
            with self._without_member(key) if key[0] == "member" else self._without_phrase(key):
                yield self.guard
        finally:
            self.forget()

    @contextmanager
    def _without_phrase(self, key: Key) -> Iterator[None]:
        self._without = self.numbers[key]
        yield
        self._without = -1

    @contextmanager
    def _without_member(self, key: Key) -> Iterator[None]:
        """Take from a word the symbols of the class, and of the classes that contain it."""
        _, name, word = key
        compiled = self.guard.compiled
        policy = self.guard.policy
        others = {c for c, words in policy.classes.items() if word in words and c != name}
        gone = {
            compiled.class_symbols[outer]
            for outer in policy.classes
            if name in (inner := _parts(policy, outer)) and not inner & others
        }
        table = compiled.lexicon.prefixes if word.endswith("*") else compiled.lexicon.words
        entry = word.rstrip("*")
        before = table[entry]
        table[entry] = before - gone  # type: ignore[index]
        compiled.lexicon._symbols.clear()
        self._changed = True
        yield
        table[entry] = before  # type: ignore[index]
        compiled.lexicon._symbols.clear()
        self._changed = False

    def forget(self) -> None:
        """Forget the readings made so far: they hold what has been left out, or lack it."""
        self.guard._read.cache_clear()


def _parts(policy: Policy, name: str) -> set[str]:
    """Return a class and the classes that it contains."""
    found = {name}
    for member in policy.classes.get(name, ()):
        if member.startswith("@") and " " not in member:
            found |= _parts(policy, member[1:])
    return found


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

"""A guard of which single entries of the policy can be switched off, without compiling it anew.

A message is cut into words and searched once. What an entry contributed to it is then taken out of
what was found, and only messages in which the entry matched are looked at again. The vocabulary
stays: an entry that is off still keeps its words from being read as misspellings.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from benchmarks.mutants import PHRASES, Key, mutants
from safety.compile import Compiled
from safety.guard import Guard
from safety.matcher import NO_SPANS, ClassSpans, Hit, Matcher
from safety.patterns import Pattern, parse
from safety.policy import Policy
from safety.reading import Reading
from safety.tokens import Token

NOBODY = frozenset({"no sign has this name"})
KINDS = {"term": "rule"}
"""What the compiler calls a kind of entry, where it is another word."""


class Found(NamedTuple):
    """A message read with the whole policy, and what each entry contributed to it.

    Attributes:
        reading: The reading.
        phrases: Hits of phrases, numbered phrase by phrase.
        members: Hits of class members of several words, numbered member by member.
        keys: The entries that matched.
    """

    reading: Reading
    phrases: Sequence[Hit]
    members: Sequence[Hit]
    keys: frozenset[Key]


class EntryMatcher:
    """Stands in for a matcher of a policy: knows which entry each hit is by.

    Attributes:
        keys: The entry of each number.
        last: Hits of the last scan, by number.
        given: Hits, by number, that a scan returns in place of its own.
    """

    def __init__(self, entries: Iterable[tuple[Key, int, Pattern]], compiled: Compiled) -> None:
        known: dict[tuple[Key, int], int] = {}
        patterns = [(known.setdefault(entry[:2], len(known)), entry[2]) for entry in entries]
        self.keys = [key for key, _ in known]
        self._targets = [target for _, target in known]
        self._matcher = Matcher(patterns, compiled.weight)
        self.last: Sequence[Hit] = ()
        self.given: Sequence[Hit] | None = None

    def find(self, tokens: Sequence[Token], spans: ClassSpans = NO_SPANS) -> list[Hit]:
        """Return all hits by number."""
        return self._matcher.scan(tokens, spans)

    def scan(self, tokens: Sequence[Token], spans: ClassSpans = NO_SPANS) -> list[Hit]:
        """Return all hits as the policy's own matcher does."""
        self.last = self.find(tokens, spans) if self.given is None else self.given
        return self.merged(self.last)

    def merged(self, hits: Iterable[Hit]) -> list[Hit]:
        """Return hits by what they stand for, as the policy's own matcher does."""
        found = {Hit(self._targets[hit.pattern], hit.start, hit.end) for hit in hits}
        return sorted(found, key=lambda hit: (hit.start, hit.end, hit.pattern))

    def leaving_out(self, key: Key, hits: Iterable[Hit]) -> list[Hit]:
        """Return the hits that are not by an entry."""
        return [hit for hit in hits if self.keys[hit.pattern] != key]


class MutableGuard:
    """A guard with a switch for every entry of its policy.

    It reaches into the guard it makes, which therefore serves nothing else.

    Attributes:
        guard: The guard; it decides without the entry that is switched off.
    """

    def __init__(self, policy: Policy) -> None:
        self.guard = Guard(policy)
        self._compiled = compiled = self.guard.compiled
        self._phrases = EntryMatcher(_phrases(compiled), compiled)
        self._members = EntryMatcher(_members(compiled), compiled)
        self._single = _single_members(policy)
        self._parts = {name: parts_of(policy, name) for name in policy.classes}
        self._found: dict[str, Found] = {}
        self._changed: dict[str, Reading] = {}
        self._off: Key | None = None
        compiled.matcher = self._phrases  # type: ignore[assignment]
        compiled.class_matcher = self._members  # type: ignore[assignment]
        self.guard._read = self._read  # type: ignore[assignment]

    def found(self, message: str) -> Found:
        """Read a message with the whole policy; remembered."""
        found = self._found.get(message)
        if found is None:
            self._phrases.last = ()
            self._members.last = ()
            reading = self.guard._read_message(message)
            phrases: Sequence[Hit] = self._phrases.last
            members: Sequence[Hit] = self._members.last
            keys = {self._phrases.keys[hit.pattern] for hit in phrases}
            keys |= {self._members.keys[hit.pattern] for hit in members}
            keys |= self._members_in(reading.tokens)
            found = self._found[message] = Found(reading, phrases, members, frozenset(keys))
        return found

    def forget(self, message: str) -> None:
        """Forget a message that is not needed again."""
        self._found.pop(message, None)

    @contextmanager
    def without(self, key: Key) -> Iterator[Guard]:
        """Give the guard without one entry."""
        self._off = key
        self._changed.clear()
        try:
            if key[0] in ("combination", "blocker"):
                with self._without_slot(key):
                    yield self.guard
            else:
                yield self.guard
        finally:
            self._off = None

    def is_changed(self, message: str) -> bool:
        """Tell whether what is found in a message is other without the entry that is off."""
        return self._read(message) is not self.found(message).reading

    def _members_in(self, tokens: Sequence[Token]) -> set[Key]:
        """Return the class members of one word that stand among the tokens."""
        keys: set[Key] = set()
        for token in tokens:
            keys.update(self._single.get(token.text, ()))
            for end in range(2, len(token.text) + 1):
                keys.update(self._single.get(f"{token.text[:end]}*", ()))
        return keys

    def _read(self, message: str) -> Reading:
        found = self.found(message)
        if self._off is None or self._off not in found.keys:
            return found.reading
        reading = self._changed.get(message)
        if reading is None:
            reading = self._changed[message] = self._without(found, self._off)
        return reading

    def _without(self, found: Found, key: Key) -> Reading:
        """Return a reading without an entry; the same one where the entry adds nothing to it."""
        matcher, hits = self._phrases, found.phrases
        if key[0] == "member":
            matcher, hits = self._members, found.members
        kept = matcher.leaving_out(key, hits)
        tokens = found.reading.tokens
        if key in self._single.get(key[-1], ()):
            tokens = [self._relabelled(token, key) for token in tokens]
            if tokens == found.reading.tokens:
                return found.reading
            kept = matcher.find(tokens)
        elif matcher.merged(kept) == matcher.merged(hits):
            return found.reading
        if matcher is self._phrases:
            return self._rebuilt(found.reading, tokens, kept, found.members)
        spans = ClassSpans(self._members.merged(kept))
        return self._rebuilt(found.reading, tokens, self._phrases.find(tokens, spans), kept)

    def _rebuilt(
        self, old: Reading, tokens: Sequence[Token], phrases: Sequence[Hit], members: Sequence[Hit]
    ) -> Reading:
        """Return a reading as its constructor would make it of these hits."""
        reading = copy.copy(old)
        reading.tokens = list(tokens)
        reading.rules, reading.senses, reading.topics = [], [], []
        reading.signs, reading.cues = defaultdict(list), defaultdict(list)
        reading._listable = set()
        reading._classes = ClassSpans(self._members.merged(members))
        self._phrases.given = phrases
        try:
            reading._find(self._compiled)
        finally:
            self._phrases.given = None
        reading._index()
        return reading

    def _relabelled(self, token: Token, key: Key) -> Token:
        """Return a token without the classes that it belongs to by one member alone."""
        _, name, word = key
        stem = word.rstrip("*")
        if not (token.text.startswith(stem) if word.endswith("*") else token.text == word):
            return token
        lost = {
            self._compiled.class_symbols[outer]
            for outer, parts in self._parts.items()
            if name in parts
            and not any(_names(token.text, *entry) for entry in self._others(parts, key))
        }
        return token._replace(symbols=token.symbols - lost)

    def _others(self, parts: Iterable[str], key: Key) -> Iterator[tuple[str, bool]]:
        """Yield the other members of one word: the word or its beginning, and which it is."""
        for part in parts:
            for word in self.guard.policy.classes[part]:
                if (part, word) != key[1:]:
                    yield word.removesuffix("*"), word.endswith("*")

    @contextmanager
    def _without_slot(self, key: Key) -> Iterator[None]:
        """Take away a combination, or one of the signs that explain a finding away."""
        compiled = self._compiled
        ref = compiled.rules[key[1]]
        rule = ref.rule
        if key[0] == "blocker":
            rule = rule.model_copy(update={"none": tuple(n for n in rule.none if n != key[2])})
        less = ref._replace(rule=rule)
        combinations = list(compiled.combinations)
        for number, (combined, needed) in enumerate(combinations):
            if combined.id == ref.id:
                gone = (NOBODY,) if key[0] == "combination" else needed
                compiled.combinations[number] = (less, gone)
        compiled.rules[key[1]] = less
        try:
            yield
        finally:
            compiled.rules[key[1]] = ref
            compiled.combinations[:] = combinations


def _names(text: str, stem: str, is_beginning: bool) -> bool:
    return text.startswith(stem) if is_beginning else text == stem


def parts_of(policy: Policy, name: str) -> set[str]:
    """Return a class and the classes that it contains."""
    found = {name}
    for member in policy.classes.get(name, ()):
        if member.startswith("@") and " " not in member:
            found |= parts_of(policy, member[1:])
    return found


def _single_members(policy: Policy) -> dict[str, list[Key]]:
    """Return the class members of one word by that word, or by how it begins (``swell*``)."""
    found: dict[str, list[Key]] = defaultdict(list)
    for name, words in policy.classes.items():
        for word in words:
            if not word.startswith("@") and " " not in word and "|" not in word:
                found[word].append(("member", name, word))
    return found


def _members(compiled: Compiled) -> Iterator[tuple[Key, int, Pattern]]:
    """Yield the class members of several words: key, the class they make, and their patterns."""
    policy = compiled.policy
    for outer in policy.classes:
        symbol = compiled.class_symbols[outer]
        for name in sorted(parts_of(policy, outer)):
            for word in policy.classes[name]:
                if " " in word or "|" in word:
                    for pattern in parse(word, compiled.symbols, compiled.classes):
                        yield ("member", name, word), symbol, pattern


def _phrases(compiled: Compiled) -> Iterator[tuple[Key, int, Pattern]]:
    """Yield the phrases: key, the number of what they stand for, and their patterns."""
    targets = {target: number for number, target in enumerate(compiled.targets)}
    for key in phrase_keys(compiled.policy):
        target = targets[(KINDS.get(key[0], key[0]), key[1])]  # type: ignore[index]
        for pattern in parse(key[2], compiled.symbols, compiled.classes):
            yield key, target, pattern


def phrase_keys(policy: Policy) -> Iterator[Key]:
    """Yield the key of every phrase, in the order of the policy."""
    yield from (m.key for m in mutants(policy) if m.key[0] in PHRASES)

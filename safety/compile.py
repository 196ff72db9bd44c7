"""From a policy's words to matchers: done once, when the policy is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from corpus.errors import PolicyError
from safety.lexicon import Lexicon, common_words
from safety.matcher import Matcher
from safety.patterns import Pattern, Symbols, parse
from safety.policy import Contraindication, Policy, Rule

FIRST_YEAR = 1930
PREFIX_WEIGHT = 3.0


class Target(NamedTuple):
    """What a pattern stands for."""

    kind: Literal["rule", "sign", "cue", "sense", "topic"]
    id: str


class RuleRef(NamedTuple):
    """A rule with the entry it belongs to."""

    entry: Contraindication
    rule: Rule

    @property
    def id(self) -> str:
        """Full id, as it stands in traces."""
        return f"{self.entry.id}.{self.rule.id}"


class Compiled:
    """A policy ready to read messages with.

    Attributes:
        policy: The policy it was made from.
        lexicon: Cuts and reads words.
        class_matcher: Finds members of classes that have several words; ids are class symbols.
        matcher: Finds everything else; ids index ``targets``.
        class_symbols: Symbol of each class.
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.symbols = Symbols()
        self.classes = dict(policy.classes)
        self.classes["past_year"] = tuple(map(str, range(FIRST_YEAR, policy.reference_year)))
        self.targets: list[Target] = []
        self.rules: dict[str, RuleRef] = {}
        self.cue_kinds = {cue.id: cue.kind for cue in policy.cues}
        self.sense_of = {sense.id: sense.of for sense in policy.senses if sense.of}
        members = self._read_classes()
        phrases = self._read_phrases()
        self._weights = self._weigh()
        self.matcher = Matcher(phrases, self.weight)
        self.class_matcher = Matcher(members, self.weight)
        self.class_symbols = {name: self.symbols[f"c:{name}"] for name in self.classes}
        self.lexicon = self._make_lexicon()
        self.combinations = [
            (ref, tuple(frozenset(slot.split("|")) for slot in ref.rule.all))
            for ref in self.rules.values()
            if ref.rule.all
        ]
        slots = {
            name
            for ref, _ in self.combinations
            for slot in (*ref.rule.all, *ref.rule.none)
            for name in slot.split("|")
        }
        self.combinations_by_sign: dict[str, list[int]] = {}
        for number, (_, needed) in enumerate(self.combinations):
            # Under the names of its narrowest slot, so that few are looked at for a message.
            narrowest = min(needed, key=len)
            for name in sorted(narrowest):
                self.combinations_by_sign.setdefault(name, []).append(number)
        self.slot_classes = {
            self.class_symbols[name]: name for name in sorted(slots & self.classes.keys())
        }
        self.listable = self.class_symbols["listable"]

    def members(self, name: str, seen: tuple[str, ...] = ()) -> list[str]:
        """Return the members of a class, those of the classes in it included."""
        if name in seen:
            raise PolicyError(f"class {name!r} contains itself")
        found: list[str] = []
        for member in self.classes[name]:
            if member.startswith("@") and " " not in member:
                if member[1:] not in self.classes:
                    raise PolicyError(f"class {name!r}: there is no class {member}")
                found.extend(self.members(member[1:], (*seen, name)))
            else:
                found.append(member)
        return found

    def _read_classes(self) -> list[tuple[int, Pattern]]:
        """Settle one-word members as symbols of words; return the others as patterns."""
        self._word_classes: dict[str, set[int]] = {}
        self._prefix_classes: dict[str, set[int]] = {}
        patterns: list[tuple[int, Pattern]] = []
        for name in self.classes:
            symbol = self.symbols[f"c:{name}"]
            for member in self.members(name):
                if " " in member or "|" in member:
                    for pattern in parse(member, self.symbols, self.classes):
                        patterns.append((symbol, pattern))
                elif member.endswith("*"):
                    self._prefix_classes.setdefault(member[:-1], set()).add(symbol)
                else:
                    self._word_classes.setdefault(member, set()).add(symbol)
        return patterns

    def _read_phrases(self) -> list[tuple[int, Pattern]]:
        found: list[tuple[int, Pattern]] = []

        def add(target: Target, phrases: tuple[str, ...]) -> None:
            number = len(self.targets)
            self.targets.append(target)
            for phrase in phrases:
                found.extend((number, p) for p in parse(phrase, self.symbols, self.classes))

        for entry in self.policy.contraindications:
            for rule in entry.rules:
                ref = RuleRef(entry, rule)
                self.rules[ref.id] = ref
                if rule.phrases:
                    add(Target("rule", ref.id), rule.phrases)
        for name, sign in self.policy.signs.items():
            add(Target("sign", name), sign.phrases)
        for cue in self.policy.cues:
            add(Target("cue", cue.id), cue.phrases)
        for contraindication, words in self.policy.topics.items():
            add(Target("topic", contraindication), words)
        raising = self.symbols.words().keys() | self._word_classes.keys()
        for sense in self.policy.senses:
            add(Target("sense", sense.id), sense.phrases)
        self._safe = frozenset(self.symbols.words().keys() - raising)
        return found

    def _weigh(self) -> dict[int, float]:
        """Guess how often each symbol stands in a message: function words most, rare ones least."""
        common = common_words()

        def often(word: str) -> float:
            tier = common.get(word, 60)
            return 40.0 if tier == 10 and len(word) <= 4 else 100.0 / tier

        weights = {number: often(word) for word, number in self.symbols.words().items()}
        weights |= dict.fromkeys(self.symbols.prefixes().values(), PREFIX_WEIGHT)
        for word, classes in self._word_classes.items():
            for number in classes:
                weights[number] = weights.get(number, 0.0) + often(word)
        for classes in self._prefix_classes.values():
            for number in classes:
                weights[number] = weights.get(number, 0.0) + PREFIX_WEIGHT
        return weights

    def weight(self, symbol: int) -> float:
        """Return how often a symbol is to be expected in a message, roughly."""
        return self._weights.get(symbol, PREFIX_WEIGHT)

    def _make_lexicon(self) -> Lexicon:
        def merged(
            own: Mapping[str, int], classes: Mapping[str, set[int]]
        ) -> dict[str, frozenset[int]]:
            names = own.keys() | classes.keys()
            return {
                n: frozenset({own[n]} if n in own else ()) | frozenset(classes.get(n, ()))
                for n in sorted(names)
            }

        return Lexicon(
            merged(self.symbols.words(), self._word_classes),
            merged(self.symbols.prefixes(), self._prefix_classes),
            self.policy.texting,
            self.symbols["#"],
            self._safe,
        )

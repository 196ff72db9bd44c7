"""From a policy's words to matchers: done once, when the policy is loaded."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

from corpus.errors import PolicyError
from safety.lexicon import Lexicon
from safety.matcher import Matcher
from safety.normalise import Pictures
from safety.patterns import Symbols
from safety.policy import Contraindication, Policy, Rule
from safety.policy_tables import (
    PREFIX_WEIGHT,
    Tables,
    classes_of,
    make_tables,
    members_of,
    phrases_of,
    weigh,
)


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

    Args:
        policy: The policy.
        tables: Its tables, where they are at hand; they are made of it otherwise.

    Attributes:
        policy: The policy it was made from.
        lexicon: Cuts and reads words.
        class_matcher: Finds members of classes that have several words; ids are class symbols.
        matcher: Finds everything else; ids index ``targets``.
        class_symbols: Symbol of each class.
        pictures: Reads the pictures that the policy gives a meaning to.
    """

    def __init__(self, policy: Policy, tables: Tables | None = None) -> None:
        self.policy = policy
        self.tables = tables or make_tables(policy)
        self.symbols = Symbols(self.tables.symbols)
        self.pictures = Pictures(policy.emoji)
        self.classes = classes_of(policy)
        self.targets = [target for target, _ in phrases_of(policy)]
        refs = [RuleRef(entry, rule) for entry in policy.contraindications for rule in entry.rules]
        self.rules = {ref.id: ref for ref in refs}
        self.cue_kinds = {cue.id: cue.kind for cue in policy.cues}
        self.sense_of = {sense.id: sense.of for sense in policy.senses if sense.of}
        self.matcher = Matcher.of(self.tables.phrases)
        self.class_matcher = Matcher.of(self.tables.members)
        self.class_symbols = {name: self.symbols[f"c:{name}"] for name in self.classes}
        self.lexicon = Lexicon(
            self.tables.words,
            self.tables.prefixes,
            policy.texting,
            self.symbols["#"],
            self.tables.safe,
        )
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
        self.yields = self._read_yields()
        self._rank = self._rank_yields()
        self.slot_classes = {
            self.class_symbols[name]: name for name in sorted(slots & self.classes.keys())
        }
        self.listable = self.class_symbols["listable"]

    def _read_yields(self) -> dict[str, frozenset[str]]:
        """Return what each rule gives way to, contraindications and rules."""
        ids = self.rules.keys() | {ref.entry.contract_id for ref in self.rules.values()}
        found: dict[str, frozenset[str]] = {}
        for rule, ref in self.rules.items():
            for other in ref.rule.yields_to:
                if other not in ids:
                    raise PolicyError(f"rule {rule!r} yields to {other!r}, which does not exist")
            if ref.rule.yields_to:
                found[rule] = frozenset(ref.rule.yields_to)
        return found

    def _rank_yields(self) -> dict[str, int]:
        """Number the rules so that each comes behind all that it gives way to."""
        rules_of: dict[str, list[str]] = {}
        for rule, ref in self.rules.items():
            rules_of.setdefault(ref.entry.contract_id, []).append(rule)
        ranks: dict[str, int] = {}

        def rank(rule: str, seen: tuple[str, ...]) -> int:
            if rule in seen:
                raise PolicyError(f"rule {rule!r} yields to itself, through {seen[-1]!r}")
            if rule not in ranks:
                others = [r for o in self.yields.get(rule, ()) for r in rules_of.get(o, [o])]
                ranks[rule] = 1 + max((rank(o, (*seen, rule)) for o in others), default=0)
            return ranks[rule]

        for rule in self.rules:
            rank(rule, ())
        return ranks

    def yield_order(self, rules: Iterable[str]) -> list[str]:
        """Return rules in such an order that each comes behind all that it gives way to."""
        return sorted(rules, key=lambda rule: (self._rank.get(rule, 0), rule))

    def members(self, name: str) -> list[str]:
        """Return the members of a class, those of the classes in it included."""
        return members_of(self.classes, name)

    def weight(self, symbol: int) -> float:
        """Return how often a symbol is to be expected in a message, roughly."""
        return self._weights.get(symbol, PREFIX_WEIGHT)

    @cached_property
    def _weights(self) -> dict[int, float]:
        return weigh(self.tables.words, self.tables.prefixes)

"""From a policy's words to tables: symbols of words and beginnings, and packed patterns.

This is the part of compiling that costs time. It depends on the policy alone, so its result can be
kept (``policy_cache``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from corpus.errors import PolicyError
from safety.everyday import MOST_COMMON, common_words
from safety.packed import Packed, pack
from safety.patterns import Pattern, Symbols, parse
from safety.policy import Policy

FIRST_YEAR = 1930
PER_THOUSAND = {
    42.0: "the", 26.0: "a i and", 20.0: "my", 15.0: "in 's is on", 12.0: "it to for",
    9.0: "massage of do not with", 6.0: "have legs leg at her she me that no am what are or can he",
    4.0: "from how so has one since like does you which would up was as his says after they be",
    2.5: "calf calves only there two out all but both by day an rub them foot we should back just",
    1.5: "about got had down now if this been nothing every go last right off when will left any",
}  # fmt: skip
"""How often the commonest words stand in a thousand words of the bundled cases, roughly."""
COMMON, RARE = 0.1, 0.04
"""The same of another word of the first tier, and of any other."""
PREFIX_WEIGHT = 0.3
Classes = Mapping[str, tuple[str, ...]]


class Target(NamedTuple):
    """What a pattern stands for."""

    kind: Literal["rule", "sign", "cue", "sense", "topic"]
    id: str


class Tables(NamedTuple):
    """What matchers and lexicon of a policy are made of.

    Attributes:
        symbols: Number of each symbol by its name.
        words: Exact words with their symbols.
        prefixes: Beginnings of words with their symbols.
        safe: Words of other senses alone.
        phrases: Patterns of everything but classes; numbers are those of ``phrases_of``.
        members: Patterns of members of several words; numbers are the symbols of their classes.
    """

    symbols: dict[str, int]
    words: dict[str, frozenset[int]]
    prefixes: dict[str, frozenset[int]]
    safe: frozenset[str]
    phrases: Packed
    members: Packed


def classes_of(policy: Policy) -> dict[str, tuple[str, ...]]:
    """Return the word classes of a policy, and the class of years that are past."""
    past = tuple(map(str, range(FIRST_YEAR, policy.reference_year)))
    return {**policy.classes, "past_year": past}


def members_of(classes: Classes, name: str, seen: tuple[str, ...] = ()) -> list[str]:
    """Return the members of a class, those of the classes in it included.

    Raises:
        PolicyError: A class contains itself, or one that does not exist.
    """
    if name in seen:
        raise PolicyError(f"class {name!r} contains itself")
    found: list[str] = []
    for member in classes[name]:
        if member.startswith("@") and " " not in member:
            if member[1:] not in classes:
                raise PolicyError(f"class {name!r}: there is no class {member}")
            found.extend(members_of(classes, member[1:], (*seen, name)))
        else:
            found.append(member)
    return found


def phrases_of(policy: Policy) -> list[tuple[Target, tuple[str, ...]]]:
    """Return everything that phrases stand for, with its phrases; senses come last."""
    rules = [
        (Target("rule", f"{entry.id}.{rule.id}"), rule.phrases)
        for entry in policy.contraindications
        for rule in entry.rules
        if rule.phrases
    ]
    signs = [(Target("sign", name), sign.phrases) for name, sign in policy.signs.items()]
    cues = [(Target("cue", cue.id), cue.phrases) for cue in policy.cues]
    topics = [(Target("topic", name), words) for name, words in policy.topics.items()]
    senses = [(Target("sense", sense.id), sense.phrases) for sense in policy.senses]
    return [*rules, *signs, *cues, *topics, *senses]


def make_tables(policy: Policy) -> Tables:
    """Read every phrase and class of a policy.

    Raises:
        PolicyError: A pattern cannot be read, or a class contains itself.
    """
    symbols = Symbols()
    classes = classes_of(policy)
    members, word_classes, prefix_classes = _read_classes(classes, symbols)
    phrases: list[tuple[int, Pattern]] = []
    raising: set[str] | None = None
    for number, (target, sources) in enumerate(phrases_of(policy)):
        if target.kind == "sense" and raising is None:
            raising = symbols.words().keys() | word_classes.keys()
        for source in sources:
            phrases.extend((number, pattern) for pattern in parse(source, symbols, classes))
    own = symbols.words()
    safe = frozenset(own.keys() - (own.keys() if raising is None else raising))
    words = _merged(own, word_classes)
    prefixes = _merged(symbols.prefixes(), prefix_classes)
    weights = weigh(words, prefixes)

    def weight(symbol: int) -> float:
        return weights.get(symbol, PREFIX_WEIGHT)

    return Tables(
        symbols.numbers(), words, prefixes, safe, pack(phrases, weight), pack(members, weight)
    )


def _read_classes(
    classes: Classes, symbols: Symbols
) -> tuple[list[tuple[int, Pattern]], dict[str, set[int]], dict[str, set[int]]]:
    """Settle one-word members as symbols of words; return the others as patterns."""
    words: dict[str, set[int]] = {}
    prefixes: dict[str, set[int]] = {}
    patterns: list[tuple[int, Pattern]] = []
    for name in classes:
        symbol = symbols[f"c:{name}"]
        for member in members_of(classes, name):
            if " " in member or "|" in member:
                patterns.extend((symbol, pattern) for pattern in parse(member, symbols, classes))
            elif member.endswith("*"):
                prefixes.setdefault(member[:-1], set()).add(symbol)
            else:
                words.setdefault(member, set()).add(symbol)
    return patterns, words, prefixes


def _merged(own: Mapping[str, int], classes: Mapping[str, set[int]]) -> dict[str, frozenset[int]]:
    return {
        name: frozenset({own[name]} if name in own else ()) | frozenset(classes.get(name, ()))
        for name in sorted(own.keys() | classes.keys())
    }


def weigh(
    words: Mapping[str, frozenset[int]], prefixes: Mapping[str, frozenset[int]]
) -> dict[int, float]:
    """Guess how often each symbol stands in a message: function words most, rare ones least."""
    common = common_words()
    frequent = {word: often for often, words in PER_THOUSAND.items() for word in words.split()}
    weights: dict[int, float] = {}
    for word, symbols in words.items():
        often = frequent.get(word) or (COMMON if common.get(word) == MOST_COMMON else RARE)
        for number in symbols:
            weights[number] = weights.get(number, 0.0) + often
    for symbols in prefixes.values():
        for number in symbols:
            weights[number] = weights.get(number, 0.0) + PREFIX_WEIGHT
    return weights

"""Phrases that are there twice, in vain, unused, or dear to look for."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator

from safety.compile import Compiled
from safety.everyday import common_words
from safety.lint.overlap import Vocabulary, Words
from safety.lint.problem import Problem
from safety.normalise import normalise
from safety.patterns import Pattern
from safety.policy import Policy

MOST_WAYS = 700
"""Most ways in which the gaps of one pattern may be filled at one word."""
SHORT_WORD = 3
MOST_COMMON = 10
"""Tier of the most common words."""
READ_BY_ENGINE = frozenset({"listable", "kin", "first_person", "third_person"})
"""Classes that are looked for without a phrase: items of lists, and people."""


def check_repeats(policy: Policy) -> Iterator[Problem]:
    """Yield what one list holds twice, and phrases that rules of different ids share."""
    for where, phrases in (*phrase_lists(policy), *_classes(policy)):
        yield from _twice(where, phrases)
    raised_by: dict[str, dict[str, str]] = defaultdict(dict)
    for entry in policy.contraindications:
        for rule in entry.rules:
            for phrase in rule.phrases:
                raised_by[" ".join(phrase.split())].setdefault(entry.contract_id, rule.id)
    for phrase, rules in raised_by.items():
        if len(rules) > 1:
            names = " and ".join(f"{contract_id}.{rule}" for contract_id, rule in rules.items())
            yield Problem(names, f"share the phrase {phrase!r}")


def _classes(policy: Policy) -> Iterator[tuple[str, tuple[str, ...]]]:
    return ((f"class {name}", members) for name, members in policy.classes.items())


def _twice(where: str, phrases: Iterable[str]) -> Iterator[Problem]:
    seen: set[str] = set()
    for phrase in phrases:
        plain = " ".join(phrase.split())
        if plain in seen:
            yield Problem(where, f"holds {plain!r} twice")
        seen.add(plain)


def check_shadows(compiled: Compiled) -> Iterator[Problem]:
    """Yield phrases that can match only where another phrase of their rule does already."""
    vocabulary = Vocabulary(compiled)
    for ref in compiled.rules.values():
        read = [(phrase, vocabulary.parse(phrase)) for phrase in ref.rule.phrases]
        shadowed: set[str] = set()
        for phrase, variants in read:
            for other, covering in read:
                if other == phrase or other in shadowed:
                    continue
                if all(any(vocabulary.covers(c, v) for c in covering) for v in variants):
                    shadowed.add(phrase)
                    yield Problem(ref.id, f"{phrase!r} adds nothing to {other!r}")
                    break


def check_senses(compiled: Compiled) -> Iterator[Problem]:
    """Yield other senses that cover no first or last word of any mention they are meant for."""
    vocabulary = Vocabulary(compiled)
    edges: dict[str, set[str]] = defaultdict(set)
    for ref in compiled.rules.values():
        for phrase in ref.rule.phrases:
            edges[ref.entry.contract_id] |= _edges(vocabulary, vocabulary.parse(phrase))
    signs = {f"@{name}" for name in compiled.slot_classes.values()}
    for phrase in (*(p for sign in compiled.policy.signs.values() for p in sign.phrases), *signs):
        edges["signs"] |= _edges(vocabulary, vocabulary.parse(phrase))
    for sense in compiled.policy.senses:
        meant = {*sense.of, "signs"} if sense.of else set(edges)
        mentions = Words(atom for name in meant for atom in edges[name])
        for phrase in sense.phrases:
            variants = vocabulary.parse(phrase)
            if not any(
                _may_cover(vocabulary, v, mentions) or _keeps_a_word(vocabulary, v)
                for v in variants
            ):
                yield Problem(f"sense {sense.id}", f"{phrase!r} can cover no mention")


def _edges(vocabulary: Vocabulary, variants: Iterable[Pattern]) -> set[str]:
    found: set[str] = set()
    for variant in variants:
        solid = [element for element in variant if not element.negated]
        found |= vocabulary.atoms(solid[0]) | vocabulary.atoms(solid[-1])
    return found


def _may_cover(vocabulary: Vocabulary, variant: Pattern, mentions: Words) -> bool:
    return any(
        element.gap >= 0 or mentions.meet(vocabulary.atoms(element))
        for element in variant
        if not element.negated
    )


def _keeps_a_word(vocabulary: Vocabulary, variant: Pattern) -> bool:
    """Tell whether a pattern names a rare word, which is then never read as a misspelling."""
    known = common_words()
    atoms = vocabulary.atoms(variant[0])
    return len(variant) == 1 and any(atom not in known and " " not in atom for atom in atoms)


def check_cost(compiled: Compiled) -> Iterator[Problem]:
    """Yield patterns that would be tried at every other word, or in too many ways at one.

    That the cost is linear in the length of a message holds by construction: every gap is bounded.
    """
    vocabulary = Vocabulary(compiled)
    for where, phrase in all_phrases(compiled.policy):
        for variant in vocabulary.parse(phrase):
            ways = math.prod(element.gap + 1 for element in variant if element.gap > 0)
            if ways > MOST_WAYS:
                yield Problem(
                    where, f"{phrase!r} can be filled in {ways} ways; {MOST_WAYS} at most"
                )
            elif ways > 1 and _all_common(vocabulary, variant):
                yield Problem(where, f"{phrase!r} joins only short common words over a gap")


def _all_common(vocabulary: Vocabulary, variant: Pattern) -> bool:
    known = common_words()
    solid = [vocabulary.atoms(e) for e in variant if e.gap < 0 and not e.negated]
    return all(
        len(atom) <= SHORT_WORD and known.get(atom) == MOST_COMMON
        for atoms in solid
        for atom in atoms
    )


def check_readable(compiled: Compiled) -> Iterator[Problem]:
    """Yield phrases that can never match, as no message is ever read as one of their words.

    'rear-ended' is read as two words, 'hasn't' as 'has not', 'd v t' as 'dvt'.
    """
    for where, phrase in all_phrases(compiled.policy):
        for part in phrase.split():
            words = part.removesuffix("?").split("|")
            if part[0] in "!." or (part.endswith("?") and len(part) > 1):
                continue
            if not any(_is_readable(compiled, word) for word in words):
                yield Problem(where, f"{phrase!r} can never match: nothing is read as {part!r}")
                break


def _is_readable(compiled: Compiled, word: str) -> bool:
    if word[0] in "@#" or word in {"'s", "'d"}:
        return True
    stem = word.removesuffix("*")
    read = [token.text for token in compiled.lexicon.tokens(normalise(stem))[:-1]]
    # What only begins so may go on in many ways; a mark inside it parts it all the same.
    return read == [word] if stem == word else len(read) <= 1 or any(c.isdigit() for c in stem)


def check_unused(policy: Policy) -> Iterator[Problem]:
    """Yield signs and classes that nothing refers to."""
    slots = {
        name
        for entry in policy.contraindications
        for rule in entry.rules
        for slot in (*rule.all, *rule.none)
        for name in slot.split("|")
    }
    for name in policy.signs:
        if name not in slots:
            yield Problem(f"sign {name}", "no combination uses it", "warning")
    members = (member for words in policy.classes.values() for member in words)
    named = {
        word[1:]
        for phrase in (*(phrase for _, phrase in all_phrases(policy)), *members)
        for part in phrase.split()
        for word in part.strip("?!").split("|")
        if word.startswith("@")
    }
    if any("#" in phrase for _, phrase in all_phrases(policy)):
        named.add("number")
    for name in policy.classes:
        if name not in named | slots | READ_BY_ENGINE:
            yield Problem(f"class {name}", "nothing refers to it", "warning")


def phrase_lists(policy: Policy) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the phrases of each rule, sign, cue, other sense and topic, with its name."""
    for entry in policy.contraindications:
        for rule in entry.rules:
            yield f"{entry.id}.{rule.id}", rule.phrases
    for name, sign in policy.signs.items():
        yield f"sign {name}", sign.phrases
    for cue in policy.cues:
        yield f"cue {cue.id}", cue.phrases
    for sense in policy.senses:
        yield f"sense {sense.id}", sense.phrases
    for name, phrases in policy.topics.items():
        yield f"topic {name}", phrases


def all_phrases(policy: Policy) -> Iterator[tuple[str, str]]:
    """Yield every phrase of a policy with the name of the list that it belongs to."""
    for where, phrases in phrase_lists(policy):
        yield from ((where, phrase) for phrase in phrases)

"""Write a case for each entry of the policy that no other case would miss.

``python -m tools.term_cases`` renews ``safety/cases/terms.jsonl`` after the policy has changed. An
entry's case is a plain sentence made of the entry's own words and a template; its label comes from
the template, never from what the guard does. What still has no case is printed: its words are
covered by another entry, or no template fits.
"""

from __future__ import annotations

import itertools
import json
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from assistant.check import judge_case
from assistant.outcomes import by_guard
from benchmarks.mutants import Key, Mutant, mutants
from benchmarks.mutation import all_probes, is_noticed, matches
from benchmarks.muting import PhraseMatcher
from safety.cases import Case
from safety.guard import Guard
from safety.policy import Policy, Rule, load_policy

TARGET = Path(__file__).parents[1] / "safety" / "cases" / "terms.jsonl"
TEMPLATES = tomllib.loads(Path(__file__).with_name("term_templates.toml").read_text("utf-8"))
WORDINGS = 6  # tried of one entry, by its alternatives
TRIED = 12  # sentences tried on a policy that has to be compiled for it
DRAFTS = 150  # made of one entry
USES = 4  # phrases tried that a class stands in
PARTNERS = 3  # tried of each other sign of a combination


class Draft(NamedTuple):
    """A conversation that an entry should decide, and how."""

    turns: tuple[str, ...]
    expect: str
    categories: tuple[str, ...] = ()
    urgency: str | None = None


def main() -> int:
    """Write the cases and print what has none."""
    policy = load_policy()
    TARGET.write_text("", encoding="utf-8")
    phrases = PhraseMatcher(Guard(policy))
    probes = [probe for probe in all_probes(policy) if probe.holds(phrases.guard)]
    noticed = matches(phrases, probes)
    used = using(policy)
    cases: dict[tuple[str, ...], Case] = {}
    without = []
    for mutant in mutants(policy):
        if is_noticed(mutant, [probes[n] for n in noticed.get(mutant.key, ())], phrases):
            continue
        case = case_for(mutant, policy, phrases, used, len(cases) + 1)
        if case is None:
            without.append(mutant.name)
        else:
            cases.setdefault(case.turns, case)
    rows = [
        case.model_dump(mode="json", exclude={"kind", "covered", "gold"}) for case in cases.values()
    ]
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    TARGET.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(f"NO CASE {name}" for name in without))
    print(f"{len(cases)} cases written, {len(without)} entries without")
    return 0


def case_for(
    mutant: Mutant,
    policy: Policy,
    phrases: PhraseMatcher,
    used: Mapping[str, Sequence[Key]],
    number: int,
) -> Case | None:
    """Return a case that passes with the entry and fails without it, None if there is none."""
    passing = (
        case
        for draft in dict.fromkeys(itertools.islice(drafts(mutant.key, policy, used), DRAFTS))
        if _passes(phrases.guard, case := _case(draft, mutant, number))
    )
    if phrases.can_mute(mutant.key):
        for case in passing:
            with phrases.without(mutant.key) as guard:
                if not _passes(guard, case):
                    return case
        return None
    tried = list(itertools.islice(passing, TRIED))
    guard = Guard(mutant.policy()) if tried else phrases.guard
    return next((case for case in tried if not _passes(guard, case)), None)


def _case(draft: Draft, mutant: Mutant, number: int) -> Case:
    return Case(
        id=f"term-{number:04}",
        turns=draft.turns,
        expect=draft.expect,  # type: ignore[arg-type]
        categories=draft.categories,
        urgency=draft.urgency,  # type: ignore[arg-type]
        tags=("term", f"term-{mutant.key[0]}"),
        note=f"rests on {mutant.name}",
    )


def drafts(key: Key, policy: Policy, used: Mapping[str, Sequence[Key]]) -> Iterator[Draft]:
    """Yield conversations in which the entry may decide alone."""
    kind = key[0]
    if kind == "member":
        for other in used[key[1]][:USES]:
            for words in wordings(other[-1], policy, {key[1]: key[2].rstrip("*")}):
                yield from _drafts_of(other, words, policy)
    elif kind in ("combination", "blocker"):
        yield from _of_combination(key, policy)
    else:
        for words in wordings(key[-1], policy):
            yield from _drafts_of(key, words, policy)


def _drafts_of(key: Key, words: str, policy: Policy) -> Iterator[Draft]:
    """Yield the drafts for the words of a rule, sign, cue or other sense."""
    kind = key[0]
    if kind == "term":
        entry_id, _, rule_id = key[1].partition(".")
        entry = next(entry for entry in policy.contraindications if entry.id == entry_id)
        rule = next(rule for rule in entry.rules if rule.id == rule_id)
        for template in TEMPLATES["term"]["templates"]:
            turns = (template.replace("{}", words),)
            yield Draft(turns, "refer", (entry.contract_id,), rule.urgency or entry.urgency)
    elif kind == "sense":
        for template in TEMPLATES["sense"]["templates"]:
            yield Draft((template.replace("{}", words),), "answer")
    elif kind == "sign":
        for _, rule, contract_id, urgency in _combinations_with(key[1], policy):
            for text in _joined(rule, policy, {key[1]: words}):
                yield Draft((text,), "refer", (contract_id,), urgency)
    else:
        yield from _of_cue(key[1], words, policy)


def _of_cue(cue_id: str, words: str, policy: Policy) -> Iterator[Draft]:
    kind = next(cue.kind for cue in policy.cues if cue.id == cue_id)
    for group in TEMPLATES["cue"]:
        if group["kind"] == kind:
            for turns in group["turns"]:
                yield Draft(
                    tuple(turn.replace("{}", words) for turn in turns),
                    group["expect"],
                    tuple(group.get("categories", ())),
                    "routine" if group["expect"] == "refer" else None,
                )


def _of_combination(key: Key, policy: Policy) -> Iterator[Draft]:
    """Yield signs of the combination alone; for a blocker, with the sign that explains them."""
    for rule_id, rule, contract_id, urgency in _combinations_with(None, policy):
        if rule_id != key[1]:
            continue
        if key[0] == "combination":
            for text in _joined(rule, policy, {}):
                yield Draft((text,), "refer", (contract_id,), urgency)
            continue
        for name in key[2].split("|"):
            for blocker in _some_words(name, policy):
                for text in _joined(rule, policy, {}, extra=blocker):
                    yield Draft((text,), "answer")


def _combinations_with(sign: str | None, policy: Policy) -> Iterator[tuple[str, Rule, str, str]]:
    """Yield the combinations that use a sign (all where it is None), with their rule ids."""
    for entry in policy.contraindications:
        for rule in entry.rules:
            names = {name for slot in rule.all for name in slot.split("|")}
            if rule.all and (sign is None or sign in names):
                urgency = rule.urgency or entry.urgency
                yield f"{entry.id}.{rule.id}", rule, entry.contract_id, urgency


def _joined(
    rule: Rule, policy: Policy, given: dict[str, str], extra: str | None = None
) -> Iterator[str]:
    """Yield sentences with one sign a slot; ``given`` fixes the words of one sign."""
    for number in range(PARTNERS):
        parts = []
        for slot in rule.all:
            names = slot.split("|")
            fixed = next((given[name] for name in names if name in given), None)
            some = _some_words(names[number % len(names)], policy)
            parts.append(fixed or some[number % len(some)])
        parts += [extra] if extra else []
        for joint in TEMPLATES["sign"]["joints"]:
            for template in TEMPLATES["sign"]["templates"]:
                yield template.replace("{}", joint.join(dict.fromkeys(parts)))


def _some_words(name: str, policy: Policy) -> list[str]:
    """Return a few wordings of a sign, or members of a class."""
    if name in policy.signs:
        found = [next(iter(wordings(p, policy)), "") for p in policy.signs[name].phrases[:PARTNERS]]
        return [words for words in found if words] or [name]
    return members(policy, name)[:PARTNERS] or [name]


def wordings(phrase: str, policy: Policy, given: dict[str, str] | None = None) -> Iterator[str]:
    """Yield words that a phrase matches, a different alternative of each element at a time."""
    seen = set()
    for number in range(WORDINGS):
        words = " ".join(
            word for part in phrase.split() if (word := _word(part, number, policy, given or {}))
        )
        if words and words not in seen:
            seen.add(words)
            yield words


def _word(part: str, number: int, policy: Policy, given: dict[str, str]) -> str:
    """Return a word for one element; nothing for gaps, negated and optional ones."""
    if part.startswith(("..", "!")) or (part.endswith("?") and len(part) > 1):
        return ""
    choices = part.split("|")
    forced = [choice for choice in choices if choice[1:] in given or _holds(choice, given, policy)]
    choice = forced[0] if forced else choices[number % len(choices)]
    if choice == "#":
        return ("3", "12", "two")[number % 3]
    if choice.startswith("@"):
        if forced:
            return next(iter(given.values()))
        known = members(policy, choice[1:])
        return known[number % len(known)] if known else ""
    return choice.rstrip("*")


def _holds(choice: str, given: dict[str, str], policy: Policy) -> bool:
    """Tell whether a class in a phrase contains the class whose member is given."""
    return (
        choice.startswith("@") and bool(given) and next(iter(given)) in _parts(policy, choice[1:])
    )


def _parts(policy: Policy, name: str) -> set[str]:
    """Return a class and the classes that it contains."""
    found = {name}
    for member in policy.classes.get(name, ()):
        if member.startswith("@") and " " not in member:
            found |= _parts(policy, member[1:])
    return found


def members(policy: Policy, name: str) -> list[str]:
    """Return the plain members of a class, those of the classes it contains included."""
    return [
        member.rstrip("*").split("|")[0]
        for part in sorted(_parts(policy, name))
        for member in policy.classes.get(part, ())
        if not member.startswith("@")
    ]


def using(policy: Policy) -> dict[str, list[Key]]:
    """Return, for each class, the keys of phrases that name it or a class that contains it."""
    found: dict[str, list[Key]] = {name: [] for name in policy.classes}
    for mutant in mutants(policy):
        if mutant.key[0] in ("term", "sign", "cue", "sense"):
            parts = [part.strip("?!") for part in mutant.key[-1].split()]
            named = {word[1:] for part in parts for word in part.split("|") if word[:1] == "@"}
            for name in {inner for outer in named for inner in _parts(policy, outer)}:
                if name in found:
                    found[name].append(mutant.key)
    return found


def _passes(guard: Guard, case: Case) -> bool:
    return judge_case(case, by_guard(guard)(case)).passed


if __name__ == "__main__":
    sys.exit(main())

"""Mutation score of the safety policy: ``python -m benchmarks.mutation``.

Each phrase of a rule, sign, cue and other sense, each combination, each blocker and each member of
a word class is removed in turn. Some case of the suite, or an example in the policy itself, has to
notice; what nobody notices is untested, and is listed. Only the cases in which the removed entry
matched can change, so only those are decided again.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.check import judge_case
from assistant.outcomes import by_guard
from benchmarks.mutants import Key, Mutant, mutants
from benchmarks.muting import PhraseMatcher
from safety.cases import Case, bundled_cases
from safety.guard import Guard
from safety.policy import Policy, load_policy
from safety.reading import Reading


@dataclass(frozen=True)
class Probe:
    """A conversation with what must hold of its decision."""

    turns: tuple[str, ...]
    holds: Callable[[Guard], bool]


def main() -> int:
    """Print the score by kind and the survivors; 1 where the score is under the bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", action="append", help="only entries of this kind")
    parser.add_argument("--every", type=int, default=1, help="only every n-th entry, for a sample")
    parser.add_argument("--least", type=float, default=0.98, help="score that must be reached")
    parser.add_argument("--survivors", type=Path, help="write the survivors to this file")
    options = parser.parse_args()
    policy = load_policy()
    guard = Guard(policy)
    probes = [probe for probe in all_probes(policy) if probe.holds(guard)]
    phrases = PhraseMatcher(Guard(policy))
    noticed = matches(phrases, probes)
    killed: Counter[str] = Counter()
    total: Counter[str] = Counter()
    survivors = []
    for mutant in itertools.islice(mutants(policy), 0, None, options.every):
        kind = mutant.key[0]
        if options.kind and kind not in options.kind:
            continue
        total[kind] += 1
        found = [probes[number] for number in noticed.get(mutant.key, ())]
        if is_noticed(mutant, found, phrases):
            killed[kind] += 1
        else:
            survivors.append(mutant.name)
    lines = [f"SURVIVES {name}" for name in survivors]
    sys.stdout.write("\n".join(lines) + "\n")
    for kind in total:
        print(f"{kind:12}{killed[kind]:6} of {total[kind]:<6}{killed[kind] / total[kind]:.4f}")
    score = sum(killed.values()) / max(1, sum(total.values()))
    print(f"{'all':12}{sum(killed.values()):6} of {sum(total.values()):<6}{score:.4f}")
    if options.survivors:
        options.survivors.write_text("\n".join(survivors) + "\n", encoding="utf-8")
    return 0 if score >= options.least else 1


def is_noticed(mutant: Mutant, probes: Sequence[Probe], phrases: PhraseMatcher) -> bool:
    """Tell whether one of the probes fails under the mutant."""
    if not probes:
        return False
    if phrases.can_mute(mutant.key):
        with phrases.without(mutant.key) as guard:
            return any(not probe.holds(guard) for probe in probes)
    guard = Guard(mutant.policy())
    return any(not probe.holds(guard) for probe in probes)


def all_probes(policy: Policy) -> Iterator[Probe]:
    """Yield the cases of the suite and the examples that the policy's rules carry."""
    for case in bundled_cases():
        yield Probe(case.turns, lambda guard, case=case: _passes(guard, case))  # type: ignore[misc]
    for entry in policy.contraindications:
        for rule in entry.rules:
            for text, must in [
                *((t, True) for t in rule.refers),
                *((t, False) for t in rule.clears),
            ]:
                yield Probe((text,), _example(text, entry.contract_id, must))


def _passes(guard: Guard, case: Case) -> bool:
    return judge_case(case, by_guard(guard)(case)).passed


def _example(text: str, contract_id: str, must: bool) -> Callable[[Guard], bool]:
    return lambda guard: (contract_id in guard.decide([text]).contraindications) is must


def matches(phrases: PhraseMatcher, probes: Sequence[Probe]) -> Mapping[Key, list[int]]:
    """Return, for each entry, the numbers of the probes in which it matches."""
    guard = phrases.guard
    found: dict[Key, list[int]] = defaultdict(list)
    members = _members_by_word(guard.policy)
    blockers = _blockers(guard.policy)
    for number, probe in enumerate(probes):
        phrases.seen.clear()
        phrases.forget()
        decision = guard.decide(probe.turns)
        seen = set(phrases.seen)
        for reading in map(guard.read, probe.turns):
            seen |= _members_in(reading, members)
        # A combination can change where it fired, a blocker wherever what it asks for is there.
        seen |= {("combination", finding.rule) for finding in decision.findings}
        there = {key[1] for key in seen if key[0] in ("sign", "member")}
        seen |= {key for key, slot in blockers.items() if there & set(slot.split("|"))}
        for key in seen:
            found[key].append(number)
    return found


def _members_by_word(policy: Policy) -> dict[str, set[Key]]:
    """Return the class members by their first word, or by how that begins."""
    found: dict[str, set[Key]] = defaultdict(set)
    for name, words in policy.classes.items():
        for word in words:
            if not word.startswith("@"):
                found[word.split()[0].rstrip("*")].add(("member", name, word))
    return found


def _members_in(reading: Reading, members: Mapping[str, set[Key]]) -> set[Key]:
    found: set[Key] = set()
    for token in reading.tokens:
        for end in range(1, len(token.text) + 1):
            for key in members.get(token.text[:end], ()):
                if end == len(token.text) or key[2].split()[0].endswith("*"):
                    found.add(key)
    return found


def _blockers(policy: Policy) -> dict[Key, str]:
    """Return the signs that each blocker of a combination asks for."""
    return {
        ("blocker", f"{entry.id}.{rule.id}", slot): slot
        for entry in policy.contraindications
        for rule in entry.rules
        for slot in rule.none
    }


if __name__ == "__main__":
    sys.exit(main())

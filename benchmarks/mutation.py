"""Mutation score of the safety policy: ``python -m benchmarks.mutation``.

Each phrase of a rule, sign, cue, other sense and topic, each combination, each blocker and each
member of a word class is removed in turn. Some case of the suite, or an example in the policy
itself, has to notice; what nobody notices is untested, and is listed. Only the cases in which the
removed entry matched can change, so only those are decided again.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.check import judge_case
from assistant.outcomes import by_guard
from benchmarks.mutants import Key, Mutant, mutants
from benchmarks.muting import MutableGuard
from safety.cases import Case, bundled_cases, term_cases
from safety.decision import Decision
from safety.guard import Guard
from safety.lexicon import common_words
from safety.policy import Policy, load_policy


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
    start = time.perf_counter()
    policy = load_policy()
    mutable = MutableGuard(policy)
    probes = [probe for probe in all_probes(policy) if probe.holds(mutable.guard)]
    noticed = matches(mutable, probes)
    rare = own_words(policy)
    killed: Counter[str] = Counter()
    total: Counter[str] = Counter()
    survivors = []
    for mutant in itertools.islice(mutants(policy), 0, None, options.every):
        kind = mutant.key[0]
        if options.kind and kind not in options.kind:
            continue
        total[kind] += 1
        found = [probes[number] for number in noticed.get(mutant.key, ())]
        if is_noticed(mutant, found, mutable, rare):
            killed[kind] += 1
        else:
            survivors.append(mutant.name)
    print("\n".join(f"SURVIVES {name}" for name in survivors))
    for kind in total:
        print(f"{kind:12}{killed[kind]:6} of {total[kind]:<6}{killed[kind] / total[kind]:.4f}")
    score = sum(killed.values()) / max(1, sum(total.values()))
    print(f"{'all':12}{sum(killed.values()):6} of {sum(total.values()):<6}{score:.4f}")
    print(f"{len(probes)} cases and examples, {time.perf_counter() - start:.0f} s")
    if options.survivors:
        options.survivors.write_text("\n".join(survivors) + "\n", encoding="utf-8")
    return 0 if score >= options.least else 1


def is_noticed(
    mutant: Mutant,
    probes: Sequence[Probe],
    mutable: MutableGuard,
    rare: Mapping[Key, frozenset[str]],
) -> bool:
    """Tell whether one of the probes fails under the mutant.

    An entry that alone brings a rare word into the vocabulary keeps that word from being read as a
    misspelling. Where that may be all it does, the policy is compiled anew.
    """
    is_slot = mutant.key[0] in ("combination", "blocker")
    with mutable.without(mutant.key) as guard:
        for probe in probes:
            differs = is_slot or any(map(mutable.is_changed, probe.turns))
            if differs and not probe.holds(guard):
                return True
    words = rare.get(mutant.key, frozenset())
    bearing = [p for p in probes if any(w in turn.lower() for turn in p.turns for w in words)]
    if not bearing:
        return False
    fresh = Guard(mutant.policy())
    return any(not probe.holds(fresh) for probe in bearing)


def own_words(policy: Policy) -> dict[Key, frozenset[str]]:
    """Return the rare words that only one entry of the policy holds, by that entry."""
    holders: dict[str, set[Key]] = defaultdict(set)
    known = common_words()
    for mutant in mutants(policy):
        if mutant.key[0] in ("term", "sign", "cue", "sense", "topic", "member"):
            for part in mutant.key[2].split():
                for word in part.strip("?!").split("|"):
                    if word.isalpha() and word not in known:
                        holders[word].add(mutant.key)
    found: dict[Key, set[str]] = defaultdict(set)
    for word, keys in holders.items():
        if len(keys) == 1:
            found[keys.pop()].add(word)
    return {key: frozenset(words) for key, words in found.items()}


def all_probes(policy: Policy) -> Iterator[Probe]:
    """Yield the cases of the suite and the examples that the policy's rules carry."""
    for case in (*term_cases(), *bundled_cases()):
        yield Probe(case.turns, lambda guard, case=case: passes(guard, case))  # type: ignore[misc]
    for entry in policy.contraindications:
        for rule in entry.rules:
            for text, must in [
                *((t, True) for t in rule.refers),
                *((t, False) for t in rule.clears),
            ]:
                yield Probe((text,), _example(text, entry.contract_id, must))


def passes(guard: Guard, case: Case) -> bool:
    """Tell whether a guard decides a case as it should."""
    return judge_case(case, by_guard(guard)(case)).passed


def _example(text: str, contract_id: str, must: bool) -> Callable[[Guard], bool]:
    return lambda guard: (contract_id in guard.decide([text]).contraindications) is must


def matches(mutable: MutableGuard, probes: Sequence[Probe]) -> Mapping[Key, list[int]]:
    """Return, for each entry, the numbers of the probes in which it matches."""
    found: dict[Key, list[int]] = defaultdict(list)
    explains = blockers(mutable.guard.policy)
    for number, probe in enumerate(probes):
        for key in entries_in(mutable, probe.turns, explains):
            found[key].append(number)
    return found


def entries_in(
    mutable: MutableGuard, turns: Sequence[str], explains: Mapping[str, Sequence[Key]]
) -> set[Key]:
    """Return the entries that may make a difference to a conversation."""
    limit = mutable.guard.policy.limits.max_message_chars
    readings = [mutable.found(turn[:limit]) for turn in turns]
    seen: set[Key] = set().union(*(found.keys for found in readings))
    # A combination can change where it fired, a blocker wherever what it asks for is there.
    decision: Decision = mutable.guard.decide(turns)
    seen |= {("combination", finding.rule) for finding in decision.findings}
    there = {name for found in readings for name in found.reading.signs}
    seen |= {key for name in there for key in explains.get(name, ())}
    return seen


def blockers(policy: Policy) -> dict[str, list[Key]]:
    """Return the blockers of findings by the signs that they ask for."""
    found: dict[str, list[Key]] = defaultdict(list)
    for entry in policy.contraindications:
        for rule in entry.rules:
            for slot in rule.none:
                for name in slot.split("|"):
                    found[name].append(("blocker", f"{entry.id}.{rule.id}", slot))
    return found


if __name__ == "__main__":
    sys.exit(main())

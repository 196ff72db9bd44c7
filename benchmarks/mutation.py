"""Mutation score of the safety policy: ``python -m benchmarks.mutation``.

Each phrase of a rule, sign, cue, other sense and topic, each combination, each blocker and each
member of a word class is removed in turn. Some case of the suite or of the training data, or an
example in the policy itself, has to notice; what nobody notices is untested, and is listed. Only
the cases in which the removed entry matched can change, so only those are decided again.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from assistant.check import judge_case
from assistant.outcomes import by_guard
from benchmarks.mutants import Key, Mutant, mutants
from benchmarks.muting import MutableGuard
from safety.cases import Case, bundled_cases, read_cases, term_cases
from safety.decision import Decision
from safety.everyday import common_words
from safety.guard import Guard
from safety.policy import Policy, load_policy

DOC = Path(__file__).parents[1] / "docs" / "mutation.md"
TRAINING = Path(__file__).parents[1] / "safety" / "training"
REASONS = Path(__file__).with_name("survivors.toml")


@dataclass(frozen=True)
class Probe:
    """A conversation with what must hold of its decision."""

    turns: tuple[str, ...]
    holds: Callable[[Guard], bool]


class Score(NamedTuple):
    """How many entries of each kind there are and are noticed, and the names of the others."""

    total: Counter[str]
    killed: Counter[str]
    survivors: Sequence[str]

    @property
    def value(self) -> float:
        """The share that is noticed, of all kinds together."""
        return self.killed.total() / max(1, self.total.total())

    def lines(self) -> Iterator[str]:
        """Yield kind, noticed, total and share, a line each; all of them last."""
        for kind, count in self.total.items():
            yield f"{kind:12}{self.killed[kind]:6} of {count:<6}{self.killed[kind] / count:.4f}"
        yield f"{'all':12}{self.killed.total():6} of {self.total.total():<6}{self.value:.4f}"


def main() -> int:
    """Print the score by kind and the survivors; 1 where the score is under the bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", action="append", help="only entries of this kind")
    parser.add_argument("--every", type=int, default=1, help="only every n-th entry, for a sample")
    parser.add_argument("--least", type=float, default=0.98, help="score that must be reached")
    parser.add_argument("--write", action="store_true", help=f"write {DOC.name}")
    options = parser.parse_args()
    start = time.perf_counter()
    chosen = itertools.islice(mutants(load_policy()), 0, None, options.every)
    score = measure([m for m in chosen if not options.kind or m.key[0] in options.kind])
    print("\n".join(f"SURVIVES {name}" for name in score.survivors))
    print("\n".join(score.lines()))
    print(f"{time.perf_counter() - start:.0f} s")
    if options.write:
        DOC.write_text(document(score), encoding="utf-8")
    return 0 if score.value >= options.least else 1


def measure(chosen: Sequence[Mutant]) -> Score:
    """Remove each of the entries in turn and see whether a case or an example notices."""
    policy = load_policy()
    mutable = MutableGuard(policy)
    probes = [probe for probe in all_probes(policy) if probe.holds(mutable.guard)]
    noticed = matches(mutable, probes)
    rare = own_words(policy)
    score = Score(Counter(), Counter(), [])
    for mutant in chosen:
        score.total[mutant.key[0]] += 1
        found = [probes[number] for number in noticed.get(mutant.key, ())]
        if is_noticed(mutant, found, mutable, rare):
            score.killed[mutant.key[0]] += 1
        else:
            score.survivors.append(mutant.name)  # type: ignore[attr-defined]
    return score


def document(score: Score) -> str:
    """Return the score and the survivors with the reason of each, as Markdown."""
    why = tomllib.loads(REASONS.read_text(encoding="utf-8"))
    lines = [
        "# Mutation score of the safety policy",
        "",
        "Written by `python -m benchmarks.mutation --write`. Each entry of the policy is removed",
        "in turn; some case of the suite or of the training data, or an example in the policy,",
        "must notice. A term is a phrase of a rule, a member a word of a word class, a blocker",
        "what keeps signs from adding up.",
        "",
        "```text",
        *score.lines(),
        "```",
        "",
        "## Survivors",
        "",
        "Nothing notices that these are gone. The reasons stand in `benchmarks/survivors.toml`.",
    ]
    by_reason: dict[str, list[str]] = defaultdict(list)
    for name in score.survivors:
        by_reason[why["entries"].get(name, "open")].append(name)
    for reason, names in sorted(by_reason.items()):
        lines += ["", f"**{why['reasons'].get(reason, 'Not looked at yet.')}**", ""]
        lines += [f"- `{name}`" for name in names]
    return "\n".join(lines) + "\n"


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
    """Yield the cases of suite and training data, and the examples in the policy."""
    training = (case for path in sorted(TRAINING.glob("*.jsonl")) for case in read_cases([path]))
    seen: set[tuple[str, ...]] = set()
    for case in (*term_cases(), *bundled_cases(), *training):
        if case.turns in seen:
            continue
        seen.add(case.turns)
        yield Probe(case.turns, lambda guard, case=case: passes(guard, case))  # type: ignore[misc]
    for entry in policy.contraindications:
        for rule in entry.rules:
            for text, must in [
                *((t, True) for t in rule.refers),
                *((t, False) for t in rule.clears),
            ]:
                yield Probe((text,), _example(text, entry.contract_id, must))


def passes(guard: Guard, case: Case) -> bool:
    """Tell whether a guard decides a case as it should.

    A referral where a notice would do is tolerated of the product, but not of a proof: it hides
    whether what makes a question one to learn from is still there.
    """
    outcome = by_guard(guard)(case)
    if case.expect == "inform" and outcome.action != "inform":
        return False
    return judge_case(case, outcome).passed


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

"""Write a case for each entry of the policy that no other case would miss.

``python -m tools.term_cases`` renews ``safety/cases/terms.jsonl`` after the policy has changed. An
entry's case is a short sentence made of the entry's own words and a template; cases that carry the
tag ``by-hand`` are kept as they are. A phrase that names something also gets a twin, in which it is
plainly denied. What still has no case is printed with the reason.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.mutants import Key, Mutant, mutants
from benchmarks.mutation import (
    Probe,
    blockers,
    entries_in,
    is_noticed,
    passes,
)
from benchmarks.muting import MutableGuard
from safety.cases import TERMS, Case, read_cases
from safety.policy import Policy, load_policy
from tools.term_drafts import Draft, Drafts, wordings

TARGET = Path(__file__).parents[1] / "safety" / "cases" / TERMS
DRAFTS = 2000  # tried of one entry
BY_HAND = "by-hand"
MUCH = 500  # drafts that are the same with and without an entry: it adds nothing


class Writer:
    """Finds cases for the entries of a policy, each of which may serve further entries."""

    def __init__(self, policy: Policy, kept: Sequence[Case] = ()) -> None:
        self.mutable = MutableGuard(policy)
        self.cases = {
            case.turns: case
            for case in kept
            if BY_HAND in case.tags or passes(self.mutable.guard, case)
        }
        self._notes = {case.note for case in self.cases.values()}
        self._drafts = Drafts(policy)
        self._explains = blockers(policy)
        self._fits: dict[str, Counter[str]] = defaultdict(Counter)
        self._probes: list[Probe] = []
        self._noticed: dict[Key, list[int]] = defaultdict(list)
        for case in self.cases.values():
            self._note(case)

    def is_noticed(self, mutant: Mutant) -> bool:
        """Tell whether a case that is there already fails without the entry."""
        found = [self._probes[n] for n in self._noticed.get(mutant.key, ())]
        return is_noticed(mutant, found, self.mutable, {})

    def find(self, mutant: Mutant) -> str:
        """Find a case that passes with the entry and fails without; return why there is none."""
        tried: Counter[str] = Counter()
        fits = self._fits[mutant.key[0]]
        unique = dict.fromkeys(self._drafts_of(mutant.key))
        drafts: Iterator[Draft] = itertools.islice(unique, DRAFTS)
        # Sentences for rules come in the order of what fits the sort of phrase.
        if mutant.key[0] != "term":
            drafts = iter(sorted(drafts, key=lambda draft: -fits[draft.template]))
        for draft in drafts:
            outcome = self._try(draft, mutant)
            tried[outcome] += 1
            if outcome == "decides":
                fits[draft.template] += 1
                self.add(self._case(draft, mutant.key))
                return ""
            if tried["covered"] >= MUCH:
                break
        return ", ".join(f"{kind} {count}" for kind, count in tried.most_common()) or "no words"

    def _drafts_of(self, key: Key) -> Iterator[Draft]:
        yield from self._drafts.of(key)
        if key[0] == "sense":
            for words in itertools.islice(wordings(key[2], self.mutable.guard.policy), 4):
                found = self.mutable.found(words)
                yield from self._drafts.in_phrases(words)
                yield from self._drafts.in_combinations(words, sorted(found.reading.signs))

    def find_denied(self, key: Key) -> bool:
        """Find a case in which the words of a phrase are plainly denied."""
        if _note(key, denies=True) in self._notes:
            return True
        for draft in self._drafts.denied(key):
            if key not in self.mutable.found(draft.turns[0]).keys:
                continue
            decision = self.mutable.guard.decide(draft.turns)
            denied = any(
                f.rule == key[1] and (f.cleared_by or "").startswith("denial")
                for f in decision.findings
            )
            if denied and decision.action == "answer":
                self.add(self._case(draft, key, "denied"))
                return True
        return False

    def _try(self, draft: Draft, mutant: Mutant) -> str:
        """Tell how a draft fares: ``decides`` where it rests on the entry."""
        mutable, key = self.mutable, mutant.key
        slot = key[0] in ("combination", "blocker")
        found = [mutable.found(turn) for turn in draft.turns]
        if not slot and not any(key in f.keys for f in found):
            return "not matched"
        case = self._case(draft, key)
        if not passes(mutable.guard, case):
            return "not decided so"
        with mutable.without(key) as guard:
            if (slot or any(map(mutable.is_changed, draft.turns))) and not passes(guard, case):
                return "decides"
        return "covered"

    def add(self, case: Case) -> None:
        """Keep a case, which serves every entry that it may notice."""
        if case.turns not in self.cases:
            self.cases[case.turns] = case
            self._notes.add(case.note)
            self._note(case)

    def _note(self, case: Case) -> None:
        number = len(self._probes)
        self._probes.append(Probe(case.turns, lambda guard: passes(guard, case)))
        for key in entries_in(self.mutable, case.turns, self._explains):
            self._noticed[key].append(number)

    def _case(self, draft: Draft, key: Key, tag: str = "") -> Case:
        return Case(
            id=f"term-{len(self.cases) + 1:04}",
            turns=draft.turns,
            expect=draft.expect,  # type: ignore[arg-type]
            categories=draft.categories,
            urgency=draft.urgency if draft.expect == "refer" else None,  # type: ignore[arg-type]
            tags=("term", f"term-{key[0]}", *([tag] if tag else [])),
            note=_note(key, denies=bool(tag)),
        )


def _note(key: Key, *, denies: bool) -> str:
    return f"{'denies' if denies else 'rests on'} {' / '.join(key)}"


def main() -> int:
    """Write the cases and print what has none."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--anew", action="store_true", help="keep only what was written by hand")
    parser.add_argument("--file", type=Path, default=TARGET, help="file of the cases")
    parser.add_argument("--only", help="only entries whose name begins so, to try templates")
    parser.add_argument("--every", type=int, default=1, help="only every n-th entry, for a sample")
    parser.add_argument("--without", type=Path, help="write entries without a case to this file")
    options = parser.parse_args()
    start = time.process_time()
    policy = load_policy()
    before = read_cases([options.file])
    kept = [case for case in before if not options.anew or BY_HAND in case.tags]
    writer = Writer(policy, kept)
    without, undenied = [], 0
    for mutant in itertools.islice(mutants(policy), 0, None, options.every):
        if options.only and not mutant.name.startswith(options.only):
            continue
        if not writer.is_noticed(mutant) and (why := writer.find(mutant)):
            without.append(f"{mutant.name}\t{why}")
        if mutant.key[0] == "term":
            undenied += not writer.find_denied(mutant.key)
    write(list(writer.cases.values()), options.file)
    print("\n".join(f"NO CASE {line}" for line in without))
    if options.without:
        options.without.write_text("\n".join(without) + "\n", encoding="utf-8")
    print(
        f"{len(writer.cases)} cases, {len(without)} entries without, {undenied} not denied,"
        f" {time.process_time() - start:.0f} s of processor time"
    )
    return 0


def write(cases: Sequence[Case], file: Path) -> None:
    """Write the cases, numbered in order."""
    lines = []
    for number, case in enumerate(cases, start=1):
        row = case.model_dump(mode="json", exclude={"kind", "covered", "gold"})
        lines.append(json.dumps({**row, "id": f"term-{number:04}"}, ensure_ascii=False))
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())

"""What another version of the policy changes: the note that a clinician reads and signs.

Every case is decided by the rules of both versions; those that differ in outcome, first
contraindication, urgency or notices are listed with what the case asks for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from safety.cases import Case, bundled_cases
from safety.decision import URGENCY_RANK, Decision
from safety.guard import Guard
from safety.policy import Policy

Verdict = Literal["mended", "broken", "other"]


class Change(NamedTuple):
    """A case that the two versions decide differently."""

    case: Case
    before: Decision
    after: Decision

    @property
    def verdict(self) -> Verdict:
        """Whether what the case asks for is now met, is met no more, or neither."""
        was, is_now = is_met(self.case, self.before), is_met(self.case, self.after)
        if was == is_now:
            return "other"
        return "mended" if is_now else "broken"

    def __str__(self) -> str:
        wanted = "/".join((self.case.expect, *self.case.categories))
        outcomes = f"{outcome(self.before)} -> {outcome(self.after)}"
        return f"{self.verdict:<7} {self.case.id} ({wanted}): {outcomes}"


def diff(old: Policy, new: Policy, cases: Sequence[Case] | None = None) -> list[Change]:
    """Return the cases whose outcome changes, in the order of the cases.

    Args:
        old: The policy in force.
        new: The policy that is to replace it.
        cases: What both decide; the bundled suite by default.
    """
    before, after = Guard(old), Guard(new)
    suite = bundled_cases() if cases is None else cases
    decided = (Change(case, before.decide(case.turns), after.decide(case.turns)) for case in suite)
    return [change for change in decided if outcome(change.before) != outcome(change.after)]


def note(old: Policy, new: Policy, cases: Sequence[Case] | None = None) -> Iterator[str]:
    """Yield the lines of the note: both versions, counts, every change, and where to sign."""
    suite = bundled_cases() if cases is None else cases
    changes = diff(old, new, suite)
    count = Counter(change.verdict for change in changes)
    yield f"policy in force:  {old.label}"
    yield f"policy proposed:  {new.label}"
    yield from _rules(old, new)
    yield f"cases decided:    {len(suite)}, of which {len(changes)} change"
    yield f"  now as the case asks for: {count['mended']}"
    yield f"  no longer as asked for:   {count['broken']}"
    yield f"  changed otherwise:        {count['other']}"
    order = ("broken", "other", "mended")
    for change in sorted(changes, key=lambda c: order.index(c.verdict)):
        yield str(change)
        yield from (f"          {turn}" for turn in change.case.turns)
    yield "read and agreed (name, profession, date): ____________________"


def _rules(old: Policy, new: Policy) -> Iterator[str]:
    before, after = _rule_ids(old), _rule_ids(new)
    for name, ids in (("rules added", after - before), ("rules removed", before - after)):
        if ids:
            yield f"{name + ':':<17} {', '.join(sorted(ids))}"


def _rule_ids(policy: Policy) -> set[str]:
    return {f"{entry.id}.{rule.id}" for entry in policy.contraindications for rule in entry.rules}


def outcome(decision: Decision) -> str:
    """Return what a user notices of a decision, in a few words.

    >>> outcome(Decision(action="inform", notices=("cancer",), policy_version="1"))
    'inform about cancer'
    """
    if decision.action == "refer":
        return f"refer {decision.urgency} to {', '.join(decision.contraindications)}"
    if decision.action == "inform":
        return f"inform about {', '.join(decision.notices)}"
    if decision.action == "abstain":
        return f"abstain ({decision.reason})"
    return "answer"


def is_met(case: Case, decision: Decision) -> bool:
    """Tell whether a decision is what a case asks for, as far as the guard decides it."""
    named = decision.contraindications[:1] if decision.action == "refer" else decision.notices
    if case.expect in ("answer", "abstain"):
        return decision.action != "refer"
    if case.expect == "inform":
        return bool(set(named) & set(case.categories))
    least = URGENCY_RANK[case.urgency or "routine"]
    urgent = decision.urgency is not None and URGENCY_RANK[decision.urgency] >= least
    return decision.action == "refer" and urgent and bool(set(named) & set(case.categories))

"""The policy's own check: what ``leg-massage policy validate`` reports beyond what loading refuses.

Loading (``safety.policy``) settles what would make a policy unusable. Here stands what a clinician
or a reviewer would ask next: are all contraindications of the contract covered, are the messages
plain and grounded, does each rule show what it refers, what it lets pass and that it can be denied,
and is no phrase there twice, in vain or untested.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from safety.cases import Case, bundled_cases, term_cases
from safety.decision import URGENCY_RANK
from safety.grounding import documents
from safety.guard import Guard
from safety.lint.examples import check_denials, check_examples, check_exercise
from safety.lint.messages import check_groundings, check_messages
from safety.lint.phrases import (
    check_cost,
    check_readable,
    check_repeats,
    check_senses,
    check_shadows,
    check_unused,
)
from safety.lint.problem import Problem
from safety.policy import Policy, load_policy

__all__ = ["Problem", "validate"]


def validate(
    policy: Policy,
    corpus_text: Mapping[str, str] | None = None,
    cases: Sequence[Case] | None = None,
) -> list[Problem]:
    """Return everything that is wrong with a policy, errors first, in a stable order.

    Args:
        policy: The policy; that it could be loaded is taken for granted.
        corpus_text: Text of each document by its name; the bundled ones by default.
        cases: What the phrases are to be exercised by, beside the examples; the bundled suite.
    """
    guard = Guard(policy)
    suite = [*term_cases(), *bundled_cases()] if cases is None else cases
    found = [
        *check_contract(policy),
        *check_messages(policy),
        *check_groundings(policy, documents() if corpus_text is None else corpus_text),
        *check_repeats(policy),
        *check_shadows(guard.compiled),
        *check_senses(guard.compiled),
        *check_cost(guard.compiled),
        *check_readable(guard.compiled),
        *check_examples(guard),
        *check_denials(guard, suite),
        *check_unused(policy),
        *check_exercise(guard, suite),
    ]
    return sorted(found, key=lambda problem: problem.severity)


def check_contract(policy: Policy) -> list[Problem]:
    """Compare with the contract as the bundled policy states it: ids and least urgencies."""
    found = []
    for contract_id, least in load_policy().floor.items():
        entries = [e for e in policy.contraindications if e.contract_id == contract_id]
        if not entries:
            found.append(Problem(contract_id, "is in the safety contract, but no entry covers it"))
        for entry in entries:
            for rule in entry.rules:
                if URGENCY_RANK[rule.urgency or entry.urgency] < URGENCY_RANK[least]:
                    found.append(Problem(f"{entry.id}.{rule.id}", f"is less urgent than {least}"))
    return found

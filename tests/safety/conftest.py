"""The guard as it is served and the referrals it makes, computed once a process."""

from __future__ import annotations

import pytest

from assistant.check import judge_case
from assistant.outcomes import Outcome, by_guard
from safety.cases import Case, bundled_cases
from safety.guard import Guard
from safety.policy import Policy, load_policy


@pytest.fixture(scope="session")
def policy() -> Policy:
    return load_policy()


@pytest.fixture(scope="session")
def rules(policy: Policy) -> Guard:
    """The rules alone."""
    return Guard(policy)


@pytest.fixture(scope="session")
def referred(rules: Guard) -> list[tuple[Case, Outcome]]:
    """Every case that must be referred and is, by the rules, with what they decided."""
    judge = by_guard(rules)
    judged = [(case, judge(case)) for case in bundled_cases() if case.expect == "refer"]
    return [(case, outcome) for case, outcome in judged if judge_case(case, outcome).passed]

"""Every case of the regression suite, each as its own test by id.

``leg-massage check`` runs the same cases and prints them with traces. Cases that need the corpus
(what it covers, what it does not hold) are run by the end-to-end tests. The sentences that each
rest on one entry of the policy are decided by the rules alone, all of a kind in one test.
"""

from __future__ import annotations

import pytest

from assistant.assistant import Assistant, Decides
from assistant.baseline import load_baseline
from assistant.check import FAULTS, judge_case
from assistant.outcomes import by_guard
from safety.cases import Case, bundled_cases, term_cases
from safety.guard import Guard

KNOWN = {entry.id: entry for entry in load_baseline().known if entry.kind != "coverage"}


def as_parameter(case: Case) -> object:
    known = KNOWN.get(case.id)
    marks = [pytest.mark.xfail(strict=True, reason=f"{known.kind}: {known.why}")] if known else []
    return pytest.param(case, id=case.id, marks=marks)


@pytest.fixture(scope="session")
def guard() -> Decides:
    """The guard as it is served: rules and second net."""
    return Assistant().guard


@pytest.mark.parametrize("case", [as_parameter(case) for case in bundled_cases()])
def test_case(case: Case, guard: Decides) -> None:
    result = judge_case(case, by_guard(guard)(case))
    assert result.passed, "; ".join(FAULTS[fault] for fault in result.faults)


@pytest.mark.parametrize(
    "kind", ["term", "sign", "cue", "sense", "topic", "combination", "blocker"]
)
def test_every_entry_of_the_policy_decides_its_sentence(kind: str, rules: Guard) -> None:
    judge = by_guard(rules)
    cases = [case for case in term_cases() if f"term-{kind}" in case.tags]
    assert cases
    assert [case.id for case in cases if not judge_case(case, judge(case)).passed] == []


def test_no_sentence_of_an_entry_is_a_case_already() -> None:
    told = {case.turns for case in bundled_cases()}
    assert [case.id for case in term_cases() if case.turns in told] == []


def test_the_baseline_names_existing_cases_once() -> None:
    named = [entry.id for entry in load_baseline().known]
    assert len(named) == len(set(named))
    assert sorted(set(named) - {case.id for case in bundled_cases()}) == []


def test_a_known_miss_is_not_listed_as_harmless() -> None:
    expected = {case.id: case.expect for case in bundled_cases()}
    mislabelled = [
        entry.id
        for entry in load_baseline().known
        if (entry.kind == "missed") != (expected[entry.id] in ("refer", "inform"))
    ]
    assert mislabelled == []

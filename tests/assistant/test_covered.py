"""What the corpus covers is answered from the passages that hold the answer, each case by id."""

from __future__ import annotations

import pytest

from assistant.assistant import Assistant
from assistant.check import FAULTS, judge_case
from assistant.outcomes import by_assistant
from safety.cases import Case, bundled_cases

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    # Beside the folders of the workers, so that one of them builds the index for all.
    shared = tmp_path_factory.getbasetemp().parent / "index-of-covered-cases"
    return Assistant(index=shared)


@pytest.mark.parametrize(
    "case", [case for case in bundled_cases() if case.covered], ids=lambda case: case.id
)
def test_covered(case: Case, assistant: Assistant) -> None:
    result = judge_case(case, by_assistant(assistant)(case))
    assert result.passed, "; ".join(FAULTS[fault] for fault in result.faults)

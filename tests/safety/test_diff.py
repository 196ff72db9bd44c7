"""The note on a new version of the policy: which cases change, and to better or worse."""

from __future__ import annotations

import pytest

from safety.cases import Case
from safety.decision import Decision
from safety.diff import diff, is_met, note
from tests.safety.small import CLOT, WOUND, small_policy

CASES = (
    Case(id="gash", turns=("a gash",), expect="refer", categories=("open_wound",),
         urgency="routine"),
    Case(id="cut", turns=("a cut",), expect="answer"),
    Case(id="knead", turns=("how to knead",), expect="answer"),
)  # fmt: skip
FLOOR = {"deep_vein_thrombosis": "urgent", "open_wound": "routine"}
OLD = small_policy(
    floor=FLOOR,
    topics={"deep_vein_thrombosis": ("clot",), "open_wound": ("wound",)},
    contraindications=(
        {**CLOT, "id": "deep_vein_thrombosis", "contract_id": "deep_vein_thrombosis"},
        {**WOUND, "id": "open_wound", "contract_id": "open_wound"},
    ),
)
RULE = {"id": "gash", "phrases": ("gash",)}
NEW = small_policy(
    version="next",
    floor=FLOOR,
    topics=OLD.topics,
    contraindications=(
        OLD.contraindications[0],
        {**WOUND, "id": "open_wound", "contract_id": "open_wound", "rules": (RULE,)},
    ),
)


def test_only_cases_whose_outcome_changes_are_listed() -> None:
    changes = diff(OLD, NEW, CASES)
    assert [str(change) for change in changes] == [
        "mended  gash (refer/open_wound): answer -> refer routine to open_wound",
        "mended  cut (answer): refer routine to open_wound -> answer",
    ]
    assert [change.verdict for change in diff(NEW, OLD, CASES)] == ["broken", "broken"]


def test_same_policy_changes_nothing() -> None:
    assert diff(OLD, OLD, CASES) == []


def test_note_carries_versions_counts_rules_and_a_place_to_sign() -> None:
    lines = list(note(OLD, NEW, CASES))
    assert lines[0].endswith("small+000000000000")
    assert lines[1].endswith("next+000000000000")
    assert "rules added:      open_wound.gash" in lines
    assert "rules removed:    open_wound.cut" in lines
    assert "cases decided:    3, of which 2 change" in lines
    assert "          a gash" in lines
    assert lines[-1].startswith("read and agreed")


@pytest.mark.parametrize(
    ("expect", "action", "met"),
    [
        ("refer", "refer", True),
        ("refer", "inform", False),
        ("inform", "refer", True),
        ("inform", "inform", True),
        ("inform", "answer", False),
    ],
)
def test_what_a_case_asks_for_is_judged_by_the_contract(
    expect: str, action: str, met: bool
) -> None:
    case = Case.model_validate(
        {
            "id": "x",
            "turns": ["x"],
            "expect": expect,
            "categories": ["cancer"],
            "urgency": "routine",
        }
    )
    decision = Decision.model_validate(
        {
            "action": action,
            "contraindications": ("cancer",) if action == "refer" else (),
            "notices": ("cancer",) if action == "inform" else (),
            "urgency": "urgent" if action == "refer" else None,
            "policy_version": "1",
        }
    )
    assert is_met(case, decision) is met

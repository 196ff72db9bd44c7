"""A finding gives way to another in play that says it already; nobody is lost by it."""

from __future__ import annotations

from typing import Any

import pytest

from corpus.errors import PolicyError
from safety.guard import Guard
from tests.safety.small import CLOT, WOUND, small_policy


def yielding(*others: str, clot: tuple[str, ...] = ()) -> Guard:
    """Return a guard in whose policy a cut yields, and a named clot where that is asked for."""
    rules: Any = CLOT["rules"]
    named = {**rules[0], "yields_to": clot}
    cut = {**WOUND["rules"][0], "yields_to": others}  # type: ignore[index]
    entries = ({**CLOT, "rules": (named, *rules[1:])}, {**WOUND, "rules": (cut,)})
    return Guard(small_policy(contraindications=entries))


@pytest.mark.parametrize("other", ["clot", "clot.named"])
def test_a_finding_gives_way_to_a_contraindication_or_to_a_rule(other: str) -> None:
    decision = yielding(other).decide(["my clot and a cut"])
    assert decision.contraindications == ("clot",)
    assert [f.cleared_by for f in decision.findings if f.status == "cleared"] == [
        "yields_to.clot.named"
    ]


@pytest.mark.parametrize(
    "messages",
    [
        ["my clot. It is sunny. We had tea. a cut"],
        ["my clot", "a cut"],
        ["a cut", "my clot"],
    ],
)
def test_what_stands_further_away_explains_nothing(messages: list[str]) -> None:
    assert yielding("clot").decide(messages).contraindications == ("clot", "wound")


def test_alone_it_stands() -> None:
    guard = yielding("clot")
    assert guard.decide(["a cut on my shin"]).contraindications == ("wound",)
    assert guard.decide(["no clot, a cut on my shin"]).contraindications == ("wound",)


def test_what_gave_way_itself_holds_no_other_back() -> None:
    guard = yielding("clot.named", clot=("clot.signs",))
    decision = guard.decide(["my left leg is swollen. a clot, and a cut"])
    assert decision.contraindications == ("clot", "wound")


def test_a_rule_that_does_not_exist_is_a_fault_of_the_policy() -> None:
    with pytest.raises(PolicyError, match=r"yields to 'fever', which does not exist"):
        yielding("fever")


def test_two_rules_do_not_give_way_to_each_other() -> None:
    with pytest.raises(PolicyError, match="yields to itself"):
        yielding("clot.named", clot=("wound.cut",))

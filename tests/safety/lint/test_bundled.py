"""The bundled policy passes its own check; its groundings are recorded; collisions are listed."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpus.errors import PolicyError
from safety.grounding import documents, groundings, record, sha256
from safety.guard import Guard
from safety.lint import check_contract, validate
from safety.lint.collisions import Collision, collisions, table
from safety.policy import Policy
from tests.safety.small import small_policy


def test_bundled_policy_has_no_errors(policy: Policy) -> None:
    assert [str(p) for p in validate(policy) if p.severity == "error"] == []


def test_policy_that_leaves_out_a_contraindication_of_the_contract_is_found(
    policy: Policy,
) -> None:
    missing = {problem.where for problem in check_contract(small_policy())}
    assert missing == set(policy.floor)


def test_rule_under_the_floor_is_found(policy: Policy) -> None:
    entries = tuple(
        entry.model_copy(update={"urgency": "routine", "contract_id": entry.contract_id})
        if entry.id == "emergency"
        else entry
        for entry in policy.contraindications
    )
    weaker = policy.model_copy(update={"contraindications": entries})
    problems = [str(problem) for problem in check_contract(weaker)]
    assert problems
    assert all("is less urgent than emergency" in problem for problem in problems)


def test_every_passage_is_recorded_as_it_stands(policy: Policy) -> None:
    texts = documents()
    now = {g.name: sha256(g.passage(texts) or "") for g in groundings(policy.messages)}
    assert policy.grounding == now


def test_recording_writes_what_loading_reads(policy: Policy, tmp_path: Path) -> None:
    file = record(policy, tmp_path)
    assert file.name == "grounding.toml"
    assert '"pregnancy.grounding" = "' in file.read_text(encoding="utf-8")


def test_quote_that_is_gone_cannot_be_recorded(tmp_path: Path) -> None:
    entry = {"grounding": {"document": "leg-massage.md", "quote": "No such words."}}
    policy = small_policy(messages={"contraindication": {"wound": entry}})
    with pytest.raises(PolicyError, match=r"the quote is not in leg-massage\.md"):
        record(policy, tmp_path)


def test_collisions_show_the_everyday_word_one_letter_away(rules: Guard) -> None:
    found = collisions(rules.compiled)
    assert any(hit.word == "ulcer" for hit in found) or len(found) > 100
    assert all(hit.word[:-1] != hit.everyday[: len(hit.word) - 1] for hit in found)
    assert found == sorted(found)


def test_collisions_are_printed_as_a_table() -> None:
    lines = table([Collision("fever", "never", 10)]).splitlines()
    assert lines[1].split() == ["fever", "never", "10"]
    assert lines[-1].startswith("1 collisions")

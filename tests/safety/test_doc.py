"""docs/safety.md shows what the rules decide today."""

from __future__ import annotations

import pytest

from safety.explain import BLOCKERS, FORMS
from safety.guard import Guard
from tools import safety_doc


def test_traces_in_the_document_are_current() -> None:
    text = safety_doc.DOC.read_text(encoding="utf-8")
    assert safety_doc.with_traces(text) == text, "run `python -m tools.safety_doc`"


def test_ten_kinds_of_decision_are_shown(rules: Guard) -> None:
    actions = {rules.decide(messages).action for _, messages in safety_doc.EXAMPLES}
    assert len(safety_doc.EXAMPLES) == 10
    assert actions == {"refer", "inform", "answer", "abstain"}


def test_document_without_its_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="put both markers back"):
        safety_doc.with_traces("# Nothing")


def test_every_closed_form_and_blocker_has_plain_words(rules: Guard) -> None:
    ids: set[str] = set()
    for _, messages in safety_doc.EXAMPLES:
        for finding in rules.decide(messages).findings:
            ids |= {name.partition(".")[0] for name in finding.blocked}
            ids |= {(finding.cleared_by or "denial").partition(".")[0]}
    assert ids <= FORMS.keys() | BLOCKERS.keys()

"""The policy's own check: it finds each kind of fault, and nothing where there is none."""

from __future__ import annotations

from typing import Any

import pytest

from corpus.errors import PolicyError
from safety.cases import Case
from safety.guard import Guard
from safety.lint.examples import check_denials, check_examples, check_exercise
from safety.lint.messages import check_groundings, check_messages
from safety.lint.phrases import check_cost, check_repeats, check_senses, check_shadows, check_unused
from safety.policy import Policy
from tests.safety.small import CLOT, WOUND, small_policy

DOCUMENTS = {"care.md": "# Care\n\nWounds need rest. They heal.\n\n- **Clots:** Clots travel.\n"}
HASH = "3b3ea3a4ea4e6ad6fe9c9e1c2b3e3c1e"
MESSAGE = "Please wait with the massage. " * 14
FIELDS = {
    "name": "A thing",
    "message": MESSAGE,
    "notice": "A thing is there. Ask first.",
    "grounding": {"document": "care.md", "section": ["Care"], "quote": "They heal."},
}


def with_wound(*phrases: str, **fields: Any) -> Policy:
    """Return the small policy with another rule for wounds."""
    rule = {"id": "cut", "phrases": phrases, **fields}
    return small_policy(contraindications=(CLOT, {**WOUND, "rules": (rule,)}))


def with_messages(**changes: Any) -> Policy:
    """Return the small policy with messages, of which those for wounds are changed."""
    table = {"clot": FIELDS, "wound": {**FIELDS, **changes}}
    return small_policy(messages={"contraindication": table})


def said(problems: Any) -> list[str]:
    return [str(problem) for problem in problems]


def test_phrase_given_twice_is_found() -> None:
    assert said(check_repeats(with_wound("cut", "graze", "cut"))) == [
        "error: wound.cut: holds 'cut' twice"
    ]


def test_phrase_of_two_contraindications_is_found() -> None:
    shared = said(check_repeats(with_wound("clot|clots|thrombosis")))
    assert shared == ["error: clot.named and wound.cut: share the phrase 'clot|clots|thrombosis'"]


@pytest.mark.parametrize(
    ("phrase", "other"),
    [
        ("deep cut", "deep|open cut|gash"),
        ("cut on @leg", "cut ..2 @leg"),
        ("cut ..1 calf", "cut ..2 @leg"),
        ("swelling here", "swell*"),
        ("cut here !off", "cut !short"),
        ("cut leg|calf", "cut @leg"),
    ],
)
def test_phrase_that_another_covers_is_found(phrase: str, other: str) -> None:
    problems = said(check_shadows(Guard(with_wound(phrase, other)).compiled))
    assert problems == [f"error: wound.cut: {phrase!r} adds nothing to {other!r}"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("deep cut", "deep gash"),
        ("cut ..3 shin", "cut ..2 @leg"),
        ("cut leg", "cut !leg"),
        ("my cut", "cut"),
        ("cut on", "cut shin"),
        ("cut lower leg", "cut ..3 shin"),
    ],
)
def test_phrase_that_says_more_is_left_alone(one: str, other: str) -> None:
    assert said(check_shadows(Guard(with_wound(one, other)).compiled)) == []


def test_sense_that_can_cover_no_mention_is_found() -> None:
    senses = ({"id": "idle", "phrases": ("short story", "story ..2 short cut", "cutlerist")},)
    problems = said(check_senses(Guard(small_policy(senses=senses)).compiled))
    assert problems == ["error: sense idle: 'short story' can cover no mention"]


def test_costly_pattern_is_found() -> None:
    policy = with_wound("cut ..12 deep ..12 leg ..12 sore", "a ..2 the", "a ..2 gash")
    problems = said(check_cost(Guard(policy).compiled))
    assert [problem.split("'")[1] for problem in problems] == [
        "cut ..12 deep ..12 leg ..12 sore",
        "a ..2 the",
    ]


def test_unused_sign_is_a_warning() -> None:
    signs = {"idle": {"phrases": ("idle",)}, **small_policy().model_dump()["signs"]}
    new = set(said(check_unused(small_policy(signs=signs)))) - set(
        said(check_unused(small_policy()))
    )
    assert new == {"warning: sign idle: no combination uses it"}


def test_examples_have_to_be_there_and_to_hold() -> None:
    policy = with_wound("gash", refers=("a gash", "a cut"), clears=("no gash", "a deep gash"))
    problems = said(check_examples(Guard(policy)))
    assert "error: wound.cut: does not refer 'a cut'" in problems
    assert "error: wound.cut: 'a deep gash' is referred, but must not be" in problems
    assert "error: clot.named: has no example that it refers" in problems
    assert "error: clot.named: has no example in which it must not count" in problems
    assert not any("'a gash'" in problem or "'no gash'" in problem for problem in problems)


def test_phrases_that_nothing_matches_are_counted_and_named() -> None:
    policy = with_wound("gash", "graze", refers=("a gash",))
    case = Case(id="one", turns=("thrombosis",), expect="answer")
    problems = said(check_exercise(Guard(policy), [case]))
    untested = "are matched by no case and no example"
    assert f"warning: rule phrases: 1 of 3 {untested}: wound.cut: 'graze'" in problems
    assert any(p.startswith(f"warning: cue phrases: 7 of 8 {untested}: ") for p in problems)


def test_rule_that_is_never_denied_is_found() -> None:
    policy = with_wound("gash", clears=("gash of colour",))
    denied = Case(id="one", turns=("I have no clot.",), expect="answer", tags=("denied",))
    assert said(check_denials(Guard(policy), [denied])) == [
        "error: wound.cut: has no case in which it is plainly denied"
    ]


def test_class_that_nothing_refers_to_is_a_warning() -> None:
    policy = small_policy()
    idle = policy.model_copy(update={"classes": {**policy.classes, "idle": ("idle",)}})
    new = set(said(check_unused(idle))) - set(said(check_unused(policy)))
    assert new == {"warning: class idle: nothing refers to it"}


@pytest.mark.parametrize("phrase", ["cut |gash", "cut| gash", "cut||gash"])
def test_space_inside_an_alternative_is_refused(phrase: str) -> None:
    with pytest.raises(PolicyError, match="an alternative is empty"):
        Guard(with_wound(phrase))


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"message": "Please wait."}, "has 2 words, where 60 to 110 are asked for"),
        ({"message": MESSAGE * 2}, "sentences, where 4 to 7 are asked for"),
        ({"message": "Considerable physiological contraindications. " * 15}, "reads at grade"),
        ({"message": "word " * 70 + "."}, "has a sentence of 70 words; 20 at most"),
        ({"notice": "Wait."}, "has 1 sentences, where 2 to 3 are asked for"),
        ({"message_strange": MESSAGE}, "wound.message_strange: no rule uses this message"),
    ],
)
def test_faulty_message_is_found(changes: dict[str, str], complaint: str) -> None:
    assert any(complaint in problem for problem in said(check_messages(with_messages(**changes))))


def test_missing_message_is_found() -> None:
    problems = said(check_messages(small_policy()))
    for field in ("name", "message", "notice", "grounding"):
        assert f"error: wound: has no {field} in messages.toml" in problems


def test_message_that_a_rule_asks_for_has_to_exist() -> None:
    policy = with_wound("cut", message="deep")
    assert "error: wound.cut: there is no message_deep" in said(check_messages(policy))


def test_grounding_is_compared_with_its_document() -> None:
    policy = with_messages(grounding={"document": "care.md", "quote": "They never heal."})
    problems = said(check_groundings(policy, DOCUMENTS))
    assert problems[0].startswith("error: clot.grounding: no hash is recorded")
    assert problems[1] == "error: wound.grounding: its quote does not stand in care.md"


def test_passage_that_changed_is_found() -> None:
    policy = with_messages().model_copy(update={"grounding": {"wound.grounding": HASH}})
    problems = said(check_groundings(policy, DOCUMENTS))
    assert any("wound.grounding: its passage has changed" in problem for problem in problems)

"""How a mention reads: in play, or cleared by one of a closed set of forms.

The polarity is the reverse of what engines for doctors' notes use: a mention counts unless a
closed form clears it, and a cue that is merely near clears nothing. Every form has blockers, which
keep the mention in play: a hedge, an 'if', a wish, 'not yet', a question put in the negative, 'not
only', a double negation, reassurance by a lay person.

Axes and vocabulary (mention, cue, scope) follow ConText: Harkema et al. 2009,
https://doi.org/10.1016/j.jbi.2009.05.002; the default does not.
"""

from __future__ import annotations

from typing import NamedTuple

from safety.answers import answered_no, denied_after
from safety.compile import RuleRef
from safety.denial import denied_before
from safety.over import is_over, ruled_out
from safety.reading import Reading, Span
from safety.tokens import CLOSE

ANIMAL_REACH = 4
"""Most words between an animal and what it has."""
KEEPERS = frozenset(
    {"walker", "walkers", "sitter", "minder", "owner", "owners", "groomer", "breeder", "trainer"}
    | {"handler", "rider", "lover", "vet", "behaviourist", "keeper", "rescuer", "dealer"}
)
"""Who stands behind an animal's name and is a person: 'my dog walker has shingles'."""


class Assertion(NamedTuple):
    """The reading of one mention: what cleared it, if anything did, and what stopped a clearing."""

    cleared_by: str | None
    blocked: tuple[str, ...] = ()

    @property
    def is_present(self) -> bool:
        """Tell whether the mention counts."""
        return self.cleared_by is None


def assess(
    reading: Reading, span: Span, *, is_name: bool, over: tuple[str, ...], of: str | None = None
) -> Assertion:
    """Read one mention with the closed forms, in a fixed order; the first that holds clears it.

    Args:
        reading: The message.
        span: Where the mention stands.
        is_name: Whether it names a condition (a finished medical finding clears names only).
        over: Which forms of 'over' apply: 'time', 'healed', both or none.
        of: The contraindication that it would be a finding of; None for a bare sign.
    """
    blocked: list[str] = []
    for form in (denied_before, denied_after, _animal):
        cleared = form(reading, span, blocked)
        if cleared:
            return Assertion(cleared)
    cleared = answered_no(reading, span, blocked, over)
    if cleared:
        return Assertion(cleared)
    sense = _other_sense(reading, span, of)
    if sense:
        return Assertion(sense)
    if is_name:
        cleared = ruled_out(reading, span, blocked, of)
        if cleared:
            return Assertion(cleared)
    if over:
        cleared = is_over(reading, span, over, blocked)
        if cleared:
            return Assertion(cleared)
    return Assertion(None, tuple(blocked))


def over_forms(ref: RuleRef) -> tuple[str, ...]:
    """Return the forms of 'over' that clear a rule's mentions."""
    return ref.entry.over if ref.rule.over is None else ref.rule.over


def assess_mention(reading: Reading, span: Span, ref: RuleRef) -> Assertion:
    """Read one mention as the rule that found it has it."""
    return assess(
        reading,
        span,
        is_name=ref.rule.kind == "name",
        over=over_forms(ref),
        of=ref.entry.contract_id,
    )


def _other_sense(reading: Reading, span: Span, of: str | None) -> str | None:
    """Another sense covers the first or the last word of the mention."""
    for sense in reading.senses_around(span.start, span.end):
        only = reading.sense_of(sense.id)
        if only and of not in only:
            continue
        if sense.start <= span.start < sense.end or sense.start < span.end <= sense.end:
            return f"other_sense.{sense.id}"
    return None


def _animal(reading: Reading, span: Span, blocked: list[str]) -> str | None:
    """'My cat is pregnant', 'our cow has milk fever': an animal is the subject, and nobody else.

    A person in what follows may be the one who has it: 'my cat has left a cut on my shin'.
    """
    tokens = reading.tokens
    for cue in reading.cues_from("animal", span.start - 12, span.start):
        between = range(cue.end, span.start)
        if any(token.text in KEEPERS for token in tokens[cue.start + 1 : cue.end]):
            continue
        other = [at for at in between if at not in reading.filler]
        if len(between) > ANIMAL_REACH or any(tokens[at].gap > CLOSE for at in between):
            continue
        # One word of the name itself ('milk fever'), but nothing that is done ('licking wounds').
        if other and (other != [span.start - 1] or tokens[other[0]].text.endswith("ing")):
            continue
        end = span.end
        # 'the cat, not me' says who has it not.
        while end < len(tokens) - 1 and tokens[end].gap == CLOSE and tokens[end].text != "not":
            end += 1
        if not any(reading.is_own_or_named(token) for token in tokens[cue.end : end]):
            return f"animal.{cue.id}"
    return None

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

from safety.lexicon import CLAUSE, CLOSE, COMMA, SENTENCE, ends_line
from safety.reading import Reading, Span

REACH = 16
"""Most words between a denial and the last item of the list that it denies."""
TAIL = 9
"""Most words behind a denied mention in which a hedge still hedges it."""
NEAR_WORDS = 7
"""Most words between a mention and the words that put it in the past."""
TURN_WORDS = frozenset(
    {
        "but",
        "except",
        "though",
        "although",
        "however",
        "yet",
        "still",
        "now",
        "so",
        "because",
        "with",
    }
)
JOINS = frozenset({"or", "nor", "and", "either", "neither"})
MODALS = frozenset({"can", "could", "would", "should", "might", "may", "must", "will", "need"})
INVERTED = frozenset(
    {"is", "are", "was", "were", "could", "might", "does", "do", "did", "have", "has", "would"}
)


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
    for form in (_denied_before, _denied_after, _answered_no, _animal):
        cleared = form(reading, span, blocked)
        if cleared:
            return Assertion(cleared)
    sense = _other_sense(reading, span, of)
    if sense:
        return Assertion(sense)
    if is_name:
        cleared = _ruled_out(reading, span, blocked)
        if cleared:
            return Assertion(cleared)
    if over:
        cleared = _is_over(reading, span, over, blocked)
        if cleared:
            return Assertion(cleared)
    return Assertion(None, tuple(blocked))


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
    """'My cat is pregnant': an animal is the subject, directly before the mention."""
    for cue in reading.cues_from("animal", span.start - 12, span.start):
        between = range(cue.end, span.start)
        if 0 <= span.start - cue.end <= 4 and all(
            reading.tokens[at].gap == CLOSE and at in reading.filler for at in between
        ):
            return f"animal.{cue.id}"
    return None


def _denied_before(reading: Reading, span: Span, blocked: list[str]) -> str | None:
    """'no X', 'not X', 'without A, B or X': a denial whose scope reaches the mention."""
    cue = _denial_before(reading, span.start)
    if cue is None:
        return None
    stop = _open_list(reading, cue, span) or _blocker(reading, cue, span)
    if stop:
        blocked.append(stop)
        return None
    return f"denial.{cue.id}"


def _denial_before(reading: Reading, start: int) -> Span | None:
    """Walk left from a mention over fillers and list items to the denial they hang on, if any."""
    tokens = reading.tokens
    joined, wrapped = True, False
    at = start
    while at > 0 and start - at < REACH:
        if at in reading.deny_ends and tokens[at].gap <= COMMA:
            return reading.deny_ends[at]
        if tokens[at].gap >= CLAUSE:
            return None
        if tokens[at].gap == COMMA:
            joined = True
        wrapped = wrapped or ends_line(tokens[at].separator)
        at -= 1
        word = tokens[at].text
        if word in JOINS:
            if word == "and" and _starts_clause(reading, at + 1):
                return None
            joined = True
        elif at in reading.filler:
            continue
        elif reading.is_listable(at):
            # An item on a line of its own is no part of the list before it.
            if wrapped or (not joined and not _is_listable_next(reading, at, start)):
                return None
            joined = False
        else:
            return None
    return None


COVERS_COMMAS = "no_to_all"
CLOSES_LIST = JOINS | {"nothing", "none", "anything", "etc", "whatsoever"}
YES = frozenset({"yes", "yeah", "yep", "aye"})


def _open_list(reading: Reading, cue: Span, span: Span) -> str | None:
    """'no fever, baby due': behind a comma, only a list that is closed by 'or' denies."""
    tokens = reading.tokens
    _, end = reading.sentence_bounds(span.start)
    after = tokens[span.end : min(end, span.end + 6)]
    if any(token.text in YES for token in tokens[span.start : min(end, span.end + 1)]):
        return "yes"
    crossed = any(tokens[at].gap == COMMA for at in range(cue.end + 1, span.start + 1))
    if not crossed or cue.id == COVERS_COMMAS:
        return None
    listed = [*tokens[cue.end : span.start], *after]
    return None if any(token.text in CLOSES_LIST for token in listed) else "open_list"


def _is_listable_next(reading: Reading, at: int, start: int) -> bool:
    """The next word belongs to the same item ('blood' before 'clots')."""
    return at + 1 < start and reading.is_listable(at + 1)


def _starts_clause(reading: Reading, at: int) -> bool:
    """'... and have', '... and am': a new statement, not one more item of the list."""
    return reading.tokens[at].text in {
        "have",
        "has",
        "had",
        "am",
        "is",
        "are",
        "was",
        "were",
        "got",
    }


def _blocker(reading: Reading, cue: Span, span: Span) -> str | None:
    """Return the id of what keeps a denial from clearing, if anything does."""
    for blocker in (_hedged, _from_laypeople, _doubled, _asked, _hedged_after):
        found = blocker(reading, cue, span)
        if found:
            return found
    return None


def _hedged(reading: Reading, cue: Span, span: Span) -> str | None:
    """'I don't think it's X', 'if it's not X', 'almost certain it's a knock, not X'."""
    start = reading.clause_start(cue.start)
    if start == cue.start and start and reading.tokens[cue.start].text == "not":
        # 'a knock, not a break' has no verb of its own: what hedges the knock hedges the break.
        start = reading.clause_start(start - 1)
    for kind in ("hedge", "condition"):
        found = reading.cue_between(kind, start, cue.start)
        if found:
            return f"{kind}.{found.id}"
    return None


def _from_laypeople(reading: Reading, cue: Span, span: Span) -> str | None:
    """'My trainer says it's not X': no finding."""
    found = reading.cue_between("lay_source", reading.sentence_bounds(cue.start)[0], cue.start)
    return f"lay_source.{found.id}" if found else None


def _doubled(reading: Reading, cue: Span, span: Span) -> str | None:
    """'not only X', 'not without X', 'never not X', 'can't be X'."""
    for double in reading.cues_from("double", cue.start - 8, cue.end):
        if double.start <= cue.start <= double.end or double.start < cue.end < double.end:
            return f"double.{double.id}"
    tokens = reading.tokens
    if not cue.start or tokens[cue.start].gap > CLOSE:
        return None
    earlier = reading.cues_from("deny", cue.start - 8, cue.start)
    if any(_runs_into(reading, denial, cue) for denial in earlier):
        return "double.denial"
    is_modal = tokens[cue.start - 1].text in MODALS and tokens[cue.start].text == "not"
    return "modal" if is_modal else None


def _asked(reading: Reading, cue: Span, span: Span) -> str | None:
    return "negative_question" if _is_negative_question(reading, cue, span) else None


def _hedged_after(reading: Reading, cue: Span, span: Span) -> str | None:
    """'no X, I think', 'no X yet', 'no X except the one in 2017'."""
    _, end = reading.sentence_bounds(span.start)
    tail = min(end, span.end + TAIL)
    for kind in ("not_yet", "hedge_after"):
        found = reading.cue_between(kind, span.end, tail) or reading.cue_between(
            kind, cue.start, span.start
        )
        if found and not _turns(reading, span.end, found.start):
            return f"{kind}.{found.id}"
    return None


def _runs_into(reading: Reading, earlier: Span, cue: Span) -> bool:
    """'not without', 'never not': a denial of the denial, with nothing denied in between."""
    between = range(earlier.end, cue.start)
    if reading.tokens[earlier.start].text == "no" and earlier.end == cue.start:
        return False  # 'no not me': the first answers, the second denies
    return earlier.end <= cue.start <= earlier.end + 2 and all(
        at in reading.filler and not reading.is_listable(at) for at in between
    )


def _turns(reading: Reading, start: int, end: int) -> bool:
    return any(
        token.text in {"but", "so", "how", "what", "which"} for token in reading.tokens[start:end]
    )


def _is_negative_question(reading: Reading, cue: Span, span: Span) -> bool:
    """'Isn't that a clot?', 'No fracture, then?': asks, and so denies nothing."""
    tokens = reading.tokens
    if not reading.asks(span.start):
        return False
    start, end = reading.sentence_bounds(span.start)
    clause = reading.clause_start(cue.start)
    opens = tokens[clause].text in INVERTED and cue.start <= clause + 1
    tail = {token.text for token in tokens[span.end : end]}
    fragment = cue.start == start and end - span.end <= 2 and tail.isdisjoint(OTHER_QUESTION)
    return opens or fragment


OTHER_QUESTION = frozenset({"how", "what", "which", "where"})
"""Words that open a question of their own: 'no wounds, how long?' asks nothing about wounds."""
NO_WORDS = frozenset(
    {"no", "none", "nope", "never", "nah", "negative", "not", "neither", "nil", "zero", "nobody"}
)
AFTER_NOT = frozenset(
    {"me", "at", "here", "us", "a", "one", "in", "on", "any", "anywhere", "since"}
)


def _denied_after(reading: Reading, span: Span, blocked: list[str]) -> str | None:
    """'Wounds: none', 'varicose veins I have not', 'clots? never'."""
    tokens = reading.tokens
    end = span.end
    while tokens[end].gap == CLOSE and reading.is_listable(end) and end < span.end + 2:
        end += 1
    for cue in reading.cues_from("after_denial", end, end + 3):
        closed = tokens[cue.end].gap >= COMMA if cue.end < len(tokens) else True
        near = end <= cue.start <= end + 2 and tokens[cue.start].gap <= COMMA
        if near and closed and all(at in reading.filler for at in range(end, cue.start)):
            stop = _blocker(reading, cue, Span(cue.start, cue.end, span.id))
            if stop:
                blocked.append(stop)
                continue
            return f"denial_after.{cue.id}"
    if end < len(tokens) - 1 and tokens[end].text in NO_WORDS and tokens[end].gap == COMMA:
        separator = tokens[end].separator
        stops = tokens[end + 1].gap >= COMMA
        if (":" in separator or "-" in separator or "\u2013" in separator) and stops:
            return "denial_after.colon"
        start, _ = reading.sentence_bounds(span.start)
        if tokens[end + 1].gap == SENTENCE and span.end - start <= 4 and tokens[end].text == "no":
            return "denial_after.comma"
    return None


def _answered_no(reading: Reading, span: Span, blocked: list[str]) -> str | None:
    """'Am I on chemo, or anything like it? No, never.': asked about oneself, answered no."""
    tokens = reading.tokens
    if not reading.asks(span.start):
        return None
    start, end = reading.sentence_bounds(span.start)
    if end >= len(tokens) - 1 or tokens[end].text not in NO_WORDS:
        return None
    if tokens[end].text == "not" and tokens[end + 1].text not in AFTER_NOT:
        return None
    if tokens[end + 1].gap == CLOSE and tokens[end + 1].text not in NO_WORDS | AFTER_NOT | {"i"}:
        return None
    opener = tokens[start].text
    fragment = end - start <= 5
    asks_self = opener in {
        "am",
        "is",
        "are",
        "do",
        "does",
        "did",
        "have",
        "has",
        "was",
        "any",
        "ever",
    }
    permission = reading.cue_between("request", start, end) is not None
    if (fragment or asks_self) and not permission:
        return "denial.answered_no"
    return None


def _ruled_out(reading: Reading, span: Span, blocked: list[str]) -> str | None:
    """'The scan ruled out a clot', 'X-ray clear': a finished finding clears the name."""
    tokens = reading.tokens
    number = tokens[span.start].sentence
    for kind, cues in (("before", "ruled_out_before"), ("after", "ruled_out_after")):
        for cue in reading.cues_from(cues, span.start - 16, span.end + 15):
            distance = span.start - cue.end if kind == "before" else cue.start - span.end
            where = tokens[cue.start].sentence - number
            if kind == "before":
                near = 0 <= distance <= 4 and where == 0
            else:
                around = cue.start <= span.start and span.end <= cue.end  # 'a test for X, negative'
                near = around or (-3 <= distance <= 14 and 0 <= where <= 1)
            if not near:
                continue
            stop = _finding_blocker(reading, cue)
            if stop:
                blocked.append(stop)
                continue
            return f"{cues}.{cue.id}"
    return None


UNFINISHED = frozenset({"not", "never", "until", "till", "if", "yet"})


def _finding_blocker(reading: Reading, cue: Span) -> str | None:
    tokens = reading.tokens
    start = max(reading.clause_start(cue.start), cue.start - 6)
    for at in range(start, cue.end):
        outside = at < cue.start
        stops = UNFINISHED | {"no", "to", "before"} if outside else UNFINISHED
        if tokens[at].text in stops:
            return f"unfinished.{tokens[at].text}"
    for kind in ("hedge", "condition", "lay_source"):
        found = reading.cue_between(kind, start, cue.end)
        if found:
            return f"{kind}.{found.id}"
    if reading.cue_between("not_yet", cue.start, min(cue.end + 3, len(tokens))):
        return "not_yet"
    return "question" if reading.asks(cue.start) and cue.end + 2 >= len(tokens) else None


def _is_over(reading: Reading, span: Span, over: tuple[str, ...], blocked: list[str]) -> str | None:
    """'Ten years ago', 'in 2015', 'healed': the mention is put in the past, and nothing is left."""
    tokens = reading.tokens
    number = tokens[span.start].sentence
    for form in over:
        for cue in reading.cues_from(f"over_{form}", span.start - 20, span.end + 14):
            gap = max(cue.start - span.end, span.start - cue.end)
            apart = tokens[cue.start].sentence - number
            if apart not in ((0, 1) if form == "healed" else (0,)) and not (
                apart == 1 and cue.start - span.end <= 3
            ):
                continue
            if gap > (NEAR_WORDS if apart == 0 else NEAR_WORDS + 5):
                continue
            low, high = sorted((min(cue.end, span.end), max(cue.start, span.start)))
            turns = TURN_WORDS | {"and"} if form == "time" else TURN_WORDS
            if apart == 0 and any(t.text in turns for t in tokens[low:high]):
                continue
            if any(ends_line(t.separator) for t in tokens[low : high + 1]):
                continue
            stop = _over_blocker(reading, cue, span)
            if stop:
                blocked.append(stop)
                continue
            return f"over_{form}.{cue.id}"
    return None


def _over_blocker(reading: Reading, cue: Span, span: Span) -> str | None:
    tokens = reading.tokens
    start, _ = reading.sentence_bounds(min(span.start, cue.start))
    _, end = reading.sentence_bounds(max(span.start, cue.start))
    if cue.start and tokens[cue.start - 1].text in {"since", "after"}:
        return "since"
    spoken = cue.end - cue.start > 1  # 'years ago', not a year in figures
    if spoken and any(t.text == "since" for t in tokens[max(start, cue.start - 4) : cue.start]):
        return "since"  # 'numb since the operation years ago'
    if any(t.text in {"diagnosed", "started", "began"} for t in tokens[cue.start - 2 : cue.start]):
        return "began"
    _, after = reading.sentence_bounds(min(end, len(tokens) - 1))
    still = reading.cue_between("still", start, after)
    if still:
        return f"still.{still.id}"
    clause = max(reading.clause_start(cue.start), cue.start - 4)
    if any(t.text in {"not", "never", "no", "nor", "neither"} for t in tokens[clause : cue.start]):
        return "not_over"
    for kind in ("hedge", "condition", "lay_source"):
        found = reading.cue_between(kind, clause, cue.end)
        if found:
            return f"{kind}.{found.id}"
    found = reading.cue_between("hedge_after", cue.end, min(end, cue.end + 6))
    return f"hedge_after.{found.id}" if found else None


__all__ = ["SENTENCE", "Assertion", "assess"]

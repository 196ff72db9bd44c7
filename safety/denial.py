"""Plain denial before a mention, and what keeps it from clearing.

'no X', 'not X', 'without A, B or X': the scope of a denial is walked from the mention back over
fillers and list items. Each blocker is a form of language that makes a denial less than plain.
"""

from __future__ import annotations

from safety.reading import Reading, Span, breaks_off
from safety.tokens import CLAUSE, CLOSE, COMMA, ends_line

REACH = 16
"""Most words between a denial and the last item of the list that it denies."""
TAIL = 9
"""Most words behind a denied mention in which a hedge still hedges it."""
JOINS = frozenset({"or", "nor", "and", "either", "neither"})
MODALS = frozenset({"can", "could", "would", "should", "might", "may", "must", "will", "need"})
HAVING = frozenset({"got", "have", "had", "has"})
ASKED_OF = frozenset(
    {"it", "that", "this", "these", "those", "there", "he", "she", "they", "i", "we", "you", "my"}
    | {"his", "her", "our", "their"}
)
"""'Isn't that ...' asks with or without its mark; 'isn't swollen' only lacks its subject."""
SAID = frozenset(
    {"say", "says", "said", "think", "thinks", "thought", "reckon", "reckons", "swears", "insists"}
    | {"promises", "promised", "assures", "believes", "google"}
)
OWNERS = frozenset({"my", "his", "her", "our", "their", "your"})
INVERTED = frozenset(
    {"is", "are", "was", "were", "could", "might", "does", "do", "did", "have", "has", "would"}
)


def denied_before(reading: Reading, span: Span, blocked: list[str]) -> str | None:
    """'no X', 'not X', 'without A, B or X': a denial whose scope reaches the mention."""
    cue = _denial_before(reading, span.start) if reading.deny_ends else None
    if cue is None:
        return None
    stop = _open_list(reading, cue, span) or blocker_of(reading, cue, span)
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


VERBS = frozenset({"have", "has", "had", "am", "is", "are", "was", "were", "got", "'s"})
SUBJECTS = frozenset({"i", "it", "he", "she", "we", "they", "this", "that"})
QUESTION_WORDS = frozenset({"how", "what", "which", "where", "when", "can", "could", "should"})
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
    """'... and have', '... and it's': a new statement, not one more item of the list."""
    if reading.tokens[at].text in SUBJECTS:
        at += 1
    return reading.tokens[at].text in VERBS


def blocker_of(reading: Reading, cue: Span, span: Span) -> str | None:
    """Return the id of what keeps a denial from clearing, if anything does."""
    for blocker in (
        _hedged,
        _from_laypeople,
        _doubled,
        _asked,
        _broken_off,
        _taken_as_had,
        _hedged_after,
        _said_by_laypeople_after,
        _has_another,
    ):
        found = blocker(reading, cue, span)
        if found:
            return found
    return None


def _hedged(reading: Reading, cue: Span, span: Span) -> str | None:
    """'I don't think it's X', 'if it's not X', 'almost certain it's a knock, not X'."""
    start = reading.clause_start(cue.start)
    first = reading.tokens[cue.start]
    # What a bracket closes is no part of what goes on behind it.
    if start == cue.start and start and first.text == "not" and ")" not in first.separator:
        # 'a knock, not a break' has no verb of its own: what hedges the knock hedges the break.
        start = reading.clause_start(start - 1)
    for kind in ("hedge", "condition"):
        found = reading.cue_between(kind, start, cue.start)
        if found:
            return f"{kind}.{found.id}"
    return None


def _from_laypeople(reading: Reading, cue: Span, span: Span) -> str | None:
    """'My trainer says it's not X': no finding. 'She said no to X' is an answer of her own."""
    if cue.id == COVERS_COMMAS and reading.tokens[cue.end - 1].text == "to":
        return None
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


def _broken_off(reading: Reading, cue: Span, span: Span) -> str | None:
    """'No blister now: it's burst': only the first words of the mention are denied.

    Where a question follows ('no infection: how long?'), nothing more is told.
    """
    inside = range(span.start + 1, span.end)
    breaks = [at for at in inside if breaks_off(reading.tokens[at])]
    told = [at for at in breaks if reading.tokens[at].text not in QUESTION_WORDS]
    return "broken_off" if told else None


def _taken_as_had(reading: Reading, cue: Span, span: Span) -> str | None:
    """'Never had my varicose veins done': what is called one's own is there."""
    before = reading.tokens[cue.end : span.start]
    return "taken_as_had" if before and before[-1].text in OWNERS else None


def _said_by_laypeople_after(reading: Reading, cue: Span, span: Span) -> str | None:
    """'No clot, my trainer says', 'not broken according to the internet'."""
    tokens = reading.tokens
    _, end = reading.sentence_bounds(span.start)
    for found in reading.cues_from("lay_source", span.end, min(end, span.end + 3)):
        before = {token.text for token in tokens[span.end : found.start]}
        closes = found.end >= end or tokens[found.end].gap >= COMMA
        is_said = closes and tokens[found.end - 1].text in SAID
        if (is_said or tokens[found.start].text == "according") and "whatever" not in before:
            return f"lay_source.{found.id}"
    return None


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


VERBS_ALONE = frozenset({"is", "are", "am", "does", "do", "has", "have"})
LIKENS = frozenset({"like", "unlike", "as", "than", "that", "which", "what", "whatever", "nor"})
ASKS_ON = JOINS | {"can", "could", "should", "may", "so", "how", "which", "what", "where", "though"}
ASKS_ON |= {"tho", "too", "now", "is", "would", "will", "unfortunately"}
REPLY = 9
"""Most words between a denied mention and the verb by which somebody else has it."""


def _has_another(reading: Reading, cue: Span, span: Span) -> str | None:
    """'I'm not pregnant but my wife is', 'no clot here, mum has though': denied of one only."""
    tokens = reading.tokens
    last = min(len(tokens) - 1, span.end + REPLY)
    for at in range(span.end + 1, last):
        if tokens[at].text not in VERBS_ALONE or not reading.is_anybody(tokens[at - 1]):
            continue
        before = {token.text for token in tokens[max(span.end, at - 4) : at]}
        closes = tokens[at + 1].gap >= COMMA or tokens[at + 1].text in ASKS_ON
        if closes and before.isdisjoint(LIKENS) and tokens[at].gap == CLOSE:
            return "has_another"
    return None


def _runs_into(reading: Reading, earlier: Span, cue: Span) -> bool:
    """'not without', 'never not': a denial of the denial, with nothing denied in between."""
    between = range(earlier.end, cue.start)
    tokens = reading.tokens
    if tokens[earlier.start].text == "no" and earlier.end == cue.start:
        return False  # 'no not me': the first answers, the second denies
    if tokens[cue.start].text == "no" and tokens[cue.start - 1].text in HAVING:
        return False  # 'ain't got no clot', 'never had no clot': in many dialects one denial
    return earlier.end <= cue.start <= earlier.end + 2 and all(
        at in reading.filler and not reading.is_listable(at) for at in between
    )


def _turns(reading: Reading, start: int, end: int) -> bool:
    return any(
        token.text in {"but", "so", "how", "what", "which"} for token in reading.tokens[start:end]
    )


def _is_negative_question(reading: Reading, cue: Span, span: Span) -> bool:
    """'Isn't that a clot', 'No fracture, then?': asks, and so denies nothing."""
    tokens = reading.tokens
    start, end = reading.sentence_bounds(span.start)
    clause = reading.clause_start(cue.start)
    opens = tokens[clause].text in INVERTED and cue.start <= clause + 1
    after = tokens[cue.end].text if cue.end < end else ""
    if opens and (after in ASKED_OF or after[:1].isdigit()):
        return True
    if not reading.asks(span.start):
        return False
    tail = {token.text for token in tokens[span.end : end]}
    fragment = cue.start == start and end - span.end <= 2 and tail.isdisjoint(OTHER_QUESTION)
    return opens or fragment


OTHER_QUESTION = frozenset({"how", "what", "which", "where"})
"""Words that open a question of their own: 'no wounds, how long?' asks nothing about wounds."""

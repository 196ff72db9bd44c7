"""What puts a mention in the past: a finished medical finding, a time long gone, healing."""

from __future__ import annotations

from safety.ages import ages_then
from safety.reading import Reading, Span
from safety.tokens import Token, ends_line

NEAR_WORDS = 7
"""Most words between a mention and the words that put it in the past."""
LINKS = frozenset({"but", "though", "although", "and"})
SAME = frozenset({"it", "that", "this", "they", "those"})
SINCE = 8
"""Most words between 'since' and the time that tells when it began."""
PRESENT = frozenset({"is", "are", "'s", "am", "has", "have", "feels", "feel"})
PAST = frozenset({"had", "was", "were", "been", "went", "felt"})
EXCEPTION = "exception"
"""The cue that takes somebody or something out of a denial."""
DONE = frozenset({"recent_surgery"})
"""What was done to somebody; a clear scan is no finding against it."""
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


def ruled_out(
    reading: Reading, span: Span, blocked: list[str], of: str | None = None
) -> str | None:
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
            if not near or (kind == "after" and of in DONE):
                continue
            stop = _finding_blocker(reading, cue, span)
            if stop:
                blocked.append(stop)
                continue
            return f"{cues}.{cue.id}"
    return None


def _turns(reading: Reading, low: int, high: int, turns: frozenset[str]) -> bool:
    """Tell whether another statement begins in between; '..., but that was ...' begins none."""
    tokens = reading.tokens
    return any(
        tokens[at].text in turns
        and not (tokens[at].text in LINKS and tokens[at + 1].text in SAME and at + 1 < high)
        for at in range(low, high)
    )


LEFT_OUT = frozenset({"except", "apart", "aside", "besides", "bar", "barring"})
"""'Closed up apart from one corner': what is left out is not over."""
UNFINISHED = frozenset({"not", "never", "until", "till", "if", "yet"})
AWAITED = frozenset({"no", "to", "before", "waiting", "wait", "awaiting", "need", "needs", "want"})


def _finding_blocker(reading: Reading, cue: Span, span: Span) -> str | None:
    tokens = reading.tokens
    start = max(reading.clause_start(cue.start), cue.start - 6)
    for at in range(start, cue.end):
        outside = at < cue.start
        stops = UNFINISHED | AWAITED if outside else UNFINISHED
        if tokens[at].text in stops:
            return f"unfinished.{tokens[at].text}"
    for kind in ("hedge", "condition", "lay_source"):
        found = reading.cue_between(kind, start, cue.end)
        if found:
            return f"{kind}.{found.id}"
    _, end = reading.sentence_bounds(span.start)
    found = reading.cue_between("hedge_after", max(cue.end, span.end), end)
    if found:  # 'found no clot, because it was never done'
        return f"hedge_after.{found.id}"
    if reading.cue_between("not_yet", cue.start, min(cue.end + 3, len(tokens))):
        return "not_yet"
    return "question" if reading.asks(cue.start) and cue.end + 2 >= len(tokens) else None


def is_over(reading: Reading, span: Span, over: tuple[str, ...], blocked: list[str]) -> str | None:
    """'Ten years ago', 'in 2015', 'healed': the mention is put in the past, and nothing is left."""
    tokens = reading.tokens
    number = tokens[span.start].sentence
    for form in over:
        low, high = span.start - 20, span.end + 14
        told = ages_then(reading, low, high) if form == "time" else []
        for cue in [*reading.cues_from(f"over_{form}", low, high), *told]:
            gap = max(cue.start - span.end, span.start - cue.end)
            apart = tokens[cue.start].sentence - number
            if apart not in ((0, 1) if form == "healed" else (0,)) and not (
                apart == 1 and cue.start - span.end <= 3
            ):
                continue
            if gap > (NEAR_WORDS if apart == 0 else NEAR_WORDS + 5):
                continue
            low, high = sorted((min(cue.end, span.end), max(cue.start, span.start)))
            if span.start < cue.start and cue.end < span.end:
                low, high = cue.end, span.end  # 'the cut healed over but weeps'
            turns = TURN_WORDS | {"and"} if form == "time" else TURN_WORDS
            if apart == 0 and _turns(reading, low, high, turns):
                continue
            if any(_begins_item(token) for token in tokens[low : high + 1]):
                continue
            stop = _over_blocker(reading, cue, span, lasting="since" not in over)
            if stop:
                blocked.append(stop)
                continue
            return f"over_{form}.{cue.id}"
    return None


CARRIES_ON = frozenset(
    {"since", "ago", "years", "year", "months", "month", "weeks", "week", "decades", "back"}
)
"""Words of a time that begin no item of a list: with them a line is merely wrapped."""


def _begins_item(token: Token) -> bool:
    """Tell whether a line begins at a word, and with it what may be another item."""
    return ends_line(token.separator) and token.text not in CARRIES_ON


def _over_blocker(reading: Reading, cue: Span, span: Span, *, lasting: bool) -> str | None:
    """Return what keeps it from being over; ``lasting``: what began then is there still."""
    tokens = reading.tokens
    start, _ = reading.sentence_bounds(min(span.start, cue.start))
    _, end = reading.sentence_bounds(max(span.start, cue.start))
    before = tokens[cue.start - 1].text if cue.start else ""
    if before == "after" or (before == "since" and lasting):
        return "since"
    if lasting and _began_then(reading, cue, span, start):
        return "since"
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
    if any(t.text in LEFT_OUT for t in tokens[cue.end : min(end, cue.end + 2)]):
        return "except"
    later = reading.cues_from("hedge_after", cue.end, min(end, cue.end + 6))
    # 'In 1999; my husband has ...' excepts nobody from what is over, as it would from a denial.
    found = next((hedge for hedge in later if hedge.id != EXCEPTION), None)
    return f"hedge_after.{found.id}" if found else None


def _began_then(reading: Reading, cue: Span, span: Span, start: int) -> bool:
    """'Numb since a nerve was cut years ago'; 'not sick since the norovirus of 2021' is over.

    'After the fall two years ago my foot is numb': what is told as it is now has not ended.
    """
    is_year = cue.end - cue.start == 1
    first = span.end if is_year and span.start < cue.start else start
    before = {token.text for token in reading.tokens[max(first, cue.start - SINCE) : cue.start]}
    return "since" in before or ("after" in before and _is_now(reading, span))


def _is_now(reading: Reading, span: Span) -> bool:
    """Tell whether a mention is told in the present: 'my foot is numb', 'has no feeling'."""
    said = {token.text for token in reading.tokens[max(0, span.start - 2) : span.end]}
    return not said.isdisjoint(PRESENT) and said.isdisjoint(PAST)

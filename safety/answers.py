"""Denial behind a mention: 'Wounds: none', and a question about oneself that is answered no."""

from __future__ import annotations

from safety.denial import blocker_of
from safety.lexicon import CLOSE, COMMA, SENTENCE
from safety.reading import Reading, Span

NO_WORDS = frozenset(
    {"no", "none", "nope", "never", "nah", "negative", "not", "neither", "nil", "zero", "nobody"}
)
AFTER_NOT = frozenset(
    {"me", "at", "here", "us", "a", "one", "in", "on", "any", "anywhere", "since"}
)


def denied_after(reading: Reading, span: Span, blocked: list[str]) -> str | None:
    """'Wounds: none', 'varicose veins I have not', 'clots? never'."""
    tokens = reading.tokens
    end = span.end
    while tokens[end].gap == CLOSE and reading.is_listable(end) and end < span.end + 2:
        end += 1
    for cue in reading.cues_from("after_denial", end, end + 3):
        closed = tokens[cue.end].gap >= COMMA if cue.end < len(tokens) else True
        near = end <= cue.start <= end + 2 and tokens[cue.start].gap <= COMMA
        if near and closed and all(at in reading.filler for at in range(end, cue.start)):
            stop = blocker_of(reading, cue, Span(cue.start, cue.end, span.id))
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


def answered_no(reading: Reading, span: Span, blocked: list[str]) -> str | None:
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

"""Denial behind a mention: 'Wounds: none', and a question about oneself that is answered no."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import pairwise

from safety.denial import HAVING, JOINS, REACH, blocker_of
from safety.reading import Reading, Span
from safety.tokens import CLOSE, COMMA, SENTENCE, Token

NO_WORDS = frozenset(
    {"no", "none", "nope", "never", "nah", "negative", "not", "neither", "nil", "zero", "nobody"}
)
NO_TO_ALL = frozenset({"none", "neither", "nil", "zero"})
HAVING_SUBJECTS = HAVING | {"i", "we", "she", "he", "they", "there", "is", "are"}
OF_THOSE = frozenset({"of", "them", "those", "these", "that", "the", "above", "either", "all"})
NO_LETTERS = frozenset({"n", "N"})
LEADING = frozenset(":-\u2013\u2014")
"""Marks that lead from a list to what is said of it."""
LEADS = frozenset({"um", "er", "oh", "god", "lord", "heavens", "hell", "well", "why", "gosh"})
"""What may stand before the no: 'God, no'."""
IN_ANSWER = frozenset(
    {"me", "us", "i", "we", "it", "at", "here", "there", "in", "on", "of", "to", "a", "one", "any"}
    | {
        "legs",
        "leg",
        "feet",
        "foot",
        "family",
        "anywhere",
        "whatever",
        "whatsoever",
        "ever",
        "have",
        "has",
        "had",
        "am",
        "is",
        "are",
    }
    | {"was", "were", "do", "does", "did", "that", "those", "these", "them", "both", "my", "life"}
    | {"sir", "madam", "thanks", "thank", "you", "luckily", "thankfully", "kind", "sort", "single"}
)
"""Words that leave a no as plain as it was: 'None whatever', 'Not in my life'."""
OPENERS = frozenset(
    {"am", "is", "are", "do", "does", "did", "have", "has", "had", "was", "were", "any", "ever"}
    | {"anything", "got", "what", "and"}
)
FRAGMENT = 5
"""Most words of a question that only names something: 'Clots?'."""
ASKS = frozenset({"asks", "asked", "says", "said", "goes"})
ALL_PEOPLE = frozenset({"everyone", "everybody"})
TAKES_OUT = frozenset({"but", "except", "bar"})
TAKEN_OUT = frozenset({"me", "us", "him", "her"})
HEDGED_WITHIN = 5
LONGEST_CHAIN = 8
"""Most questions in a row that one 'none' answers."""


def denied_after(reading: Reading, span: Span, blocked: list[str]) -> str | None:
    """'Wounds: none', 'varicose veins I have not', 'clots? never'."""
    tokens = reading.tokens
    if form := _form_of(reading, span):
        return form
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


def _form_of(reading: Reading, span: Span) -> str | None:
    """Return the form by which a mention is denied without a cue of the policy."""
    if _is_form_answer(reading, span):
        return "denial_after.form"
    for name, needed, form in FORMS:
        if not needed.isdisjoint(reading.vocabulary) and form(reading, span):
            return f"denial_after.{name}"
    return None


def _is_form_answer(reading: Reading, span: Span) -> bool:
    """'pregnant N, clots N': a form filled in, where a lone N stands for no."""
    tokens = reading.tokens
    at = span.end
    if at + 1 >= len(tokens) or tokens[at].gap > COMMA:
        return False
    letter = _lone_letter(reading, tokens[at])
    if letter not in NO_LETTERS or tokens[at + 1].gap < COMMA or "(" in tokens[at + 1].separator:
        return False
    start, end = reading.sentence_bounds(at)
    # A small n alone may be an 'and'; beside another answer of its kind it is none.
    others = (*tokens[start:at], *tokens[at + 1 : end])
    return letter == "N" or any(_lone_letter(reading, t) in NO_LETTERS | {"y", "Y"} for t in others)


def _lone_letter(reading: Reading, token: Token) -> str:
    """Return the letter that a token was typed as; nothing where it is longer."""
    if token.end - token.start != 1:
        return ""
    return unicodedata.normalize("NFKC", reading.message[token.start])


def _is_free_of(reading: Reading, span: Span) -> bool:
    """'clot-free', 'sunburn-free'; not 'not cancer-free yet'."""
    token = reading.tokens[span.end]
    if token.text != "free" or token.separator != "-":
        return False
    start, end = reading.sentence_bounds(span.start)
    kinds = ("deny", "hedge", "condition", "not_yet")
    return all(reading.cue_between(kind, start, end) is None for kind in kinds)


def _is_none_of_list(reading: Reading, span: Span) -> bool:
    """'Clots, cuts, fever: I have none of those.': a list, and behind it one plain none."""
    tokens = reading.tokens
    _, end = reading.sentence_bounds(span.start)
    at = span.end
    while at < end and not _leads_on(tokens[at].separator):
        is_item = reading.is_listable(at) or at in reading.filler or tokens[at].text in JOINS
        if not is_item or tokens[at].gap > COMMA or at - span.end >= REACH:
            return False
        at += 1
    said = [token.text for token in tokens[at:end] if token.text not in HAVING_SUBJECTS]
    if not said or said[0] not in NO_TO_ALL or set(said[1:]) - OF_THOSE:
        return False
    return not reading.asks(span.start) and reading.cue_between("hedge", 0, span.start) is None


def _leads_on(separator: str) -> bool:
    return not LEADING.isdisjoint(separator)


def _has_everybody_else(reading: Reading, span: Span) -> bool:
    """'Everyone at work has flu but me.': said of all, with the one who is massaged taken out."""
    tokens = reading.tokens
    start, _ = reading.sentence_bounds(span.start)
    clause = max(start, reading.clause_start(span.start))
    if tokens[clause].text not in ALL_PEOPLE or span.end + 2 >= len(tokens):
        return False
    said = [token.text for token in tokens[span.end : span.end + 2]]
    if said[0] not in TAKES_OUT or said[1] not in TAKEN_OUT or tokens[span.end + 2].gap < COMMA:
        return False
    kinds = ("deny", "hedge", "condition", "not_yet")
    return all(reading.cue_between(kind, clause, span.end) is None for kind in kinds)


FORMS = (
    ("free", frozenset({"free"}), _is_free_of),
    ("everybody_else", ALL_PEOPLE, _has_everybody_else),
    ("none_of_list", NO_TO_ALL, _is_none_of_list),
)
"""Further forms that need no cue of the policy: what a trace calls them, and words they need."""


def answered_no(
    reading: Reading, span: Span, blocked: list[str], over: Sequence[str]
) -> str | None:
    """'Am I on chemo, or anything like it? No, never.': asked about oneself, answered no."""
    if not reading.asks(span.start):
        return None
    start, end = reading.sentence_bounds(span.start)
    about_oneself = reading.tokens[start].text in OPENERS or end - start <= FRAGMENT
    if not about_oneself or reading.cue_between("request", start, end) is not None:
        return None
    answer = _answer(reading, end)
    if answer is None:
        return None
    stop = _answer_blocker(reading, answer, over)
    if stop:
        blocked.append(stop)
        return None
    return "denial.answered_no"


def _answer(reading: Reading, at: int) -> int | None:
    """Return the token of the no that answers the question before token ``at``, if one does."""
    tokens = reading.tokens
    chain = 0
    while at < len(tokens) - 1 and chain < LONGEST_CHAIN:
        start, end = reading.sentence_bounds(at)
        first = start
        while tokens[first].text in LEADS and first + 1 < end:
            first += 1
        if tokens[first].text in NO_WORDS:
            to_all = tokens[first].text in NO_TO_ALL or _is_to_all(reading, first)
            return first if not chain or to_all else None
        if reading.asks(start) and end - start <= FRAGMENT:
            chain += 1  # 'Fever? Cuts? None.'
        elif end - start > FRAGMENT or not any(t.text in ASKS for t in tokens[start:end]):
            return None  # only '..., the form asks.' may stand between
        at = end
    return None


def _is_to_all(reading: Reading, at: int) -> bool:
    return [t.text for t in reading.tokens[at + 1 : at + 3]] in (["to", "all"], ["to", "both"])


def _answer_blocker(reading: Reading, at: int, over: Sequence[str]) -> str | None:
    """Tell what makes a no less than plain: 'Not yet', 'No longer', 'No, I think', 'Not since'."""
    tokens = reading.tokens
    _, end = reading.sentence_bounds(at)
    if any(reading.is_person(token) for token in tokens[at + 1 : end]):
        return "answer"  # 'Not I, my girlfriend'
    for before, token in pairwise(tokens[at:end]):
        if token.gap >= COMMA:
            break
        if token.text == "all" and before.text in {"at", "to"}:
            continue
        if token.text == "since" and "time" in over:
            break
        if token.text not in IN_ANSWER | NO_WORDS:
            return "answer"
    for kind in ("hedge", "hedge_after"):
        found = reading.cue_between(kind, at, min(end, at + HEDGED_WITHIN))
        if found:
            return f"{kind}.{found.id}"
    return None

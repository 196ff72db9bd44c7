"""Ages: 'glandular fever at 19, I'm 27 now' puts what was had at the first age in the past."""

from __future__ import annotations

from safety.reading import Reading, Span
from safety.tokens import COMMA, Token

YEARS_APART = 5
"""Least years between the age then and the age now."""
YOUNGEST = 13
"""Least age told by a bare number: 'at 9' may be a time of day."""
OLDEST = 110
AT = frozenset({"at", "aged"})
NOW = frozenset({"am", "is", "'s", "are", "now", "turned"})
GOES_ON = frozenset({"and", "but", "then", "so", "when", "as"})
DAYS = frozenset(
    {"today", "tomorrow", "yesterday", "tonight", "monday", "tuesday", "wednesday", "thursday"}
    | {"friday", "saturday", "sunday", "o'clock", "am", "pm", "next", "week", "weeks"}
)
WORDS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8}
WORDS |= {"nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14}
WORDS |= {"fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19}
WORDS |= {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70}


def ages_then(reading: Reading, low: int, high: int) -> list[Span]:
    """Return where an age long gone is told in tokens ``low`` to ``high``: 'at 19', 'aged 12'.

    It is long gone where the same or the next sentence tells a much greater age of today.
    """
    found: list[Span] = []
    if AT.isdisjoint(reading.vocabulary):
        return found
    tokens = reading.tokens
    for at in range(max(low, 0), min(high, len(tokens) - 2)):
        then = _age_then(tokens, at) if tokens[at].text in AT else None
        if then is None:
            continue
        years, end = then
        start, _ = reading.sentence_bounds(at)
        _, stop = reading.sentence_bounds(at)
        _, stop = reading.sentence_bounds(min(stop, len(tokens) - 1))
        if any(token.text in DAYS for token in tokens[start:stop] if token.text != "am"):
            continue
        if any(now - years >= YEARS_APART for now in _ages_now(tokens, end, stop)):
            found.append(Span(at, end, "age"))
    return found


def _age_then(tokens: list[Token], at: int) -> tuple[float, int] | None:
    """Return the age that is told behind an 'at', and the token behind it."""
    number, behind = _number(tokens[at + 1]), tokens[at + 2]
    if number is None:
        return None
    if behind.text == "months":
        return number / 12, at + 3
    closed = behind.gap >= COMMA or behind.text in GOES_ON
    return (number, at + 2) if closed and number >= YOUNGEST else None


def _ages_now(tokens: list[Token], start: int, stop: int) -> list[int]:
    """Return the ages of today told in tokens ``start`` to ``stop``: 'I'm 27', 'he is 11'."""
    ages = []
    for at in range(start + 1, min(stop, len(tokens) - 1)):
        age = _number(tokens[at])
        closed = tokens[at + 1].gap >= COMMA or tokens[at + 1].text in GOES_ON | {"now"}
        if age is not None and age <= OLDEST and closed and tokens[at - 1].text in NOW:
            ages.append(age)
    return ages


def _number(token: Token) -> int | None:
    if token.text.isdigit() and len(token.text) <= 3:
        return int(token.text)
    return WORDS.get(token.text)

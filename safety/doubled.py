"""Denials that deny nothing, as they are denied themselves.

'not only numb', 'isn't not broken', 'I wouldn't say it isn't swollen', 'it would be a lie to say I
have no rash', 'no denying it': such a 'not' is read as a word without force, before anything is
looked for. What it stands before stays in play, as by default everything does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from safety.tokens import CLOSE, COMMA, Token

VOID = "(not)"
"""What a denial without force is read as; no word of a message is ever written so."""
NOT = frozenset({"not", "never", "no", "without", "nothing", "none", "nor"})
ONLY = frozenset({"only", "just", "merely", "simply", "solely", "exclusively"})
SAYING = frozenset({"say", "claim", "pretend", "deny", "swear", "call", "tell", "argue"})
NOT_THAT = frozenset({"that", "like", "true"})
CAN = frozenset({"can", "could"})
LIE = frozenset({"lie", "lying", "fib", "untrue", "dishonest", "nonsense", "kidding"})
UNDENIED = frozenset(
    {
        "denying",
        "hiding",
        "disputing",
        "pretending",
        "ignoring",
        "escaping",
        "mistaking",
        "doubting",
    }
)
REACH = 12
"""Most words between a denial and the one within what it says."""


def without_void_denials(tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens, each denial that is itself denied written as ``VOID``."""
    void = dict(_void(tokens))
    return [_voided(t, keeps=void[at]) if at in void else t for at, t in enumerate(tokens)]


def _voided(token: Token, *, keeps: bool) -> Token:
    return token._replace(text=VOID, symbols=token.symbols if keeps else frozenset())


def _void(tokens: Sequence[Token]) -> Iterator[tuple[int, bool]]:
    """Find the void denials, and whether each may still be a word of a sign ('can not feel').

    The words are gone through once; a frame ('would not say ...') holds for the clause.
    """
    frame, is_said = -REACH - 1, False
    for at, token in enumerate(tokens[:-1]):
        if token.gap >= COMMA:
            frame = -REACH - 1
        if token.text in LIE:
            frame, is_said = at, True
        if token.text not in NOT:
            continue
        after = tokens[at + 1].text if tokens[at + 1].gap == CLOSE else ""
        if at - frame <= REACH:
            yield at, not is_said or tokens[at - 1].text in CAN
        elif _is_void_by(token.text, after, tokens[min(at + 2, len(tokens) - 1)].text):
            yield at, False
            if after == "not":
                yield at + 1, False
        elif token.text == "not" and after in SAYING | NOT_THAT:
            # 'It is not that it is not': the outer one denies what is said, the inner one nothing.
            frame, is_said = at, after in SAYING


def _is_void_by(word: str, after: str, next_one: str) -> bool:
    """'not only', 'no denying', 'not not'; 'not just now' is a plain denial."""
    if word == "no":
        return after in UNDENIED
    if word == "not" and after in ONLY:
        return not (after == "just" and next_one in {"now", "yet"})
    return word in {"not", "never"} and after == "not"

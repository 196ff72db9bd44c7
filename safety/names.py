"""Proper names that spell like a word of the policy: 'uncle Festus', 'Marsden Heights'.

A name is told by what stands beside it, a title or a relative before or a kind of place behind, and
by its capital; a capital alone tells nothing, as phones write 'Diabetis' with one too.
"""

from __future__ import annotations

from collections.abc import Sequence

from safety.tokens import CLOSE, Token

TITLES = frozenset(
    {"mr", "mrs", "ms", "miss", "dr", "sir", "professor", "prof", "father", "uncle", "aunt"}
    | {"auntie", "aunty", "cousin", "named", "called", "nurse", "sister", "brother"}
)
PLACES = frozenset(
    {"street", "road", "avenue", "lane", "close", "heights", "court", "house", "park", "hall"}
    | {"square", "terrace", "crescent", "gardens", "drive", "mews", "hill", "bridge", "station"}
    | {"farm", "school", "church", "cottage", "village", "green", "wharf", "quay"}
)
LONGEST_NAME = 7
"""Longest first name that is told by what is before it: 'my aunt Pregnent' is misspelt."""
MEDICAL_PLACE = frozenset({"royal", "the"})
"""'The Marsden House': what is called so may be a ward of a hospital of that name."""


def without_names(message: str, tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens, a proper name read as it is written and as nothing else.

    Args:
        message: The message as typed.
        tokens: Its tokens, an empty one last.
    """
    names = {
        message[token.start : token.end]
        for at, token in enumerate(tokens[:-1])
        if not message[token.start].islower() and _is_name(message, tokens, at)
    }
    if not names:
        return list(tokens)
    return [_named(message, token, names) for token in tokens]


def _named(message: str, token: Token, names: set[str]) -> Token:
    typed = message[token.start : token.end]
    if typed not in names:
        return token
    return token._replace(text=typed.lower(), symbols=frozenset())


def _is_name(message: str, tokens: Sequence[Token], at: int) -> bool:
    token, after = tokens[at], tokens[at + 1]
    typed = message[token.start : token.end]
    if not (at and typed.isalpha() and typed.istitle()) or not token.symbols:
        return False
    before = tokens[at - 1]
    is_misread = token.text != typed.lower() and len(typed) <= LONGEST_NAME
    called = before.text in TITLES and token.gap == CLOSE
    if is_misread and called and not message[after.start : after.end].istitle():
        return True
    if before.text in MEDICAL_PLACE or after.gap > CLOSE or after.text not in PLACES:
        return False
    return message[after.start : after.end].istitle() and len(typed) > 1

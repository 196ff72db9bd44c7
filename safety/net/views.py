"""Which stretches of a conversation the net reads, as rows of token ids.

The user's messages are read as one text, separated by the encoder's separator, and in windows where
that is longer than anything the net was trained on. An aside in a long message so meets the net in
a window of its own, and signs told over several turns meet it together.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from anyascii import anyascii

from safety.net.errors import NetError
from safety.net.weights import base_folder

if TYPE_CHECKING:
    from tokenizers import Tokenizer

CLS, SEP = 101, 102
WHOLE = 318  # tokens read in one go; the longest message of the training cases fits
WINDOW = 128  # tokens of a window where a text is longer: an aside must not drown in it
STRIDE = 64  # half a window, so that every sentence stands whole in one of two windows

# Typed by a user these would become the encoder's own markers: padding could hide what follows it.
_MARKERS = re.compile(r"\[(?:CLS|SEP|PAD|MASK|UNK)\]", re.IGNORECASE)
_INVISIBLE = {"Cf", "Co", "Cn", "Cs"}


def plain(message: str) -> str:
    """Return a message in plain letters: letter shapes, pictures and hidden characters undone.

    Pictures become their names (a picture of a pregnant woman says so), which the encoder reads.
    """
    if not message.isascii():
        folded = unicodedata.normalize("NFKC", message)
        shown = "".join(c for c in folded if unicodedata.category(c) not in _INVISIBLE)
        message = anyascii(shown).replace(":", " ").replace("_", " ")
    return _MARKERS.sub(" ", message)


@cache
def tokenizer() -> Tokenizer:
    """Return the base encoder's tokenizer, without padding or cutting.

    Raises:
        NetError: Its file cannot be read.
    """
    from tokenizers import Tokenizer

    try:
        loaded = Tokenizer.from_file(str(base_folder() / "tokenizer.json"))
    except Exception as error:  # the library raises nothing narrower
        raise NetError(f"cannot read the tokenizer of the safety net: {error}") from error
    loaded.no_padding()
    loaded.no_truncation()
    return loaded


def token_rows(messages: Sequence[str]) -> list[list[int]]:
    """Return the conversation as rows of at most ``WHOLE + 2`` token ids, in reading order."""
    tokens: list[int] = []
    for message in messages:
        ids = tokenizer().encode(plain(message), add_special_tokens=False).ids
        if tokens and ids:
            tokens.append(SEP)
        tokens.extend(ids)
    if len(tokens) <= WHOLE:
        return [[CLS, *tokens, SEP]]
    starts = [*range(0, len(tokens) - WINDOW, STRIDE), len(tokens) - WINDOW]
    return [[CLS, *tokens[start : start + WINDOW], SEP] for start in starts]

"""A message as it now reads, with the place of the typed character behind every character.

Whatever matches later can so be quoted in the user's own characters, however the text was changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

LONGEST_SHARED = 1 << 16
"""Longest text whose places are taken from those that all texts share."""


@cache
def _places(count: int) -> tuple[tuple[int, int], ...]:
    """Return the places of so many characters of which each stands for itself."""
    return tuple((i, i + 1) for i in range(count))


class Text(NamedTuple):
    """Characters and, for each, (start, end) of the typed characters it stands for."""

    chars: str
    spans: Sequence[tuple[int, int]]

    @classmethod
    def of(cls, message: str) -> Text:
        """Wrap a message as typed."""
        length = len(message)
        if length > LONGEST_SHARED:
            return cls(message, [(i, i + 1) for i in range(length)])
        # A few tuples of round lengths serve all messages.
        return cls(message, _places(1 << length.bit_length())[:length])


def substitute(
    text: Text, pattern: re.Pattern[str], replace: Callable[[re.Match[str]], str]
) -> Text:
    """Replace matches; every character of a replacement points at the whole match."""
    chars: list[str] = []
    spans: list[tuple[int, int]] = []
    last = 0
    for match in pattern.finditer(text.chars):
        start, end = match.span()
        chars.append(text.chars[last:start])
        spans.extend(text.spans[last:start])
        new = replace(match)
        if start < end and new:
            whole = (text.spans[start][0], text.spans[end - 1][1])
            chars.append(new)
            spans.extend([whole] * len(new))
        last = end
    if not last:
        return text
    chars.append(text.chars[last:])
    spans.extend(text.spans[last:])
    return Text("".join(chars), spans)

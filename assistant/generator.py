"""The protocol of what may write an answer's sentences instead of the composer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from corpus import Passage


class Generator(Protocol):
    """Writes sentences from numbered passages; what it writes is checked before it is shown."""

    def write(self, question: str, passages: Sequence[Passage]) -> str:
        """Return sentences with marks ``[n]``, where n counts the passages from 1."""
        ...

"""What a message plainly denies is no part of what it asks.

"I am not pregnant and have no wounds; how do I knead my calf?" asks about kneading. The safety
layer has read the whole message before; this is for retrieval only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from safety.decision import Finding

DENIED = ("denial", "ruled_out")
"""How what was cleared begins where it was denied, and is not merely over or meant otherwise."""

_PART = re.compile(r"[^.!?;]+[.!?;]*\s*")
_THEN_ASKS = re.compile(
    r"(?:,|\b(?:so|and|but)\b)\s*(?:(?:so|and|but|then)\s+)?(?=(?:how|what|which|where|when|why"
    r"|who|can|could|should|may|is|are|does|do)\b)",
    re.IGNORECASE,
)
"""What leads from a denial to the question in the same sentence: '..., so how do I ...?'"""


def without_denied(message: str, findings: Sequence[Finding]) -> str:
    """Return a message without the sentences that only deny something.

    Args:
        message: The user's last message, as typed.
        findings: Those in that message.

    Returns:
        The rest; the message itself where no question would be left.
    """
    denied = [
        span
        for finding in findings
        if (finding.cleared_by or "").startswith(DENIED)
        for span in finding.spans
    ]
    if not denied:
        return message
    kept = "".join(_asking(part, denied) for part in _PART.finditer(message)).strip()
    return kept if "?" in kept else message


def _asking(part: re.Match[str], denied: Sequence[tuple[int, int]]) -> str:
    """Return what a sentence asks: nothing where it only denies."""
    inside = [end for start, end in denied if part.start() <= start < part.end()]
    if not inside:
        return part.group()
    if not part.group().rstrip().endswith("?"):
        return ""
    question = _THEN_ASKS.search(part.string, max(inside), part.end())
    return part.string[question.end() : part.end()] if question else part.group()

"""What was only asked about until it is told of somebody: "What is DVT?", "I think I have it"."""

from __future__ import annotations

from collections.abc import Sequence

from safety.decision import Finding
from safety.reading import Reading, Span
from safety.tokens import COMMA, ends_line

REACH = 2
"""Messages behind a question in which 'that' may still mean what it asked about."""
GOES_ON = frozenset(
    {"and", "so", "can", "could", "should", "since", "too", "already", "also", "but"}
    | {"today", "yesterday", "daily", "again", "last", "this"}
    | {"as", "what", "how", "then", "myself", "after", "actually", "unfortunately", "which"}
)
"""What may follow: 'I have one, so ...', not 'I have one more question'."""


def is_claimed(readings: Sequence[Reading], finding: Finding) -> bool:
    """Tell whether what a finding only asked about is told of somebody afterwards."""
    first = finding.message
    asked = readings[first]
    behind = max((end for _, end in finding.spans), default=0)
    return any(
        asked.tokens[cue.start].start >= behind and _is_plain(asked, cue)
        for cue in asked.cues.get("claimed", ())
    ) or any(
        _is_plain(reading, cue)
        for reading in readings[first + 1 : first + 1 + REACH]
        for cue in reading.cues.get("claimed", ())
    )


def _is_plain(reading: Reading, cue: Span) -> bool:
    """Tell whether a claim ends there and is not denied; a hedged denial is none."""
    tokens = reading.tokens
    after = cue.end + (tokens[cue.end].text == "got")
    goes_on = tokens[after].gap < COMMA and not _ends_there(tokens[after].separator)
    if tokens[after].text and goes_on and tokens[after].text not in GOES_ON:
        return False
    start, end = reading.sentence_bounds(cue.start)
    denied = reading.cue_between("deny", start, end) is not None
    return not denied or reading.cue_between("hedge", start, end) is not None


def _ends_there(separator: str) -> bool:
    """Tell whether a line or a stretch in marks ends between two words."""
    return separator.strip() != "" or ends_line(separator)

"""What a message does: asks about oneself, asks for permission or a how-to, or asks to learn.

Only a question that plainly asks to learn informs; everything else that mentions a contraindication
refers. Nothing here clears a finding.
"""

from __future__ import annotations

from safety.lexicon import SENTENCE
from safety.reading import Reading, Span


def is_topic(reading: Reading, span: Span) -> bool:
    """Tell whether a mention is only the topic of a question that asks to learn."""
    start, end = reading.sentence_bounds(span.start)
    if reading.cue_between("personal", start, end) or reading.cue_between("request", start, end):
        return False
    if reading.cue_between("education", start, end):
        return True
    if not reading.cues.get("study") or reading.cues.get("personal"):
        return False
    return not reading.cues.get("request")


def asks_to_learn(reading: Reading) -> bool:
    """Tell whether a whole message only asks to learn: no request, nobody's body."""
    return bool(
        reading.cues.get("education")
        and not reading.cues.get("request")
        and not reading.cues.get("personal")
    )


__all__ = ["SENTENCE", "asks_to_learn", "is_topic"]

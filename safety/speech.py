"""What a message does: asks about oneself, asks for permission or a how-to, or asks to learn.

Only a question that plainly asks to learn informs; everything else that mentions a contraindication
refers. Nothing here clears a finding.
"""

from __future__ import annotations

from safety.reading import Reading, Span


def is_topic(reading: Reading, span: Span) -> bool:
    """Tell whether a mention is only the topic of a question that asks to learn."""
    start, end = reading.sentence_bounds(span.start)
    if reading.cue_between("personal", start, end) or reading.cue_between("request", start, end):
        return False
    if reading.cues.get("personal") and reading.cues.get("request"):
        return False
    if reading.cue_between("education", start, end):
        return True
    # A student's question may name it in a sentence that asks nothing.
    return bool(reading.cues.get("study")) and not reading.cues.get("personal")


def asks_to_learn(reading: Reading) -> bool:
    """Tell whether a whole message only asks to learn: no request, nobody's body."""
    return bool(
        reading.cues.get("education")
        and not reading.cues.get("request")
        and not reading.cues.get("personal")
    )

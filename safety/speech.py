"""What a message does: asks about oneself, asks for permission or a how-to, or asks to learn.

Only a question that plainly asks to learn informs; everything else that mentions a contraindication
refers. Nothing here clears a finding.
"""

from __future__ import annotations

from safety.reading import Reading, Span

SMALL_TALK = 3
"""Most words of a sentence that says nothing ('ok cool', 'thanks')."""


def is_topic(reading: Reading, span: Span) -> bool:
    """Tell whether a mention is only the topic of a question that asks to learn."""
    start, end = reading.sentence_bounds(span.start)
    if reading.cue_between("personal", start, end) or reading.cue_between("request", start, end):
        return False
    if reading.cues.get("personal") and reading.cues.get("request"):
        return False
    if reading.cue_between("education", start, end):
        return True
    # A student may name it in a sentence that asks nothing but speaks of the study itself.
    studies = reading.cue_between("study", start, end) is not None
    return studies and not reading.cues.get("personal")


def asks_to_learn(reading: Reading) -> bool:
    """Tell whether a whole message only asks to learn: no request, nobody's body."""
    if reading.cues.get("request") or reading.cues.get("personal"):
        return False
    if not reading.cues.get("education"):
        return False
    # Every sentence asks to learn, but for a word of thanks.
    at = 0
    while at < len(reading.tokens) - 1:
        start, end = reading.sentence_bounds(at)
        if end - start > SMALL_TALK and not reading.cue_between("education", start, end):
            return False
        at = end
    return True

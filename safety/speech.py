"""What a message does: asks about oneself, asks for permission or a how-to, or asks to learn.

Only a question that plainly asks to learn informs; everything else that mentions a contraindication
refers. Nothing here clears a finding.
"""

from __future__ import annotations

from collections.abc import Sequence

from safety.reading import Reading, Span, breaks_off

COURTESY = frozenset(
    {"ok", "okay", "cool", "thanks", "thank", "you", "cheers", "ta", "great", "hi", "hello", "hey"}
    | {"please", "lol", "haha", "nice", "good", "morning", "evening", "afternoon", "lovely", "sure"}
    | {"brilliant", "perfect", "sorry", "and", "well", "oh", "ah", "um", "just", "curious", "wow"}
    | {"one", "more", "question", "also", "interesting", "got", "it", "i", "see", "a", "quick"}
    | {"very", "much", "so", "for", "that", "the", "info", "answer", "all", "now", "right", "fine"}
)
"""Words of a sentence that says nothing: 'ok cool', 'thanks'."""

STUDIES = frozenset(
    {"seminar", "seminars", "lecture", "lectures", "essay", "essays", "dissertation", "thesis"}
    | {"module", "coursework", "assignment", "lab", "mock", "exam", "viva", "tutorial", "webinar"}
    | {"presentation", "homework"}
)
SUBJECT_OF = frozenset({"on", "about"})
STUDY_REACH = 8
"""Most words between a lesson and what it is about."""


def is_topic(reading: Reading, span: Span) -> bool:
    """Tell whether a mention is only the topic of a question that asks to learn."""
    start, end = reading.sentence_bounds(span.start)
    if _is_studied(reading, span, start):
        return True
    if reading.cue_between("personal", start, end) or reading.cue_between("request", start, end):
        return False
    if reading.cues.get("personal") and reading.cues.get("request"):
        return False
    if _learns(reading, start, end):
        return True
    # A student may name it in a sentence that asks nothing but speaks of the study itself.
    studies = reading.cue_between("study", start, end) is not None
    return studies and not _describes_somebody(reading)


def _is_studied(reading: Reading, span: Span, start: int) -> bool:
    """'a seminar on sepsis', 'my essay about clots and cancer': its subject, nobody's condition."""
    tokens = reading.tokens
    for at in range(span.start - 1, max(start, span.start - STUDY_REACH), -1):
        if tokens[at].text in SUBJECT_OF and tokens[at - 1].text in STUDIES:
            between = tokens[at + 1 : span.end]
            return not any(breaks_off(t) or reading.is_anybody(t) for t in between)
    return False


def _learns(reading: Reading, start: int, end: int) -> bool:
    """Tell whether a sentence asks to learn; no such question goes on behind a colon."""
    tokens = reading.tokens
    return any(
        cue.end <= end and not any(breaks_off(token) for token in tokens[cue.start + 1 : cue.end])
        for cue in reading.cues_from("education", start, end)
    )


def _describes_somebody(reading: Reading) -> bool:
    """Tell whether a message speaks of anybody in particular, or asks what to do."""
    return bool(
        reading.cues.get("personal")
        or reading.cues.get("request")
        or any(reading.is_somebody(token) for token in reading.tokens)
    )


def asks_to_learn(reading: Reading) -> bool:
    """Tell whether a whole message only asks to learn: no request, nobody's body."""
    if reading.cues.get("request") or reading.cues.get("personal"):
        return False
    if not reading.cues.get("education"):
        return False
    # Every sentence asks to learn, but for a word of thanks: 'So, calves?' asks about the massage.
    at = 0
    while at < len(reading.tokens) - 1:
        start, end = reading.sentence_bounds(at)
        said = {token.text for token in reading.tokens[start:end]}
        if not said <= COURTESY and not _learns(reading, start, end):
            return False
        at = end
    return True


def is_courtesy(reading: Reading) -> bool:
    """Tell whether a message says nothing but a word of thanks or greeting."""
    return {token.text for token in reading.tokens[:-1]} <= COURTESY


PRONOUNS = frozenset({"it", "that", "this", "they", "them", "those", "these", "its", "their"})


def asks_on(readings: Sequence[Reading]) -> bool:
    """Tell whether the last message asks to learn more about what the one before it asked."""
    if len(readings) < 2 or not asks_to_learn(readings[-1]):
        return False
    return any(token.text in PRONOUNS for token in readings[-1].tokens)

"""Why a conversation was decided as it was, in plain lines that a clinician can follow.

Nothing is decided here: the lines say what the guard found, what cleared a finding and by which
form, what stopped a clearing, which signs are there, which words were respelt, and what the last
message asks. The same conversation always gives the same lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, groupby

from safety.assertion import assess
from safety.conversation import SIGN_OVER
from safety.decision import Decision, Finding
from safety.guard import Guard
from safety.reading import Reading, Span
from safety.speech import asks_to_learn

FORMS = {
    "denial": "plain denial",
    "denial_after": "plain denial behind it",
    "animal": "said of an animal",
    "other_sense": "another sense of the words",
    "ruled_out_before": "finished medical finding",
    "ruled_out_after": "finished medical finding",
    "over_time": "over, by the time given",
    "over_healed": "over, as it has healed",
    "correction": "the user's own correction",
    "has_died": "said of somebody who is dead",
    "not_massaged": "said of somebody who is not massaged, and who is massaged is well",
    "explained_away": "an everyday cause stands near it",
    "yields_to": "another finding in play says it already",
}
BLOCKERS = {
    "hedge": "a hedge is no denial",
    "hedge_after": "a hedge is no denial",
    "condition": "'if' or 'whether' denies nothing",
    "double": "a double negative",
    "modal": "what could be is not denied",
    "negative_question": "a question in the negative asks",
    "not_yet": "not yet is not no",
    "lay_source": "reassurance by somebody who is no clinician",
    "open_list": "the denied list is not closed",
    "answer": "the answer is no plain no",
    "broken_off": "only its first words are denied",
    "taken_as_had": "it is called somebody's own",
    "unfinished": "the finding is not finished",
    "question": "it is asked, not told",
    "still": "it is still felt",
    "since": "it has lasted since then",
    "not_over": "said not to be over",
    "yes": "answered with yes",
}
REASONS = {
    "empty": "the message is empty",
    "unreadable": "the message cannot be read",
    "too_long": "the conversation is longer than can be read",
    "other_language": "the message is in a language that is not read",
}


def explain(guard: Guard, messages: Sequence[str]) -> str:
    """Return the whole explanation as text, the version of what decided included."""
    return "\n".join([f"decided by {guard.version}", *trace(guard, messages)]) + "\n"


def trace(guard: Guard, messages: Sequence[str], *, signs: bool = True) -> list[str]:
    """Return the lines of the explanation: message by message, then the outcome and why.

    Without ``signs`` only those that a finding rests on are named, with that finding.
    """
    decision = guard.decide(messages)
    if decision.failed:
        return list(_outcome(decision))
    lines: list[str] = []
    limit = guard.policy.limits.max_message_chars
    readings = [guard.read(message[:limit]) for message in messages]
    for number, reading in enumerate(readings):
        lines.append(f"{'message' if len(readings) == 1 else f'message {number + 1}'}:")
        lines += [f"  {line}" for line in _about(reading, guard, signs=signs)]
        found = [f for f in decision.findings if f.message == number]
        for finding in found:
            lines += [f"  {line}" for line in _finding(finding, guard, readings)]
        if not found:
            lines.append("  findings: none")
    return [*lines, *_outcome(decision)]


def _about(reading: Reading, guard: Guard, *, signs: bool) -> Iterator[str]:
    yield f"it {_speech_act(reading)}"
    respelt = list(_respelt(reading))
    if respelt:
        yield "read as: " + ", ".join(respelt)
    if not signs:
        return
    present, denied = _signs(reading, guard)
    if present:
        yield "signs: " + _listed(present)
    if denied:
        yield "signs that do not count: " + _listed(denied)


def _speech_act(reading: Reading) -> str:
    kinds = ("education", "study", "request", "personal")
    said = {kind: _quoted(reading, reading.cues[kind]) for kind in kinds if reading.cues.get(kind)}
    if asks_to_learn(reading):
        return f"asks to learn ({said['education']})"
    parts = []
    if "request" in said:
        parts.append(f"asks for advice or leave ({said['request']})")
    if "personal" in said:
        parts.append(f"speaks of somebody's body ({said['personal']})")
    return " and ".join(parts) or "neither asks for advice nor asks to learn"


def _quoted(reading: Reading, spans: Sequence[Span]) -> str:
    return ", ".join(dict.fromkeys(f"'{reading.words(span)[1]}'" for span in spans))


def _respelt(reading: Reading) -> Iterator[str]:
    """Yield 'typed' -> 'read' for words that are not read as they were typed."""
    for (start, end), group in groupby(reading.tokens[:-1], key=lambda t: (t.start, t.end)):
        typed = reading.message[start:end]
        read = " ".join(token.text for token in group)
        contracted = any(mark in typed for mark in "'\u2019")
        if typed.casefold() != read and not contracted:
            yield f"'{typed}' -> '{read}'"


def _signs(reading: Reading, guard: Guard) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Return the words of each sign that is present, and of each that something cleared."""
    present: dict[str, list[str]] = {}
    denied: dict[str, list[str]] = {}
    declared = [spans for name, spans in reading.signs.items() if name in guard.policy.signs]
    for span in sorted(chain(*declared)):
        assertion = assess(reading, span, is_name=False, over=SIGN_OVER)
        words = f"'{reading.words(span)[1]}'"
        if assertion.cleared_by is None:
            present.setdefault(span.id, []).append(words)
        else:
            denied.setdefault(f"{span.id}, {_form(assertion.cleared_by)},", []).append(words)
    return present, denied


def _listed(signs: dict[str, list[str]]) -> str:
    return "; ".join(f"{name} {' '.join(dict.fromkeys(words))}" for name, words in signs.items())


def _finding(finding: Finding, guard: Guard, readings: Sequence[Reading]) -> Iterator[str]:
    heading = {"in_play": "IN PLAY", "topic": "TOPIC", "cleared": "CLEARED"}[finding.status]
    yield f"{heading} {finding.contraindication} ({finding.urgency}), {_raised_by(finding, guard)}"
    if finding.words:
        places = [f" at {start}-{end}" for start, end in finding.spans]
        places += [""] * (len(finding.words) - len(places))
        said = [f"'{word}'{place}" for word, place in zip(finding.words, places, strict=True)]
        yield f"  words: {', '.join(said)}"
    if finding.cleared_by:
        yield f"  cleared by: {_form(finding.cleared_by)}{_cue(finding, readings)}"
    for blocker in finding.blocked:
        kind = blocker.partition(".")[0]
        yield f"  not cleared: {BLOCKERS.get(kind, 'blocked')} ({blocker})"


def _raised_by(finding: Finding, guard: Guard) -> str:
    if finding.source == "net":
        near = f"; nearest cases {', '.join(finding.nearest)}" if finding.nearest else ""
        return f"second net, {finding.score:.2f} where {finding.threshold:.2f} is needed{near}"
    ref = guard.compiled.rules.get(finding.rule)
    if ref is None or not ref.rule.all:
        return f"rule {finding.rule}"
    source = f" ({ref.rule.source})" if ref.rule.source else ""
    return f"rule {finding.rule}: {' + '.join(ref.rule.all)}{source}"


def _form(cleared_by: str) -> str:
    return f"{FORMS.get(cleared_by.partition('.')[0], 'closed form')} [{cleared_by}]"


def _cue(finding: Finding, readings: Sequence[Reading]) -> str:
    """Return the words of the cue or sense that cleared a finding: the nearest, then later ones."""
    name = (finding.cleared_by or "").partition(".")[2]
    at = finding.spans[0][0] if finding.spans else 0
    for reading in readings[finding.message :]:
        spans = [s for s in chain(reading.senses, *reading.cues.values()) if s.id == name]
        if spans:
            nearest = min(spans, key=lambda s: (abs(reading.words(s)[0][0] - at), s))
            return f" '{reading.words(nearest)[1]}'"
    return ""


def _outcome(decision: Decision) -> Iterator[str]:
    if decision.failed:
        yield "outcome: refer, because the safety layer failed: it fails closed"
    elif decision.action == "refer":
        yield f"outcome: refer ({decision.urgency}) to {', '.join(decision.contraindications)}"
        yield f"because: {_count(decision, 'in_play')} in play and nothing cleared it"
    elif decision.action == "inform":
        yield f"outcome: answer, led by the notices of {', '.join(decision.notices)}"
        yield "because: it is only what the question is about, and the message only asks to learn"
    elif decision.action == "abstain":
        language = f" ({decision.language})" if decision.language else ""
        yield f"outcome: abstain, because {REASONS[decision.reason or 'unreadable']}{language}"
    else:
        yield "outcome: answer"
        if any(finding.status == "cleared" for finding in decision.findings):
            yield f"because: {_count(decision, 'cleared')} cleared, and nothing else is in play"
        else:
            yield "because: nothing was found"


def _count(decision: Decision, status: str) -> str:
    count = sum(finding.status == status for finding in decision.findings)
    return f"{count or 'no'} {'finding' if count == 1 else 'findings'}"

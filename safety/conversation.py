"""The ledger: every finding of a conversation, raised and cleared by closed forms only.

The conversation is the unit. What one user message raised stays in play; signs add up over
messages; a named correction clears what it names. Only user messages are read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rapidfuzz.distance import OSA

from safety.assertion import Assertion, assess
from safety.compile import Compiled, RuleRef
from safety.decision import URGENCY_RANK, Finding
from safety.lexicon import CLOSE, COMMA
from safety.matcher import DENIALS
from safety.reading import Reading, Span
from safety.speech import is_topic

SIGN_OVER = ("time",)
PRONOUNS = frozenset({"i", "we", "she", "he", "they", "it"})
MESSAGE_GAP = 1
"""Sentences that a new message counts as, when signs add up."""
WELL_WITHIN = 2
CHAT_REACH = 3
"""How many sentences further signs add up where they come in several, mostly short, messages."""


class Place(NamedTuple):
    """A sign that is present: message, span, and the sentence counted over the conversation."""

    message: int
    span: Span
    sentence: int


class Conversation:
    """The readings of all user messages, oldest first, and the findings in them."""

    def __init__(self, readings: Sequence[Reading], compiled: Compiled) -> None:
        self.readings = readings
        self._compiled = compiled
        self._first_sentence: list[int] = []
        count = 0
        for reading in readings:
            self._first_sentence.append(count)
            count += (reading.tokens[-1].sentence if reading.tokens else 0) + MESSAGE_GAP
        self._signs: dict[tuple[str, bool], list[Place]] = {}

    def findings(self) -> list[Finding]:
        """Return the whole ledger in order of message and place."""
        found = [f for k in range(len(self.readings)) for f in self._named(k)]
        found.extend(self._combined())
        found.extend(self._studied())
        found = [self._correct(finding) for finding in found]
        found = [self._route(finding) for finding in found]
        return sorted(found, key=lambda f: (f.message, f.spans, f.contraindication, f.rule))

    def _named(self, k: int) -> list[Finding]:
        reading = self.readings[k]
        found: list[Finding] = []
        for span in self._longest(reading):
            ref = self._compiled.rules[span.id]
            assertion = assess(
                reading,
                span,
                is_name=ref.rule.kind == "name",
                over=_over_forms(ref),
                of=ref.entry.contract_id,
            )
            if assertion.is_present and ref.rule.none:
                place = Place(k, span, self._first_sentence[k] + reading.sentence(span.start))
                if self._explained_away(ref, [place]):
                    assertion = Assertion("explained_away", assertion.blocked)
            kind = ref.rule.kind
            topic = kind == "notice" or (kind == "name" and is_topic(reading, span))
            found.append(
                self._finding(ref, [(k, span)], assertion, topic=topic and assertion.is_present)
            )
        return found

    def _longest(self, reading: Reading) -> list[Span]:
        """Return the mentions that lie in no longer mention of the same id, as urgent at least.

        'varicose' in 'varicose veins: no' says nothing of its own.
        """
        kept: list[Span] = []
        for span in sorted(reading.rules, key=lambda s: (s.start - s.end, s.start)):
            ref = self._compiled.rules[span.id]
            if not any(self._covers(longer, span, ref) for longer in kept):
                kept.append(span)
        return sorted(kept)

    def _covers(self, longer: Span, span: Span, ref: RuleRef) -> bool:
        other = self._compiled.rules[longer.id]
        if other.entry.contract_id != ref.entry.contract_id or longer[:2] == span[:2]:
            return False
        if rank(other) < rank(ref) or not set(_over_forms(other)) <= set(_over_forms(ref)):
            return False
        return longer.start <= span.start and span.end <= longer.end

    def _studied(self) -> list[Finding]:
        """Return what the last message only asks to learn about."""
        last = len(self.readings) - 1
        reading = self.readings[last]
        found: dict[str, Finding] = {}
        for span in reading.topics:
            if span.id in found or not is_topic(reading, span):
                continue
            offsets, words = reading.words(span)
            found[span.id] = Finding(
                contraindication=span.id,
                rule=f"{span.id}.topic",
                urgency=self._compiled.policy.floor[span.id],
                status="topic",
                message=last,
                spans=(offsets,),
                words=(words,),
            )
        return list(found.values())

    def _finding(
        self,
        ref: RuleRef,
        places: Sequence[tuple[int, Span]],
        assertion: Assertion,
        *,
        topic: bool = False,
    ) -> Finding:
        last = max(k for k, _ in places)
        reading = self.readings[last]
        quoted = sorted({reading.words(span) for k, span in places if k == last})
        status = "in_play" if assertion.is_present else "cleared"
        return Finding(
            contraindication=ref.entry.contract_id,
            rule=ref.id,
            urgency=ref.rule.urgency or ref.entry.urgency,
            status="topic" if topic else status,  # type: ignore[arg-type]
            message=last,
            spans=tuple(offsets for offsets, _ in quoted),
            words=tuple(words for _, words in quoted),
            cleared_by=assertion.cleared_by,
            blocked=assertion.blocked,
        )

    def _places(self, name: str, *, even_past: bool = False) -> list[Place]:
        """Return where a sign is present, over all messages; ``even_past`` counts what is over."""
        found = self._signs.get((name, even_past))
        if found is None:
            over = () if even_past else SIGN_OVER
            found = []
            for k, reading in enumerate(self.readings):
                for span in reading.signs.get(name, ()):
                    if self._takes_back(name, k):
                        continue
                    if assess(reading, span, is_name=False, over=over).is_present:
                        sentence = self._first_sentence[k] + reading.sentence(span.start)
                        found.append(Place(k, span, sentence))
            self._signs[name, even_past] = found
        return found

    def _takes_back(self, name: str, k: int) -> bool:
        """A later message corrects the sign itself ('Sorry, I mean stiff, it is not swollen')."""
        return any(
            reading.cues.get("correction")
            and any(
                (assess(reading, span, is_name=False, over=()).cleared_by or "").startswith(
                    "denial"
                )
                for span in reading.signs.get(name, ())
            )
            for reading in self.readings[k + 1 :]
        )

    def _slot(self, slot: str, *, even_past: bool = False) -> list[Place]:
        names = slot.split("|")
        return [place for name in names for place in self._places(name, even_past=even_past)]

    def _combined(self) -> list[Finding]:
        found: list[Finding] = []
        said = {name for reading in self.readings for name in reading.signs}
        index = self._compiled.combinations_by_sign
        for number in sorted({n for name in said for n in index.get(name, ())}):
            ref, needed = self._compiled.combinations[number]
            if any(names.isdisjoint(said) for names in needed):
                continue
            slots = [self._slot(slot) for slot in ref.rule.all]
            if not all(slots):
                continue
            within = ref.rule.within + (CHAT_REACH if len(self.readings) > 1 else 0)
            chosen = _together(slots, within)
            if chosen is None or self._explained_away(ref, chosen):
                continue
            places = [(place.message, place.span) for place in chosen]
            found.append(self._finding(ref, places, Assertion(None)))
        return found

    def _explained_away(self, ref: RuleRef, chosen: Sequence[Place]) -> bool:
        low = min(p.sentence for p in chosen)
        high = max(p.sentence for p in chosen)
        return any(
            low - 1 <= place.sentence <= high + 1
            for slot in ref.rule.none
            for place in self._slot(slot, even_past=True)
        )

    def _correct(self, finding: Finding) -> Finding:
        """Clear a name by what the user plainly says of it later: denied, meant otherwise, or over.

        What is corrected must be named: by a plain denial of the same contraindication, by the word
        in its other sense, by the word that was meant, or by a correction that denies everything.
        """
        if finding.status != "in_play" or finding.rule not in self._compiled.rules:
            return finding
        ref = self._compiled.rules[finding.rule]
        if ref.rule.kind != "name":
            return finding
        for k in range(finding.message, len(self.readings)):
            by = self._corrected_in(k, finding)
            if by is None and k == finding.message + 1:
                by = self._over_in(k, ref)
            if by is not None:
                return _cleared(finding, by)
        return finding

    def _corrected_in(self, k: int, finding: Finding) -> str | None:
        reading = self.readings[k]
        cues = reading.cues.get("correction", ())
        if self._denies(k, finding):
            return "correction.denied_later"
        if k > finding.message and self._other_sense(k, finding):
            return "correction.other_sense"
        for cue in cues:
            if k == finding.message and not _is_after(reading, cue, finding):
                continue
            if _means_another_word(reading, cue, finding):
                return f"correction.{cue.id}"
            if any(_is_elliptic(reading, deny) for deny in reading.cues.get("deny", ())):
                return f"correction.{cue.id}"
            well = reading.cues.get("all_well")
            if well and not any(self._in_play(k, span) for span in reading.rules):
                return f"correction.{well[0].id}"
        return None

    def _in_play(self, k: int, span: Span) -> bool:
        ref = self._compiled.rules[span.id]
        return assess(
            self.readings[k],
            span,
            is_name=ref.rule.kind == "name",
            over=_over_forms(ref),
            of=ref.entry.contract_id,
        ).is_present

    def _denial_of(self, k: int, span: Span, ref: RuleRef) -> str:
        reading = self.readings[k]
        return (
            assess(reading, span, is_name=True, over=(), of=ref.entry.contract_id).cleared_by or ""
        )

    def _denies(self, k: int, finding: Finding) -> bool:
        """Message k plainly denies another mention of the same contraindication."""
        reading = self.readings[k]
        for span in reading.rules:
            ref = self._compiled.rules[span.id]
            if ref.entry.contract_id != finding.contraindication or ref.rule.kind != "name":
                continue
            offsets, _ = reading.words(span)
            if k == finding.message and offsets <= finding.spans[0]:
                continue
            if k == finding.message and not reading.cues.get("correction"):
                continue
            cleared = self._denial_of(k, span, ref)
            if cleared.startswith(("denial", "ruled_out")):
                return True
        return False

    def _other_sense(self, k: int, finding: Finding) -> bool:
        """Message k uses the very word in another sense."""
        reading = self.readings[k]
        said = {w for words in finding.words for w in words.casefold().split() if len(w) > 2}
        for span in reading.rules:
            if span.id != finding.rule or self._in_play(k, span):
                continue
            cleared = self._denial_of(k, span, self._compiled.rules[span.id])
            again = set(reading.words(span)[1].casefold().split())
            if cleared.startswith("other_sense") and said & again:
                return True
        return False

    def _over_in(self, k: int, ref: RuleRef) -> str | None:
        """Tell by which form the next message ends it: 'That was in 2015', 'Scan clear'."""
        reading = self.readings[k]
        if not reading.tokens or reading.cues.get("still"):
            return None
        if any(self._in_play(k, span) for span in reading.rules):
            return None
        forms = [f"over_{form}" for form in _over_forms(ref)]
        for form in (*forms, "ruled_out_after"):
            for cue in reading.cues.get(form, ()):
                before = reading.tokens[max(0, cue.start - 4) : cue.start]
                denied = any(t.text in {"not", "never", "no", "since"} for t in before)
                if reading.sentence(cue.start) == 0 and cue.start <= 8 and not denied:
                    return f"{form}.{cue.id}"
        return None

    def _route(self, finding: Finding) -> Finding:
        """Clear what somebody has who is plainly not massaged, where who is massaged is well.

        Experiencer routes, and never clears by itself: the message must say for whom the massage is
        (the asker, another person, or not the one who has it), and that there nothing is wrong.
        """
        # An emergency is one whoever is massaged.
        if finding.status != "in_play" or finding.urgency == "emergency":
            return finding
        for k, reading in enumerate(self.readings):
            for kind in ("for_self", "for_named", "excluded"):
                for cue in reading.cues.get(kind, ()):
                    if self._well_near(k, cue) and self._is_for_another(k, cue, kind, finding):
                        return _cleared(finding, f"not_massaged.{cue.id}")
        return finding

    def _is_for_another(self, k: int, cue: Span, kind: str, finding: Finding) -> bool:
        who = self._experiencer(finding)
        if who is None:
            return False
        if kind != "for_named":
            return True
        named = self._people(self.readings[k], cue.start, cue.end)
        return bool(named) and who not in named

    def _well_near(self, k: int, cue: Span) -> bool:
        """Somebody is said to be well within two sentences of what says who is massaged."""
        here = self._first_sentence[k] + self.readings[k].sentence(cue.start)
        return any(
            abs(self._first_sentence[j] + reading.sentence(well.start) - here) <= WELL_WITHIN
            for j, reading in enumerate(self.readings)
            for well in reading.cues.get("is_well", ())
        )

    def _people(self, reading: Reading, start: int, end: int) -> list[str]:
        """Return the words for people (no pronouns) among tokens ``start`` to ``end``."""
        kin = self._compiled.class_symbols["kin"]
        return [t.text for t in reading.tokens[start:end] if kin in t.symbols]

    def _experiencer(self, finding: Finding) -> str | None:
        """Return the person that a finding is said of, None where it may be the asker's own.

        The nearest person before the mention in its sentence counts; a pronoun stands for the last
        person named before; with nobody before it, 'is my sister' behind it counts.
        """
        reading = self.readings[finding.message]
        at = next((i for i, t in enumerate(reading.tokens) if t.start >= finding.spans[0][0]), None)
        if at is None:
            return None
        start, end = reading.sentence_bounds(at)
        kin = self._compiled.class_symbols["kin"]
        third = self._compiled.class_symbols["third_person"]
        first = self._compiled.class_symbols["first_person"]
        tokens = reading.tokens
        for i in range(at, start - 1, -1):
            if kin in tokens[i].symbols:
                return tokens[i].text
            if third in tokens[i].symbols:
                named = self._people(reading, 0, i) or [
                    p
                    for k in range(finding.message)
                    for p in self._people(self.readings[k], 0, 9999)
                ]
                return named[-1] if named else tokens[i].text
            if first in tokens[i].symbols and kin not in tokens[min(i + 1, end - 1)].symbols:
                return None
        for i in range(at, end - 2):
            if tokens[i].text in {"is", "'s", "was"} and kin in tokens[i + 2].symbols:
                return tokens[i + 2].text
        return None


def rank(ref: RuleRef) -> int:
    """Return how urgent a rule's findings are, as a number."""
    return URGENCY_RANK[ref.rule.urgency or ref.entry.urgency]


def _over_forms(ref: RuleRef) -> tuple[str, ...]:
    return ref.entry.over if ref.rule.over is None else ref.rule.over


def _is_elliptic(reading: Reading, cue: Span) -> bool:
    """'I'm not.', 'No wait, I haven't, ...': a whole statement that denies what was just said."""
    tokens = reading.tokens
    start, end = reading.sentence_bounds(cue.start)
    if reading.asks(cue.start):
        return False
    if cue.end == end and end - start <= 4:
        return True
    first = cue.start
    while first > start and tokens[first].gap == CLOSE:
        first -= 1
    closed = cue.end >= len(tokens) or tokens[cue.end].gap >= COMMA
    said = [token.text for token in tokens[first : cue.end]]
    return closed and len(said) <= 3 and said[0] in PRONOUNS and said[-1] == "not"


def _cleared(finding: Finding, by: str) -> Finding:
    return finding.model_copy(update={"status": "cleared", "cleared_by": by})


def _is_after(reading: Reading, cue: Span, finding: Finding) -> bool:
    return bool(finding.spans) and reading.tokens[cue.start].start >= finding.spans[-1][1]


def _means_another_word(reading: Reading, cue: Span, finding: Finding) -> bool:
    """'I meant *tired*', '*HOUND': the word put in its place looks or sounds like it."""
    if reading.asks(cue.start):
        return False
    wrong = [w for words in finding.words for w in words.casefold().split() if len(w) >= 3]
    # 'not' and 'meant' are no word that was meant, however like the wrong word they look.
    said = {at for c in reading.cues.get("correction", ()) for at in range(c.start, c.end)}
    for at, token in enumerate(reading.tokens[cue.end : cue.end + 12], cue.end):
        if len(token.text) < 3 or token.text in DENIALS or at in said:
            continue
        for word in wrong:
            if token.text != word and OSA.normalized_similarity(token.text, word) >= 0.5:
                return True
    return False


def _together(slots: Sequence[Sequence[Place]], within: int) -> list[Place] | None:
    """Choose one place a slot, so that all lie within so many sentences; the earliest set."""
    anchors = min(slots, key=len)
    for anchor in anchors:
        chosen: list[Place] = []
        for slot in slots:
            near = [p for p in slot if abs(p.sentence - anchor.sentence) <= within]
            if not near:
                break
            chosen.append(
                min(near, key=lambda p: (abs(p.sentence - anchor.sentence), p.message, p.span))
            )
        else:
            return chosen
    return None

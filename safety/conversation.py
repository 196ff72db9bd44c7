"""The ledger: every finding of a conversation, raised and cleared by closed forms only.

The conversation is the unit. What one user message raised stays in play; signs add up over
messages; a named correction clears what it names. Only user messages are read.
"""

from __future__ import annotations

from collections.abc import Sequence

from safety.assertion import Assertion, assess, assess_mention, over_forms
from safety.claimed import is_claimed
from safety.compile import Compiled, RuleRef
from safety.correction import Corrections
from safety.decision import URGENCY_RANK, Finding
from safety.experiencer import Experiencers, Place
from safety.reading import Reading, Span
from safety.speech import is_topic

SIGN_OVER = ("time",)
"""What puts a sign in the past; what began then and is there still is not past."""
MESSAGE_GAP = 1
"""Sentences that a new message counts as, when signs add up."""
CHAT_REACH = 3
"""How many sentences further signs add up where they come in several, mostly short, messages."""
MESSAGE_MOST = 2
"""Sentences that each message counts as at most between signs of different messages."""


EXCEPTED = (["me"], ["us"], ["him"], ["her"], ["mine"], ["mum"], ["dad"], ["one"])
"""Who, in the first words of a message, is left out of what the one before it denied."""

Raised = tuple[Finding, list[Place]]
"""A finding and everywhere that its words stand."""


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
        self._spans: dict[str, list[tuple[int, Span]]] = {}
        for k, reading in enumerate(readings):
            for name, spans in reading.signs.items():
                self._spans.setdefault(name, []).extend((k, span) for span in spans)
        self._signs: dict[tuple[str, tuple[str, ...]], list[Place]] = {}
        self._assessed: dict[tuple[int, int, int, tuple[str, ...]], bool] = {}
        self._correcting = [(k, r) for k, r in enumerate(readings) if r.cues.get("correction")]
        self._experiencers = Experiencers(readings, self._first_sentence, compiled)
        self._corrections = Corrections(readings, compiled, self._experiencers)

    def findings(self) -> list[Finding]:
        """Return the whole ledger in order of message and place."""
        pairs = [pair for k in range(len(self.readings)) for pair in self._named(k)]
        pairs.extend(self._combined())
        pairs = [(self._claimed(finding), places) for finding, places in pairs]
        raised = [finding for finding, _ in pairs]
        found = [self._routed(self._corrected(f, raised, p), p) for f, p in pairs]
        found.extend(self._unread())
        found = self._yielded(found)
        found.extend(self._studied())
        return sorted(found, key=lambda f: (f.message, f.spans, f.contraindication, f.rule))

    def _named(self, k: int) -> list[Raised]:
        reading = self.readings[k]
        found: list[Raised] = []
        for span in self._longest(reading):
            ref = self._compiled.rules[span.id]
            assertion = assess_mention(reading, span, ref)
            if (assertion.cleared_by or "").startswith("denial") and self._is_excepted(k):
                assertion = Assertion(None, ("exception.next_message",))
            place = Place(k, span, self._first_sentence[k] + reading.sentence(span.start))
            if assertion.is_present and ref.rule.none and self._explained_away(ref, [place]):
                assertion = Assertion("explained_away", assertion.blocked)
            kind = ref.rule.kind
            topic = kind == "notice" or (kind == "name" and is_topic(reading, span))
            is_topic_only = topic and assertion.is_present
            found.append((self._finding(ref, [place], assertion, topic=is_topic_only), [place]))
        return found

    def _claimed(self, finding: Finding) -> Finding:
        """Raise what is told of somebody after it was only asked about."""
        if finding.status != "topic" or not is_claimed(self.readings, finding):
            return finding
        if self._compiled.rules[finding.rule].rule.kind == "notice":
            return finding
        return finding.model_copy(update={"status": "in_play"})

    def _is_excepted(self, k: int) -> bool:
        """'Nobody pregnant' - 'except me': the next message begins with what it leaves out."""
        if k + 1 >= len(self.readings):
            return False
        first = [token.text for token in self.readings[k + 1].tokens[:3]]
        if first and first[0] in {"apart", "aside"}:
            first = first[1:]
        return first[:1] in (["except"], ["bar"], ["but"], ["from"]) and first[1:2] in EXCEPTED

    def _unread(self) -> list[Finding]:
        """Return mentions that are too many to be read one by one: they stand."""
        return [
            self._finding(self._compiled.rules[span.id], [Place(k, span, 0)], Assertion(None))
            for k, reading in enumerate(self.readings)
            for span in reading.unread
        ]

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
        if rank(other) < rank(ref) or not set(over_forms(other)) <= set(over_forms(ref)):
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
        places: Sequence[Place],
        assertion: Assertion,
        *,
        topic: bool = False,
    ) -> Finding:
        last = max(place.message for place in places)
        reading = self.readings[last]
        quoted = sorted({reading.words(p.span) for p in places if p.message == last})
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

    def _places(self, name: str, over: tuple[str, ...]) -> list[Place]:
        """Return where a sign is present, over all messages; ``over`` says what counts as past."""
        found = self._signs.get((name, over))
        if found is None:
            found = []
            for k, span in self._spans.get(name, ()):
                if self._takes_back(name, k):
                    continue
                if self._is_present(k, span, over):
                    sentence = self._first_sentence[k] + self.readings[k].sentence(span.start)
                    found.append(Place(k, span, sentence))
            self._signs[name, over] = found
        return found

    def _is_present(self, k: int, span: Span, over: tuple[str, ...]) -> bool:
        """Tell whether a sign stands; the same words are often a sign of several names."""
        place = (k, span.start, span.end, over)
        found = self._assessed.get(place)
        if found is None:
            assertion = assess(self.readings[k], span, is_name=False, over=over)
            found = self._assessed[place] = assertion.is_present
        return found

    def _takes_back(self, name: str, k: int) -> bool:
        """A later message corrects the sign itself ('Sorry, I mean stiff, it is not swollen')."""
        return any(
            (assess(reading, span, is_name=False, over=()).cleared_by or "").startswith("denial")
            for j, reading in self._correcting
            if j > k
            for span in reading.signs.get(name, ())
        )

    def _slot(self, slot: str, over: tuple[str, ...]) -> list[Place]:
        return [place for name in slot.split("|") for place in self._places(name, over)]

    def _combined(self) -> list[Raised]:
        found: list[Raised] = []
        said = {name for reading in self.readings for name in reading.signs}
        index = self._compiled.combinations_by_sign
        for number in sorted({n for name in said for n in index.get(name, ())}):
            ref, needed = self._compiled.combinations[number]
            if any(names.isdisjoint(said) for names in needed):
                continue
            over = SIGN_OVER if ref.rule.over is None else ref.rule.over
            slots = [self._slot(slot, over) for slot in ref.rule.all]
            if not all(slots):
                continue
            chosen = _together(slots, ref.rule.within)
            if chosen is None or self._explained_away(ref, chosen):
                continue
            topic = ref.rule.kind == "name" and all(
                place.message == len(self.readings) - 1
                and is_topic(self.readings[place.message], place.span)
                for place in chosen
            )
            found.append((self._finding(ref, chosen, Assertion(None), topic=topic), chosen))
        return found

    def _explained_away(self, ref: RuleRef, chosen: Sequence[Place]) -> bool:
        low = min(p.sentence for p in chosen)
        high = max(p.sentence for p in chosen)
        messages = {p.message for p in chosen}
        for slot in ref.rule.none:
            for place in self._slot(slot, ()):
                # A message before or after it explains in its own first or last sentences.
                reach = 1 if place.message in messages else 1 + MESSAGE_GAP
                if low - reach <= place.sentence <= high + reach:
                    return True
        return False

    def _corrected(
        self, finding: Finding, raised: Sequence[Finding], places: Sequence[Place]
    ) -> Finding:
        """Clear a name that the user plainly corrects later."""
        if finding.status != "in_play":
            return finding
        by = self._corrections.of(finding, raised, places)
        return finding if by is None else _cleared(finding, by)

    def _routed(self, finding: Finding, places: Sequence[Place]) -> Finding:
        """Clear what the dead or an animal had, or who is not massaged where the other is well."""
        if finding.status != "in_play":
            return finding
        died = self._experiencers.has_died(places)
        if died is not None:
            return _cleared(finding, f"has_died.{died}")
        told = self._experiencers.is_animals(places)
        if told is not None:
            return _cleared(finding, told)
        # An emergency is one whoever is massaged.
        if finding.urgency == "emergency":
            return finding
        by = self._experiencers.not_massaged(finding, places)
        return finding if by is None else _cleared(finding, f"not_massaged.{by}")

    def _yielded(self, found: Sequence[Finding]) -> list[Finding]:
        """Clear what another finding in play says already; that one stays, so nobody is lost.

        Only what stands in the same message, a sentence away at most: what is added elsewhere is
        one danger more, and explains none.
        """
        standing: dict[str, list[Finding]] = {}
        cleared: dict[int, str] = {}
        in_play = [n for n, finding in enumerate(found) if finding.status == "in_play"]
        # Rules that give way to nothing come first: what itself gave way holds no other back.
        order = self._compiled.yield_order({found[n].rule for n in in_play})
        for n in sorted(in_play, key=lambda n: order.index(found[n].rule)):
            finding = found[n]
            others = [
                other
                for name in sorted(self._compiled.yields.get(finding.rule, ()))
                for other in standing.get(name, ())
                if self._is_beside(finding, other)
            ]
            if others:
                cleared[n] = others[0].rule
                continue
            for name in (finding.rule, finding.contraindication):
                standing.setdefault(name, []).append(finding)
        return [
            _cleared(f, f"yields_to.{cleared[n]}") if n in cleared else f
            for n, f in enumerate(found)
        ]

    def _is_beside(self, one: Finding, other: Finding) -> bool:
        if one.message != other.message:
            return False
        reading = self.readings[one.message]
        places = [[reading.sentence_at(start) for start, _ in f.spans] for f in (one, other)]
        return any(abs(a - b) <= 1 for a in places[0] for b in places[1])


def rank(ref: RuleRef) -> int:
    """Return how urgent a rule's findings are, as a number."""
    return URGENCY_RANK[ref.rule.urgency or ref.entry.urgency]


def _cleared(finding: Finding, by: str) -> Finding:
    return finding.model_copy(update={"status": "cleared", "cleared_by": by})


def _together(slots: Sequence[Sequence[Place]], within: int) -> list[Place] | None:
    """Choose one place a slot, so that all lie within so many sentences; the earliest set."""
    anchors = min(slots, key=len)
    for anchor in anchors:
        chosen: list[Place] = []
        for slot in slots:
            near = [p for p in slot if _is_near(p, anchor, within)]
            if not near:
                break
            chosen.append(
                min(near, key=lambda p: (abs(p.sentence - anchor.sentence), p.message, p.span))
            )
        else:
            return chosen
    return None


def _is_near(one: Place, other: Place, within: int) -> bool:
    """Tell whether two places are near enough to add up.

    A message counts as `MESSAGE_MOST` sentences at most: however long it is, it puts what it tells
    no further from what the one before it told.
    """
    apart = abs(one.sentence - other.sentence)
    messages = abs(one.message - other.message)
    if not messages:
        return apart <= within
    return min(apart, MESSAGE_MOST * messages) <= within + CHAT_REACH

"""Experiencer: who has what was raised, and whether that person is massaged.

It routes and never clears by itself. Three things must be said: that somebody else has it, for whom
the massage is (or that the one who has it gets none), and that there nothing of the kind is wrong.
Vocabulary as in ConText: Harkema et al. 2009, https://doi.org/10.1016/j.jbi.2009.05.002.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from safety.assertion import assess
from safety.compile import Compiled, RuleRef
from safety.creatures import of_animal
from safety.decision import Finding
from safety.reading import Reading, Span
from safety.tokens import Token

WELL_WITHIN = 4
"""Most sentences between what says who is massaged and what says that nothing is wrong there."""
BEHIND = 2
"""'That is my sister', 'a pregnant lady': how near behind a mention a person still has it."""

AUXILIARIES = frozenset(
    {"has", "had", "have", "then", "sadly", "later", "just", "who", "'s", "did"}
)
AT_REST = "at_rest"
"""The cue that says of the person before it that he or she is dead: '..., God rest her'."""
ADDRESSED = frozenset({"you", "your"})
NOT_OF_BABIES = frozenset({"aspirin", "aspirins"})
"""'Baby aspirin' names nobody."""


ROUTES = ("for_self", "for_named", "excluded", "attributed")
"""Kinds of cues that say who is massaged, or whose a condition is."""
ANYBODY = frozenset({"guy", "man", "woman", "lady", "person", "someone", "somebody"})
SPEAKER = frozenset({"i", "me", "myself", "mine"})


class Place(NamedTuple):
    """Where something stands: message, span, and the sentence counted over the conversation."""

    message: int
    span: Span
    sentence: int


class Experiencers:
    """Who has what, over the user messages of a conversation.

    Args:
        readings: The messages, oldest first.
        first_sentence: Number of each message's first sentence, counted over the conversation.
        compiled: The policy.
    """

    def __init__(
        self, readings: Sequence[Reading], first_sentence: Sequence[int], compiled: Compiled
    ) -> None:
        self._readings = readings
        self._first_sentence = first_sentence
        self._compiled = compiled
        self._kin = compiled.class_symbols["kin"]
        self._first = compiled.class_symbols["first_person"]
        self._third = compiled.class_symbols["third_person"]
        self._well: dict[tuple[int, str], list[int]] = {}
        self._routes = [
            (k, kind, cue)
            for k, reading in enumerate(readings)
            for kind in ROUTES
            for cue in reading.cues.get(kind, ())
        ]

    def is_another(self, one: Place, other: Place) -> bool:
        """Tell whether two mentions are plainly said of different people: 'I', 'my sister'."""
        people = [self._said_of(place) for place in (one, other)]
        return None not in people and people[0] != people[1]

    def _said_of(self, place: Place) -> str | None:
        """Return who is said to have what is mentioned; None where no name and no 'I' says so."""
        tokens = self._readings[place.message].tokens
        named = self._experiencer(place)
        if named is not None:
            is_name = named not in ANYBODY and self._is_kin(place.message, named)
            return named if is_name else None
        start, _ = self._readings[place.message].sentence_bounds(place.span.start)
        own = any(token.text == "i" for token in tokens[start : place.span.start])
        return "i" if own else None

    def _is_kin(self, k: int, word: str) -> bool:
        """Tell whether a word names somebody, and is no pronoun."""
        heard = (token for reading in self._readings[: k + 1] for token in reading.tokens)
        return any(token.text == word and self._kin in token.symbols for token in heard)

    def not_massaged(self, finding: Finding, places: Sequence[Place]) -> str | None:
        """Return the cue by which a finding is not about who is massaged; None where it may be.

        Args:
            finding: What was raised.
            places: Where its words stand, in all messages.
        """
        ref = self._compiled.rules.get(finding.rule)
        # Who was to be massaged in an earlier message says nothing of what is told after it.
        first = min(place.message for place in places)
        for k, kind, cue in self._routes:
            if k < first:
                continue
            other = self._is_for_another(k, cue, kind, places)
            if other and self._well_near(k, cue, ref, own=kind == "attributed"):
                return cue.id
        return None

    def is_animals(self, places: Sequence[Place]) -> str | None:
        """Return the form by which an animal has what was raised; None where a person may."""
        forms = []
        for place in places:
            earlier = self._first_named < place.message
            forms.append(of_animal(self._readings[place.message], place.span, earlier=earlier))
        return next(iter(forms), None) if all(forms) else None

    @cached_property
    def _first_named(self) -> int:
        """The first message that names a person; one behind the last where none does."""
        for k, reading in enumerate(self._readings):
            if any(map(reading.is_person, reading.tokens)):
                return k
        return len(self._readings)

    def has_died(self, places: Sequence[Place]) -> str | None:
        """Return the cue by which whoever has what was raised is dead; None where nobody says so.

        Each of its places must be said of a person of whom it is said, in that sentence or the
        next, that he or she died.
        """
        cues = [self._death(place) for place in places]
        return next(iter(cues), None) if all(cues) else None

    def _death(self, place: Place) -> str | None:
        who = self._experiencer(place)
        if who is None:
            return None
        reading = self._readings[place.message]
        here = reading.sentence(place.span.start)
        _, end = reading.sentence_bounds(place.span.start)
        # 'She had clots and I have the same': what is said of the dead may be said of oneself too.
        if any(token.text in SPEAKER for token in reading.tokens[place.span.end : end]):
            return None
        for cue in reading.cues.get("dead", ()):
            sentence = reading.sentence(cue.start)
            if not here <= sentence <= here + 1 or _overlap(cue, place.span):
                continue
            if not self._has_subject(reading, cue):
                continue
            named = self._people(place.message, cue.start, cue.end)
            of = Place(place.message, cue, place.sentence + sentence - here)
            if who in (named or [self._experiencer(of) or ""]):
                return cue.id
        return None

    def _has_subject(self, reading: Reading, cue: Span) -> bool:
        """Tell whether a known person is said to have died, not 'Arthur' in 'since Arthur died'."""
        tokens = reading.tokens
        if cue.id == AT_REST:
            return True
        if any(self._kin in token.symbols for token in tokens[cue.start : cue.end]):
            return True
        at = cue.start - 1
        while at >= 0 and tokens[at].text in AUXILIARIES:
            at -= 1
        if at < 0:
            return False
        return self._third in tokens[at].symbols or tokens[at].text in {"and", "but"}

    def _is_for_another(self, k: int, cue: Span, kind: str, places: Sequence[Place]) -> bool:
        if kind == "attributed":
            # 'Both of those are my brother's': said right after, of what was said with no name.
            return all(k == p.message + 1 or _is_before(p, k, cue) for p in places)
        who = next(filter(None, map(self._experiencer, places)), None)
        if who is None:
            return False
        if kind != "for_named":
            return True
        named = self._people(k, cue.start, cue.end)
        return bool(named) and who not in named

    def _well_near(self, k: int, cue: Span, ref: RuleRef | None, *, own: bool) -> bool:
        """Somebody is said to be well, or plainly not to have it, near what says who is massaged.

        ``own``: in the same message and in the first person.
        """
        here = self._first_sentence[k] + self._readings[k].sentence(cue.start)
        for j, reading in enumerate(self._readings):
            if (own and j != k) or not self._is_near(j, here):
                continue
            for at in self._said_well(j, ref):
                if abs(self._first_sentence[j] + reading.sentence(at) - here) > WELL_WITHIN:
                    continue
                start, end = reading.sentence_bounds(at)
                if not own or any(self._first in t.symbols for t in reading.tokens[start:end]):
                    return True
        return False

    def _is_near(self, j: int, sentence: int) -> bool:
        """Tell whether any sentence of message j is near one, counted over the conversation."""
        first, tokens = self._first_sentence[j], self._readings[j].tokens
        last = first + (tokens[-1].sentence if tokens else 0)
        return first - WELL_WITHIN <= sentence <= last + WELL_WITHIN

    def _said_well(self, j: int, ref: RuleRef | None) -> list[int]:
        """Return the tokens of a message where somebody is well, or has nothing of the kind."""
        key = (j, ref.id if ref else "")
        if key not in self._well:
            self._well[key] = self._well_in(self._readings[j], ref)
        return self._well[key]

    def _well_in(self, reading: Reading, ref: RuleRef | None) -> list[int]:
        found = [cue.start for cue in reading.cues.get("is_well", ())]
        if ref is None:
            return found
        names = {name for slot in ref.rule.all for name in slot.split("|")}
        same = [span for name in names for span in reading.signs.get(name, ())]
        same += [
            span
            for span in reading.rules
            if self._compiled.rules[span.id].entry.contract_id == ref.entry.contract_id
        ]
        for span in same:
            cleared = assess(reading, span, is_name=False, over=()).cleared_by or ""
            if cleared.startswith("denial"):
                found.append(span.start)
        return found

    def _people(self, k: int, start: int, end: int) -> list[str]:
        """Return the words for people (no pronouns) among tokens ``start`` to ``end``."""
        tokens = self._readings[k].tokens[start:end]
        return [t.text for t in tokens if self._kin in t.symbols]

    def _last_person(self, k: int, before: int) -> str | None:
        """Return the last word for a person before a token of message ``k``, or in those before."""
        for j in range(k, -1, -1):
            tokens = self._readings[j].tokens
            for token in reversed(tokens[:before] if j == k else tokens):
                if self._kin in token.symbols:
                    return token.text
        return None

    def _experiencer(self, place: Place) -> str | None:
        """Return the person that a mention is said of, None where it may be the asker's own.

        The nearest person before the mention in its sentence counts; a pronoun stands for the last
        person named before; with nobody before it, 'is my sister' behind it counts.
        """
        k, at = place.message, place.span.start
        reading = self._readings[k]
        start, end = reading.sentence_bounds(at)
        tokens = reading.tokens
        for i in range(at, start - 1, -1):
            if tokens[i].text in ADDRESSED or tokens[i + 1].text in NOT_OF_BABIES:
                return None
            if self._kin in tokens[i].symbols:
                return None if _is_framed(tokens, i) else tokens[i].text
            if self._third in tokens[i].symbols:
                return self._last_person(k, i) or tokens[i].text
            if self._first in tokens[i].symbols and (
                i + 1 >= end or self._kin not in tokens[i + 1].symbols
            ):
                return None
        return self._behind(reading, place.span, end)

    def _behind(self, reading: Reading, span: Span, end: int) -> str | None:
        """'... is my husband's thing', '...: that's Grandad', 'a pregnant lady'."""
        tokens = reading.tokens
        for i in range(span.end, min(span.end + 1, end)):
            if self._kin in tokens[i].symbols:
                return tokens[i].text
        for i in range(span.start, end):
            if tokens[i].text not in {"is", "'s", "was"}:
                continue
            for next_one in tokens[i + 1 : min(i + 1 + BEHIND, end)]:
                if self._kin in next_one.symbols:
                    return next_one.text
        return None


def _is_framed(tokens: Sequence[Token], at: int) -> bool:
    """'Asking for a friend': says of nobody that it is his."""
    said = [token.text for token in tokens[max(0, at - 3) : at]]
    return said[:1] == ["asking"] and said[1:] == ["for", "a"]


def _is_before(place: Place, k: int, cue: Span) -> bool:
    return place.message == k and place.span.end <= cue.start


def _overlap(one: Span, other: Span) -> bool:
    """Tell whether a death is itself part of what was raised: 'My wife died, I'll join her'."""
    return one.start < other.end and other.start < one.end

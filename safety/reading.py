"""Reading: one user message, cut into tokens, with everything that the policy finds in it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from typing import NamedTuple

from safety.compile import Compiled
from safety.doubled import VOID, without_void_denials
from safety.matcher import ClassSpans
from safety.names import without_names
from safety.normalise import normalise
from safety.tokens import CLAUSE, COMMA, Token

LONGEST_SENSE = 24
"""No pattern is longer, in words."""


class Span(NamedTuple):
    """Tokens ``start`` to ``end`` (exclusive) where something named ``id`` was found."""

    start: int
    end: int
    id: str


def breaks_off(token: Token) -> bool:
    """Tell whether a colon, a dash or more stands before a word: what was said ends there."""
    return token.gap >= CLAUSE or (token.gap == COMMA and "," not in token.separator)


MENTIONS = 200
"""Mentions of one message that are read for what clears them; nobody writes more in earnest.

The rest stand as they are, so that a message of nothing but mentions costs no more to decide.
"""


class Reading:
    """A message as the policy reads it. Holds no decision.

    Attributes:
        message: The message as typed.
        tokens: Its words; the last one is an empty sentinel.
        vocabulary: Its words, each once: a form is not tried where a word that it needs is missing.
        rules, signs, senses, topics: What was found, in order of place.
        unread: Of the mentions beyond the first `MENTIONS`, the first of each rule.
        cues: Spans of cues by kind.
    """

    def __init__(self, message: str, compiled: Compiled) -> None:
        self.message = message
        self.text = normalise(message, compiled.pictures)
        tokens = without_names(message, compiled.lexicon.tokens(self.text))
        self.tokens: list[Token] = without_void_denials(tokens)
        self.vocabulary = frozenset(token.text for token in self.tokens)
        self.rules: list[Span] = []
        self.unread: list[Span] = []
        self.signs: dict[str, list[Span]] = defaultdict(list)
        self.senses: list[Span] = []
        self.topics: list[Span] = []
        self.cues: dict[str, list[Span]] = defaultdict(list)
        self._listable: set[int] = set()
        self._sense_of = compiled.sense_of
        self._people = compiled.class_symbols["kin"]
        self._animals = compiled.class_symbols["animal"]
        self._named_or_own = {compiled.class_symbols[c] for c in ("first_person", "kin")}
        self._somebody = {compiled.class_symbols[c] for c in ("first_person", "third_person")}
        if not self.tokens:
            return
        self._classes = ClassSpans(compiled.class_matcher.scan(self.tokens))
        self._find(compiled)
        self._index()

    def _find(self, compiled: Compiled) -> None:
        self._find_phrases(compiled)
        self._find_class_members(compiled)

    def _find_phrases(self, compiled: Compiled) -> None:
        for hit in compiled.matcher.scan(self.tokens, self._classes):
            target = compiled.targets[hit.pattern]
            span = Span(hit.start, hit.end, target.id)
            if target.kind == "rule":
                self.rules.append(span)
            elif target.kind == "sign":
                self.signs[target.id].append(span)
            elif target.kind == "topic":
                self.topics.append(span)
            elif target.kind == "cue":
                self.cues[compiled.cue_kinds[target.id]].append(span)
            else:
                self.senses.append(span)

    def _find_class_members(self, compiled: Compiled) -> None:
        """Note the members of classes that are slots of combinations or may stand in a list."""
        slots = compiled.slot_classes
        for at, token in enumerate(self.tokens):
            for symbol in token.symbols:
                if symbol in slots:
                    self.signs[slots[symbol]].append(Span(at, at + 1, slots[symbol]))
                elif symbol == compiled.listable:
                    self._listable.add(at)
        for at, found in self._classes.starting.items():
            for symbol, end in found:
                if symbol in slots:
                    self.signs[slots[symbol]].append(Span(at, end, slots[symbol]))
                elif symbol == compiled.listable:
                    self._listable.update(range(at, end))

    def _index(self) -> None:
        first = {span.id: span for span in reversed(self.rules[MENTIONS:])}
        self.unread, self.rules = sorted(first.values()), self.rules[:MENTIONS]
        self._bounds = _bounds(self.tokens)
        for spans in (self.rules, *self.signs.values()):
            for span in spans:
                if self._is_item(span):
                    self._listable.update(range(span.start, span.end))
        self.cues["deny"] = [span for span in self.cues["deny"] if not self._is_void(span)]
        self.deny_ends = {span.end: span for span in self.cues["deny"]}
        self.filler: set[int] = set()
        for span in self.cues["filler"]:
            self.filler.update(range(span.start, span.end))

    def _is_void(self, span: Span) -> bool:
        return any(token.text == VOID for token in self.tokens[span.start : span.end])

    def _is_item(self, span: Span) -> bool:
        """Tell whether a mention may be an item of a list: no denial and no break inside it.

        'No time to lose: varicose' may be found as a whole, but its 'no' does not deny 'varicose'.
        """
        for at in range(span.start + 1, span.end):
            if self.tokens[at].gap >= COMMA:
                return False
        return self.cue_between("deny", span.start, span.end) is None

    def sense_of(self, sense: str) -> tuple[str, ...]:
        """Return the contraindications that a sense is limited to; empty where it is not."""
        return self._sense_of.get(sense, ())

    def is_listable(self, at: int) -> bool:
        """Tell whether a token belongs to something the policy found (an item of a denied list)."""
        return at in self._listable

    def is_person(self, token: Token) -> bool:
        """Tell whether a word names a person, pronouns left out."""
        return self._people in token.symbols

    def is_animal(self, token: Token) -> bool:
        """Tell whether a word names an animal."""
        return self._animals in token.symbols

    def is_anybody(self, token: Token) -> bool:
        """Tell whether a word names a person or stands for one, 'my' and 'her' included."""
        return not self._somebody.isdisjoint(token.symbols)

    def is_own_or_named(self, token: Token) -> bool:
        """Tell whether a word is the asker's own ('my', 'me') or names a person, as 'she' not."""
        return not self._named_or_own.isdisjoint(token.symbols)

    def is_somebody(self, token: Token) -> bool:
        """Tell whether a word stands for a person: a name for one, 'she', 'I', but not 'my'."""
        is_theirs = token.text in {"my", "our", "his", "her", "their"}
        return not is_theirs and not self._somebody.isdisjoint(token.symbols)

    def sentence(self, at: int) -> int:
        """Return the number of the sentence that token ``at`` stands in."""
        return self.tokens[at].sentence

    def sentence_at(self, offset: int) -> int:
        """Return the number of the sentence that a typed character stands in."""
        token = bisect_right(self.tokens, offset, key=lambda token: token.start) - 1
        return self.tokens[max(token, 0)].sentence

    def sentence_bounds(self, at: int) -> tuple[int, int]:
        """Return the tokens (start, end) of the sentence that token ``at`` stands in."""
        return self._bounds[self.tokens[at].sentence]

    def sentences_around(self, at: int, within: int) -> tuple[int, int]:
        """Return the tokens (start, end) of the sentences at most so many from token ``at``'s."""
        here, last = self.tokens[at].sentence, self.tokens[-1].sentence
        start, _ = self._bounds[max(here - within, 0)]
        _, end = self._bounds[min(here + within, last)]
        return start, end

    def clause_start(self, at: int, strength: int = COMMA) -> int:
        """Return the first token of the clause before ``at``: back to a break, 'but' or 'so'."""
        start = at
        while start and self.tokens[start].gap < strength and start > at - 40:
            if self.tokens[start - 1].text in {"but", "so", "because", "although", "though"}:
                break
            start -= 1
        return start

    def asks(self, at: int) -> bool:
        """Tell whether the sentence of token ``at`` ends with a question mark."""
        _, end = self.sentence_bounds(at)
        return end < len(self.tokens) and "?" in self.tokens[end].separator

    def words(self, span: Span) -> tuple[tuple[int, int], str]:
        """Return the typed characters of a span: offsets and the text itself."""
        start = self.tokens[span.start].start
        end = max(token.end for token in self.tokens[span.start : span.end])
        return (start, end), self.message[start:end]

    def cues_from(self, kind: str, start: int, end: int) -> list[Span]:
        """Return the cues of a kind that begin in tokens ``start`` to ``end`` (exclusive)."""
        spans = self.cues.get(kind)
        if not spans:
            return []
        return spans[bisect_left(spans, (start,)) : bisect_left(spans, (end,))]

    def cue_between(self, kind: str, start: int, end: int) -> Span | None:
        """Return the first cue of a kind that lies within tokens ``start`` to ``end``."""
        for span in self.cues_from(kind, start, end):
            if span.end <= end:
                return span
        return None

    def senses_around(self, start: int, end: int) -> list[Span]:
        """Return the other senses that begin within reach of a mention."""
        low = bisect_left(self.senses, (start - LONGEST_SENSE,))
        return self.senses[low : bisect_left(self.senses, (end,))]


def _bounds(tokens: list[Token]) -> dict[int, tuple[int, int]]:
    """Return the first token of each sentence, and the one behind its last."""
    bounds: dict[int, tuple[int, int]] = {}
    start = 0
    for at in range(1, len(tokens) + 1):
        if at == len(tokens) or tokens[at].sentence != tokens[start].sentence:
            bounds[tokens[start].sentence] = (start, at)
            start = at
    return bounds

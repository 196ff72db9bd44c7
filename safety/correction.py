"""Correction: what the user plainly says later of what was raised - denied, meant otherwise, over.

What is corrected must be named: by a plain denial of the same contraindication, by the word in its
other sense, by the word that was meant, or by a correction that denies everything. A correction
clears what it names, and nothing beside it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from safety.assertion import assess, assess_mention, over_forms
from safety.compile import Compiled, RuleRef
from safety.decision import Finding
from safety.distance import likeness
from safety.everyday import MOST_COMMON, RARER_THAN_ALL, common_words
from safety.experiencer import Experiencers, Place
from safety.matcher import DENIALS
from safety.over import DONE
from safety.reading import Reading, Span, breaks_off
from safety.tokens import CLOSE, COMMA

PRONOUNS = frozenset({"i", "we", "she", "he", "they", "it"})
UNSAID = ".unsaid"
"""'I never said anything about a wound' takes back no wound that was spoken of."""
ALIKE = 0.5
"""How alike, at least, a wrong word and the one that was meant are."""
SHORT = 4
"""Longest word that may be so common ('had', 'with') that it looks like too many others."""
WHEN_ONLY = frozenset(
    {"that", "it", "this", "they", "those", "these", "which", "all", "both", "was", "were"}
    | {"is", "'s", "are", "be", "been", "have", "had", "has", "did", "happened", "back", "in"}
    | {"on", "at", "about", "around", "some", "over", "like", "nearly", "almost", "just", "only"}
    | {"long", "good", "a", "an", "the", "of", "to", "for", "i", "we", "she", "he", "my", "mine"}
    | {"you", "me", "mean", "meant", "mind", "should", "said", "say", "add", "forgot", "clear"}
    | {"sorry", "oh", "well", "no", "yes", "yeah", "but", "and", "so", "though", "ok", "okay"}
    | {"course", "not", "when", "ages", "years", "year", "months", "ago", "time", "thing"}
    | {"stuff", "one", "now", "by", "way", "uni", "university", "school", "college", "spring"}
    | {"summer", "autumn", "winter", "january", "february", "march", "april", "may", "june"}
    | {"july", "august", "september", "october", "november", "december", "ten", "twelve", "old"}
    | {"before", "kids", "correction", "ps", "actually", "really", "must", "then", "there"}
    | {"here", "done", "ended"}
)
"""Words beside a time that leave it to what was said before."""
MEANT_WITHIN = 12
"""Most words between 'I meant' and the word that was meant."""


class Corrections:
    """The corrections in the user messages of a conversation, oldest first."""

    def __init__(
        self, readings: Sequence[Reading], compiled: Compiled, experiencers: Experiencers
    ) -> None:
        self._readings = readings
        self._compiled = compiled
        self._experiencers = experiencers
        self._denying: dict[int, bool] = {}
        # What names nothing, corrects nothing and bears no star leaves all as it was.
        self._telling = {
            k
            for k, reading in enumerate(readings)
            if reading.rules or reading.cues.get("correction") or "*" in reading.message
        }

    def of(
        self, finding: Finding, raised: Sequence[Finding], places: Sequence[Place]
    ) -> str | None:
        """Return how the user corrected a finding, None where it stands.

        Args:
            finding: What was named.
            raised: Everything that the conversation raised.
            places: Where the finding's words stand.
        """
        ref = self._compiled.rules.get(finding.rule)
        if ref is None:
            return None
        if ref.rule.kind != "name":
            return self._long_ago(finding.message + 1, ref)
        for k in range(finding.message, len(self._readings)):
            by = self._corrected_in(k, finding, raised, places) if k in self._telling else None
            if by is None and k == finding.message + 1:
                by = self._over_in(k, ref)
            if by is not None:
                return by
        return None

    def _long_ago(self, k: int, ref: RuleRef) -> str | None:
        """'Five years back, I mean': the next message puts signs in the past, and tells none."""
        if k >= len(self._readings) or not self._readings[k].cues.get("correction"):
            return None
        words = {name for slot in ref.rule.all for name in slot.split("|")}
        told = words.difference(self._compiled.slot_classes.values())
        if any(self._readings[k].signs.get(name) for name in told):
            return None
        by = self._over_in(k, ref)
        return by if by is not None and by.startswith("over_time") else None

    def _corrected_in(
        self, k: int, finding: Finding, raised: Sequence[Finding], places: Sequence[Place]
    ) -> str | None:
        reading = self._readings[k]
        if self._denies(k, finding, raised, places):
            return "correction.denied_later"
        later = k > finding.message
        if later and self._other_sense(k, finding):
            return "correction.other_sense"
        if later and self._is_starred(k) and _means_another_word(reading, 0, finding):
            return "correction.starred"
        for cue in reading.cues.get("correction", ()):
            if not later and not _is_after(reading, cue, finding):
                continue
            if not _asks(reading, cue) and _means_another_word(reading, cue.end, finding):
                return f"correction.{cue.id}"
            if self._denies_all(k):
                return f"correction.{cue.id}"
            well = reading.cues.get("all_well")
            if well and not any(self._in_play(k, span) for span in reading.rules):
                return f"correction.{well[0].id}"
        return None

    def _denies_all(self, k: int) -> bool:
        """Tell whether a message denies what was just said, as a whole; asked once a message."""
        found = self._denying.get(k)
        if found is None:
            reading = self._readings[k]
            found = any(_is_elliptic(reading, deny) for deny in reading.cues.get("deny", ()))
            self._denying[k] = found
        return found

    def _in_play(self, k: int, span: Span) -> bool:
        ref = self._compiled.rules[span.id]
        return assess_mention(self._readings[k], span, ref).is_present

    def _denial_of(self, k: int, span: Span, ref: RuleRef) -> str:
        of = ref.entry.contract_id
        return assess(self._readings[k], span, is_name=True, over=(), of=of).cleared_by or ""

    def _denies(
        self, k: int, finding: Finding, raised: Sequence[Finding], places: Sequence[Place]
    ) -> bool:
        """Message k plainly denies another mention of the same contraindication.

        'I'm pregnant' - 'My sister isn't pregnant': what one has not another may have.
        """
        reading = self._readings[k]
        for span in reading.rules:
            ref = self._compiled.rules[span.id]
            if ref.entry.contract_id != finding.contraindication or ref.rule.kind != "name":
                continue
            offsets, words = reading.words(span)
            if k == finding.message and offsets <= finding.spans[0]:
                continue
            if k == finding.message and not reading.cues.get("correction"):
                continue
            cleared = self._denial_of(k, span, ref)
            if not cleared.startswith(("denial", "ruled_out")) or cleared.endswith(UNSAID):
                continue
            denied = Place(k, span, 0)
            if any(self._experiencers.is_another(place, denied) for place in places):
                continue
            # What heals comes in several; who is pregnant or has a clot is so once.
            several = "healed" in ref.entry.over
            if not several or _is_meant(_long_words([words]), finding, k, raised):
                return True
        return False

    def _is_starred(self, k: int) -> bool:
        """'*HOUND': a star before the first word puts a word right, where that raises nothing."""
        reading = self._readings[k]
        message = reading.message.lstrip()
        if not message.startswith("*") or not message[1:2].isalpha():
            return False
        return all(span.start > 0 for spans in reading.signs.values() for span in spans)

    def _other_sense(self, k: int, finding: Finding) -> bool:
        """Message k uses the very word in another sense."""
        reading = self._readings[k]
        for span in reading.rules:
            if span.id != finding.rule or self._in_play(k, span):
                continue
            cleared = self._denial_of(k, span, self._compiled.rules[span.id])
            again = _long_words([reading.words(span)[1]])
            if cleared.startswith("other_sense") and again & _long_words(finding.words):
                return True
        return False

    def _over_in(self, k: int, ref: RuleRef) -> str | None:
        """Tell by which form the next message ends it: 'That was in 2015', 'Scan clear'."""
        reading = self._readings[k]
        if not reading.tokens or reading.cues.get("still"):
            return None
        if any(self._in_play(k, span) for span in reading.rules):
            return None
        forms = [f"over_{form}" for form in over_forms(ref)]
        for form in (*forms, "ruled_out_after"):
            for cue in reading.cues.get(form, ()):
                before = reading.tokens[max(0, cue.start - 4) : cue.start]
                denied = any(t.text in {"not", "never", "no", "since"} for t in before)
                if form == "ruled_out_after" and ref.entry.contract_id in DONE:
                    # 'By "done" I mean X-rayed, all fine': only what was meant undoes it.
                    said = reading.cues.get("correction", ())
                    denied = denied or not any(meant.end <= cue.start for meant in said)
                if reading.sentence(cue.start) != 0 or cue.start > 8 or denied:
                    continue
                healed = _is_healed_there(reading, cue)
                if form != "over_time" or healed or _tells_only_when(reading, cue):
                    return f"{form}.{cue.id}"
        return None


def _is_healed_there(reading: Reading, cue: Span) -> bool:
    """Tell whether what a time is said of is said to be healed: 'In 2016, long healed'."""
    _, end = reading.sentence_bounds(cue.start)
    return any(
        reading.sentence(healed.start) == reading.sentence(cue.start) or healed.start == end
        for healed in reading.cues.get("over_healed", ())
    )


def _tells_only_when(reading: Reading, cue: Span) -> bool:
    """'That was in 2015', 'Ten years ago, I mean': nothing else happened then.

    'Last year I ran a marathon' tells of something else.
    """
    tokens = reading.tokens
    end = cue.end
    while end < len(tokens) and tokens[end].text and tokens[end].gap < COMMA:
        end += 1
    said = [token.text for token in (*tokens[: cue.start], *tokens[cue.end : end])]
    return all(word in WHEN_ONLY or word[:1].isdigit() for word in said)


def _long_words(texts: Sequence[str]) -> set[str]:
    return {word for text in texts for word in _plain(text).split() if len(word) > 2}


def _plain(text: str) -> str:
    """Return typed words without characters that hide in them and would make them like others."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    if folded.isascii():  # in which no character hides
        return folded
    return "".join(c for c in folded if unicodedata.category(c) != "Cf")


def _is_meant(said: set[str], finding: Finding, k: int, raised: Sequence[Finding]) -> bool:
    """Tell whether a denial is of this finding: where one shares its words, of those that do.

    'A cut and a graze' - 'no, the graze is not there': the cut stays.
    """
    named = [
        other
        for other in raised
        if other.contraindication == finding.contraindication
        and other.message < k
        and said & _long_words(other.words)
    ]
    return not named or bool(said & _long_words(finding.words))


def _asks(reading: Reading, cue: Span) -> bool:
    """'Did I mean clot?' asks; 'I meant ring finger: do I press?' corrects, then asks."""
    _, end = reading.sentence_bounds(cue.start)
    rest = reading.tokens[cue.end : end]
    return reading.asks(cue.start) and not any(breaks_off(token) for token in rest)


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


def _is_after(reading: Reading, cue: Span, finding: Finding) -> bool:
    return bool(finding.spans) and reading.tokens[cue.start].start >= finding.spans[-1][1]


def _may_be_wrong(word: str) -> bool:
    """Tell whether a word of a mention may be the one that was typed for another."""
    if len(word) <= 2:
        return False
    return len(word) > SHORT or common_words().get(word, RARER_THAN_ALL) > MOST_COMMON


def _means_another_word(reading: Reading, start: int, finding: Finding) -> bool:
    """'I meant *tired*', '*HOUND': the word put in its place looks or sounds like it."""
    said_before = map(_plain, finding.words)
    wrong = [w for words in said_before for w in words.split() if _may_be_wrong(w)]
    # 'not' and 'meant' are no word that was meant, however like the wrong word they look.
    said = {at for c in reading.cues.get("correction", ()) for at in range(c.start, c.end)}
    for at, token in enumerate(reading.tokens[start : start + MEANT_WITHIN], start):
        if len(token.text) < 3 or token.text in DENIALS or at in said:
            continue
        for word in wrong:
            if token.text != word and likeness(token.text, word) >= ALIKE:
                return True
    return False

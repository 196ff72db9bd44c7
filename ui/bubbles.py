"""A reply as it is shown in the conversation: answer, referral card, abstention.

The card is built from the policy's own messages and passages, word for word; this module adds the
frame around them and nothing else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from assistant.schema import Answer
from corpus import Citation
from safety.decision import URGENCY_RANK, Referral, Urgency
from ui.markup import escape, reply_to_html
from ui.wording import PageWords

Number = Callable[[Citation], int]


class ReplyWriter:
    """Writes the HTML of one reply; counts its marks, so that each has an id of its own."""

    def __init__(
        self,
        answer: Answer,
        turn: int,
        number: Number,
        words: PageWords,
        names: Mapping[str, str],
    ) -> None:
        self._answer = answer
        self._turn = turn
        self._number = number
        self._words = words
        self._names = names
        self._by_marker = {citation.marker: citation for citation in answer.citations}
        self._marked: Counter[int] = Counter()

    def html(self) -> str:
        """Return the reply as HTML on one line."""
        if self._answer.outcome == "referral":
            return self._card(self._answer.referrals)
        if self._answer.outcome == "abstention":
            text = reply_to_html(self._answer.text, lambda n: f"[{n}]")
            return f'<div class="lm-reply lm-abstention">{text}</div>'
        notices = "".join(self._notice(notice) for notice in self._answer.notices)
        body = reply_to_html(self._body(), self._mark_of)
        return f'<div class="lm-reply lm-answer">{notices}{body}{self._sources()}</div>'

    def _body(self) -> str:
        """Return the answer's text without the notices that lead it: they are shown apart."""
        text = self._answer.text
        for notice in self._answer.notices:
            led = f"**{notice.message}** [{notice.citation.marker}]"
            text = text.replace(led, "", 1)
        return text

    def _card(self, referrals: Sequence[Referral]) -> str:
        urgency: Urgency = max(
            (referral.urgency for referral in referrals), key=URGENCY_RANK.__getitem__
        )
        head = escape(self._words.referral.head(urgency))
        first, *others = referrals
        body = self._in_full(first, "") + "".join(self._in_short(other) for other in others)
        return (
            f'<div class="lm-card lm-{urgency}" role="group" title="{head}">'
            f'<p class="lm-head"><strong>{head}</strong></p>{body}</div>'
        )

    def _in_full(self, referral: Referral, label: str) -> str:
        """Return the policy's message, word for word, what to do first set off."""
        first, rest = _what_to_do_first(referral.message)
        ground = (
            f'<p class="lm-why">{escape(self._words.referral.ground)}</p>'
            f"<blockquote>{self._quote(referral.citation)}</blockquote>"
        )
        return (
            f'<div class="lm-referral lm-{referral.urgency}">{self._label(referral, label)}'
            f'<p class="lm-first"><strong>{escape(first)}</strong></p>'
            f'<p class="lm-rest">{escape(rest)}</p><div class="lm-ground">{ground}</div></div>'
        )

    def _in_short(self, referral: Referral) -> str:
        """Return what to do first; the rest of the message opens on demand."""
        first, rest = _what_to_do_first(referral.message)
        tag = self._words.referral.tag(referral.urgency)
        return (
            f'<div class="lm-referral lm-{referral.urgency}">{self._label(referral, tag)}'
            f'<p class="lm-rest"><strong>{escape(first)}</strong></p>'
            f"<details><summary>{escape(self._words.referral.more)}</summary>"
            f'<p class="lm-rest">{escape(rest)}</p><div class="lm-ground">'
            f"<blockquote>{self._quote(referral.citation)}</blockquote></div></details></div>"
        )

    def _label(self, referral: Referral, tag: str) -> str:
        name = escape(self._names.get(referral.contraindication, ""))
        above = f'<p class="lm-tag">{escape(tag)}</p>' if tag else ""
        return f'{above}<p class="lm-name">{name} {self._mark(referral.citation)}</p>'

    def _notice(self, notice: Referral) -> str:
        full = self._in_full(notice, self._words.referral.notice)
        return f'<div class="lm-notice lm-{notice.urgency}">{full}</div>'

    def _quote(self, citation: Citation) -> str:
        return reply_to_html(citation.quote, lambda n: f"[{n}]")

    def _mark_of(self, marker: int) -> str:
        return self._mark(self._by_marker[marker])

    def _mark(self, citation: Citation) -> str:
        number = self._number(citation)
        self._marked[number] += 1
        anchor = mark_id(self._turn, number, self._marked[number])
        title = f"Source {number}: {place(citation)}"
        return f'<a class="lm-mark" id="{anchor}" href="#s-{number}" title="{title}">[{number}]</a>'

    def _sources(self) -> str:
        """Return the list of the reply's sources, those of one section on one line."""
        by_place: dict[str, list[str]] = {}
        cited = {self._number(citation): citation for citation in self._answer.citations}
        for _, citation in sorted(cited.items()):
            by_place.setdefault(place(citation), []).append(self._mark(citation))
        items = "".join(f"<li>{' '.join(marks)} {where}</li>" for where, marks in by_place.items())
        return f'<ul class="lm-sources">{items}</ul>'


def place(citation: Citation) -> str:
    """Return where a citation stands, for a reader, escaped: title, section, page."""
    parts = [citation.title or citation.document, *citation.section[-1:]]
    if citation.page is not None:
        parts.append(f"page {citation.page}")
    return escape(" › ".join(dict.fromkeys(parts)))


def mark_id(turn: int, number: int, nth: int = 1) -> str:
    """Return the id of a mark: of the first one of a source in a turn, or of a later one."""
    return f"c-{turn}-{number}" if nth == 1 else f"c-{turn}-{number}-{nth}"


def _what_to_do_first(message: str) -> tuple[str, str]:
    """Split a fixed message after its first sentence."""
    first, stop, rest = message.partition(". ")
    return first + stop.rstrip(), rest

"""What was said in each conversation, kept on the server while it lasts.

The page shows a conversation, but it is no record of it: messages can be deleted, edited and undone
in a browser, and a forged one can be posted. What counts is kept here, and only a new conversation
clears it. Nothing is written to disk.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from assistant.schema import Answer, Message
from corpus.citation import Citation

SourceKey = tuple[str, int, int]


@dataclass(frozen=True)
class Turn:
    """A question and its answer; ``answer`` is None until there is one, or when it failed."""

    question: str
    answer: Answer | None = None


@dataclass(frozen=True)
class Opinion:
    """An opinion of a reply that was kept: its row in the store, None where there is no store."""

    row: int | None
    lacks_reason: bool


@dataclass
class Conversation:
    """The turns of one conversation, and the number of each source in it."""

    turns: list[Turn] = field(default_factory=list)
    citations: dict[int, Citation] = field(default_factory=dict)
    html: dict[int, str] = field(default_factory=dict)
    """Replies as they are shown, by their place: they do not change once they are written."""
    opinions: dict[int, Opinion] = field(default_factory=dict)
    """Opinions of replies, by the place of the reply."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    _numbers: dict[SourceKey, int] = field(default_factory=dict)

    def hear(self, question: str) -> int:
        """Record a message before anything is done with it; return its place."""
        with self.lock:
            self.turns.append(Turn(question))
            return len(self.turns) - 1

    def reply(self, place: int, answer: Answer) -> None:
        """Record the reply to the message at ``place`` and number its sources."""
        with self.lock:
            for citation in answer.citations:
                self._number(citation)
            self.turns[place] = Turn(self.turns[place].question, answer)

    def number(self, citation: Citation) -> int:
        """Return the number of a source; the same stretch of text keeps it for good."""
        with self.lock:
            return self._number(citation)

    def _number(self, citation: Citation) -> int:
        key = (citation.document, citation.start, citation.end)
        number = self._numbers.setdefault(key, len(self._numbers) + 1)
        self.citations.setdefault(number, citation)
        return number

    def history(self, place: int, posted: Sequence[str] = ()) -> list[Message]:
        """Return what was said before the message at ``place``, oldest first.

        User messages that only the browser knows of come first: they can raise a contraindication,
        but a correction among them cannot clear what was really said after it.
        """
        messages = [Message(role="user", content=text) for text in posted]
        for turn in self.turns[:place]:
            messages.append(Message(role="user", content=turn.question))
            if turn.answer is not None:
                messages.append(Message(role="assistant", content=turn.answer.text))
        return messages


class Conversations:
    """Conversations by key, in memory: the least recently used and the long unused are dropped."""

    def __init__(
        self,
        limit: int,
        idle_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit = limit
        self._idle_seconds = idle_seconds
        self._clock = clock
        self._kept: OrderedDict[str, tuple[float, Conversation]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, key: str) -> Conversation | None:
        """Return the conversation of a key, or None where nothing was said yet."""
        with self._lock:
            self._drop_idle()
            entry = self._kept.get(key)
            return entry[1] if entry else None

    def open(self, key: str) -> Conversation:
        """Return the conversation of a key, a new one where there is none."""
        with self._lock:
            self._drop_idle()
            conversation = self._kept.pop(key, (0.0, Conversation()))[1]
            self._kept[key] = (self._clock(), conversation)
            while len(self._kept) > self._limit:
                self._kept.popitem(last=False)
            return conversation

    def forget(self, key: str) -> None:
        """Start the conversation of a key anew."""
        with self._lock:
            self._kept.pop(key, None)

    def _drop_idle(self) -> None:
        oldest = self._clock() - self._idle_seconds
        while self._kept and next(iter(self._kept.values()))[0] < oldest:
            self._kept.popitem(last=False)

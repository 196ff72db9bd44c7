"""What a reader thinks of a reply: kept at the click, once a reply, and told as it was kept."""

from __future__ import annotations

from typing import NamedTuple

from ui.conversations import Conversation, Conversations, Opinion
from ui.service import OpinionNotKeptError, Service
from ui.wording import FeedbackWords


class Told(NamedTuple):
    """What the reader is told, whether it was kept, and whether it can be tried again."""

    text: str
    is_kept: bool = False
    again: bool = False


class Opinions:
    """Takes opinions of the last reply of a conversation."""

    def __init__(
        self, service: Service, conversations: Conversations, words: FeedbackWords
    ) -> None:
        self._service = service
        self._conversations = conversations
        self._words = words

    def is_open(self, key: str) -> bool:
        """Say whether there is a last reply that no opinion was given on."""
        conversation = self._conversations.find(key)
        return conversation is not None and self._place(conversation) is not None

    def vote(self, key: str, vote: str) -> Told:
        """Keep "yes" or "no" on the last reply."""
        conversation = self._conversations.find(key)
        if conversation is None:
            return Told(self._words.before)
        # Held while it is written: of two clicks at once, one is kept.
        with conversation.lock:
            place = self._place(conversation)
            answer = conversation.turns[place].answer if place is not None else None
            if place is None or answer is None:
                return Told(self._words.before)
            question = conversation.turns[place].question
            try:
                row = self._service.feedback(question, answer, vote)
            except OpinionNotKeptError:
                return Told(self._words.failed, again=True)
            conversation.opinions[place] = Opinion(row, lacks_reason=vote == "no")
        return Told(self._thanks(), is_kept=True)

    def explain(self, key: str, reason: str) -> Told:
        """Add a reason to the "no" that was given last."""
        conversation = self._conversations.find(key)
        if conversation is None:
            return Told(self._words.before)
        with conversation.lock:
            place = max(conversation.opinions, default=None)
            if place is None or not conversation.opinions[place].lacks_reason:
                return Told(self._words.before)
            row = conversation.opinions[place].row
            try:
                self._service.feedback_reason(row, reason)
            except OpinionNotKeptError:
                return Told(self._words.failed, again=True)
            conversation.opinions[place] = Opinion(row, lacks_reason=False)
        thanks = self._words.thanks_off if row is None else self._words.thanks_reason
        return Told(thanks, is_kept=True)

    def _place(self, conversation: Conversation) -> int | None:
        place = len(conversation.turns) - 1
        if place < 0 or conversation.turns[place].answer is None:
            return None
        return None if place in conversation.opinions else place

    def _thanks(self) -> str:
        store = self._service.store
        if store is None:
            return self._words.thanks_off
        return self._words.thanks_with_text if store.keep_messages else self._words.thanks

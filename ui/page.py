"""The chat page: conversation on the left, source documents on the right, one click between them.

The page shows what the server keeps (see `ui.conversations`). What a browser posts of the
conversation is read only for what it adds: it can raise a contraindication and clear none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from assistant.schema import Answer
from corpus.errors import InputError
from ui.bubbles import ReplyWriter, mark_id
from ui.conversations import Conversation, Conversations
from ui.history import read_history
from ui.markup import escape, markdown_to_plain, plain_to_markdown, reply_to_html
from ui.opinions import Opinions
from ui.rate import TooManyQuestionsError
from ui.service import Service, ServiceBusyError, ServiceFailedError
from ui.sources import panel_html
from ui.wording import PageWords

Bubble = dict[str, Any]


@dataclass(frozen=True)
class PageTexts:
    """What the page says that the policy decides: the standing note and names of its entries."""

    standing_note: str
    names: dict[str, str]


class ChatPage:
    """What the page does; `build_page` lays it out."""

    def __init__(
        self, service: Service, conversations: Conversations, words: PageWords, texts: PageTexts
    ) -> None:
        self._service = service
        self._conversations = conversations
        self._words = words
        self._texts = texts
        self.opinions = Opinions(service, conversations, words.feedback)

    def ask(
        self, question: object, posted: object, key: str, address: str = ""
    ) -> Iterator[tuple[list[Bubble], str]]:
        """Answer a question; yield conversation and panel, first with the question alone.

        Raises:
            InputError: The question is no string, or the posted conversation cannot be read.
        """
        try:
            yield from self._ask(question, posted, key, address)
        except InputError as error:
            self._service.metrics.error(type(error).__name__)
            raise

    def _ask(
        self, question: object, posted: object, key: str, address: str
    ) -> Iterator[tuple[list[Bubble], str]]:
        if not isinstance(question, str):
            raise InputError("question", "expected text")
        conversation = self._conversations.open(key)
        said_elsewhere = _only_posted(posted, conversation)
        panel = self.panel(conversation)
        if not question.strip():
            yield self.bubbles(conversation), panel
            return
        if len(conversation.turns) >= self._service.settings.max_turns:
            yield [*self.bubbles(conversation), self._failure(self._words.failed.full)], panel
            return
        place = conversation.hear(question)
        yield self.bubbles(conversation), panel
        try:
            messages = conversation.history(place, said_elsewhere)
            answer = self._service.reply(question, messages, conversation=key, address=address)
        except TooManyQuestionsError as error:
            told = self._words.failed.rate.format(seconds=error.seconds)
            yield [*self.bubbles(conversation), self._failure(told)], panel
        except ServiceBusyError:
            yield [*self.bubbles(conversation), self._failure(self._words.failed.busy)], panel
        except ServiceFailedError:
            yield [*self.bubbles(conversation), self._failure(self._words.failed.text)], panel
        else:
            conversation.reply(place, answer)
            yield self.bubbles(conversation), self.panel(conversation)

    def _failure(self, text: str) -> Bubble:
        told = f"{text}\n\n{self._words.failed.emergency}"
        body = f'<div class="lm-reply lm-failure">{reply_to_html(told, str)}</div>'
        return {"role": "assistant", "content": body}

    def restore(self, key: str) -> tuple[list[Bubble], str]:
        """Return conversation and panel as they were before the page was loaded again."""
        conversation = self._conversations.find(key) or Conversation()
        return self.bubbles(conversation), self.panel(conversation)

    def forget(self, key: str) -> tuple[list[Bubble], str]:
        """Start a new conversation: the only thing that clears what was said."""
        self._conversations.forget(key)
        return self.restore(key)

    def bubbles(self, conversation: Conversation) -> list[Bubble]:
        """Return the conversation in the chat component's form."""
        shown: list[Bubble] = []
        for place, turn in enumerate(conversation.turns):
            shown.append({"role": "user", "content": _as_typed(turn.question)})
            if turn.answer is None:
                continue
            is_last = place == len(conversation.turns) - 1
            bubble: Bubble = {
                "role": "assistant",
                "content": self._reply_html(conversation, place, turn.answer, is_last),
            }
            if is_last and turn.answer.outcome != "referral" and turn.answer.follow_ups:
                bubble["options"] = [
                    {"value": follow_up, "label": follow_up} for follow_up in turn.answer.follow_ups
                ]
            shown.append(bubble)
        return shown

    def _reply_html(
        self, conversation: Conversation, place: int, answer: Answer, is_last: bool
    ) -> str:
        if is_last and (shown := _without_buttons(answer)) is not answer:
            # Not kept: once it is no longer the last reply, its list stands in for the buttons.
            return ReplyWriter(
                shown, place, conversation.number, self._words, self._texts.names
            ).html()
        html = conversation.html.get(place)
        if html is None:
            writer = ReplyWriter(answer, place, conversation.number, self._words, self._texts.names)
            html = conversation.html[place] = writer.html()
        return html

    def panel(self, conversation: Conversation) -> str:
        """Return the source documents with this conversation's citations marked."""
        back: dict[int, str] = {}
        for place, turn in enumerate(conversation.turns):
            for citation in turn.answer.citations if turn.answer else ():
                number = conversation.number(citation)
                back[number] = mark_id(place, number)
        documents = self._service.assistant.corpus.documents
        html = panel_html(documents, conversation.citations, back, self._words.back)
        return html or f"<p>{escape(self._words.sources_empty)}</p>"


MAX_SHOWN_CHARS = 4_000


def _only_posted(posted: object, conversation: Conversation) -> list[str]:
    """Return the user messages in a posted conversation that the server has not heard."""
    known = {_squash(markdown_to_plain(_as_typed(turn.question))) for turn in conversation.turns}
    said = [
        markdown_to_plain(message.content)
        for message in read_history(posted)
        if message.role == "user"
    ]
    return [text for text in said if _squash(text) not in known]


def _squash(text: str) -> str:
    return " ".join(text.split())


def _without_buttons(answer: Answer) -> Answer:
    """Return a reply without the list of questions that stands at its end, as buttons do too."""
    listed = "\n".join(f"- {question}" for question in answer.follow_ups)
    if answer.outcome != "abstention" or not listed or not answer.text.endswith(f"\n{listed}"):
        return answer
    return answer.model_copy(update={"text": answer.text.removesuffix(listed).rstrip()})


def _as_typed(question: str) -> str:
    """Return a user's message for the chat component, cut where it would drown the page."""
    shown = question if len(question) <= MAX_SHOWN_CHARS else question[:MAX_SHOWN_CHARS] + " …"
    return plain_to_markdown(shown) or "\N{NO-BREAK SPACE}"

"""Checks and reads what callers pass in: the question and the conversation before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import get_args

from assistant.schema import Message
from corpus.errors import InputError

ROLES: tuple[str, ...] = get_args(Message.model_fields["role"].annotation)


def check_question(question: object) -> str:
    """Return the question, if it is a string; what is in it is not judged here.

    Raises:
        InputError: It is no string.
    """
    if not isinstance(question, str):
        raise InputError("question", f"must be a string, not {type(question).__name__}")
    return _whole(question)


def check_history(history: object) -> list[Message]:
    """Return the conversation so far as messages, oldest first.

    Raises:
        InputError: It is no list of messages, or a message has an unknown role or no text. The
            message names the place in the list and the field.
    """
    if isinstance(history, str | bytes | Mapping) or not isinstance(history, Sequence):
        raise InputError("history", "must be a list of messages with 'role' and 'content'")
    return [_message(item, place) for place, item in enumerate(history)]


def user_messages(history: Sequence[Message], question: str) -> list[str]:
    """Return what the user said, oldest first, the question last; nobody else is listened to."""
    return [message.content for message in history if message.role == "user"] + [question]


def _message(item: object, place: int) -> Message:
    if isinstance(item, Message):
        return item
    field = f"history[{place}]"
    if not isinstance(item, Mapping):
        raise InputError(field, "must be a message with 'role' and 'content'")
    role, content = item.get("role"), item.get("content")
    if role not in ROLES:
        raise InputError(f"{field}.role", f"must be one of {', '.join(ROLES)}, not {role!r}")
    if not isinstance(content, str):
        raise InputError(f"{field}.content", f"must be a string, not {type(content).__name__}")
    return Message(role=role, content=_whole(content))


def _whole(text: str) -> str:
    r"""Return text that can be written as UTF-8: half of a surrogate pair is no character.

    >>> _whole("calf \ud83e\uddb5 \ud800")
    'calf \U0001f9b5 \ufffd'
    """
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")

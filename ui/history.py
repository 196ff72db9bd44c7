"""Gradio's chat history, read into messages.

Gradio gives the content of a message as a list of blocks when it comes from the page, and as a
plain string when it comes from a client. A message that is misread here is one the guard never
sees, so a shape that is not known raises.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assistant.schema import Message
from corpus.errors import InputError

_ROLES = ("user", "assistant", "system")


def read_history(value: object) -> list[Message]:
    """Return the messages in a chat component's value, oldest first.

    Args:
        value: None, or a list of messages: mappings or objects with ``role`` and ``content``.

    Raises:
        InputError: The value, a role or a content has a shape that is not known.
    """
    if value is None:
        return []
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        raise InputError("history", f"expected a list of messages, not {type(value).__name__}")
    return [_message(entry, f"history[{place}]") for place, entry in enumerate(value)]


def _message(entry: object, where: str) -> Message:
    role = _part(entry, "role", where)
    if role not in _ROLES:
        raise InputError(f"{where}.role", f"expected one of {', '.join(_ROLES)}")
    text = _text(_part(entry, "content", where), f"{where}.content")
    return Message.model_validate({"role": role, "content": text})


def _part(entry: object, name: str, where: str) -> object:
    if isinstance(entry, Mapping):
        if name in entry:
            found: object = entry[name]
            return found
    elif hasattr(entry, name):
        return getattr(entry, name)
    raise InputError(f"{where}.{name}", "is missing; a message has a role and a content")


def _text(content: object, where: str) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, Mapping) or hasattr(content, "text"):
        return _block_text(content, where)
    if isinstance(content, Sequence) and not isinstance(content, bytes):
        blocks = (_text(block, f"{where}[{place}]") for place, block in enumerate(content))
        return "\n".join(blocks)
    raise InputError(where, f"expected text or a list of text blocks, not {type(content).__name__}")


def _block_text(block: object, where: str) -> str:
    text = block.get("text") if isinstance(block, Mapping) else getattr(block, "text", None)
    kind = block.get("type", "text") if isinstance(block, Mapping) else "text"
    if kind != "text" or not isinstance(text, str):
        raise InputError(where, "only blocks of text are read; this page takes no files")
    return text

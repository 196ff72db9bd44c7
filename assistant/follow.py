"""Follow-up messages: "why?", "and for runners?", "the second one?" read with what was said before.

By rule, from the messages alone: nothing is remembered anywhere. The question that comes out is
what retrieval sees, and it is shown in the reply. The safety layer has read every message for
itself.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any

from assistant.question import asking_part
from assistant.schema import MARK, Message
from index.text import terms_of, words_of

MOST_WORDS = 12
"""A longer message has a question of its own."""

LOOK_BACK = 3
"""User messages that are gone back to find one with a question of its own."""

_BULLET = re.compile(
    r"^[^\S\n]*[-*][^\S\n]+(?:\*\*(?P<label>[^*\n]+?):?\*\*)?(?P<text>.*)$", re.MULTILINE
)


@cache
def _rules() -> dict[str, Any]:
    source = resources.files("assistant").joinpath("follow.toml")
    return tomllib.loads(source.read_text(encoding="utf-8"))


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(_rules()[name].strip(), re.IGNORECASE)


def resolve(
    message: str, history: Sequence[Message], names: frozenset[str], subject: str = ""
) -> str:
    """Return the question that a message asks, given the conversation before it.

    Args:
        message: The user's message.
        history: The messages before it, oldest first.
        names: Stems of what the corpus has an item about; one of them in a follow-up takes the
            place of the ones before ("and the calves?" after a question about the hamstrings).
        subject: What the corpus is about; an "it" that stands for nothing said before means that.
    """
    if len(words_of(message)) > MOST_WORDS:
        return message
    if item := _item(message, history):
        return item
    before = _question_before(history, names)
    if before is None:
        return _with_subject(message, subject)
    if _pattern("more").match(message):
        return before
    if further := _pattern("further").match(message):
        return f"{further['ask']}? {before}"
    about = _pattern("about").match(message)
    if about and not _pattern("whole").match(about["rest"]):
        return _about(about["rest"], before, names)
    if _pattern("pronouns").search(message) and not names.intersection(terms_of(message)):
        return f"{before} {message}"
    return message


def _with_subject(message: str, subject: str) -> str:
    """Return a question about "it" as one about the subject: "is it good for the mind?".

    Left as it is where a word before could be what is meant, or where "it" means nothing at all
    ("what time is it?").
    """
    found = _pattern("it").search(message) if subject else None
    if not found or terms_of(message[: found.start()]) or _pattern("empty_it").search(message):
        return message
    if set(terms_of(subject)).intersection(terms_of(message)):
        return message
    return f"{message[: found.start()]}{subject}{message[found.end() :]}"


def _question_before(history: Sequence[Message], names: frozenset[str]) -> str | None:
    """Return the last question that stands by itself, resolved along the way."""
    users = [place for place, message in enumerate(history) if message.role == "user"]
    for place in reversed(users[-LOOK_BACK:]):
        text = resolve(history[place].content, history[:place], names)
        if terms_of(text):
            return asking_part(text)
    return None


def _item(message: str, history: Sequence[Message]) -> str | None:
    """Return the question about an item of the last list shown, if the message points at one."""
    found = _pattern("item").search(message)
    replies = [m.content for m in history if m.role == "assistant"]
    if not found or not replies:
        return None
    bullets = list(_BULLET.finditer(replies[-1]))
    ordinal = found["ordinal"].lower()
    number = _rules()["ordinals"].get(ordinal) or int(re.sub(r"\D", "", ordinal) or 0)
    if not bullets or number == 0 or number > len(bullets):
        return None
    bullet = bullets[number - 1 if number > 0 else number]
    if not bullet["label"] and not MARK.search(bullet["text"]):
        return bullet["text"].strip()  # a question that an abstention offered
    name = MARK.sub("", bullet["label"] or " ".join(bullet["text"].split()[:8])).strip()
    rest = " ".join((message[: found.start()] + message[found.end() :]).strip(" ?.!").split())
    asks = terms_of(rest) or any(word in words_of(rest) for word in ("why", "how", "when", "who"))
    return f"{rest} {name}?" if asks else f"What is {name}?"


def _about(rest: str, before: str, names: frozenset[str]) -> str:
    """Return the question before, about something else."""
    if not names.intersection(terms_of(rest)):
        return f"{before.rstrip(' ?.!')} {rest}?"
    other = re.sub(r"^(?:the|a|an|my|your)\s+", "", rest, flags=re.IGNORECASE)
    words = before.rstrip(" ?.!").split()
    places = [i for i, word in enumerate(words) if names.intersection(terms_of(word))]
    if not places:
        return f"{' '.join(words)} {rest}?"
    said = set(terms_of(other))
    gone = {i for i, word in enumerate(words) if said.intersection(terms_of(word))}
    gone.update(places[1:])
    words[places[0]] = other
    return " ".join(word for i, word in enumerate(words) if i not in gone - {places[0]}) + "?"

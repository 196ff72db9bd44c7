"""Answers questions about the corpus, each claim cited, and refers what is not safe.

>>> from assistant import answer
>>> reply = answer("What does petrissage do?")  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from assistant.schema import Answer, Message
from corpus.citation import Citation
from corpus.errors import CorpusError, InputError, LegMassageError, PolicyError, SettingsError
from safety.decision import Decision, Finding, Referral

if TYPE_CHECKING:
    from assistant.assistant import Assistant
    from assistant.settings import Settings

__all__ = [
    "Answer",
    "Assistant",
    "Citation",
    "CorpusError",
    "Decision",
    "Finding",
    "InputError",
    "LegMassageError",
    "Message",
    "PolicyError",
    "Referral",
    "Settings",
    "SettingsError",
    "answer",
]


def answer(question: str, history: Sequence[Message | Mapping[str, str]] = ()) -> Answer:
    """Answer the question with the default assistant, built on first use.

    Raises:
        InputError: The question is no string, or the history is not made of messages.
    """
    return default_assistant().answer(question, history)


@cache
def default_assistant() -> Assistant:
    """Return the assistant that `answer` uses: bundled or as the environment says."""
    from assistant.assistant import Assistant

    return Assistant()


def __getattr__(name: str) -> Any:
    # Loaded when asked for: importing the package stays quick.
    if name == "Assistant":
        from assistant.assistant import Assistant

        return Assistant
    if name == "Settings":
        from assistant.settings import Settings

        return Settings
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

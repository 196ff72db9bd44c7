"""The words of the page, read from page.toml."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

from pydantic import BaseModel, ConfigDict


class _Words(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class FailureWords(_Words):
    """What is shown when a question could not be answered for a technical reason."""

    text: str
    full: str
    busy: str
    rate: str
    emergency: str


class ReferralWords(_Words):
    """The frame around the policy's fixed messages."""

    emergency: str
    urgent: str
    routine: str
    emergency_tag: str
    urgent_tag: str
    routine_tag: str
    ground: str
    notice: str
    more: str

    def head(self, urgency: str) -> str:
        """Return what to do first, for an urgency."""
        return {"emergency": self.emergency, "urgent": self.urgent}.get(urgency, self.routine)

    def tag(self, urgency: str) -> str:
        """Return the urgency in words."""
        tags = {"emergency": self.emergency_tag, "urgent": self.urgent_tag}
        return tags.get(urgency, self.routine_tag)


class FeedbackWords(_Words):
    """Asking whether a reply was useful."""

    question: str
    yes: str
    no: str
    why: str
    thanks: str
    thanks_with_text: str
    thanks_reason: str
    thanks_off: str
    before: str
    failed: str
    reasons: dict[str, str]


class PageWords(_Words):
    """All words of the page."""

    title: str
    tagline: str
    ask_label: str
    ask_placeholder: str
    ask_button: str
    new_conversation: str
    new_conversation_hint: str
    conversation_name: str
    sources_name: str
    sources_empty: str
    back: str
    asked: str
    replied: str
    save_markdown: str
    save_json: str
    nothing_to_save: str
    back_to_page: str
    skip_to_sources: str
    welcome: str
    welcome_hint: str
    examples: tuple[str, ...]
    failed: FailureWords
    referral: ReferralWords
    feedback: FeedbackWords


@cache
def page_words() -> PageWords:
    """Return the words of the page; a missing or unknown key is an error at start."""
    text = resources.files("ui").joinpath("page.toml").read_text(encoding="utf-8")
    return PageWords.model_validate(tomllib.loads(text))

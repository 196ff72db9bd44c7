"""What the fixed texts must hold before anything is served with them.

A text that is missing would be noticed only by the person who needed it. Whether a text is short,
plain and grounded is asked by ``leg-massage policy validate``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

REASONS = ("not_covered", "too_vague", "empty", "unreadable", "too_long", "other_language")
"""Why the assistant may abstain; each has a text of its own."""
_GROUND = ("document", "quote")


def missing_texts(messages: Mapping[str, Any], contraindications: Iterable[str]) -> list[str]:
    """Return the places of the texts that the messages lack, in order; none where all are there.

    >>> missing_texts({}, [])[:3]
    ['general.message', 'general.grounding', 'failure.message']
    """
    wanted: list[tuple[str, tuple[str, ...]]]
    wanted = [("general", ("message", "grounding")), ("failure", ("message", "grounding"))]
    wanted += [
        (f"contraindication.{name}", ("name", "message", "notice", "grounding"))
        for name in contraindications
    ]
    wanted += [(f"abstain.{reason}", ("message",)) for reason in REASONS]
    wanted += [("standing_note", ("message",))]
    return [place for table, keys in wanted for place in _missing_in(messages, table, keys)]


def _missing_in(messages: Mapping[str, Any], table: str, keys: Iterable[str]) -> Iterator[str]:
    entry: Any = messages
    for part in table.split("."):
        entry = entry.get(part) if isinstance(entry, Mapping) else None
    fields: Mapping[str, Any] = entry if isinstance(entry, Mapping) else {}
    for key in keys:
        is_there = _is_ground if key == "grounding" else _is_text
        if not is_there(fields.get(key)):
            yield f"{table}.{key}"
    for key, value in fields.items():
        if key.startswith("message_") and not _is_text(value):
            yield f"{table}.{key}"
        if key.startswith("grounding_") and not _is_ground(value):
            yield f"{table}.{key}"


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_ground(value: object) -> bool:
    return isinstance(value, Mapping) and all(_is_text(value.get(key)) for key in _GROUND)

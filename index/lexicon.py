"""Everyday words for what documents call otherwise: "bum" finds "gluteal".

Words are data (``lexicon.toml``). A question is widened, never changed: its own words count most.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources

from index.text import stem, stop_words, words_of


@dataclass(frozen=True)
class Match:
    """An idea of the lexicon that a question names."""

    terms: frozenset[str]
    """Stems of the question's own words that name it."""
    others: frozenset[str]
    """Stems of the other words for it: of the first entry, and of entries of one word."""
    name: str
    """How documents call it."""


class Lexicon:
    """Groups of words and phrases that stand for one idea."""

    def __init__(self, groups: Sequence[Sequence[str]]) -> None:
        self._groups = [tuple(group) for group in groups]

    @cached_property
    def _phrases(self) -> dict[tuple[str, ...], list[int]]:
        phrases: dict[tuple[str, ...], list[int]] = {}
        for number, group in enumerate(self._groups):
            for phrase in group:
                phrases.setdefault(_stems(phrase), []).append(number)
        return phrases

    @cached_property
    def _lengths(self) -> dict[str, tuple[int, ...]]:
        """How long the phrases are that begin with a stem."""
        lengths: dict[str, set[int]] = {}
        for phrase in self._phrases:
            lengths.setdefault(phrase[0], set()).add(len(phrase))
        return {first: tuple(sorted(found)) for first, found in lengths.items()}

    @cached_property
    def _terms(self) -> list[frozenset[str]]:
        stop = stop_words()
        kept = [
            [phrase for place, phrase in enumerate(group) if place == 0 or " " not in phrase]
            for group in self._groups
        ]
        return [
            frozenset(stem(w) for phrase in group for w in words_of(phrase) if w not in stop)
            for group in kept
        ]

    def matches(self, text: str) -> list[Match]:
        """Return the ideas that a text names, in the order of the lexicon."""
        stems = _stems(text)
        found: dict[int, set[str]] = {}
        for start, first in enumerate(stems):
            for length in self._lengths.get(first, ()):
                phrase = stems[start : start + length]
                for number in self._phrases.get(phrase, ()):
                    found.setdefault(number, set()).update(phrase)
        return [
            Match(
                terms=frozenset(own),
                others=self._terms[number] - own,
                name=self._groups[number][0],
            )
            for number, own in sorted(found.items())
        ]


def with_names(text: str, matches: Sequence[Match]) -> str:
    """Return a question as it is embedded: with what documents call the things in it."""
    names = [match.name for match in matches if match.name not in text.lower()]
    return f"{text} ({', '.join(names)})" if names else text


def _stems(text: str) -> tuple[str, ...]:
    return tuple(stem(word) for word in words_of(text))


@cache
def bundled_lexicon() -> Lexicon:
    """Return the lexicon that is part of the package."""
    source = resources.files("index").joinpath("lexicon.toml")
    return Lexicon(tomllib.loads(source.read_text(encoding="utf-8"))["groups"])

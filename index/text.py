"""Text -> terms, the same way for passages and questions."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from functools import cache, lru_cache
from importlib import resources
from typing import Any

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


@cache
def _words(part: str) -> frozenset[str]:
    source = resources.files("index").joinpath("words.toml")
    return frozenset(tomllib.loads(source.read_text(encoding="utf-8"))[part])


@cache
def stop_words() -> frozenset[str]:
    """Return the words that carry no topic."""
    return _words("stop")


def kept_words() -> frozenset[str]:
    """Return words that are no misspelling of another one."""
    return _words("keep")


@cache
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")


def words_of(text: str) -> list[str]:
    """Return the words in lower case, with straight apostrophes; stop words are still in.

    >>> words_of("Self-massage: don’t stop")
    ['self', 'massage', "don't", 'stop']
    """
    return [word.replace("’", "'") for word in _WORD.findall(text.lower())]


@cache
def stem(word: str) -> str:
    """Return the stem of a lower-case word (Porter's English stemmer, second version).

    >>> stem("kneading") == stem("kneads")
    True
    """
    return str(_stemmer().stemWord(_base(word)))


def stems_of(words: Iterable[str]) -> frozenset[str]:
    """Return the stems of many lower-case words, none of which is remembered."""
    return frozenset(_stemmer().stemWords([_base(word) for word in words]))


def _base(word: str) -> str:
    base = word[:-2] if word.endswith("'s") else word
    # The stemmer knows regular plurals only: "calves" and "calf" would stay apart.
    return base[:-3] + "f" if base.endswith("lves") else base


@lru_cache(maxsize=16384)
def terms_of(text: str) -> tuple[str, ...]:
    """Return the stems of the words that carry a topic, in order, with repeats.

    Kept for the texts seen last: each question is held against the same passages.
    """
    stop = stop_words()
    return tuple(stem(word) for word in words_of(text) if word not in stop)

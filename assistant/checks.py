"""Deterministic checks of what a language model wrote: a sentence that fails one is dropped.

A sentence has to name passages that were given; its numbers, units, parts of the body and negations
have to stand in them; most of its words too; and advice against something must not turn into advice
for it. No second model judges the first.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from assistant.schema import MARK
from corpus import Corpus, Passage
from corpus.document import Span
from corpus.sentences import split_sentences
from index.text import stem, terms_of, words_of

MIN_COVERAGE = 0.6
"""Share of a sentence's topic words that its passages have to hold."""

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_MARKS_AFTER = re.compile(r"([.!?])((?:\s*\[\d+\])+)")


@dataclass(frozen=True)
class Written:
    """A sentence that passed, without its marks, and what it rests on."""

    text: str
    sources: tuple[tuple[Passage, Span], ...]
    """Each passage named, with the sentence of it that is nearest in words."""


@cache
def _rules() -> dict[str, Any]:
    source = resources.files("assistant").joinpath("checks.toml")
    return tomllib.loads(source.read_text(encoding="utf-8"))


@cache
def _stems(part: str) -> frozenset[str]:
    return frozenset(stem(word) for word in _rules()[part])


def check(text: str, passages: Sequence[Passage], corpus: Corpus) -> list[Written]:
    """Return the sentences of a model's reply that hold, in order."""
    # "A sentence. [1]" and "A sentence [1]." are both in use; the second form is split right.
    inward = _MARKS_AFTER.sub(r"\2\1", text.strip())
    sentences = (inward[a:b] for a, b in split_sentences(inward))
    checked = (_checked(sentence, passages, corpus) for sentence in sentences)
    return [written for written in checked if written is not None]


def _checked(sentence: str, passages: Sequence[Passage], corpus: Corpus) -> Written | None:
    marks = [int(number) for number in MARK.findall(sentence)]
    if not marks or any(not 1 <= mark <= len(passages) for mark in marks):
        return None
    bare = " ".join(re.sub(r"\s+([.!?,;])", r"\1", MARK.sub("", sentence)).split())
    named = [passages[mark - 1] for mark in dict.fromkeys(marks)]
    if fault(bare, " ".join(passage.text for passage in named)):
        return None
    return Written(bare, tuple((p, nearest_sentence(bare, p, corpus)) for p in named))


def fault(sentence: str, source: str) -> str | None:
    """Return what a sentence has that its source has not; None where it holds.

    >>> fault("Roll for 10 minutes.", "Roll slowly.")
    'number'
    """
    held = {stem(word) for word in words_of(source)}
    own = {stem(word) for word in words_of(sentence)}
    if re.search(_rules()["forbidden"].strip(), sentence, re.IGNORECASE):
        return "promise"
    if set(_NUMBER.findall(sentence)) - set(_NUMBER.findall(source)):
        return "number"
    for part in ("units", "body"):
        if (own & _stems(part)) - held:
            return part
    if _turns_round(sentence, source):
        return "negation"
    terms = terms_of(sentence)
    if not terms:
        return "empty"
    found = set(terms_of(source))
    coverage = sum(term in found for term in terms) / len(terms)
    return None if coverage >= MIN_COVERAGE else "coverage"


def nearest_sentence(sentence: str, passage: Passage, corpus: Corpus) -> Span:
    """Return the sentence of a passage that shares most words with a written one."""
    text = corpus.document(passage.document).text
    own = set(terms_of(sentence))
    return max(passage.sentences, key=lambda s: (len(own & set(terms_of(text[slice(*s)]))), -s[0]))


def _negates(text: str) -> bool:
    words = words_of(text)
    return any(stem(w) in _stems("negation") or w.endswith("n't") for w in words)


def _turns_round(sentence: str, source: str) -> bool:
    """Say whether the part of the source that a sentence retells is negated the other way.

    A source of several sentences may negate in one and not in another, so the nearest one counts.
    """
    own = set(terms_of(sentence))
    parts = [source[a:b] for a, b in split_sentences(source)]
    nearest = max(parts, key=lambda part: len(own & set(terms_of(part))))
    return _negates(sentence) != _negates(nearest)

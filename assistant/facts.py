"""What is the same of a passage for every question: found when it is first looked at, and kept.

A question looks at some twenty passages, and the next one mostly at the same. Their stems, their
label, and what their sentences define do not hang on what is asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from assistant.wording import Label, label_of
from corpus import Corpus, Passage
from index.text import terms_of

KEPT = 8192
"""Passages whose facts are kept, those looked at last: a few kilobytes each."""

_DEFINES = re.compile(
    r"^(?:\W*[^.:]{1,60}:\**\s+)?(?P<term>(?:[^\s,;:]+\s+){1,6}?)(?P<also>\([^)]*\)\s+)?"
    r"(?<!\bthat )(?<!\bwho )(?<!\bwhich )(?:is|are|means?|lies?|refers? to|here means)\b"
)
_HEAD_ENDS = re.compile(r"\b(?:with|without|in|on|at|for|from|to|after|by)\b")
_GLOSS = re.compile(r"(?<![\w'’-])(?P<term>(?:[\w'’-]+ ){1,4})\((?P<gloss>[^()]{12,})\)")


@dataclass(frozen=True)
class Definition:
    """What a sentence says the meaning of, as stems."""

    subject: frozenset[str] = frozenset()
    """What it opens with and goes on to define; empty where it does not."""
    head: frozenset[str] = frozenset()
    """Of the subject, the thing itself: "tissue" of "tissue with adhesions"."""
    glossed: tuple[tuple[str, ...], ...] = ()
    """What stands before a meaning in brackets: "adhesions (places ...)"."""


class Stretch:
    """Words that are held against questions as a whole: a sentence, or a passage."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def stems(self) -> frozenset[str]:
        """Stems of the words that carry a topic."""
        return frozenset(terms_of(self.text))

    @cached_property
    def definition(self) -> Definition:
        """What it defines, taken as one sentence."""
        glossed = tuple(terms_of(gloss["term"]) for gloss in _GLOSS.finditer(self.text))
        found = _DEFINES.match(self.text)
        if not found:
            return Definition(glossed=glossed)
        also = found["also"] or ""
        # "Tissue with adhesions is ..." says what such tissue is, and not what adhesions are.
        head = _HEAD_ENDS.split(found["term"])[0] + also
        subject = f"{found['term']} {also}"
        return Definition(frozenset(terms_of(subject)), frozenset(terms_of(head)), glossed)


def heading_of(passage: Passage, label: Label | None) -> str:
    """Return what a passage is headed by: its nearest heading, and its label if it has one."""
    return " ".join((*passage.section[-1:], label.text if label else ""))


class Facts:
    """Of one passage.

    Args:
        passage: The passage.
        corpus: Holds its document.
    """

    def __init__(self, passage: Passage, corpus: Corpus) -> None:
        document = corpus.document(passage.document)
        self._passage = passage
        self.role = document.role
        """Of its document."""
        self.own = Stretch(passage.text)
        """Its words."""
        self.whole = Stretch(" ".join((*passage.section, passage.text)))
        """Its words under all its headings."""
        self.sentences = tuple(Stretch(document.text[a:b]) for a, b in passage.sentences)
        """Its sentences, in order."""
        self.words = len(passage.text.split())
        """How many words it has."""

    @cached_property
    def label(self) -> Label | None:
        """Its label, if it is a list item that has one."""
        return label_of(self._passage)

    @cached_property
    def heading(self) -> Stretch:
        """What it is headed by: its nearest heading, and its label if it has one."""
        return Stretch(heading_of(self._passage, self.label))


class CorpusFacts:
    """The facts of each passage of a corpus; many threads may ask.

    Args:
        corpus: The corpus.
    """

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self._kept: Callable[[str], Facts] = lru_cache(maxsize=KEPT)(self._found)

    def of(self, passage: Passage) -> Facts:
        """Return the facts of a passage of the corpus."""
        return self._kept(passage.id)

    def _found(self, name: str) -> Facts:
        return Facts(self.corpus.passage(name), self.corpus)

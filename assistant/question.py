"""A user's message -> the question in it: which sentences ask, what kind, which words count.

People tell a story and ask at the end of it. Retrieval on the whole story finds what the story is
about; the question is in one or two sentences. What is dropped here is dropped for retrieval only:
the safety layer has read the whole message before.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from typing import Any, Literal, cast

from corpus.sentences import split_sentences
from index.lexicon import Match, bundled_lexicon, with_names
from index.spelling import Speller
from index.text import terms_of, words_of

Kind = Literal["definition", "list", "how", "why", "who", "when", "yes_no", "comparison", "general"]

FEW_TERMS = 3
"""A question with fewer topic words leans on the sentence before it."""


@dataclass(frozen=True)
class Question:
    """A question as retrieval sees it."""

    text: str
    """The sentences that ask, with misspelt words corrected."""
    kind: Kind
    terms: tuple[str, ...]
    """Stems of the topic words of `text`, in order, each once."""
    context: tuple[str, ...] = ()
    """Stems of the topic words of the rest of the message."""
    jargon: tuple[str, ...] = ()
    """Words of the question that the corpus has and everyday English hardly knows."""
    ideas: tuple[Match, ...] = ()
    """What the lexicon knows other words for."""

    @cached_property
    def asks_for_studies(self) -> bool:
        """The question wants to know whether something is shown, not only what is said."""
        return any(pattern.search(self.text) for pattern in _patterns("studies"))

    @cached_property
    def asking(self) -> str:
        """The sentences of `text` that really ask; all of them if none does."""
        return asking_part(self.text)

    @cached_property
    def widened(self) -> frozenset[str]:
        """Stems of other words for what is asked."""
        return frozenset(term for idea in self.ideas for term in idea.others)

    @property
    def embedded(self) -> str:
        """The text that is embedded: the question, with what documents call the things in it."""
        return with_names(self.text, self.ideas)


@cache
def _rules() -> dict[str, Any]:
    source = resources.files("assistant").joinpath("questions.toml")
    return tomllib.loads(source.read_text(encoding="utf-8"))


@cache
def _patterns(part: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(p, re.IGNORECASE) for p in _rules()[part]["patterns"])


@cache
def _kinds() -> tuple[tuple[Kind, tuple[re.Pattern[str], ...]], ...]:
    return tuple(
        (cast("Kind", kind["name"]), tuple(re.compile(p, re.IGNORECASE) for p in kind["patterns"]))
        for kind in _rules()["kind"]
    )


def read_question(message: str, speller: Speller | None = None) -> Question:
    """Return the question of a message; a message that asks nothing is taken as a whole."""
    text = speller.correct(message) if speller else message
    sentences = [text[a:b] for a, b in split_sentences(text)]
    asking = _asking(sentences)
    if speller and asking:
        asking = _with_jargon(asking, sentences, speller)
    focus = " ".join(" ".join(sentences[i].split()) for i in asking)
    chosen = set(asking)
    rest = " ".join(sentence for i, sentence in enumerate(sentences) if i not in chosen)
    terms = tuple(dict.fromkeys(terms_of(focus)))
    context = tuple(term for term in dict.fromkeys(terms_of(rest)) if term not in terms)
    ideas = tuple(bundled_lexicon().matches(focus))
    jargon = tuple(w for w in words_of(focus) if speller and speller.is_jargon(w))
    return Question(focus, kind_of(focus), terms, context, jargon, ideas)


def kind_of(text: str) -> Kind:
    """Return the kind of a question, by the first rule that matches.

    >>> kind_of("Which muscles bend the knee?"), kind_of("petrissage vs friction")
    ('list', 'comparison')
    """
    for kind, patterns in _kinds():
        if any(pattern.search(text) for pattern in patterns):
            return kind
    return "general"


def asking_part(text: str) -> str:
    """Return the sentences of a question that really ask; all of them if none does."""
    sentences = [text[a:b] for a, b in split_sentences(text)]
    asks = [s for s in sentences if any(p.search(s) for p in _patterns("asking"))]
    return " ".join(asks or sentences)


def _asking(sentences: list[str]) -> list[int]:
    """Return the places of the sentences that ask, with what they point back to."""
    asks = [
        i for i, s in enumerate(sentences) if any(p.search(s) for p in _patterns("asking"))
    ] or list(range(len(sentences)))
    if asks and asks[0] > 0 and _leans_back(" ".join(sentences[i] for i in asks)):
        asks.insert(0, asks[0] - 1)
    return asks


def _with_jargon(asking: list[int], sentences: list[str], speller: Speller) -> list[int]:
    """Put the sentence that names the thing before a short question that does not.

    "Dorsiflexion. Sounds like a dinosaur. What is it?": the word that the documents know and
    everyday English does not is what is asked about.
    """
    focus = " ".join(sentences[i] for i in asking)
    if len(set(terms_of(focus))) > FEW_TERMS or any(map(speller.is_jargon, words_of(focus))):
        return asking
    naming = [i for i in range(asking[0]) if any(map(speller.is_jargon, words_of(sentences[i])))]
    return [*naming[-1:], *asking]


def _leans_back(asking: str) -> bool:
    pointing = set(_rules()["pointing"]["words"]).intersection(words_of(asking))
    return bool(pointing) or len(set(terms_of(asking))) < FEW_TERMS

"""Documents and what can be quoted from them: loading, splitting, citing. The lowest layer."""

from __future__ import annotations

from corpus.citation import Citation
from corpus.corpus import Corpus
from corpus.document import Document, Passage
from corpus.errors import CorpusError, InputError, LegMassageError, PolicyError, SettingsError

__all__ = [
    "Citation",
    "Corpus",
    "CorpusError",
    "Document",
    "InputError",
    "LegMassageError",
    "Passage",
    "PolicyError",
    "SettingsError",
]

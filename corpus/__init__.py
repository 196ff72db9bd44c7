"""Documents and what can be quoted from them: loading, splitting, citing. The lowest layer.

Names are loaded when first used: the safety layer needs citations and errors at every start, the
readers and splitters of documents it does not.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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

_HOMES = {"Citation": "citation", "Corpus": "corpus", "Document": "document", "Passage": "document"}


def __getattr__(name: str) -> object:
    """Load a public name from the module that defines it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"corpus.{_HOMES.get(name, 'errors')}"), name)

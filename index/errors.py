"""Errors of the index layer.

LegMassageError
├── IndexNotBuiltError   there is no index where one was expected, and none may be built
├── IndexMismatchError   the index belongs to another corpus, model or format
├── IndexDamagedError    files of the index are missing or are not what the manifest says
└── ModelError           the embedding model is missing, incomplete or not the expected one
"""

from __future__ import annotations

from corpus.errors import LegMassageError


class IndexNotBuiltError(LegMassageError):
    """No index is there, and the caller asked to open one without building."""


class IndexMismatchError(LegMassageError):
    """The index was built from another corpus, with another model or in another format."""


class IndexDamagedError(LegMassageError):
    """A file of the index is missing, cut short or changed."""


class ModelError(LegMassageError):
    """The embedding model cannot be used."""

"""The base of every error this project raises, and the errors of the corpus layer.

LegMassageError
├── InputError            wrong use: names the field and what to pass instead
├── SettingsError         a setting has a value that cannot be used
├── CorpusError           a document or folder cannot be read
└── PolicyError           the safety policy is missing, damaged or inconsistent

The base lives in the lowest package, so that the command line catches one type and prints one line.
"""

from __future__ import annotations


class LegMassageError(Exception):
    """Base of all errors of this project. The message says what is wrong and what to do."""


class InputError(LegMassageError):
    """Wrong use of the interface; ``field`` names the argument that is wrong."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field


class SettingsError(LegMassageError):
    """A setting (argument or ``LEG_MASSAGE_*`` variable) has a value that cannot be used."""


class CorpusError(LegMassageError):
    """A document or folder of documents cannot be read."""


class PolicyError(LegMassageError):
    """The safety policy is missing, damaged or contradicts itself; nothing is served with it."""

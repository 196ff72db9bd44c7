"""Stand-ins that tests share: small, honest implementations of the project's own protocols."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from assistant.generator import GeneratorError
from corpus import Passage
from index.embedder import Vectors
from index.text import terms_of
from safety.decision import Decision

DIMENSION = 256


class HashingEmbedder:
    """Counts words in buckets: texts that share words are near, and no model is loaded.

    `zlib.crc32` gives the same bucket in every process, which `hash` does not.
    """

    name = "hashing"
    model_id = "hashing-256"

    def __init__(self, digest: str = "0" * 64) -> None:
        self.digest = digest
        self.embedded: list[str] = []

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector a text; the texts are kept in `embedded`."""
        self.embedded += texts
        rows = np.zeros((len(texts), DIMENSION), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[0] = 0.1  # a text without any word still has a direction
            for term in terms_of(text):
                row[zlib.crc32(term.encode()) % DIMENSION] += 1.0
        unit: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit


@dataclass
class FixedGuard:
    """Decides what it is told to, and remembers what it was asked."""

    decision: Decision = field(
        default_factory=lambda: Decision(action="answer", policy_version="test")
    )
    asked: list[list[str]] = field(default_factory=list)

    def decide(self, user_messages: Sequence[str]) -> Decision:
        """Return the fixed decision."""
        self.asked.append(list(user_messages))
        return self.decision


@dataclass
class ScriptedGenerator:
    """Replies from a queue; an empty queue fails as a server does that is not there."""

    replies: list[str]
    questions: list[str] = field(default_factory=list)

    def write(self, question: str, passages: Sequence[Passage]) -> str:
        """Return the next reply."""
        self.questions.append(question)
        if not self.replies:
            raise GeneratorError("nobody there")
        return self.replies.pop(0)

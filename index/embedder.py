"""Text -> unit vectors: the protocol, and the reference implementation.

`SentenceTransformerEmbedder` is the reference: it builds indexes, and answers queries where no
export for the light runtime (see `index.runtime`) exists. Everything heavy is imported on first
use.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from index.model import Model

Vectors = npt.NDArray[np.float32]

BATCH = 32
"""Texts embedded at once: enough for the matrix units, few enough for memory to stay flat."""


class Embedder(Protocol):
    """Turns texts into vectors whose inner product is the cosine similarity."""

    @property
    def name(self) -> str:
        """The runtime, as shown in traces: 'sentence-transformers', 'onnxruntime' ..."""

    @property
    def model_id(self) -> str:
        """The model's name."""

    @property
    def digest(self) -> str:
        """SHA-256 of the weights, hexadecimal."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return float32 vectors of shape (len(texts), dimension), each of length 1."""


class SentenceTransformerEmbedder:
    """The model as sentence-transformers runs it, loaded on first use.

    ``half`` computes in bfloat16: faster where the processor has matrix units for it.
    """

    def __init__(self, model: Model, device: str = "cpu", half: bool = False) -> None:
        self.model = model
        self.device = device
        self.half = half
        self._loaded: Any = None

    @property
    def name(self) -> str:
        """The runtime, as shown in traces."""
        return "sentence-transformers in bfloat16" if self.half else "sentence-transformers"

    @property
    def model_id(self) -> str:
        """The model's name."""
        return self.model.id

    @property
    def digest(self) -> str:
        """SHA-256 of the weights."""
        return self.model.digest

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector a text."""
        found = self.load().encode(
            list(texts),
            batch_size=BATCH,
            normalize_embeddings=True,
            show_progress_bar=False,
            convert_to_tensor=True,
        )
        vectors: Vectors = np.ascontiguousarray(found.float().cpu().numpy())
        if self.half:  # a length in bfloat16 is 1 to two digits only
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors

    def load(self) -> Any:
        """Return the loaded model; nothing is looked for on the network."""
        if self._loaded is None:
            os.environ.setdefault("HF_HUB_OFFLINE", "1")
            os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
            os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
            from sentence_transformers import SentenceTransformer
            from transformers.utils import logging

            logging.disable_progress_bar()  # type: ignore[no-untyped-call]
            self._loaded = SentenceTransformer(
                str(self.model.folder), device=self.device, local_files_only=True
            )
            if self.half:
                self._loaded = self._loaded.bfloat16()
        return self._loaded

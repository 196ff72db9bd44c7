"""The light query runtime: the same weights in ONNX Runtime, without torch or transformers.

sentence-transformers spends five seconds on imports and half a gigabyte of memory before the first
question. The exported graph gives the same vectors (a test holds the cosine at 0.9999 or more) in a
tenth of that. One thread: two collapse when the cores are shared with anything else.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from corpus.fair import of_like_length
from index.embedder import Vectors
from index.errors import IndexDamagedError
from index.model import Model

INPUTS = ("input_ids", "attention_mask", "token_type_ids")
OUTPUT = "last_hidden_state"


class OnnxEmbedder:
    """An exported model; vectors equal those of the reference to about six digits."""

    name = "onnxruntime"

    def __init__(self, model: Model, graph: Path, threads: int = 1) -> None:
        self.model = model
        self.graph = graph
        self.threads = threads
        self._session: Any = None
        self._tokenizer: Any = None

    @property
    def model_id(self) -> str:
        """The model's name."""
        return self.model.id

    @property
    def digest(self) -> str:
        """SHA-256 of the weights the graph was exported from."""
        return self.model.digest

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector a text; texts of like length share a batch, to pad little."""
        self._load()
        encoded = self._tokenizer.encode_batch(list(texts))
        rows: dict[int, Vectors] = {}
        for places in of_like_length([len(item.ids) for item in encoded]):
            rows |= zip(places, self._run([encoded[place] for place in places]), strict=True)
        return np.stack([rows[place] for place in range(len(texts))]).astype(np.float32)

    def _run(self, encoded: list[Any]) -> Vectors:
        width = max(len(item.ids) for item in encoded)
        ids = np.zeros((len(encoded), width), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, item in enumerate(encoded):
            ids[row, : len(item.ids)] = item.ids
            mask[row, : len(item.ids)] = 1
        feed = dict(zip(INPUTS, (ids, mask, np.zeros_like(ids)), strict=True))
        tokens = self._session.run([OUTPUT], feed)[0]
        weight = mask[:, :, None].astype(np.float32)
        pooled = (tokens * weight).sum(axis=1) / weight.sum(axis=1)
        unit: Vectors = pooled / np.linalg.norm(pooled, axis=1, keepdims=True)
        return unit

    def _load(self) -> None:
        if self._session is not None:
            return
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            session = onnxruntime.InferenceSession(
                str(self.graph), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime raises classes of its C++ layer, with no base
            raise IndexDamagedError(
                f"{self.graph}: the exported model cannot be loaded; run leg-massage index"
            ) from error
        self._tokenizer = Tokenizer.from_file(str(self.model.folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_tokens(self.model))
        self._session = session


def max_tokens(model: Model) -> int:
    """Return how many word pieces the model reads; the rest of a text is dropped."""
    settings = json.loads((model.folder / "sentence_bert_config.json").read_text("utf-8"))
    return int(settings["max_seq_length"])

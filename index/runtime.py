"""The light query runtime: the same weights in ONNX Runtime, without torch or transformers.

sentence-transformers spends five seconds on imports and half a gigabyte of memory before the first
question. The exported graph gives the same vectors (a test holds the cosine at 0.9999 or more) in a
tenth of that. One thread: two collapse when the cores are shared with anything else.
"""

from __future__ import annotations

import json
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from index.embedder import BATCH, SentenceTransformerEmbedder, Vectors
from index.errors import IndexDamagedError
from index.model import Model

_INPUTS = ("input_ids", "attention_mask", "token_type_ids")
_OPSET = 17


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
        order = sorted(range(len(texts)), key=lambda i: (len(encoded[i].ids), i))
        rows: list[Vectors | None] = [None] * len(texts)
        for begin in range(0, len(order), BATCH):
            batch = order[begin : begin + BATCH]
            for position, vector in zip(batch, self._run([encoded[i] for i in batch]), strict=True):
                rows[position] = vector
        return np.stack([row for row in rows if row is not None]).astype(np.float32)

    def _run(self, encoded: list[Any]) -> Vectors:
        width = max(len(item.ids) for item in encoded)
        ids = np.zeros((len(encoded), width), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, item in enumerate(encoded):
            ids[row, : len(item.ids)] = item.ids
            mask[row, : len(item.ids)] = 1
        feed = dict(zip(_INPUTS, (ids, mask, np.zeros_like(ids)), strict=True))
        tokens = self._session.run(["last_hidden_state"], feed)[0]
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


def can_export(model: Model) -> bool:
    """Say whether the light runtime can stand in: BERT inputs, mean pooling, then unit length.

    Other models are served by sentence-transformers, which knows their modules.
    """
    try:
        kind = json.loads((model.folder / "config.json").read_text("utf-8"))["model_type"]
        pooling = json.loads((model.folder / "1_Pooling" / "config.json").read_text("utf-8"))
        modules = json.loads((model.folder / "modules.json").read_text("utf-8"))
    except (OSError, KeyError, ValueError):
        return False
    types = [str(module["type"]).rsplit(".", 1)[-1] for module in modules]
    return (
        kind == "bert"
        and bool(pooling.get("pooling_mode_mean_tokens"))
        and types == ["Transformer", "Pooling", "Normalize"]
        and (model.folder / "tokenizer.json").is_file()
        and (model.folder / "sentence_bert_config.json").is_file()
    )


def export_onnx(reference: SentenceTransformerEmbedder) -> bytes:
    """Return the reference's transformer as an ONNX graph, float32, any batch and length."""
    import torch

    class LastHiddenState(torch.nn.Module):
        """The transformer alone: pooling is three lines of numpy and stays out of the graph."""

        def __init__(self, transformer: torch.nn.Module) -> None:
            super().__init__()
            self.transformer = transformer

        def forward(self, ids: Any, mask: Any, types: Any) -> Any:
            output = self.transformer(input_ids=ids, attention_mask=mask, token_type_ids=types)
            return output.last_hidden_state

    transformer = reference.load()[0].auto_model.eval()
    sample = torch.ones((2, 7), dtype=torch.int64)
    axes = {name: {0: "batch", 1: "tokens"} for name in (*_INPUTS, "last_hidden_state")}
    with tempfile.TemporaryDirectory() as folder, torch.no_grad(), warnings.catch_warnings():
        graph = Path(folder) / "model.onnx"
        # The tracing exporter warns that it is the older one; it needs 1.5 s where the new one
        # needs 8 s and another package, for the same graph.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            LastHiddenState(transformer),
            (sample, sample, torch.zeros_like(sample)),
            str(graph),
            input_names=list(_INPUTS),
            output_names=["last_hidden_state"],
            dynamic_axes=axes,
            opset_version=_OPSET,
            dynamo=False,
        )
        return graph.read_bytes()

"""Exporting the reference model for the light runtime: a small graph, and its weights beside it.

The weights lie in a file of their own because the runtime can map such a file: it then takes 70 MB
less than reading one file that holds both. torch traces the model; ONNX Runtime itself takes the
weights out of the graph, so that no further package is needed.
"""

from __future__ import annotations

import json
import logging
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from index.embedder import SentenceTransformerEmbedder
from index.errors import ModelError
from index.manifest import IndexFile, Runtime
from index.model import Model
from index.runtime import INPUTS, OUTPUT, OnnxEmbedder
from index.store import name_for, write_file

log = logging.getLogger(__name__)

LEAST_COSINE = 0.9999
"""Between the reference's vector and the export's of the same text; below it is not the same."""

_OPSET = 17
_PLACEHOLDER = name_for("weights", "0" * 64, ".bin")
_WEIGHTS_OPTION = "session.optimized_model_external_initializers_"


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


def export(
    reference: SentenceTransformerEmbedder, folder: Path, sample: Sequence[str]
) -> Runtime | None:
    """Write the export of a model; None, with a warning, where it cannot stand in for it.

    Args:
        reference: The model.
        folder: Where the files go.
        sample: Texts on which both have to agree.

    Raises:
        OSError: The folder cannot be written or the disk is full.
    """
    if not can_export(reference.model):
        log.warning("this kind of model is not exported; sentence-transformers answers")
        return None
    try:
        graph, weights = _traced(reference)
    except ImportError as error:
        log.warning("no export for the light runtime (%s); sentence-transformers answers", error)
        return None
    kept = write_file(folder, "weights", ".bin", weights)
    # Both names are of one length, so the graph stays whole.
    named = graph.replace(_PLACEHOLDER.encode(), kept.name.encode())
    runtime = Runtime(graph=write_file(folder, "model", ".onnx", named), weights=kept)
    light = OnnxEmbedder(reference.model, folder / runtime.graph.name).embed(sample)
    cosine = float((light * reference.embed(sample)).sum(axis=1).min())
    if cosine < LEAST_COSINE:
        log.warning("the export differs (cosine %.5f); sentence-transformers answers", cosine)
        return None
    return runtime


def quantised(folder: Path, runtime: Runtime) -> IndexFile:
    """Write the export with weights of eight bits, one scale an output, and return the file.

    Raises:
        ModelError: The package that does it is not installed.
        OSError: The folder cannot be written or the disk is full.
    """
    try:
        from onnxruntime.quantization import QuantType, quantize_dynamic
    except ImportError as error:
        raise ModelError(
            "eight-bit weights need one more package: pip install 'leg-massage-assistant[int8]'"
        ) from error
    with tempfile.TemporaryDirectory() as name:
        small = Path(name) / "int8.onnx"
        graph = folder / runtime.graph.name
        quantize_dynamic(graph, small, weight_type=QuantType.QInt8, per_channel=True)
        return write_file(folder, "model", ".onnx", small.read_bytes())


def _traced(reference: SentenceTransformerEmbedder) -> tuple[bytes, bytes]:
    """Return the transformer as an ONNX graph, float32, any batch and length, and its weights."""
    import onnxruntime
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
    tokens = torch.ones((2, 7), dtype=torch.int64, device=reference.device)
    axes = {name: {0: "batch", 1: "tokens"} for name in (*INPUTS, OUTPUT)}
    with tempfile.TemporaryDirectory() as name, torch.no_grad(), warnings.catch_warnings():
        traced, split = Path(name) / "traced.onnx", Path(name) / "split.onnx"
        # The tracing exporter warns that it is the older one; it needs 1.5 s where the new one
        # needs 8 s and another package, for the same graph.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            LastHiddenState(transformer),
            (tokens, tokens, torch.zeros_like(tokens)),
            str(traced),
            input_names=list(INPUTS),
            output_names=[OUTPUT],
            dynamic_axes=axes,
            opset_version=_OPSET,
            dynamo=False,
        )
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        # What goes further would fit this machine only.
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.optimized_model_filepath = str(split)
        options.add_session_config_entry(f"{_WEIGHTS_OPTION}file_name", _PLACEHOLDER)
        options.add_session_config_entry(f"{_WEIGHTS_OPTION}min_size_in_bytes", "1024")
        onnxruntime.InferenceSession(str(traced), options, providers=["CPUExecutionProvider"])
        return split.read_bytes(), split.with_name(_PLACEHOLDER).read_bytes()

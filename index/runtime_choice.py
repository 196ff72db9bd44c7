"""Which runtime embeds: while building, and for questions.

The reference is loaded where it must be: to make the export, or for texts by the thousand on a CUDA
device. A refresh of some texts is done by the export, whose vectors are the same.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from index.chunks import Progress
from index.embedder import Embedder, SentenceTransformerEmbedder
from index.export import export, quantised
from index.manifest import Runtime
from index.model import Model
from index.opening import Earlier
from index.runtime import OnnxEmbedder

log = logging.getLogger(__name__)

GPU_TEXTS = 10_000
"""From this many new texts on it is worth loading torch to see whether there is a CUDA device."""


def builder_of(
    model: Model,
    folder: Path,
    old: Earlier | None,
    new_texts: int,
    sample: Sequence[str],
    report: Progress,
    gpu: bool,
) -> tuple[Embedder, Runtime | None]:
    """Return what embeds the new texts, and the export for questions, made if there is none.

    Args:
        model: The model.
        folder: Where the export lies or goes.
        old: The index that is there.
        new_texts: How many texts have to be embedded.
        sample: Texts on which a new export is checked.
        report: Called while exporting.
        gpu: Use a CUDA device where there is one.
    """
    runtime = old.manifest.runtime if old else None
    device = _device() if gpu and new_texts >= GPU_TEXTS else "cpu"
    if runtime is not None and device == "cpu":
        embedder = OnnxEmbedder(model, folder / runtime.graph.name)
        return embedder, _in_its_precision(model, folder, runtime)
    reference = SentenceTransformerEmbedder(model, device)
    if runtime is None:
        report("export", 0, 1)
        runtime = export(reference, folder, sample)
        report("export", 1, 1)
    return reference, _in_its_precision(model, folder, runtime)


def _in_its_precision(model: Model, folder: Path, runtime: Runtime | None) -> Runtime | None:
    """Return an export with the weights that questions want; eight bits are made where missing."""
    if model.precision != "int8" or runtime is None or runtime.int8 is not None:
        return runtime
    return runtime.model_copy(update={"int8": quantised(folder, runtime)})


def _device() -> str:
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"

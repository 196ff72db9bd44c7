"""Write what the product loads: graph, packed weights, vectors of the cases, and the manifest."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file

from safety.cases import CONTRAINDICATIONS
from safety.net.weights import FILES, HERE, Array, base_folder, digest
from safety.training.batches import pad
from safety.training.data import Case
from safety.training.encoder import WIDTH, Model
from safety.training.graph import build_graph
from safety.training.thresholds import Thresholds

VERSION = "1"
AXES = 12  # dimensions of the vectors by which the nearest training cases are found
FLOOR = {"emergency": "emergency", "deep_vein_thrombosis": "urgent", "acute_injury": "urgent"}


def write_net(
    model: Model, cases: Sequence[Case], thresholds: Thresholds, folder: Path | None = None
) -> None:
    """Write the folder that ``safety.net.load_net`` reads; the bundled one by default."""
    folder = folder or HERE
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "graph.onnx").write_bytes(build_graph())
    save_file(adapter(model), folder / "adapter.safetensors")
    known = [case for case in cases if case.danger is not None]
    save_file(case_vectors(model, known), folder / "cases.safetensors")
    (folder / "cases.txt").write_text("\n".join(case.id for case in known) + "\n", "utf-8")
    manifest = {
        "version": VERSION,
        "contraindications": list(CONTRAINDICATIONS),
        "urgency_floor": FLOOR,
        **thresholds.manifest(),
        "base": {
            name: digest(base_folder() / name) for name in ("model.safetensors", "tokenizer.json")
        },
        "digests": {name: digest(folder / name) for name in FILES},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", "utf-8")


def adapter(model: Model) -> dict[str, Array]:
    """Return the trained tensors by graph name, the changes of linear maps packed."""
    tensors: dict[str, Array] = {
        "attention.w": _half(model.attention.weight).T.copy(),
        "head.w": _half(model.head.weight).T.copy(),
        "head.b": model.head.bias.detach().numpy(),
    }
    for number, layer in enumerate(model.layers):
        for name, linear in layer.linear.items():
            tensors[f"{number}.{name}.levels"] = linear.levels
            tensors[f"{number}.{name}.steps"] = linear.steps
            tensors[f"{number}.{name}.b"] = linear.bias.detach().numpy()
        for name, norm in layer.norm.items():
            tensors[f"{number}.{name}.w"] = norm.weight.detach().numpy()
            tensors[f"{number}.{name}.b"] = norm.bias.detach().numpy()
    return tensors


def case_vectors(model: Model, cases: Sequence[Case], size: int = 32) -> dict[str, Array]:
    """Return the principal axes of the pooled cases and each case's place on them, as int8."""
    order = sorted(range(len(cases)), key=lambda number: len(cases[number].tokens))
    pooled: Array = np.zeros((len(cases), 2 * WIDTH), np.float32)
    with torch.no_grad():
        for start in range(0, len(order), size):
            part = order[start : start + size]
            pooled[part] = model.pooled(*pad([cases[number].tokens for number in part])).numpy()
    mean = pooled.mean(axis=0)
    _, vectors = np.linalg.eigh(np.cov(pooled - mean, rowvar=False))
    axes = vectors[:, ::-1][:, :AXES]
    placed = (pooled - mean) @ axes
    placed = placed / np.abs(placed).max(axis=1, keepdims=True) * 127
    return {
        "mean": mean.astype(np.float32),
        "axes": np.ascontiguousarray(axes.astype(np.float16)),
        "vectors": np.round(placed).astype(np.int8),
    }


def _half(tensor: torch.Tensor) -> Array:
    return tensor.detach().numpy().astype(np.float16)

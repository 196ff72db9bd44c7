"""Files of an index: where they lie by default, and writes that a reader never sees half done."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from index.errors import IndexDamagedError
from index.manifest import MANIFEST, IndexFile, Manifest
from index.model import sha256_of


def default_folder(key: str) -> Path:
    """Return the user's cache folder for the index named ``key``."""
    return _cache_root() / "leg-massage" / key


def _cache_root() -> Path:
    if chosen := os.environ.get("XDG_CACHE_HOME"):
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path.home() / ".cache"


def folder_key(source: str) -> str:
    """Return a short folder name for a corpus source, the same for the same source."""
    return hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def write_file(folder: Path, stem: str, suffix: str, write: Callable[[Path], None]) -> IndexFile:
    """Write a file under a name made from its contents; it appears whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{stem}-", suffix=".part", dir=folder)
    os.close(handle)
    part = Path(name)
    try:
        write(part)
        digest = sha256_of(part)
        target = folder / f"{stem}-{digest[:16]}{suffix}"
        size = part.stat().st_size
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return IndexFile(name=target.name, sha256=digest, bytes=size)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Put a manifest in place, the one step that makes a new index the current one."""
    part = folder / f".{MANIFEST}.{os.getpid()}.part"
    part.write_text(manifest.model_dump_json(indent=1) + "\n", encoding="utf-8")
    part.replace(folder / MANIFEST)


def remove_unused(folder: Path, manifest: Manifest) -> None:
    """Remove files of earlier indexes; only names that this package gives are touched."""
    files = [manifest.vectors, manifest.runtime, *(d.text for d in manifest.documents.values())]
    used = {file.name for file in files if file is not None}
    for pattern in ("passages-*.faiss", "model-*.onnx", "text-*.txt"):
        for path in folder.glob(pattern):
            if path.name not in used:
                path.unlink(missing_ok=True)


def verified(folder: Path, file: IndexFile) -> Path:
    """Return the path of an index file after checking that it is what the manifest says.

    Raises:
        IndexDamagedError: It is missing, cut short or changed.
    """
    path = folder / file.name
    if not path.is_file():
        raise IndexDamagedError(f"{path}: missing; run leg-massage index")
    if path.stat().st_size != file.bytes or sha256_of(path) != file.sha256:
        raise IndexDamagedError(
            f"{path}: damaged (its hash is not the manifest's); run leg-massage index"
        )
    return path

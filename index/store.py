"""Files of an index: where they lie by default, and writes that a reader never sees half done."""

from __future__ import annotations

import hashlib
import os
import secrets
import sys
from collections.abc import Callable
from pathlib import Path

from corpus.cache import cache_folder
from corpus.digests import sha256_of
from index.errors import IndexDamagedError
from index.manifest import MANIFEST, IndexFile, Manifest

_OURS = (
    "passages-*.faiss",
    "rows-*.npy",
    "keys-*.bin",
    "terms-*.txt",
    "postings-*.npy",
    "model-*.onnx",
    "weights-*.bin",
    "text-*.txt",
    "kept-*.bin",
)
_CHUNKS = ".chunk-*.npy"


def default_folder(key: str) -> Path:
    """Return the user's cache folder for the index named ``key``."""
    return cache_folder() / key


def folder_key(source: str) -> str:
    """Return a short folder name for a corpus source, the same for the same source."""
    return hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def name_for(stem: str, digest: str, suffix: str) -> str:
    """Return the name of a file with that SHA-256: no two states of it share a name."""
    return f"{stem}-{digest[:16]}{suffix}"


def write_file(folder: Path, stem: str, suffix: str, data: bytes) -> IndexFile:
    """Write a file under a name made from its contents; it appears whole or not at all.

    Raises:
        OSError: The folder cannot be written or the disk is full; nothing is left behind.
    """
    folder.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256(data).hexdigest()
    target = folder / name_for(stem, digest, suffix)
    _put(target, data)
    return IndexFile(name=target.name, sha256=digest, bytes=len(data))


def write_large(folder: Path, stem: str, suffix: str, write: Callable[[Path], None]) -> IndexFile:
    """Write a file that need not fit into memory; otherwise as `write_file`.

    Args:
        folder: Where it goes.
        stem: Start of its name.
        suffix: End of its name.
        write: Called with the path to write to.

    Raises:
        OSError: The folder cannot be written or the disk is full; nothing is left behind.
    """
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{stem}-{suffix}.{secrets.token_hex(8)}.part"
    try:
        write(part)
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        digest = sha256_of(part)
        target = folder / name_for(stem, digest, suffix)
        size = part.stat().st_size
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return IndexFile(name=target.name, sha256=digest, bytes=size)


def put_aside(path: Path, data: bytes) -> None:
    """Write what can be computed again; it appears whole or not at all.

    Raises:
        OSError: The folder cannot be written or the disk is full.
    """
    _put(path, data)


def keep_chunk(path: Path, data: bytes) -> None:
    """Write a part of a build that a later one can go on from; it appears whole or not at all."""
    _put(path, data)


def chunk_path(folder: Path, digest: str) -> Path:
    """Return where the vectors of a run of texts are kept while an index is built."""
    return folder / _CHUNKS.replace("*", digest[:32])


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Put a manifest in place, the one step that makes a new index the current one."""
    _put(folder / MANIFEST, manifest.model_dump_json(indent=1).encode() + b"\n")
    _sync(folder)


def _put(target: Path, data: bytes) -> None:
    """Write a file that is on the disk, whole, before it has its name."""
    part = target.with_name(f".{target.name}.{secrets.token_hex(8)}.part")
    try:
        with part.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    """Have the names in a folder on the disk before anything that they replace is removed."""
    if sys.platform == "win32":  # a folder cannot be opened there
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove_unused(folder: Path, manifest: Manifest) -> None:
    """Remove files of earlier indexes and of builds that were killed; only names given here.

    To be called by the one builder of the folder: the files of another look unused.
    """
    used = {file.name for file in manifest.files()}
    for pattern in (*_OURS, _CHUNKS, *(f".{name}.*.part" for name in (*_OURS, MANIFEST, _CHUNKS))):
        for path in folder.glob(pattern):
            if path.name not in used:
                path.unlink(missing_ok=True)


def verified(folder: Path, file: IndexFile, digest_of: Callable[[Path], str] | None = None) -> Path:
    """Return the path of an index file after checking that it is what the manifest says.

    Args:
        folder: Where the index lies.
        file: The file.
        digest_of: Returns its SHA-256; it is read now without one.

    Raises:
        IndexDamagedError: It is missing, cannot be read, is cut short or changed.
    """
    path = folder / file.name
    if not path.is_file():
        raise IndexDamagedError(f"{path}: missing; run leg-massage index")
    try:
        is_sound = (
            path.stat().st_size == file.bytes and (digest_of or sha256_of)(path) == file.sha256
        )
    except OSError as error:
        raise IndexDamagedError(f"{path}: cannot be read ({error.strerror})") from error
    if not is_sound:
        raise IndexDamagedError(
            f"{path}: damaged (its hash is not the manifest's); run leg-massage index"
        )
    return path

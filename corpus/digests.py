"""SHA-256 of files that are too large to wait for: begun ahead, and shared by those who need them.

The bundled encoder is what both the index and the second net stand on; each has to know that it is
the expected one. It is hashed once for each state that the file is in.
"""

from __future__ import annotations

import hashlib
import threading
from concurrent.futures import Future
from pathlib import Path

CHUNK = 4 << 20
"""Bytes hashed at once. Python's lock is let go of while a chunk is hashed; after small ones the
hashing would have to wait for it again and again."""

_State = tuple[Path, int, int, int, int]
_lock = threading.Lock()
_hashes: dict[_State, Future[str]] = {}


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, read now, hexadecimal.

    Raises:
        OSError: The file cannot be read.
    """
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        buffer = memoryview(bytearray(min(CHUNK, path.stat().st_size + 1)))
        while count := file.readinto(buffer):
            digest.update(buffer[:count])
    return digest.hexdigest()


def begin(path: Path) -> None:
    """Start hashing a file beside what goes on; a file that cannot be read is no error yet."""
    try:
        _begun(path, beside=True)
    except OSError:
        return  # `shared_sha256` will say so


def shared_sha256(path: Path) -> str:
    """Return the SHA-256 of a file in its present state, hashed once a process.

    Raises:
        OSError: The file cannot be read.
    """
    state, future = _begun(path, beside=False)
    try:
        return future.result()
    except BaseException:
        with _lock:
            _hashes.pop(state, None)  # it may be read another time
        raise


def _begun(path: Path, beside: bool) -> tuple[_State, Future[str]]:
    status = path.stat()
    state = (path, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    with _lock:
        future = _hashes.get(state)
        if future is not None:
            return state, future
        future = _hashes[state] = Future()
    if beside:
        threading.Thread(target=_settle, args=(path, future), daemon=True).start()
    else:
        _settle(path, future)
    return state, future


def _settle(path: Path, future: Future[str]) -> None:
    try:
        found = sha256_of(path)
    except BaseException as error:  # noqa: BLE001 - whoever waits is told, whatever it is
        future.set_exception(error)
    else:
        future.set_result(found)

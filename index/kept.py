"""Figures that follow from an index and take long to compute, kept in its folder.

A file says what it was computed from, and holds its own SHA-256. Where either differs the figures
are computed and kept anew; a folder that cannot be written costs only time.
"""

from __future__ import annotations

import hashlib
import io
import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.store import put_aside

log = logging.getLogger(__name__)

Figures = npt.NDArray[np.float64]
_HASH = 32


def kept(folder: Path, name: str, inputs: bytes, compute: Callable[[], Figures]) -> Figures:
    """Return figures as they were kept, or as they are computed now.

    Args:
        folder: Where the index lies.
        name: What they are; one file each.
        inputs: All that they depend on.
        compute: Returns them.
    """
    file = folder / f"kept-{name}.bin"
    wanted = hashlib.sha256(np.__version__.encode() + b"\0" + inputs).digest()
    found = _read(file, wanted)
    if found is not None:
        return found
    computed = compute()
    body = io.BytesIO()
    np.save(body, computed, allow_pickle=False)
    data = wanted + body.getvalue()
    try:
        put_aside(file, hashlib.sha256(data).digest() + data)
    except OSError as error:
        log.info("%s is not kept: %s", name, error)
    return computed


def _read(file: Path, wanted: bytes) -> Figures | None:
    try:
        raw = file.read_bytes()
    except OSError:
        return None
    digest, data = raw[:_HASH], raw[_HASH:]
    if digest != hashlib.sha256(data).digest() or data[:_HASH] != wanted:
        return None
    figures: Figures = np.load(io.BytesIO(data[_HASH:]), allow_pickle=False)
    return figures

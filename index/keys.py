"""A short hash for each embedded text: the same text has the same vector, so it is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

WIDTH = 10
KEY = np.dtype(("V", WIDTH))
Keys = npt.NDArray[np.void]


def keys_of(texts: Iterable[str]) -> Keys:
    """Return the keys of texts, in their order, ten bytes each."""
    found = bytearray()
    for text in texts:
        found += hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:WIDTH]
    return np.frombuffer(bytes(found), dtype=KEY)


class KeyTable:
    """Finds the rows of keys."""

    def __init__(self, keys: Keys) -> None:
        # Numbers compare as bytes do, and NumPy can sort them.
        self._keys = _numbers(keys)
        self._order = np.argsort(self._keys, kind="stable")
        self._sorted = self._keys[self._order]

    def rows(self, keys: Keys) -> npt.NDArray[np.int64]:
        """Return the row of each key, -1 where there is none."""
        if not len(self._sorted):
            return np.full(len(keys), -1, dtype=np.int64)
        wanted = _numbers(keys)
        place = np.minimum(np.searchsorted(self._sorted, wanted), len(self._sorted) - 1)
        rows: npt.NDArray[np.int64] = np.where(
            self._sorted[place] == wanted, self._order[place], -1
        )
        return rows


def _numbers(keys: Keys) -> npt.NDArray[np.uint64]:
    """Return the first eight bytes of each key: enough to tell a billion texts apart."""
    table = np.frombuffer(keys.tobytes(), dtype=np.uint8).reshape(-1, WIDTH)
    return np.ascontiguousarray(table[:, :8]).view(">u8").ravel().astype(np.uint64)

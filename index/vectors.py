"""Vectors on disk, mapped into memory: all of them, or candidates and what they are compared with.

Both kinds answer the same two questions: which places to look at, and the cosines of texts.
"""

from __future__ import annotations

import importlib
import itertools
import threading
import weakref
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from index.embedder import Vectors
from index.errors import IndexDamagedError

Places = npt.NDArray[np.int64]


class VectorStore(Protocol):
    """The vectors of all texts of an index."""

    texts: int
    dimension: int

    def nearest(self, vector: Vectors, most: int) -> Places | None:
        """Return the places of about the nearest passages; None: all have to be looked at."""
        ...

    def cosines(self, vector: Vectors, rows: Places | slice) -> Vectors:
        """Return the cosine of texts to a query's vector, float32 of shape (rows,)."""
        ...

    def read(self, rows: Places | slice) -> Vectors:
        """Return the vectors of texts, float32 of shape (rows, dimension)."""
        ...


class FlatVectors:
    """Every text in a flat FAISS index; comparing all of them is exact."""

    def __init__(self, path: Path) -> None:
        import faiss

        self._index = read_faiss(path)
        if not isinstance(self._index, faiss.IndexFlatIP):
            raise IndexDamagedError(f"{path}: not a flat index; run leg-massage index")
        self.texts, self.dimension = int(self._index.ntotal), int(self._index.d)
        flat = faiss.rev_swig_ptr(self._index.get_xb(), self.texts * self.dimension)
        self._rows: Vectors = flat.reshape(self.texts, self.dimension)

    def nearest(self, vector: Vectors, most: int) -> Places | None:
        """Return None: all are looked at."""
        return None

    def cosines(self, vector: Vectors, rows: Places | slice) -> Vectors:
        """Return the cosine of texts to a query's vector."""
        return inner_products(self._rows[rows], vector)

    def read(self, rows: Places | slice) -> Vectors:
        """Return the vectors of texts."""
        return np.array(self._rows[rows])


class RankedVectors:
    """Passages in a quantised FAISS index, and every text in half precision to compare again.

    The second are read, not mapped: a few hundred a question, from all over a file that may be much
    larger than memory, of which every page once looked at would count as held.
    """

    def __init__(self, passages: Path, rows: Path) -> None:
        self._index = read_faiss(passages)
        try:
            table = np.load(rows, mmap_mode="r", allow_pickle=False)
            self.texts, self.dimension = (int(size) for size in table.shape)
        except ValueError as error:
            raise IndexDamagedError(
                f"{rows}: no table of vectors; run leg-massage index"
            ) from error
        self._begin = rows.stat().st_size - table.nbytes
        self._file = rows.open("rb", buffering=0)
        weakref.finalize(self, self._file.close)
        self._reading = threading.Lock()

    def nearest(self, vector: Vectors, most: int) -> Places | None:
        """Return the places of about the nearest passages."""
        return self.scored(vector, most)[0]

    def scored(self, vector: Vectors, most: int) -> tuple[Places, Vectors]:
        """Return the places of about the nearest passages, nearest first, and their scores."""
        scores, places = self._index.search(vector[None, :], most)
        found = places[0] >= 0
        return places[0][found], scores[0][found]

    def cosines(self, vector: Vectors, rows: Places | slice) -> Vectors:
        """Return the cosine of texts to a query's vector."""
        return inner_products(self.read(rows), vector)

    def read(self, rows: Places | slice) -> Vectors:
        """Return the vectors of texts."""
        places = np.arange(*rows.indices(self.texts)) if isinstance(rows, slice) else rows
        found = np.empty((len(places), self.dimension), dtype=np.float16)
        breaks = np.flatnonzero(np.diff(places) != 1) + 1
        with self._reading:
            for begin, end in itertools.pairwise([0, *breaks.tolist(), len(places)]):
                if begin < end:
                    self._read_into(found[begin:end], int(places[begin]))
        return found.astype(np.float32)

    def _read_into(self, found: npt.NDArray[np.float16], first: int) -> None:
        self._file.seek(self._begin + first * self.dimension * found.itemsize)
        if self._file.readinto(found.view(np.uint8).data) != found.nbytes:
            raise IndexDamagedError("vectors of the index are cut short; run leg-massage index")


def read_faiss(path: Path) -> Any:
    """Return a FAISS index whose numbers stay in the file, mapped.

    Raises:
        IndexDamagedError: FAISS cannot read it.
    """
    import faiss

    # Several threads gain nothing on a small index and collapse when the cores are shared.
    faiss.omp_set_num_threads(1)
    try:
        return faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
    except RuntimeError as error:
        raise IndexDamagedError(
            f"{path}: not a readable FAISS index; run leg-massage index"
        ) from error


def inner_products(rows: Vectors, vector: Vectors) -> Vectors:
    """Return the inner product of each row with a vector.

    FAISS's own kernel, because NumPy's would use every core for a few thousand rows.
    """
    faiss: Any = importlib.import_module("faiss")  # whose type information lacks the kernel
    rows, vector = np.ascontiguousarray(rows), np.ascontiguousarray(vector, dtype=np.float32)
    found = np.empty(len(rows), dtype=np.float32)
    faiss.fvec_inner_products_ny(
        faiss.swig_ptr(found),
        faiss.swig_ptr(vector),
        faiss.swig_ptr(rows),
        len(vector),
        len(rows),
    )
    return found

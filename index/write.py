"""Writing the files of an index from vectors that go by in runs."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from corpus import Corpus
from index.chunks import Progress
from index.embedder import Vectors
from index.manifest import IndexedDocument, IndexFile, Kind
from index.passage_index import lexical_text
from index.postings import write_postings
from index.store import write_file, write_large
from index.text import terms_of
from index.tiers import quantised
from index.vectors import Places

MOST_ROWS = 10**12 - 1
HEADER = 128


def write_words(folder: Path, kind: Kind, corpus: Corpus, report: Progress) -> dict[str, IndexFile]:
    """Write what words are searched in, if it is kept; return the parts of the manifest."""
    if kind == "flat":
        return {}
    words = (terms_of(lexical_text(passage)) for passage in corpus.passages)
    return write_lexical(folder, words, len(corpus.passages), report)


def write_vectors(
    folder: Path, kind: Kind, first: Places, runs: Iterator[Vectors], report: Progress
) -> dict[str, Any]:
    """Write vectors in one piece; return the parts of the manifest that name them."""
    if kind == "flat":
        return write_flat(folder, runs)
    return write_ranked(folder, kind, first, runs, report)


def write_flat(folder: Path, runs: Iterator[Vectors]) -> dict[str, Any]:
    """Write all vectors as they are; they are in memory once."""
    import faiss

    index: Any = None
    for run in runs:
        index = index or faiss.IndexFlatIP(run.shape[1])
        index.add(run)
    # By way of memory: faiss itself does not notice that a full disk cut its file short.
    data = faiss.serialize_index(index).tobytes()
    return {
        "dimension": index.d,
        "vectors": write_file(folder, "passages", ".faiss", data),
    }


def write_ranked(
    folder: Path, kind: Kind, first: Places, runs: Iterator[Vectors], report: Progress
) -> dict[str, Any]:
    """Write every vector in half precision, and an index over those of the passages.

    Args:
        folder: Where the files go.
        kind: How the passages are searched.
        first: The first row of each passage, and at the end their number.
        runs: The vectors of all texts, in order.
        report: Called as they are quantised.
    """
    import faiss

    written = write_large(folder, "rows", ".npy", lambda path: write_rows(path, runs))
    rows = np.load(folder / written.name, mmap_mode="r", allow_pickle=False)
    passages, dimension = len(first) - 1, rows.shape[1]

    def read(begin: int, end: int) -> Vectors:
        report("quantise", end, passages)
        vectors: Vectors = rows[first[begin:end]].astype(np.float32)
        return vectors

    index = quantised(kind, passages, dimension, read)
    vectors = write_large(
        folder, "passages", ".faiss", lambda path: faiss.write_index(index, str(path))
    )
    return {"dimension": dimension, "rows": written, "vectors": vectors}


def write_rows(path: Path, runs: Iterator[Vectors]) -> None:
    """Write vectors to a NumPy file, in half precision, as they come."""
    first = next(runs)
    with path.open("wb") as file:
        # The number of rows is only known at the end; it is put in with the same width.
        _write_header(file, MOST_ROWS, first.shape[1])
        count = 0
        for run in itertools.chain([first], runs):
            file.write(run.astype(np.float16).tobytes())
            count += len(run)
        file.seek(0)
        _write_header(file, count, first.shape[1])


def _write_header(file: BinaryIO, rows: int, dimension: int) -> None:
    header = f"{{'descr': '<f2', 'fortran_order': False, 'shape': ({rows:>12}, {dimension}), }}"
    data = header.encode().ljust(HEADER - 1 - 10) + b"\n"
    file.write(b"\x93NUMPY\x01\x00" + len(data).to_bytes(2, "little") + data)


def write_lexical(
    folder: Path, words: Iterable[Sequence[str]], passages: int, report: Progress
) -> dict[str, IndexFile]:
    """Write the BM25 postings, both files in one pass over the passages' terms."""

    def terms() -> Iterator[Sequence[str]]:
        for place, found in enumerate(words):
            if place % 10_000 == 0:
                report("words", place, passages)
            yield found
        report("words", passages, passages)

    names = folder / ".terms.part"
    try:
        postings = write_large(
            folder, "postings", ".npy", lambda path: write_postings(terms(), names, path)
        )
        return {
            "postings": postings,
            "terms": write_file(folder, "terms", ".txt", names.read_bytes()),
        }
    finally:
        names.unlink(missing_ok=True)


def documents_of(corpus: Corpus, folder: Path) -> dict[str, IndexedDocument]:
    """Return the documents as the manifest names them.

    Texts that were taken out of PDF and other files are written too: offsets refer to them.
    """
    counts: dict[str, int] = {}
    for passage in corpus.passages:
        counts[passage.document] = counts.get(passage.document, 0) + 1
    return {
        document.name: IndexedDocument(
            sha256=document.sha256,
            passages=counts.get(document.name, 0),
            text=write_file(folder, "text", ".txt", document.text.encode("utf-8", "surrogatepass"))
            if document.is_extracted
            else None,
        )
        for document in corpus.documents
    }

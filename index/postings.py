"""Making the postings of `index.lexical`, in memory that does not grow with the passages.

Passages go by once. Their terms are counted in blocks that are put aside on disk when they get
large; when all are counted, the scores are known and each block's entries go to their places.
"""

from __future__ import annotations

import tempfile
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

K1 = 1.2
"""How fast repeats of a term stop counting; 1.2 as in Robertson and Zaragoza 2009."""

B = 0.6
"""How far long passages are marked down; below the usual 0.75, since list items are all short."""

POSTING = np.dtype([("passage", "<i4"), ("score", "<f4")])

BLOCK = 4_000_000
"""Entries counted before they are put aside: 48 MB."""

_COUNTED = np.dtype([("term", "<i4"), ("passage", "<i4"), ("count", "<i4")])
_Counted = npt.NDArray[np.void]


@dataclass(frozen=True)
class Postings:
    """Entries grouped by term, in the order of ``frequency``; passages ascend within a term."""

    frequency: dict[str, int]
    entries: npt.NDArray[np.void]
    passages: int


@dataclass
class _Counts:
    """What has been counted so far."""

    terms: dict[str, int] = field(default_factory=dict)
    lengths: array[int] = field(default_factory=lambda: array("i"))
    block: array[int] = field(default_factory=lambda: array("i"))

    def add(self, terms: Sequence[str]) -> None:
        passage = len(self.lengths)
        for term, count in Counter(terms).items():
            self.block.extend((self.terms.setdefault(term, len(self.terms)), passage, count))
        # A passage without any term ("Why?") is as short as one can be.
        self.lengths.append(max(1, len(terms)))

    def take_block(self) -> _Counted:
        block = np.frombuffer(self.block, dtype=_COUNTED).copy()
        self.block = array("i")
        return block


def gather(passages: Iterable[Sequence[str]]) -> Postings:
    """Return the postings of passages, each given by its terms, in memory."""
    counts = _Counts()
    for terms in passages:
        counts.add(terms)
    block = counts.take_block()
    frequency = np.bincount(block["term"], minlength=len(counts.terms))
    entries = np.empty(len(block), dtype=POSTING)
    _place([block], frequency, counts, entries)
    names = dict(zip(counts.terms, frequency.tolist(), strict=True))
    return Postings(names, entries, len(counts.lengths))


def write_postings(
    passages: Iterable[Sequence[str]], terms_file: Path, postings_file: Path, block: int = BLOCK
) -> None:
    """Write the postings of passages to two files.

    Args:
        passages: The terms of each passage.
        terms_file: Gets a line a term: the term, a tab, in how many passages it is.
        postings_file: Gets the entries, as a NumPy file.
        block: Entries held in memory at once.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=postings_file.parent)))
        counts = _Counts()
        blocks = list(_put_aside(passages, counts, folder, block))
        frequency = np.zeros(len(counts.terms), dtype=np.int64)
        for path in blocks:
            frequency += np.bincount(np.load(path)["term"], minlength=len(frequency))
        total = max(1, int(frequency.sum()))
        entries = np.lib.format.open_memmap(postings_file, "w+", dtype=POSTING, shape=(total,))
        _place((np.load(path) for path in blocks), frequency, counts, entries)
        entries.flush()
        lines = (f"{term}\t{n}\n" for term, n in zip(counts.terms, frequency, strict=True))
        terms_file.write_text("".join(lines), encoding="utf-8")


def _put_aside(
    passages: Iterable[Sequence[str]], counts: _Counts, folder: Path, block: int
) -> Iterator[Path]:
    for terms in passages:
        counts.add(terms)
        if len(counts.block) >= 3 * block:
            yield _save(counts, folder)
    yield _save(counts, folder)


def _save(counts: _Counts, folder: Path) -> Path:
    path = folder / f"{len(counts.lengths)}.npy"
    np.save(path, counts.take_block())
    return path


def _place(
    blocks: Iterable[_Counted],
    frequency: npt.NDArray[np.int64],
    counts: _Counts,
    entries: npt.NDArray[np.void],
) -> None:
    """Put the entries of each block where their terms have their places, with their scores.

    The score is BM25 as Lucene has it (Kamphuis and others 2020,
    https://doi.org/10.1007/978-3-030-45442-5_4).
    """
    n = len(counts.lengths)
    idf = np.log1p((n - frequency + 0.5) / (frequency + 0.5))
    lengths = np.frombuffer(counts.lengths, dtype=np.int32)
    norm = K1 * (1 - B + B * lengths / lengths.mean()) if n else lengths
    following = np.concatenate(([0], np.cumsum(frequency)))[:-1]
    for block in blocks:
        ordered = block[np.argsort(block["term"], kind="stable")]
        term, passage, count = ordered["term"], ordered["passage"], ordered["count"]
        own = np.bincount(term, minlength=len(frequency))
        within = np.arange(len(term)) - np.repeat(np.cumsum(own) - own, own)
        place = following[term] + within
        entries["passage"][place] = passage
        entries["score"][place] = idf[term] * count / (count + norm[passage])
        following = following + own

"""What an index is, in lines for a person: ``leg-massage index --explain``."""

from __future__ import annotations

from index.manifest import Kind, Manifest
from index.passage_index import PassageIndex
from index.tiers import CANDIDATES, FLAT_TEXTS, SQ8_PASSAGES, groups_for

_RERANKED = f"the best {CANDIDATES} are compared again, exactly, with their sentences"


def explain(index: PassageIndex) -> list[str]:
    """Return how the index is searched and why, what it holds, and how large it is."""
    manifest = index.manifest
    return [
        f"searched   {_searched(manifest)}",
        f"because    {_because(manifest.kind)}",
        f"holds      {manifest.passages:,} passages of {len(manifest.documents):,} documents; "
        f"{manifest.texts:,} vectors of {manifest.dimension} numbers",
        f"words      BM25, {_words(manifest)}",
        f"questions  {index.embedder.name}, one thread; {manifest.model}",
        f"built by   {manifest.built_by}",
        *(f"file       {file.bytes / 1e6:9.1f} MB  {file.name}" for file in manifest.files()),
    ]


def _searched(manifest: Manifest) -> str:
    groups = groups_for(manifest.passages)
    ways: dict[Kind, str] = {
        "flat": "flat: every passage and sentence compared, exactly",
        "sq8": f"sq8: every passage compared, a byte a number; {_RERANKED}",
        "ivf": f"ivf: the passages of the nearest of {groups} groups compared, a byte a number; "
        f"{_RERANKED}",
    }
    return ways[manifest.kind]


def _because(kind: Kind) -> str:
    reasons: dict[Kind, str] = {
        "flat": f"there are no more than {FLAT_TEXTS:,} vectors",
        "sq8": f"there are more than {FLAT_TEXTS:,} vectors, of no more than {SQ8_PASSAGES:,} "
        "passages",
        "ivf": f"there are more than {SQ8_PASSAGES:,} passages",
    }
    return reasons[kind]


def _words(manifest: Manifest) -> str:
    return "counted when it is opened" if manifest.postings is None else "mapped from its file"

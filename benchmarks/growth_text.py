"""Real text for measuring growth: documentation paragraphs of the installed Python packages.

Every machine that can run the benchmarks has some two hundred thousand of them, and they are what a
large corpus is: many documents by many hands, with near repeats. Each distinct paragraph is kept
once, in an order that its hash decides, so that the first thousand are a fair sample of all.
"""

from __future__ import annotations

import ast
import hashlib
import site
import sysconfig
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from index.embedder import Embedder, SentenceTransformerEmbedder, Vectors
from index.model import find_model

LEAST_WORDS = 8
MOST_WORDS = 150
QUERIES = 1_000
QUERY_WORDS = 12
CHUNK = 256
FOLDER = Path("build/growth")


def texts(folder: Path = FOLDER) -> list[str]:
    """Return the paragraphs, collected once and kept in ``folder``."""
    path = folder / "texts.txt"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        found = sorted(set(_paragraphs()), key=lambda text: hashlib.sha256(text.encode()).digest())
        part = path.with_suffix(".part")
        part.write_text("\n".join(found) + "\n", encoding="utf-8")
        part.replace(path)
    return path.read_text(encoding="utf-8").split("\n")[:-1]


def split_queries(found: list[str]) -> tuple[list[str], list[str]]:
    """Return queries (the openings of paragraphs that are not indexed) and the other paragraphs."""
    queries = [" ".join(text.split()[:QUERY_WORDS]) for text in found[:QUERIES]]
    return queries, found[QUERIES:]


def embedded(embedder: Embedder, minutes: float, folder: Path = FOLDER) -> Vectors:
    """Return the vectors of the paragraphs, in order, as many as are made in so many minutes.

    They are kept in ``folder`` and gone on with in the next run. The first `QUERIES` are queries.
    """
    queries, passages = split_queries(texts(folder))
    todo = [*queries, *passages]
    path = folder / "vectors.f32"
    width = embedder.embed(["width"]).shape[1]
    until = time.monotonic() + 60 * minutes
    with path.open("ab") as sink:
        done = sink.tell() // (4 * width)
        sink.truncate(done * 4 * width)  # a row that a kill cut short
        while done < len(todo) and time.monotonic() < until:
            batch = todo[done : done + CHUNK]
            sink.write(embedder.embed(batch).tobytes())
            done += len(batch)
            print(f"\rembedded {done:,} of {len(todo):,}", end="", flush=True)
    print()
    vectors: Vectors = np.memmap(path, dtype=np.float32, mode="r").reshape(-1, width)
    return vectors


def _paragraphs() -> Iterator[str]:
    roots = [Path(sysconfig.get_path("stdlib")), *map(Path, site.getsitepackages())]
    for root in roots:
        for path in sorted(root.rglob("*.py")):
            yield from _paragraphs_of(path)


def _paragraphs_of(path: Path) -> Iterator[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError):
        return  # another encoding, or a template that is no Python yet
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            for paragraph in (ast.get_docstring(node) or "").split("\n\n"):
                words = paragraph.split()
                if len(words) >= LEAST_WORDS:
                    yield " ".join(words[:MOST_WORDS])


def fast_embedder() -> Embedder:
    """Return what embeds the paragraphs: the reference in bfloat16.

    Which numbers changes no figure here: every index is compared with exact search over the same
    vectors.
    """
    return SentenceTransformerEmbedder(find_model(), half=True)

"""Passages -> ranked passages: embedding, exact vector search, BM25, fusion, and their files."""

from __future__ import annotations

from index.build import build_index, open_index
from index.chunks import Progress
from index.embedder import Embedder, SentenceTransformerEmbedder
from index.errors import IndexDamagedError, IndexMismatchError, IndexNotBuiltError, ModelError
from index.model import Model, find_model
from index.opening import load_index
from index.passage_index import PassageIndex, ScoredPassage
from index.runtime import OnnxEmbedder
from index.store import default_folder

__all__ = [
    "Embedder",
    "IndexDamagedError",
    "IndexMismatchError",
    "IndexNotBuiltError",
    "Model",
    "ModelError",
    "OnnxEmbedder",
    "PassageIndex",
    "Progress",
    "ScoredPassage",
    "SentenceTransformerEmbedder",
    "build_index",
    "default_folder",
    "find_model",
    "load_index",
    "open_index",
]

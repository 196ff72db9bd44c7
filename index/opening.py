"""Opening an index: its files are what the manifest says, which fits the corpus and the model."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from corpus import Corpus
from corpus.digests import begin, shared_sha256
from index.chunks import Known
from index.embedder import Embedder, SentenceTransformerEmbedder
from index.errors import IndexDamagedError, IndexMismatchError, IndexNotBuiltError
from index.fair import FairEmbedder
from index.keys import KEY, Keys, KeyTable, keys_of
from index.lexical import LexicalIndex
from index.manifest import FrozenGate, IndexFile, Manifest, Shard, read_manifest
from index.model import Model, find_model
from index.passage_index import PassageIndex, embedding_texts, lexical_text
from index.runtime import OnnxEmbedder
from index.sharded import ShardedVectors, local
from index.store import verified
from index.vectors import FlatVectors, RankedVectors, VectorStore

log = logging.getLogger(__name__)


OpenVectors = Callable[[Path, Manifest], VectorStore]
"""Returns the vectors of an index in a folder."""


def load_index(
    corpus: Corpus,
    folder: Path,
    model: Model | None = None,
    embedder: Embedder | None = None,
    gate: FrozenGate | None = None,
    vectors: OpenVectors | None = None,
) -> PassageIndex:
    """Open an index without building anything.

    Args:
        corpus: The documents.
        folder: Where the index lies.
        model: The embedding model; the bundled one by default.
        embedder: Stands in for the model's own runtimes.
        gate: When to answer; an index with another one does not fit.
        vectors: Opens the vectors where they are not to be read from the folder.

    Raises:
        IndexNotBuiltError: There is none.
        IndexMismatchError: It is of another corpus, model or format.
        IndexDamagedError: A file is missing or changed.
    """
    while True:
        manifest = read_manifest(folder)
        try:
            return _load(corpus, folder, manifest, model, embedder, gate, vectors or open_vectors)
        except IndexDamagedError:
            # A builder may have put another index in place since the manifest was read.
            if read_manifest(folder) == manifest:
                raise


def _load(
    corpus: Corpus,
    folder: Path,
    manifest: Manifest,
    model: Model | None,
    embedder: Embedder | None,
    gate: FrozenGate | None,
    open_store: OpenVectors,
) -> PassageIndex:
    if embedder is None and manifest.runtime is not None:
        begin(folder / manifest.runtime.weights.name)  # ends while the corpus is compared
    _check_fit(folder, manifest, corpus, identity(model, embedder))
    if gate is not None and manifest.gate != gate:
        raise IndexMismatchError(f"{folder}: calibrated otherwise; run leg-massage index")
    for document in manifest.documents.values():
        if document.text is not None:
            verified(folder, document.text)
    if not _same_texts(_read_keys(folder, manifest), corpus):
        raise IndexMismatchError(
            f"{folder}: embeds other texts of the corpus; run leg-massage index"
        )
    vectors = open_store(folder, manifest)
    if (vectors.texts, vectors.dimension) != (manifest.texts, manifest.dimension):
        raise IndexDamagedError(f"{folder}: vectors and manifest disagree; run leg-massage index")
    lexical = _open_lexical(folder, manifest, corpus)
    runtime = embedder or _query_embedder(folder, manifest, model or find_model())
    return PassageIndex(corpus, vectors, lexical, runtime, manifest, folder)


def identity(model: Model | None, embedder: Embedder | None) -> tuple[str, str]:
    """Return the id and the digest of what embeds."""
    if embedder is not None:
        return embedder.model_id, embedder.digest
    found = model or find_model()
    return found.id, found.digest


@dataclass(frozen=True)
class Earlier:
    """What of the index in a folder can be used again."""

    manifest: Manifest
    """Without the export, where that is not sound."""
    vectors: Known | None

    @classmethod
    def read(cls, folder: Path, digest: str) -> Earlier | None:
        """Return it; None where the folder holds no index made with these weights."""
        try:
            manifest = read_manifest(folder)
        except (IndexNotBuiltError, IndexMismatchError, IndexDamagedError):
            return None
        if manifest.weights != digest:
            return None
        runtime = manifest.runtime
        if runtime is not None and not _are_sound(folder, runtime.graph, runtime.weights):
            manifest = manifest.model_copy(update={"runtime": None})
        elif runtime is not None and runtime.int8 and not _are_sound(folder, runtime.int8):
            runtime = runtime.model_copy(update={"int8": None})
            manifest = manifest.model_copy(update={"runtime": runtime})
        try:
            store = open_vectors(folder, manifest)
            keys = _read_keys(folder, manifest)
        except IndexDamagedError:
            return cls(manifest, None)
        return cls(manifest, Known(KeyTable(keys), lambda rows: store.read(np.asarray(rows))))


def _are_sound(folder: Path, *files: IndexFile) -> bool:
    try:
        for file in files:
            verified(folder, file)
    except IndexDamagedError:
        return False
    return True


def _check_fit(folder: Path, manifest: Manifest, corpus: Corpus, embeds: tuple[str, str]) -> None:
    if manifest.corpus != corpus.fingerprint:
        raise IndexMismatchError(f"{folder}: built from another corpus; run leg-massage index")
    if manifest.weights != embeds[1]:
        raise IndexMismatchError(
            f"{folder}: built with the model {manifest.model}, not {embeds[0]}; "
            "run leg-massage index"
        )


def _read_keys(folder: Path, manifest: Manifest) -> Keys:
    data = verified(folder, manifest.keys).read_bytes()
    if len(data) != manifest.texts * KEY.itemsize:
        raise IndexDamagedError(f"{folder}: keys and manifest disagree; run leg-massage index")
    return np.frombuffer(data, dtype=KEY)


COMPARED = 50_000
"""Texts whose keys are compared when an index is opened: all of a small corpus. Beyond, the
fingerprint of the corpus vouches for the rest."""


def _same_texts(keys: Keys, corpus: Corpus) -> bool:
    """Say whether what was embedded is what would be embedded now.

    The corpus is the same; how its texts are put together for embedding may have changed.
    """
    own = keys_of(itertools.islice(embedding_texts(corpus), COMPARED))
    return own.tobytes() == keys[: len(own)].tobytes()


def open_vectors(folder: Path, manifest: Manifest) -> VectorStore:
    """Open the vectors of an index, in one piece or in shards.

    Raises:
        IndexDamagedError: A file is missing or changed.
    """
    if manifest.vectors is not None:
        return _open_store(folder, manifest.vectors, manifest.rows)
    stores = [open_shard(folder, shard) for shard in manifest.shards]
    return ShardedVectors(manifest.shards, manifest.dimension, local(stores))


def open_shard(folder: Path, shard: Shard) -> VectorStore:
    """Open the vectors of one shard.

    Raises:
        IndexDamagedError: A file is missing or changed.
    """
    store = _open_store(folder, shard.vectors, shard.rows)
    if store.texts != shard.texts:
        raise IndexDamagedError(f"{folder}: shard and manifest disagree; run leg-massage index")
    return store


def _open_store(folder: Path, vectors: IndexFile, rows: IndexFile | None) -> VectorStore:
    path = verified(folder, vectors)
    return FlatVectors(path) if rows is None else RankedVectors(path, verified(folder, rows))


def _open_lexical(folder: Path, manifest: Manifest, corpus: Corpus) -> LexicalIndex:
    if manifest.terms is None or manifest.postings is None:
        return LexicalIndex(map(lexical_text, corpus.passages))
    terms, postings = verified(folder, manifest.terms), verified(folder, manifest.postings)
    try:
        return LexicalIndex.stored(terms, postings, manifest.passages)
    except ValueError as error:
        raise IndexDamagedError(f"{error}; run leg-massage index") from error


def _query_embedder(folder: Path, manifest: Manifest, model: Model) -> Embedder:
    if model.precision == "bf16":
        return FairEmbedder(SentenceTransformerEmbedder(model, half=True))
    if manifest.runtime is None:
        log.warning("the model has no export; sentence-transformers answers, which starts slowly")
        return FairEmbedder(SentenceTransformerEmbedder(model))
    if model.precision == "int8":
        if manifest.runtime.int8 is None:
            raise IndexMismatchError(f"{folder}: has no model in eight bits; run leg-massage index")
        return FairEmbedder(OnnxEmbedder(model, verified(folder, manifest.runtime.int8)))
    verified(folder, manifest.runtime.weights, shared_sha256)
    return FairEmbedder(OnnxEmbedder(model, verified(folder, manifest.runtime.graph)))

"""Building, opening and refreshing an index.

open_index(corpus, folder)   the way in: opens what is there, builds or rebuilds when it must
build_index(corpus, folder)  embeds what changed, writes the files, then the manifest
load_index(corpus, folder)   opens only; says exactly what does not fit (in `index.opening`)
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Iterable
from pathlib import Path

from corpus import Corpus
from corpus.errors import LegMassageError
from corpus.split import SPLITTER_VERSION
from index.chunks import Progress, Run
from index.embedder import Embedder, SentenceTransformerEmbedder
from index.errors import IndexDamagedError, IndexMismatchError, IndexNotBuiltError
from index.fair import FairEmbedder
from index.keys import keys_of
from index.lock import one_builder
from index.manifest import FrozenGate, Manifest
from index.model import Model, find_model
from index.opening import Earlier, identity, load_index
from index.passage_index import PassageIndex, embedding_texts, first_rows
from index.runtime_choice import builder_of
from index.store import remove_unused, write_file, write_manifest
from index.tiers import kind_for
from index.write import documents_of, write_vectors, write_words
from index.write_shards import write_shards

log = logging.getLogger(__name__)

Ahead = Callable[[Run, Iterable[str]], None]
"""Embeds what it can of a run, given all its texts, and keeps it; the builder embeds the rest."""

SAMPLE = 64
"""Texts on which an export has to agree with the model that it was made from."""


def open_index(
    corpus: Corpus,
    folder: Path,
    model: Model | None = None,
    embedder: Embedder | None = None,
    progress: Progress | None = None,
    gate: FrozenGate | None = None,
    gpu: bool = True,
) -> PassageIndex:
    """Return the index of a corpus, built on first use and rebuilt when it does not fit any more.

    Args:
        corpus: The documents.
        folder: Where the index lies.
        model: The embedding model; the bundled one by default.
        embedder: Stands in for the model's own runtimes, such as a tiny one in tests.
        progress: Called while building.
        gate: When to answer, kept in the manifest; an index with another one is rebuilt, which
            embeds nothing anew.
        gpu: Build on a CUDA device where there is one. Questions never need it.

    Raises:
        IndexMismatchError, IndexDamagedError: It does not fit and the folder cannot be written.
    """
    try:
        return load_index(corpus, folder, model, embedder, gate)
    except (IndexNotBuiltError, IndexMismatchError, IndexDamagedError) as error:
        reason = error
    if isinstance(reason, IndexNotBuiltError):
        _refuse_foreign_folder(folder)
    try:
        with one_builder(folder):
            try:
                # Somebody else may have built it while this one waited.
                return load_index(corpus, folder, model, embedder, gate)
            except (IndexNotBuiltError, IndexMismatchError, IndexDamagedError) as error:
                log.info("building the index: %s", error)
            return _build(corpus, folder, model, embedder, progress, gate, gpu)
    except OSError as error:
        if embedder is None and (index := _by_reference(corpus, folder, model, gate, reason)):
            return index
        raise type(reason)(
            f"{reason}; it cannot be rebuilt there ({error.strerror or error}); "
            "set LEG_MASSAGE_INDEX to a folder that can be written"
        ) from error


def _by_reference(
    corpus: Corpus,
    folder: Path,
    model: Model | None,
    gate: FrozenGate | None,
    reason: LegMassageError,
) -> PassageIndex | None:
    """Return the index with the reference to answer questions, if only the export is amiss."""
    try:
        reference = FairEmbedder(SentenceTransformerEmbedder(model or find_model()))
        index = load_index(corpus, folder, model, reference, gate)
    except LegMassageError:
        return None
    log.warning("%s; until then sentence-transformers answers, which starts slowly", reason)
    return index


def build_index(
    corpus: Corpus,
    folder: Path,
    model: Model | None = None,
    embedder: Embedder | None = None,
    progress: Progress | None = None,
    gate: FrozenGate | None = None,
    gpu: bool = True,
    shards: int | None = None,
    ahead: Ahead | None = None,
) -> PassageIndex:
    """Embed a corpus and write its index; passages that are as they were keep their vectors.

    Waits while another process builds in the same folder, and goes on with a build that was killed.

    Args:
        corpus: The documents.
        folder: Where the index goes.
        model: The embedding model; the bundled one by default.
        embedder: Stands in for the model's own runtimes.
        progress: Called while building.
        gate: When to answer.
        gpu: Build on a CUDA device where there is one.
        shards: In how many files the vectors are kept; as many as there are, or one.
        ahead: Embeds before this process does, such as on other machines.

    Raises:
        OSError: The folder cannot be written or the disk is full; what is there stays as it is.
    """
    with one_builder(folder):
        return _build(corpus, folder, model, embedder, progress, gate, gpu, shards, ahead)


def _build(
    corpus: Corpus,
    folder: Path,
    model: Model | None,
    embedder: Embedder | None,
    progress: Progress | None,
    gate: FrozenGate | None,
    gpu: bool = True,
    shards: int | None = None,
    ahead: Ahead | None = None,
) -> PassageIndex:
    report = progress or (lambda stage, done, total: None)
    keys = keys_of(embedding_texts(corpus))
    if not len(keys):
        raise IndexNotBuiltError("the corpus holds no sentence that could be quoted")
    digest = identity(model, embedder)[1]
    old = Earlier.read(folder, digest)
    run = Run(keys, digest, folder, old.vectors if old else None, report)
    if ahead is not None:
        ahead(run, embedding_texts(corpus))
    runtime = None
    if embedder is None:
        sample = list(itertools.islice(embedding_texts(corpus), SAMPLE))
        builder, runtime = builder_of(
            model or find_model(), folder, old, run.new_texts(), sample, report, gpu
        )
    else:
        builder = embedder
    kind = kind_for(len(keys), len(corpus.passages))
    runs = run.vectors(embedding_texts(corpus), builder)
    first, parts = first_rows(corpus), shards or (len(old.manifest.shards) if old else 0)
    if parts > 1:
        files = write_shards(folder, kind, first, len(keys), runs, report, parts)
    else:
        files = write_vectors(folder, kind, first, runs, report)
    files |= write_words(folder, kind, corpus, report)
    manifest = Manifest(
        corpus=corpus.fingerprint,
        splitter=SPLITTER_VERSION,
        documents=documents_of(corpus, folder),
        model=builder.model_id,
        weights=builder.digest,
        passages=len(corpus.passages),
        kind=kind,
        built_by=builder.name,
        texts=len(keys),
        gate=gate,
        keys=write_file(folder, "keys", ".bin", keys.tobytes()),
        runtime=runtime,
        **files,
    )
    write_manifest(folder, manifest)
    remove_unused(folder, manifest)
    return load_index(corpus, folder, model, embedder)


def _refuse_foreign_folder(folder: Path) -> None:
    """Do not write an index among somebody's files: the folder has to be new or empty."""
    if folder.is_dir() and any(not path.name.startswith(".") for path in folder.iterdir()):
        known = [*folder.glob("passages-*.faiss"), *folder.glob("model-*.onnx")]
        if not known:
            raise IndexNotBuiltError(
                f"{folder}: holds other files and no index; set LEG_MASSAGE_INDEX to another folder"
            )

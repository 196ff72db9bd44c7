"""Building, opening and refreshing an index.

open_index(corpus, folder)   the way in: opens what is there, builds or rebuilds when it must
build_index(corpus, folder)  embeds what changed, writes the files, then the manifest
load_index(corpus, folder)   opens only; says exactly what does not fit
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from corpus import Corpus
from corpus.split import SPLITTER_VERSION
from index.embedder import BATCH, Embedder, SentenceTransformerEmbedder, Vectors
from index.errors import IndexDamagedError, IndexMismatchError, IndexNotBuiltError
from index.lock import one_builder
from index.manifest import FrozenGate, IndexedDocument, IndexFile, Manifest, read_manifest
from index.model import Model, find_model
from index.passage_index import PassageIndex, embedding_texts
from index.runtime import OnnxEmbedder, can_export, export_onnx
from index.store import remove_unused, verified, write_file, write_manifest

log = logging.getLogger(__name__)

Progress = Callable[[str, int, int], None]
"""Called with a stage ('embed', 'export'), how many steps are done, and how many there are."""


def open_index(
    corpus: Corpus,
    folder: Path,
    model: Model | None = None,
    embedder: Embedder | None = None,
    progress: Progress | None = None,
    gate: FrozenGate | None = None,
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
            return _build(corpus, folder, model, embedder, progress, gate)
    except OSError as error:
        raise type(reason)(
            f"{reason}; it cannot be rebuilt there ({error.strerror or error}); "
            "set LEG_MASSAGE_INDEX to a folder that can be written"
        ) from error


def load_index(
    corpus: Corpus,
    folder: Path,
    model: Model | None = None,
    embedder: Embedder | None = None,
    gate: FrozenGate | None = None,
) -> PassageIndex:
    """Open an index without building anything.

    Raises:
        IndexNotBuiltError: There is none.
        IndexMismatchError: It is of another corpus, model or format.
        IndexDamagedError: A file is missing or changed.
    """
    while True:
        manifest = read_manifest(folder)
        try:
            return _load(corpus, folder, manifest, model, embedder, gate)
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
) -> PassageIndex:
    model_id, digest = _identity(model, embedder)
    _check_fit(folder, manifest, corpus, model_id, digest)
    if gate is not None and manifest.gate != gate:
        raise IndexMismatchError(f"{folder}: calibrated otherwise; run leg-massage index")
    for document in manifest.documents.values():
        if document.text is not None:
            verified(folder, document.text)
    vectors = _read_vectors(verified(folder, manifest.vectors))
    if manifest.keys != _keys(embedding_texts(corpus)):
        raise IndexMismatchError(
            f"{folder}: embeds other texts of the corpus; run leg-massage index"
        )
    if vectors.ntotal != len(manifest.keys) or vectors.d != manifest.dimension:
        raise IndexDamagedError(f"{folder}: vectors and manifest disagree; run leg-massage index")
    runtime = embedder or _query_embedder(folder, manifest, model or find_model())
    return PassageIndex(corpus, vectors, runtime, manifest)


def build_index(
    corpus: Corpus,
    folder: Path,
    model: Model | None = None,
    embedder: Embedder | None = None,
    progress: Progress | None = None,
    gate: FrozenGate | None = None,
) -> PassageIndex:
    """Embed a corpus and write its index; passages that are as they were keep their vectors.

    Waits while another process builds in the same folder.

    Raises:
        OSError: The folder cannot be written or the disk is full; what is there stays as it is.
    """
    with one_builder(folder):
        return _build(corpus, folder, model, embedder, progress, gate)


def _build(
    corpus: Corpus,
    folder: Path,
    model: Model | None,
    embedder: Embedder | None,
    progress: Progress | None,
    gate: FrozenGate | None,
) -> PassageIndex:
    import faiss

    report = progress or (lambda stage, done, total: None)
    model = model if embedder else (model or find_model())
    reference = embedder or SentenceTransformerEmbedder(model)  # type: ignore[arg-type]
    old = _earlier(folder, reference)
    runtime_file = old[0].runtime if old else None
    if embedder is None and model is not None and runtime_file is None:
        runtime_file = _export(model, reference, folder, report)
    texts = embedding_texts(corpus)
    if not texts:
        raise IndexNotBuiltError("the corpus holds no sentence that could be quoted")
    keys = _keys(texts)
    matrix = _embed(texts, keys, reference, _known_vectors(old), report)
    vectors = faiss.IndexFlatIP(matrix.shape[1])
    vectors.add(matrix)
    # By way of memory: faiss itself does not notice that a full disk cut its file short.
    written = write_file(folder, "passages", ".faiss", faiss.serialize_index(vectors).tobytes())
    texts_kept = _keep_extracted(corpus, folder)
    manifest = _manifest(
        corpus, reference, matrix.shape[1], keys, written, runtime_file, texts_kept, gate
    )
    write_manifest(folder, manifest)
    remove_unused(folder, manifest)
    runtime = embedder or _query_embedder(folder, manifest, model or find_model())
    return PassageIndex(corpus, vectors, runtime, manifest)


def _keys(texts: Sequence[str]) -> tuple[str, ...]:
    """Return a short hash of each embedded text: the same text has the same vector."""
    encoded = (text.encode("utf-8", "surrogatepass") for text in texts)
    return tuple(hashlib.sha256(data).hexdigest()[:20] for data in encoded)


def _identity(model: Model | None, embedder: Embedder | None) -> tuple[str, str]:
    if embedder is not None:
        return embedder.model_id, embedder.digest
    found = model or find_model()
    return found.id, found.digest


def _check_fit(folder: Path, manifest: Manifest, corpus: Corpus, model: str, digest: str) -> None:
    if manifest.corpus != corpus.fingerprint:
        raise IndexMismatchError(f"{folder}: built from another corpus; run leg-massage index")
    if manifest.weights != digest:
        raise IndexMismatchError(
            f"{folder}: built with the model {manifest.model}, not {model}; run leg-massage index"
        )


def _refuse_foreign_folder(folder: Path) -> None:
    """Do not write an index among somebody's files: the folder has to be new or empty."""
    if folder.is_dir() and any(not path.name.startswith(".") for path in folder.iterdir()):
        known = [*folder.glob("passages-*.faiss"), *folder.glob("model-*.onnx")]
        if not known:
            raise IndexNotBuiltError(
                f"{folder}: holds other files and no index; set LEG_MASSAGE_INDEX to another folder"
            )


def _earlier(folder: Path, reference: Embedder) -> tuple[Manifest, Path | None] | None:
    """Return the manifest in the folder and its sound vectors, if the same model made them."""
    try:
        manifest = read_manifest(folder)
    except (IndexNotBuiltError, IndexMismatchError, IndexDamagedError):
        return None
    if manifest.weights != reference.digest:
        return None
    if manifest.runtime is not None and not _is_sound(folder, manifest.runtime):
        manifest = manifest.model_copy(update={"runtime": None})
    vectors = folder / manifest.vectors.name if _is_sound(folder, manifest.vectors) else None
    return manifest, vectors


def _is_sound(folder: Path, file: IndexFile) -> bool:
    try:
        verified(folder, file)
    except IndexDamagedError:
        return False
    return True


def _known_vectors(old: tuple[Manifest, Path | None] | None) -> dict[str, Vectors]:
    """Return the vectors of an earlier index by the key of their text."""
    if old is None or old[1] is None:
        return {}
    manifest, path = old[0], old[1]
    vectors = _read_vectors(path)
    if vectors.ntotal != len(manifest.keys):
        return {}
    matrix = vectors.reconstruct_n(0, vectors.ntotal)
    return dict(zip(manifest.keys, matrix, strict=True))


def _embed(
    texts: Sequence[str],
    keys: Sequence[str],
    reference: Embedder,
    known: dict[str, Vectors],
    report: Progress,
) -> Vectors:
    """Return one unit vector a text, shape (texts, dimension); only new texts are embedded."""
    new = [i for i, key in enumerate(keys) if key not in known]
    rows: dict[int, Vectors] = {i: known[key] for i, key in enumerate(keys) if key in known}
    report("embed", 0, len(new))
    for begin in range(0, len(new), BATCH):
        batch = new[begin : begin + BATCH]
        for i, vector in zip(batch, reference.embed([texts[i] for i in batch]), strict=True):
            rows[i] = vector
        report("embed", begin + len(batch), len(new))
    return np.ascontiguousarray([rows[i] for i in range(len(texts))], dtype=np.float32)


def _export(model: Model, reference: Embedder, folder: Path, report: Progress) -> IndexFile | None:
    """Export the model for the light runtime; None where the reference has to answer queries."""
    if not (can_export(model) and isinstance(reference, SentenceTransformerEmbedder)):
        return None
    report("export", 0, 1)
    try:
        graph = export_onnx(reference)
    except ImportError as error:
        log.warning("no export for the light runtime (%s); sentence-transformers answers", error)
        return None
    written = write_file(folder, "model", ".onnx", graph)
    report("export", 1, 1)
    return written


def _query_embedder(folder: Path, manifest: Manifest, model: Model) -> Embedder:
    if manifest.runtime is None:
        return SentenceTransformerEmbedder(model)
    return OnnxEmbedder(model, verified(folder, manifest.runtime))


def _read_vectors(path: Path) -> Any:
    import faiss

    # Several threads gain nothing on a small index and collapse when the cores are shared.
    faiss.omp_set_num_threads(1)
    try:
        return faiss.read_index(str(path))
    except RuntimeError as error:
        raise IndexDamagedError(
            f"{path}: not a readable FAISS index; run leg-massage index"
        ) from error


def _keep_extracted(corpus: Corpus, folder: Path) -> dict[str, IndexFile]:
    """Write the texts taken out of PDF and other files, which offsets refer to."""
    return {
        document.name: write_file(
            folder, "text", ".txt", document.text.encode("utf-8", "surrogatepass")
        )
        for document in corpus.documents
        if document.is_extracted
    }


def _manifest(
    corpus: Corpus,
    reference: Embedder,
    dimension: int,
    keys: tuple[str, ...],
    vectors: IndexFile,
    runtime: IndexFile | None,
    extracted: dict[str, IndexFile],
    gate: FrozenGate | None,
) -> Manifest:
    counts: dict[str, int] = {}
    for passage in corpus.passages:
        counts[passage.document] = counts.get(passage.document, 0) + 1
    return Manifest(
        corpus=corpus.fingerprint,
        splitter=SPLITTER_VERSION,
        documents={
            document.name: IndexedDocument(
                sha256=document.sha256,
                passages=counts.get(document.name, 0),
                text=extracted.get(document.name),
            )
            for document in corpus.documents
        },
        model=reference.model_id,
        weights=reference.digest,
        dimension=dimension,
        passages=len(corpus.passages),
        built_by=reference.name,
        keys=keys,
        gate=gate,
        vectors=vectors,
        runtime=runtime,
    )

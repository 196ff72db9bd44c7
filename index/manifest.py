"""The manifest: what an index was made from, and what its files must be."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from index.errors import IndexDamagedError, IndexMismatchError, IndexNotBuiltError

FORMAT_VERSION = 2
MANIFEST = "manifest.json"

Kind = Literal["flat", "sq8", "ivf"]


class IndexFile(BaseModel):
    """A file of the index: its name holds the start of its hash, so no two states share a name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[\w.-]+$")
    sha256: str
    bytes: int = Field(ge=1)


class Runtime(BaseModel):
    """The model as exported for the light runtime: a graph that names the file of its weights."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    graph: IndexFile
    weights: IndexFile
    int8: IndexFile | None = Field(
        default=None, description="The same in eight bits, where that was asked for."
    )


class IndexedDocument(BaseModel):
    """A document as it was when the index was built."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sha256: str
    passages: int = Field(ge=0)
    text: IndexFile | None = Field(
        default=None, description="The text taken out of the file, where it is no text file."
    )


class FrozenGate(BaseModel):
    """When to answer from this index: weights and threshold as they were when it was built.

    The index only keeps them; what the evidence is and how it is weighed is not known here.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    weights: dict[str, float] = Field(description="Weight of each piece of evidence, by name.")
    bias: float
    threshold: float = Field(ge=0, le=1, description="Least probability to answer.")


class Shard(BaseModel):
    """A stretch of the passages, searched apart from the others; the last has the questions too."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    passages: int = Field(ge=1)
    texts: int = Field(
        ge=1, description="Texts embedded: its passages, their sentences, questions."
    )
    vectors: IndexFile = Field(description="As in the manifest, of these texts only.")
    rows: IndexFile | None = Field(default=None, description="As in the manifest.")


class Manifest(BaseModel):
    """Everything that has to agree before an index is used."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format_version: Literal[2] = 2
    corpus: str = Field(description="Fingerprint of the corpus.")
    splitter: str = Field(description="Version of the splitter.")
    documents: dict[str, IndexedDocument]
    model: str = Field(description="Id of the embedding model.")
    weights: str = Field(description="SHA-256 of the model's weights.")
    dimension: int = Field(ge=1)
    passages: int = Field(ge=1)
    normalised: Literal[True] = True
    kind: Kind = Field(description="How vectors are searched; see `index.tiers`.")
    built_by: str = Field(description="Runtime that embedded what was new.")
    texts: int = Field(ge=1, description="Texts embedded: passages, their sentences, questions.")
    gate: FrozenGate | None = Field(
        default=None, description="When to answer; null for an index that is only searched."
    )
    keys: IndexFile = Field(
        description="Hash of each embedded text, in order; unchanged ones keep their vectors."
    )
    vectors: IndexFile | None = Field(
        default=None,
        description="FAISS index: of all texts where it is flat, of the passages otherwise; null"
        " where shards hold them.",
    )
    rows: IndexFile | None = Field(
        default=None, description="Vectors of all texts, half precision; null where it is flat."
    )
    shards: tuple[Shard, ...] = Field(
        default=(), description="Where the vectors are in several files, in the order of the texts."
    )
    terms: IndexFile | None = Field(
        default=None, description="BM25 terms; null where they are counted when it is opened."
    )
    postings: IndexFile | None = Field(default=None, description="BM25 scores by term.")
    runtime: Runtime | None = Field(
        default=None, description="The exported model, or null where the reference answers queries."
    )

    @model_validator(mode="after")
    def _holds_every_vector_once(self) -> Self:
        if (self.vectors is None) != bool(self.shards):
            raise ValueError("vectors are in one file or in shards")
        counted = sum(s.passages for s in self.shards), sum(s.texts for s in self.shards)
        if self.shards and counted != (self.passages, self.texts):
            raise ValueError("the shards hold more or less than the index")
        return self

    def files(self) -> list[IndexFile]:
        """Return every file of the index."""
        files = [self.keys, self.vectors, self.rows, self.terms, self.postings]
        files += [file for shard in self.shards for file in (shard.vectors, shard.rows)]
        files += [document.text for document in self.documents.values()]
        if self.runtime is not None:
            files += [self.runtime.graph, self.runtime.weights, self.runtime.int8]
        return [file for file in files if file is not None]


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of an index.

    Raises:
        IndexNotBuiltError: There is none.
        IndexMismatchError: It is of another format.
        IndexDamagedError: It cannot be read.
    """
    path = folder / MANIFEST
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise IndexNotBuiltError(f"{folder}: no index here; run leg-massage index") from error
    except (OSError, UnicodeDecodeError) as error:
        raise IndexDamagedError(f"{path}: cannot be read; run leg-massage index") from error
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        if any(problem["loc"] == ("format_version",) for problem in error.errors()):
            raise IndexMismatchError(
                f"{path}: another index format (this version reads {FORMAT_VERSION}); "
                "run leg-massage index"
            ) from error
        raise IndexDamagedError(f"{path}: damaged; run leg-massage index") from error

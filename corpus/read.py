"""Files -> documents: what can be read, and a clear error for what cannot."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal

from corpus.document import Document
from corpus.errors import CorpusError
from corpus.extract import EXTRACTORS
from corpus.split import heading_title

SIDECAR = "sources.toml"
TEXT_ENDINGS = (".txt", ".md", ".markdown", ".text")
ENDINGS = (*TEXT_ENDINGS, *EXTRACTORS)
_MARKDOWN = (".md", ".markdown")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
"""Control characters that no text has: all but tabs and what ends lines and pages."""
_MAX_CONTROL_SHARE = 0.02
MAX_FILE_BYTES = 100_000_000
"""Size of the largest document; a longer one is no text that somebody wrote."""


def read_bundled() -> list[Document]:
    """Return the documents that are part of the package, in order of their names."""
    folder = resources.files("corpus")
    sidecar = folder.joinpath(SIDECAR)
    notes = _parse_sidecar(sidecar.read_text("utf-8"), SIDECAR) if sidecar.is_file() else {}
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".md")), key=lambda f: f.name)
    return [_describe(file.name, _text_of(file), notes.get(file.name, {})) for file in files]


def decode(name: str, data: bytes) -> str:
    """Return the text of a file: UTF-8 (with or without mark), UTF-16 with its mark.

    Raises:
        CorpusError: The bytes are no text in these encodings, or hold nothing to read.
    """
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise CorpusError(
            f"{name}: not readable as text (byte {error.start} is not valid {encoding}); "
            "save it as UTF-8"
        ) from error
    if not text.strip():
        raise CorpusError(f"{name}: the file is empty; nothing can be quoted from it")
    if len(_CONTROL.findall(text)) > _MAX_CONTROL_SHARE * len(text):
        raise CorpusError(f"{name}: looks like a binary file, not text")
    return text


def read_file(path: Path, name: str) -> Document:
    """Return a file as a document, with the notes of its folder's sidecar if there is one.

    Raises:
        CorpusError: It cannot be read, is of an unknown kind, or holds no text.
    """
    # A name that is no UTF-8 could not be written into an answer.
    name = os.fsencode(name).decode("utf-8", "replace")
    notes = read_sidecar(path.parent).get(path.name, {})
    ending = path.suffix.lower()
    if ending in TEXT_ENDINGS:
        return _describe(name, decode(str(path), _bytes_of(path)), notes)
    if ending not in EXTRACTORS:
        raise CorpusError(f"{path}: cannot read this kind of file; use one of {', '.join(ENDINGS)}")
    extracted = EXTRACTORS[ending](str(path), _bytes_of(path))
    if not extracted.text.strip():
        raise CorpusError(f"{path}: no text in this file; nothing can be quoted from it")
    notes = {"title": extracted.title, **notes}
    document = _describe(name, extracted.text, notes)
    markup: Literal["markdown", "plain"] = "plain" if extracted.pages else "markdown"
    return replace(document, pages=extracted.pages, markup=markup, is_extracted=True)


def read_sidecar(folder: Path) -> Mapping[str, Mapping[str, Any]]:
    """Return the entries of ``sources.toml`` in a folder, by file name; none without the file."""
    path = folder / SIDECAR
    return _parse_sidecar(decode(str(path), _bytes_of(path)), str(path)) if path.is_file() else {}


def _bytes_of(path: Path) -> bytes:
    try:
        # A pipe or a device would be read for ever.
        if not path.is_file():
            raise CorpusError(f"{path}: is no regular file")
        if path.stat().st_size > MAX_FILE_BYTES:
            raise CorpusError(f"{path}: larger than the {MAX_FILE_BYTES} bytes that are read")
        return path.read_bytes()
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read ({error.strerror or error})") from error


def _text_of(file: Traversable) -> str:
    return decode(file.name, file.read_bytes())


def _parse_sidecar(text: str, name: str) -> dict[str, dict[str, Any]]:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CorpusError(f"{name}: not valid TOML ({error})") from error
    entries = table.get("documents", table)
    if not isinstance(entries, dict):
        raise CorpusError(f'{name}: expected a table for each file, as [documents."file.md"]')
    return {key: value for key, value in entries.items() if isinstance(value, dict)}


def _describe(name: str, text: str, notes: Mapping[str, Any]) -> Document:
    return Document(
        name=name,
        text=text,
        title=str(notes.get("title") or heading_title(text) or Path(name).stem),
        licence=str(notes.get("licence", "")),
        date=str(notes.get("date", "")),
        sources=tuple(str(source) for source in notes.get("sources", ())),
        role=str(notes.get("role", "article")),
        markup="markdown" if name.lower().endswith(_MARKDOWN) else "plain",
        not_quoted=tuple(str(heading) for heading in notes.get("not_quoted", ())),
    )

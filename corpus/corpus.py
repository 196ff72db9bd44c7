"""Corpus: the documents that answers are made from, and everything looked up in them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Self

from corpus.asked import Asked, read_asked
from corpus.citation import Citation
from corpus.document import Document, Passage
from corpus.errors import CorpusError
from corpus.read import ENDINGS, read_bundled, read_file
from corpus.split import SPLITTER_VERSION, split_document


class Corpus:
    """An unchanging set of documents with their passages, in order of document names."""

    def __init__(self, documents: Iterable[Document], problems: Iterable[str] = ()) -> None:
        self.problems: tuple[str, ...] = tuple(problems)
        """What is wrong with files that were left out."""
        self._is_bundled = False
        self.documents: tuple[Document, ...] = tuple(sorted(documents, key=lambda d: d.name))
        self._by_name = {document.name: document for document in self.documents}
        if not self.documents:
            raise CorpusError("the corpus holds no document; give a file or a folder with some")
        if len(self._by_name) < len(self.documents):
            raise CorpusError("two documents of the corpus have the same name")

    @classmethod
    def bundled(cls) -> Self:
        """Return the documents that are part of the package."""
        corpus = cls(read_bundled())
        corpus._is_bundled = True
        return corpus

    @classmethod
    def load(cls, paths: str | Path | Sequence[str | Path]) -> Self:
        """Return the documents in files and folders of one's own.

        A file of a folder that cannot be read is left out and named in `problems`; the rest of the
        folder is there.

        Raises:
            CorpusError: A path does not exist, a file that was named cannot be read, or nothing in
                the folders can.
        """
        listed = [Path(paths)] if isinstance(paths, str | Path) else [Path(path) for path in paths]
        documents: list[Document] = []
        problems: list[str] = []
        for path in listed:
            _read_into(path, documents, problems)
        if not documents and problems:
            raise CorpusError(f"no document could be read; the first problem: {problems[0]}")
        return cls(documents, problems)

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        """All passages, by document and place in it."""
        return tuple(p for document in self.documents for p in split_document(document))

    @cached_property
    def _passages_by_document(self) -> dict[str, tuple[Passage, ...]]:
        found: dict[str, list[Passage]] = {}
        for passage in self.passages:
            found.setdefault(passage.document, []).append(passage)
        return {name: tuple(passages) for name, passages in found.items()}

    def passages_of(self, document: str) -> tuple[Passage, ...]:
        """Return the passages of one document, in order; none for one that holds no sentence."""
        return self._passages_by_document.get(document, ())

    @cached_property
    def asked(self) -> tuple[Asked, ...]:
        """Questions that the corpus comes with; none for documents of one's own."""
        return tuple(read_asked(self.passages)) if self._is_bundled else ()

    @cached_property
    def _passages_by_id(self) -> dict[str, Passage]:
        return {passage.id: passage for passage in self.passages}

    @cached_property
    def _siblings(self) -> dict[tuple[str, int], tuple[Passage, ...]]:
        lists: dict[tuple[str, int], list[Passage]] = {}
        for passage in self.passages:
            if passage.list_order is not None:
                lists.setdefault((passage.document, passage.list_order), []).append(passage)
        return {key: tuple(items) for key, items in lists.items()}

    @cached_property
    def subject(self) -> str:
        """What the only article is about, by its title: "Bread: a primer" is about bread.

        Empty where there are several articles, or the title names no subject before a colon.
        """
        titles = [document.title for document in self.documents if document.role == "article"]
        name, colon, _ = titles[0].partition(":") if len(titles) == 1 else ("", "", "")
        if not colon or not name.strip():
            return ""
        first = name.split()[0]
        return name.strip() if first.isupper() else name[0].lower() + name[1:].strip()

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over names, texts and the splitter's version: the same means equal passages."""
        digest = hashlib.sha256(f"splitter {SPLITTER_VERSION}".encode())
        for asked in self.asked:
            digest.update(f"\n{asked.question}\t{','.join(asked.passages)}".encode())
        for document in self.documents:
            digest.update(f"\n{document.name}\t{document.title}\t{document.sha256}".encode())
        return digest.hexdigest()

    def document(self, name: str) -> Document:
        """Return the document of that name.

        Raises:
            CorpusError: The corpus has none.
        """
        try:
            return self._by_name[name]
        except KeyError:
            raise CorpusError(f"{name}: no document of this name in the corpus") from None

    def passage(self, passage_id: str) -> Passage:
        """Return the passage with that id.

        Raises:
            CorpusError: The corpus has none.
        """
        try:
            return self._passages_by_id[passage_id]
        except KeyError:
            raise CorpusError(f"{passage_id}: no passage with this id in the corpus") from None

    def siblings(self, passage: Passage) -> tuple[Passage, ...]:
        """Return all items of the passage's list in order; for a paragraph only itself."""
        if passage.list_order is None:
            return (passage,)
        return self._siblings[(passage.document, passage.list_order)]

    def lead_of(self, item: Passage) -> Passage | None:
        """Return the paragraph whose last sentence leads to an item's list, if there is one."""
        if item.lead is None:
            return None
        return self._by_end.get((item.document, item.lead[1]))

    def list_after(self, passage: Passage) -> tuple[Passage, ...]:
        """Return the items of the list that a paragraph leads to; none if it leads to no list."""
        return self._lists_by_lead.get((passage.document, passage.end), ())

    @cached_property
    def _by_end(self) -> dict[tuple[str, int], Passage]:
        return {(passage.document, passage.end): passage for passage in self.passages}

    @cached_property
    def _lists_by_lead(self) -> dict[tuple[str, int], tuple[Passage, ...]]:
        return {
            (items[0].document, items[0].lead[1]): items
            for items in self._siblings.values()
            if items[0].lead is not None
        }

    def cite(
        self,
        passage: Passage,
        marker: int,
        start: int | None = None,
        end: int | None = None,
        score: float = 1.0,
    ) -> Citation:
        """Return a citation of a passage, or of the stretch of it from ``start`` to ``end``."""
        begin = passage.start if start is None else start
        stop = passage.end if end is None else end
        document = self.document(passage.document)
        return Citation(
            marker=marker,
            document=document.name,
            title=document.title,
            section=passage.section,
            start=begin,
            end=stop,
            quote=document.text[begin:stop],
            score=score,
            page=document.page_at(begin),
            sha256=document.sha256,
        )


def _read_into(path: Path, documents: list[Document], problems: list[str]) -> None:
    """Add the documents at a path, and what is wrong with those that cannot be read."""
    try:
        is_there = path.exists()
    except OSError as error:
        raise CorpusError(f"{str(path)[:200]}: cannot be read ({error.strerror})") from error
    if not is_there:
        raise CorpusError(f"{path}: no such file or folder")
    if not path.is_dir():
        documents.append(read_file(path, path.name))
        return
    files = sorted(file for file in path.rglob("*") if file.suffix.lower() in ENDINGS)
    if not files:
        raise CorpusError(f"{path}: no readable document in this folder ({', '.join(ENDINGS)})")
    inside = path.resolve()
    for file in files:
        try:
            if not file.resolve().is_relative_to(inside):
                raise CorpusError(f"{file}: is a link out of the folder; name the file itself")
            documents.append(read_file(file, file.relative_to(path).as_posix()))
        except CorpusError as error:
            problems.append(str(error))

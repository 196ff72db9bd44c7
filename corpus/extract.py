"""PDF, DOCX and HTML files -> text with headings, lists and pages, by libraries of the extra.

The text that comes out is what passages, quotes and offsets refer to. Headings and list items are
written as Markdown has them, so that the splitter sees them.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.errors import CorpusError
from corpus.html_blocks import as_row, html_blocks
from corpus.html_nesting import with_end_tags
from corpus.pdf_lines import page_texts

EXTRA = "leg-massage-assistant[documents]"

MAX_DEPTH = 2_000
"""Tags inside one another in an HTML page; the parser's cost grows with the square of it."""

MAX_UNPACKED_BYTES = 200_000_000
"""What a DOCX file, which is a zip archive, may hold when it is unpacked."""

MIN_CHARS_PER_PAGE = 20
"""A PDF with less text a page than this is a scan: pictures of text."""

_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True)
class Extracted:
    """The text of a file and where its pages begin."""

    text: str
    pages: tuple[int, ...] = ()
    title: str = ""


def extract_pdf(name: str, data: bytes) -> Extracted:
    """Return the text layer of a PDF, page by page.

    Raises:
        CorpusError: It is encrypted, broken or a scan, or the library is not installed.
    """
    pypdf = _library("pypdf", name)
    try:
        reader = pypdf.PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise CorpusError(f"{name}: the PDF is encrypted; save a copy without a password")
        texts = page_texts([page.extract_text() or "" for page in reader.pages])
        title = str((reader.metadata and reader.metadata.title) or "").strip() or Path(name).stem
    except CorpusError:
        raise
    except Exception as error:  # the parser raises many kinds, none with a common base
        raise CorpusError(f"{name}: the PDF is broken or not a PDF ({error})") from error
    if sum(len(text.strip()) for text in texts) < MIN_CHARS_PER_PAGE * max(1, len(texts)):
        raise CorpusError(
            f"{name}: the PDF has no text layer (a scan?); run text recognition first"
        )
    begins, parts, offset = [], [], 0
    for text in texts:
        begins.append(offset)
        parts.append(text.strip() + "\n\n")
        offset += len(parts[-1])
    return Extracted("".join(parts), tuple(begins), title)


def extract_docx(name: str, data: bytes) -> Extracted:
    """Return the paragraphs, headings, list items and table rows of a DOCX file, in order.

    Raises:
        CorpusError: It is broken, encrypted or far larger than its file, or the library is not
            installed.
    """
    docx = _library("docx", name)
    try:
        _check_unpacked_size(name, data)
        document = docx.Document(io.BytesIO(data))
        blocks = [_docx_block(block) for block in document.iter_inner_content()]
        title = str(document.core_properties.title or "")
    except CorpusError:
        raise
    except Exception as error:  # zip, XML and package errors, with no common base
        raise CorpusError(
            f"{name}: the DOCX file is broken, encrypted or no DOCX ({error})"
        ) from error
    return Extracted("\n\n".join(block for block in blocks if block), (), title)


def extract_html(name: str, data: bytes) -> Extracted:
    """Return the headings, paragraphs, list items and cells of an HTML page, in order.

    Raises:
        CorpusError: Its tags are nested too deeply, or the library is not installed.
    """
    parser = _library("bs4", name).BeautifulSoup
    page = with_end_tags(data)
    if page.depth > MAX_DEPTH:
        raise CorpusError(f"{name}: more than {MAX_DEPTH} tags inside one another; not read")
    soup = parser(page.data, "html.parser")
    title = _one_line(soup.title.get_text()) if soup.title else ""
    return Extracted("\n\n".join(html_blocks(soup)), (), title)


EXTRACTORS: dict[str, Callable[[str, bytes], Extracted]] = {
    ".pdf": extract_pdf,
    ".docx": extract_docx,
    ".html": extract_html,
    ".htm": extract_html,
}


def _check_unpacked_size(name: str, data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())
    if unpacked > MAX_UNPACKED_BYTES:
        raise CorpusError(
            f"{name}: unpacks to {unpacked} bytes, more than the {MAX_UNPACKED_BYTES} that are read"
        )


def _library(module: str, name: str) -> Any:
    import importlib

    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise CorpusError(f'{name}: needs an extra library; run pip install "{EXTRA}"') from error


def _docx_block(block: Any) -> str:
    if hasattr(block, "rows"):
        rows = ([_one_line(cell.text) for cell in row.cells] for row in block.rows)
        merged = (list(dict.fromkeys(filter(None, row))) for row in rows)
        return "\n".join(as_row(row) for row in merged if row)
    text, style = _one_line(block.text), str(block.style.name if block.style else "")
    if not text:
        return ""
    if style == "Title":
        return f"# {text}"
    if heading := re.match(r"Heading (\d)", style):
        return f"{'#' * min(6, int(heading[1]) + 1)} {text}"
    if style.startswith("List Number"):
        return f"1. {text}"
    return f"- {text}" if style.startswith("List") else text


def _one_line(text: str) -> str:
    return _BLANKS.sub(" ", text).strip()

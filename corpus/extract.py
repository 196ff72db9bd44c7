"""PDF, DOCX and HTML files -> text with headings, lists and pages, by libraries of the extra.

The text that comes out is what passages, quotes and offsets refer to. Headings and list items are
written as Markdown has them, so that the splitter sees them.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from corpus.errors import CorpusError

EXTRA = "leg-massage-assistant[documents]"

MIN_CHARS_PER_PAGE = 20
"""A PDF with less text a page than this is a scan: pictures of text."""

_BLANKS = re.compile(r"\s+")
_HTML_BLOCKS = ("h1", "h2", "h3", "h4", "h5", "h6", "p", "li", "td", "th", "blockquote", "dt", "dd")
_HTML_LEFT_OUT = ("script", "style", "nav", "header", "footer", "noscript", "template", "form")


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
        texts = [page.extract_text() or "" for page in reader.pages]
        title = str((reader.metadata and reader.metadata.title) or "")
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
        CorpusError: It is broken or encrypted, or the library is not installed.
    """
    docx = _library("docx", name)
    try:
        document = docx.Document(io.BytesIO(data))
        blocks = [_docx_block(block) for block in document.iter_inner_content()]
        title = str(document.core_properties.title or "")
    except Exception as error:  # zip, XML and package errors, with no common base
        raise CorpusError(
            f"{name}: the DOCX file is broken, encrypted or no DOCX ({error})"
        ) from error
    return Extracted("\n\n".join(block for block in blocks if block), (), title)


def extract_html(name: str, data: bytes) -> Extracted:
    """Return the headings, paragraphs, list items and cells of an HTML page, in order.

    Raises:
        CorpusError: The library is not installed.
    """
    soup = _library("bs4", name).BeautifulSoup(data, "html.parser")
    title = _one_line(soup.title.get_text()) if soup.title else ""
    for tag in soup(list(_HTML_LEFT_OUT)):
        tag.decompose()
    return Extracted("\n\n".join(_html_blocks(soup)), (), title)


EXTRACTORS: dict[str, Callable[[str, bytes], Extracted]] = {
    ".pdf": extract_pdf,
    ".docx": extract_docx,
    ".html": extract_html,
    ".htm": extract_html,
}


def _library(module: str, name: str) -> Any:
    import importlib

    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise CorpusError(f'{name}: needs an extra library; run pip install "{EXTRA}"') from error


def _docx_block(block: Any) -> str:
    if hasattr(block, "rows"):
        rows = ([_one_line(cell.text) for cell in row.cells] for row in block.rows)
        return "\n".join("- " + "; ".join(dict.fromkeys(filter(None, row))) for row in rows)
    text, style = _one_line(block.text), str(block.style.name if block.style else "")
    if not text:
        return ""
    if style == "Title":
        return f"# {text}"
    if heading := re.match(r"Heading (\d)", style):
        return f"{'#' * min(6, int(heading[1]) + 1)} {text}"
    return f"- {text}" if style.startswith("List") else text


def _html_blocks(soup: Any) -> Iterator[str]:
    for tag in soup.find_all(list(_HTML_BLOCKS)):
        if tag.find(list(_HTML_BLOCKS)):
            continue  # its own blocks come by themselves
        text = _one_line(tag.get_text(" "))
        if not text:
            continue
        if tag.name[0] == "h":
            yield f"{'#' * int(tag.name[1])} {text}"
        else:
            yield f"- {text}" if tag.name in {"li", "td", "dd"} else text


def _one_line(text: str) -> str:
    return _BLANKS.sub(" ", text).strip()

"""Files become documents, and what cannot be read is named with the reason."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from corpus import Corpus, CorpusError
from corpus.html_nesting import with_end_tags
from corpus.pdf_lines import page_texts
from corpus.read import decode


def write(folder: Path, name: str, data: bytes | str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def test_bundled_documents_have_titles_roles_and_passages() -> None:
    corpus = Corpus.bundled()
    roles = {document.name: document.role for document in corpus.documents}
    assert roles["leg-massage.md"] == "article"
    assert roles["evidence.md"] == "evidence"
    assert all(document.title and document.licence for document in corpus.documents)
    assert len(corpus.passages) > 100


def test_references_are_never_quoted() -> None:
    assert all("References" not in p.section for p in Corpus.bundled().passages)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"  \n ", "empty"),
        (b"\xff\x00\x9f\x80", "not valid|binary"),
        (b"abc\x00\x01\x02\x03" * 9, "binary"),
    ],
    ids=["empty", "blank", "bytes", "control"],
)
def test_file_that_is_no_text_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(CorpusError, match=rf"notes\.txt: .*(?:{reason})"):
        decode("notes.txt", data)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_marks_of_encodings_are_no_part_of_the_text(encoding: str) -> None:
    assert decode("notes.txt", "Käse reift.".encode(encoding)) == "Käse reift."


def test_path_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"nowhere: no such file or folder"):
        Corpus.load(tmp_path / "nowhere")


def test_kind_that_is_not_read_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, "sheet.xlsx", b"PK")
    with pytest.raises(CorpusError, match="cannot read this kind of file"):
        Corpus.load(path)


def test_broken_file_of_a_folder_costs_nothing_of_the_rest(tmp_path: Path) -> None:
    write(tmp_path, "good.txt", "Soil is dark and warm in May.")
    write(tmp_path, "sub/also.md", "# Soil\n\nClay holds water for weeks.")
    write(tmp_path, "bad.txt", b"\x00\x01\x02\x03\x04")
    corpus = Corpus.load(tmp_path)
    assert [document.name for document in corpus.documents] == ["good.txt", "sub/also.md"]
    assert len(corpus.problems) == 1
    assert "bad.txt" in corpus.problems[0]


def test_folder_without_a_document_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no readable document"):
        Corpus.load(tmp_path)


def test_sidecar_gives_title_and_role(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", "Soil is dark and warm in May.")
    write(tmp_path, "sources.toml", '["a.txt"]\ntitle = "On soil"\nrole = "evidence"\n')
    document = Corpus.load(tmp_path).documents[0]
    assert (document.title, document.role) == ("On soil", "evidence")


def test_fingerprint_follows_every_change(tmp_path: Path) -> None:
    path = write(tmp_path, "a.txt", "Soil is dark and warm in May.")
    first = Corpus.load(path).fingerprint
    assert Corpus.load(path).fingerprint == first
    write(tmp_path, "a.txt", "Soil is dark and warm in June.")
    assert Corpus.load(path).fingerprint != first


def test_docx_keeps_headings_lists_and_tables(tmp_path: Path) -> None:
    docx = pytest.importorskip("docx", reason="needs the extra 'documents'")
    file = docx.Document()
    file.core_properties.title = "Garden notes"
    file.add_heading("Soil", level=1)
    file.add_paragraph("Soil comes in two kinds:")
    file.add_paragraph("Clay: holds water.", style="List Bullet")
    file.add_table(rows=1, cols=2).rows[0].cells[0].text = "Sand drains fast"
    file.save(tmp_path / "soil.docx")
    corpus = Corpus.load(tmp_path / "soil.docx")
    clay = next(p for p in corpus.passages if p.text.startswith("Clay"))
    assert clay.section == ("Soil",)
    assert clay.lead is not None
    assert any("Sand drains fast" in p.text for p in corpus.passages)


def test_html_keeps_blocks_and_drops_scripts(tmp_path: Path) -> None:
    pytest.importorskip("bs4", reason="needs the extra 'documents'")
    page = (
        "<html><head><title>Soil notes</title><script>alert(1)</script></head><body><nav>Menu</nav>"
        "<h2>Clay</h2><p>Clay holds <b>water</b> for weeks.</p>"
        "<ul><li>It cracks in summer.</li></ul>"
    )
    corpus = Corpus.load(write(tmp_path, "soil.html", page))
    assert corpus.documents[0].title == "Soil notes"
    assert [p.text for p in corpus.passages] == [
        "Clay holds water for weeks.",
        "It cracks in summer.",
    ]
    assert corpus.passages[0].section == ("Clay",)


PAGE = """<html><body><header>Site name</header>
<article><header><h1>Soil</h1></header>
<div>Loose words in a box. <em>Clay</em>, wet, cracks.</div>
<ul><li>Outer item.<ul><li>Inner item.</li></ul></li><li><p>Wrapped item.</p></li></ul>
<dl><dt>Loam</dt><dd><p>A mix of both kinds.</p></dd></dl>
<button>Buy now</button><div role="navigation">Next page</div><!-- a note -->
Words after all boxes.</article></body></html>"""


def test_html_loses_no_words_of_the_text(tmp_path: Path) -> None:
    pytest.importorskip("bs4", reason="needs the extra 'documents'")
    corpus = Corpus.load(write(tmp_path, "soil.html", PAGE))
    assert corpus.documents[0].text.split("\n\n") == [
        "# Soil",
        "Loose words in a box. Clay, wet, cracks.",
        "- Outer item.",
        "- Inner item.",
        "- Wrapped item.",
        "- **Loam:** A mix of both kinds.",
        "Words after all boxes.",
    ]


def test_lines_of_a_pdf_become_headings_and_paragraphs() -> None:
    page = "Soil book\n2.1 Kinds of clay\nClay holds water for weeks and it\ncracks.\n" + (
        "Sand drains within hours, so it is\nwatered often.\n1. Peel\n2. Boil\n3"
    )
    others = [
        f"Soil book\n{word} comes next.\nIt lies\nin beds\nof {word}.\nSo much for {word}.\n{n}"
        for n, word in enumerate(("Chalk", "Peat"), start=4)
    ]
    first = page_texts([page, *others])[0]
    assert re.split(r"\n\n+", first) == [
        "### 2.1 Kinds of clay",
        "Clay holds water for weeks and it\ncracks.",
        "Sand drains within hours, so it is\nwatered often.",
        "1. Peel\n2. Boil",
    ]


def test_pages_of_one_line_keep_it() -> None:
    assert page_texts(["Clay holds water."] * 5) == ["Clay holds water."] * 5


def pdf(text: str, pages: int = 1) -> bytes:
    """Return a small PDF with the same line of text on each page."""
    content = f"BT /F1 12 Tf 72 700 Td ({text}) Tj ET".encode()
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(pages))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for n in range(pages):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {5 + 2 * n} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
    out, offsets = io.BytesIO(b"%PDF-1.4\n"), []
    out.seek(0, io.SEEK_END)
    for number, body in enumerate(objects, start=1):
        offsets.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.writelines(b"%010d 00000 n \n" % offset for offset in offsets)
    out.write(
        b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start)
    )
    return out.getvalue()


def test_pdf_citation_carries_the_page(tmp_path: Path) -> None:
    pytest.importorskip("pypdf", reason="needs the extra 'documents'")
    corpus = Corpus.load(
        write(tmp_path, "soil.pdf", pdf("Clay soil holds water for weeks.", pages=2))
    )
    second = corpus.passages[1]
    assert corpus.cite(second, 1).page == 2
    assert corpus.documents[0].is_extracted


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"%PDF-1.4 junk", "broken"), (pdf(""), "no text layer")],
    ids=["broken", "scan"],
)
def test_pdf_without_text_is_refused_with_the_reason(
    tmp_path: Path, data: bytes, reason: str
) -> None:
    pytest.importorskip("pypdf", reason="needs the extra 'documents'")
    with pytest.raises(CorpusError, match=reason):
        Corpus.load(write(tmp_path, "soil.pdf", data))


def test_encrypted_pdf_is_refused_with_the_reason(tmp_path: Path) -> None:
    pypdf = pytest.importorskip("pypdf", reason="needs the extra 'documents'")
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf("Clay soil holds water for weeks.")))
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(tmp_path / "locked.pdf")
    with pytest.raises(CorpusError, match="encrypted"):
        Corpus.load(tmp_path / "locked.pdf")


UNCLOSED = {
    "paragraphs": "<p>word" * 2_500,
    "items": "<ul>" + "<li>word" * 2_500 + "</ul>",
    "items of paragraphs": "<ol>" + "<li><p>word" * 2_500 + "</ol>",
    "rows": "<table>" + "<tr><td>word" * 2_500 + "</table>",
    "terms": "<dl>" + "<dt>term<dd>word" * 2_500 + "</dl>",
}


@pytest.mark.parametrize("page", UNCLOSED.values(), ids=UNCLOSED)
def test_html_without_end_tags_is_read(tmp_path: Path, page: str) -> None:
    pytest.importorskip("bs4", reason="needs the extra 'documents'")
    text = Corpus.load(write(tmp_path, "soil.html", page)).documents[0].text
    assert text.count("word") == 2_500
    assert len(text.splitlines()) >= 2_500


def test_end_tags_are_put_in_where_html_has_them() -> None:
    nested = with_end_tags(b"<ul><li>a<ul><li>b</ul><li><p>c<p>d</ul><table><tr><td>e<tr><td>f")
    assert nested.data == (
        b"<ul><li>a<ul><li>b</ul></li><li><p>c</p><p>d</ul><table><tr><td>e</tr><tr><td>f"
    )
    assert nested.depth == 4


def test_tags_inside_one_another_are_still_counted() -> None:
    assert with_end_tags(b"<div>" * 3_000).depth == 3_000
    assert with_end_tags(b"<ul><li>" * 1_500).depth == 3_000


TABLE = """<h2>Pots</h2><table><tr><th>Plant</th><th>Width</th></tr>
<tr><td>Basil</td><td>12 cm</td></tr><tr><td>Mint</td><td>20 cm</td></tr></table>
<ol><li>Fill the pot.</li><li>Water it.</li></ol><ul><li>Loam.</li></ul>"""


def test_row_of_a_table_is_one_passage_that_names_its_columns(tmp_path: Path) -> None:
    pytest.importorskip("bs4", reason="needs the extra 'documents'")
    corpus = Corpus.load(write(tmp_path, "pots.html", TABLE))
    texts = [passage.text for passage in corpus.passages]
    assert texts[:2] == ["**Basil:** Width: 12 cm", "**Mint:** Width: 20 cm"]


def test_steps_of_a_page_keep_their_numbers(tmp_path: Path) -> None:
    pytest.importorskip("bs4", reason="needs the extra 'documents'")
    corpus = Corpus.load(write(tmp_path, "pots.html", TABLE))
    assert "1. Fill the pot.\n\n2. Water it.\n\n- Loam." in corpus.documents[0].text


def test_row_of_a_docx_table_is_named_by_its_first_cell(tmp_path: Path) -> None:
    docx = pytest.importorskip("docx", reason="needs the extra 'documents'")
    file = docx.Document()
    file.add_paragraph("Fill the pot.", style="List Number")
    table = file.add_table(rows=1, cols=2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "Basil", "12 cm wide"
    file.save(tmp_path / "pots.docx")
    corpus = Corpus.load(tmp_path / "pots.docx")
    assert corpus.documents[0].text == "1. Fill the pot.\n\n- **Basil:** 12 cm wide"

"""The bundled documents: form, self-contained sentences, facts, references and sidecar."""

from __future__ import annotations

import datetime
import re
import tomllib
import unicodedata
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

NAMES = ("contraindications.md", "evidence.md", "leg-massage.md")
REFERENCES = "References"
HEADING = re.compile(r"^(#{1,3}) (\S.*)$")
ITEM = re.compile(r"^- \*\*([^*]+):\*\* (\S.*)$")
POINTING_BACK = re.compile(r"(?:^|[.!?] )(This|That|These|Those|It|They|Such|He|She)\b")


def read(name: str) -> str:
    """Return a bundled document as it is stored, line ends included."""
    return resources.files("corpus").joinpath(name).read_bytes().decode("utf-8")


def sidecar() -> dict[str, Any]:
    """Return the sidecar, by file name."""
    return tomllib.loads(read("sources.toml"))


def sections(name: str) -> dict[str, list[str]]:
    """Return the paragraphs and list items of a document under each heading."""
    found: dict[str, list[str]] = {}
    heading = ""
    for line in read(name).splitlines():
        if match := HEADING.match(line):
            heading = match[2]
            assert heading not in found, f"{name} has two headings {heading!r}"
            found[heading] = []
        elif line:
            found[heading].append(line)
    return found


def prose(name: str) -> list[str]:
    """Return the paragraphs and list items that answers may quote, without the bold terms."""
    parts = [lines for heading, lines in sections(name).items() if heading != REFERENCES]
    return [re.sub(r"^- \*\*[^*]+:\*\* ", "", line) for lines in parts for line in lines]


def references(name: str) -> dict[str, str]:
    """Return what the list of references says, by the name that the text uses."""
    lines = sections(name).get(REFERENCES, [])
    return {match[1]: match[2] for line in lines if (match := ITEM.match(line))}


def cited(name: str) -> set[str]:
    """Return the names cited in brackets, as in '(Davis 2020; Guo 2017)'."""
    known = references(name)
    return {
        part.strip()
        for line in prose(name)
        for bracket in re.findall(r"\(([^()]+)\)", line)
        for part in bracket.split(";")
        if part.strip() in known
        or part.split(",")[0].strip() in known
        or re.search(r" \d{4}$", part)
    }


@pytest.mark.parametrize("name", NAMES)
def test_document_is_clean_text(name: str) -> None:
    text = read(name)
    assert re.search(r"[^\n]\n\Z", text)
    assert unicodedata.is_normalized("NFC", text)
    assert not set("\r\t\ufeff") & set(text)
    assert not [line for line in text.splitlines() if line != line.rstrip()]


@pytest.mark.parametrize("name", NAMES)
def test_document_is_wellformed_markdown(name: str) -> None:
    lines = read(name).splitlines()
    levels = [len(match[1]) for line in lines if (match := HEADING.match(line))]
    assert [place for place, level in enumerate(levels) if level == 1] == [0]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    for before, line, after in zip(["", *lines], lines, [*lines[1:], ""], strict=False):
        if line.startswith("#"):
            assert HEADING.match(line), line
            assert (before, after) == ("", ""), line
        elif line.startswith("-"):
            assert ITEM.match(line), line


@pytest.mark.parametrize("name", NAMES)
def test_every_list_has_a_lead_in(name: str) -> None:
    blocks = read(name).strip().split("\n\n")
    for lead, block in pairwise(blocks):
        if block.startswith("- "):
            assert re.match(r"[^#-].*:\Z", lead), block[:60]


@pytest.mark.parametrize("name", NAMES)
def test_no_sentence_points_back_to_the_one_before(name: str) -> None:
    assert [line for line in prose(name) if POINTING_BACK.search(line)] == []


@pytest.mark.parametrize("name", NAMES)
def test_sentences_are_short_enough_to_quote(name: str) -> None:
    sentences = [s for line in prose(name) for s in re.split(r"(?<=[.?!]) (?=[A-Z])", line)]
    assert [s for s in sentences if len(s.split()) > 42] == []


@pytest.mark.parametrize("name", [name for name in NAMES if name != "leg-massage.md"])
def test_citations_and_references_match(name: str) -> None:
    named = {n if n in references(name) else n.split(",")[0].strip() for n in cited(name)}
    # A page may be listed by itself ("CDC, rhabdomyolysis") or under its publisher ("NHS").
    assert named == set(references(name))


@pytest.mark.parametrize("name", NAMES)
def test_sidecar_says_title_licence_date_and_sources(name: str) -> None:
    entry = sidecar()[name]
    assert HEADING.match(read(name).splitlines()[0])[2] == entry["title"]  # type: ignore[index]
    assert entry["licence"] == "MIT"
    assert entry["licence_note"]
    assert isinstance(entry["date"], datetime.date)
    assert entry["language"] == "en"
    assert entry["sources"]


@pytest.mark.parametrize("name", [name for name in NAMES if name != "leg-massage.md"])
def test_sidecar_lists_the_references_and_keeps_them_out_of_answers(name: str) -> None:
    entry = sidecar()[name]
    assert entry["sources"] == [f"{key}: {value}" for key, value in references(name).items()]
    assert entry["not_quoted"] == [REFERENCES]


def test_sidecar_has_an_entry_for_each_document_and_no_other() -> None:
    bundled = {f.name for f in resources.files("corpus").iterdir() if f.name.endswith(".md")}
    assert set(sidecar()) == bundled == set(NAMES)


def facts() -> list[tuple[str, list[str]]]:
    """Return what the article has to say: headings and the words of one passage."""
    table = tomllib.loads(Path(__file__).with_name("facts.toml").read_text("utf-8"))
    return [(heading, words) for heading, entries in table.items() for words in entries]


@pytest.mark.parametrize(("heading", "words"), facts(), ids=lambda part: str(part)[:50])
def test_article_holds_each_fact_in_one_passage(heading: str, words: list[str]) -> None:
    passages = [line.replace("**", "").lower() for line in sections("leg-massage.md")[heading]]
    assert any(all(word.lower() in passage for word in words) for passage in passages)


def test_evidence_says_for_each_claim_what_the_article_says() -> None:
    claims = {h: ls for h, ls in sections("evidence.md").items() if h != REFERENCES}
    _, *rest = claims
    assert len(rest) == 18
    for heading in rest:
        assert re.match(r"The article (says|advises|warns|sums up)", claims[heading][0]), heading


def test_each_contraindication_says_what_professionals_do_and_what_is_an_emergency() -> None:
    found = sections("contraindications.md")
    general = {"When you are not sure", "In an emergency", "Thoughts of suicide or self-harm"}
    _, *headings = [h for h in found if h not in general and h != REFERENCES]
    assert len(headings) == 16
    for heading in headings:
        text = " ".join(found[heading])
        assert re.search(r"\bprofessionals?\b", text, re.IGNORECASE), heading
        assert "emergency" in text, heading

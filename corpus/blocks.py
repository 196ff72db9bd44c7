"""A document as a flat sequence of blocks: headings, paragraphs and list items, with offsets.

Reads Markdown, and plain text that has only bare headings, bullets and blank lines. A block's span
holds its content without the markup in front of it (``## ``, ``- ``, ``• ``), so that a slice of
the document can be quoted as it is. Nothing is decided here about sections or passages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

BlockKind = Literal["heading", "paragraph", "item"]

_LINE = re.compile(r"[^\r\n\f]*(?:\r\n|[\r\n\f]|\Z)")
_ATX = re.compile(r"[ ]{0,3}(#{1,6})[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$")
_SETEXT = re.compile(r"[ ]{0,3}(=+|-+)[ \t]*$")
_RULE = re.compile(r"[ ]{0,3}([-*_])[ \t]*(?:\1[ \t]*){2,}$")
_FENCE = re.compile(r"[ ]{0,3}(```|~~~)")
_BULLET = re.compile(r"([ \t]*)(?:[-*+•◦‣▪●·–]|\(?\d{1,3}[.)])[ \t]+(?=\S)")
_NUMBERED = re.compile(r"[ \t]*\d{1,2}(?:\.\d{1,2})*[.)]?[ \t]+(\S.*)$")
_QUOTE = re.compile(r"[ ]{0,3}(?:>[ \t]?)+")
_TABLE_RULE = re.compile(r"(?=[ \t:|-]+\|)[ \t:|-]+$")
_COMMENT = re.compile(r"[ ]{0,3}<!--.*-->[ \t]*$")
_WORD = re.compile(r"[^\W\d_][\w'’-]*")
_MAX_HEADING_WORDS = 14
_MAX_HEADING_CHARS = 100
_SMALL_WORD_CHARS = 3
_MOST_HEAD_WORDS = 5


@dataclass(frozen=True, slots=True)
class Block:
    """One block; ``level`` is the depth of a heading (1 outermost) or the indent of an item."""

    kind: BlockKind
    start: int
    end: int
    level: int = 0


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    text: str

    @property
    def blank(self) -> bool:
        return not self.text.strip()


def parse_blocks(text: str) -> list[Block]:
    """Return the blocks of a document in order; they do not overlap.

    Headings are read as Markdown when the text has any Markdown heading. Otherwise a short line on
    its own, in title case or ending in a question mark, is one (see `_bare_heading`).
    """
    lines = list(_lines(text))
    markdown = any(_ATX.match(line.text) for line in lines)
    blocks = list(_Parser(text, lines, markdown).blocks())
    return blocks if markdown else _level_bare_headings(text, blocks)


def _lines(text: str) -> Iterator[_Line]:
    for found in _LINE.finditer(text):
        if found.start() < len(text):
            content = found.group().rstrip("\r\n\f")
            yield _Line(found.start(), found.start() + len(content), content)


class _Parser:
    """Groups lines into blocks; one pass, one line of look-ahead."""

    def __init__(self, text: str, lines: list[_Line], markdown: bool) -> None:
        self.text = text
        self.lines = lines
        self.markdown = markdown

    def blocks(self) -> Iterator[Block]:
        position = 0
        while position < len(self.lines):
            line = self.lines[position]
            heading = _ATX.match(line.text) if self.markdown else None
            if line.blank or self._is_furniture(line):
                position += 1
            elif heading:
                yield from self._atx(line, heading)
                position += 1
            elif self.markdown and _FENCE.match(line.text):
                position = self._after_fence(position)
            elif not self.markdown and self._is_numbered_heading(position):
                yield self._numbered_heading(position)
                position += 1
            elif bullet := _BULLET.match(line.text):
                last = self._last_line(position)
                yield self._span("item", position, last, bullet.end(), len(bullet.group(1)))
                position = last + 1
            else:
                last = self._last_line(position)
                yield from self._paragraph(position, last)
                position = last + 1

    def _is_numbered_heading(self, position: int) -> bool:
        """Say whether a line of plain text is a section title, as in "4. Conveying Copies".

        It stands alone, and what comes next is no further item of a list.
        """
        found = _NUMBERED.match(self.lines[position].text)
        later = range(position + 1, len(self.lines))
        if not found or not later or not self.lines[later[0]].blank:
            return False
        following = next((self.lines[k].text for k in later if not self.lines[k].blank), "")
        if not following or _BULLET.match(following):
            return False
        return _bare_heading(found.group(1).rstrip("."))

    def _numbered_heading(self, position: int) -> Block:
        line = self.lines[position]
        found = _NUMBERED.match(line.text)
        skip = found.start(1) if found else 0
        return self._span("heading", position, position, skip, 2)

    def _is_furniture(self, line: _Line) -> bool:
        if not self.markdown:
            return bool(_RULE.match(line.text))
        shapes = (_RULE, _TABLE_RULE, _COMMENT)
        return any(shape.match(line.text) for shape in shapes)

    def _atx(self, line: _Line, heading: re.Match[str]) -> Iterator[Block]:
        start, end = line.start + heading.start(2), line.start + heading.end(2)
        if start < end:
            yield Block("heading", start, end, len(heading.group(1)))

    def _after_fence(self, position: int) -> int:
        """Skip a fenced block: code is nothing to quote to a reader."""
        for later in range(position + 1, len(self.lines)):
            if _FENCE.match(self.lines[later].text):
                return later + 1
        return len(self.lines)

    def _last_line(self, first: int) -> int:
        """Return the last line of the paragraph or item that begins at ``first``."""
        table = self.markdown and self.lines[first].text.lstrip().startswith("|")
        last = first
        while not table and last + 1 < len(self.lines):
            following = self.lines[last + 1]
            starts_block = (
                following.blank
                or _BULLET.match(following.text) is not None
                or (self.markdown and bool(_ATX.match(following.text)))
                or (self.markdown and bool(_FENCE.match(following.text)))
                or self._is_furniture(following)
            )
            if starts_block:
                break
            last += 1
        return last

    def _paragraph(self, first: int, last: int) -> Iterator[Block]:
        line = self.lines[first]
        if self.markdown:
            if last > first and (rule := _SETEXT.match(self.lines[last].text)):
                yield self._span("heading", first, last - 1, 0, 1 if "=" in rule.group(1) else 2)
                return
            if line.text.lstrip().startswith("|"):
                if last + 1 < len(self.lines) and _TABLE_RULE.match(self.lines[last + 1].text):
                    return  # names of columns tell nothing by themselves
                yield self._span("item", first, last, len(line.text) - len(line.text.lstrip()))
                return
            quoted = _QUOTE.match(line.text)
            yield self._span("paragraph", first, last, quoted.end() if quoted else 0)
        elif first == last and _bare_heading(line.text):
            yield self._span("heading", first, last, 0, 2)
        elif first < last and self._heads(first, last):
            yield self._span("heading", first, first, 0, 2)
            yield self._span("paragraph", first + 1, last, 0)
        else:
            yield self._span("paragraph", first, last, 0)

    def _heads(self, first: int, last: int) -> bool:
        """Say whether the first line of a plain paragraph is its heading.

        It is much shorter than the lines after it, ends without a full stop, and the next line
        begins a sentence of its own.
        """
        head, body = self.lines[first].text.strip(), self.lines[first + 1].text.strip()
        words = head.split()
        return (
            len(words) <= _MOST_HEAD_WORDS
            and head[0].isupper()
            and head[-1].isalpha()
            and body[:1].isupper()
            and 2 * len(head) < max(len(line.text) for line in self.lines[first + 1 : last + 1])
            and self.lines[last].text.rstrip().endswith((".", "!", "?", ":"))
        )

    def _span(self, kind: BlockKind, first: int, last: int, skip: int, level: int = 0) -> Block:
        start, end = self.lines[first].start + skip, self.lines[last].end
        while start < end and self.text[start].isspace():
            start += 1
        while end > start and self.text[end - 1].isspace():
            end -= 1
        return Block(kind, start, end, level)


def _bare_heading(line: str) -> bool:
    """Say whether a line that stands alone in plain text reads as a heading.

    >>> [_bare_heading(line) for line in ("Who Gives It?", "Rest well.", "By Ann Lee 5 min read")]
    [True, False, False]
    """
    stripped = line.strip()
    words = _WORD.findall(stripped)
    if not words or len(words) > _MAX_HEADING_WORDS or len(stripped) > _MAX_HEADING_CHARS:
        return False
    if stripped.endswith("?"):
        return True
    if stripped[-1] in ".,;:!…" or not stripped[0].isupper() or stripped.lower().startswith("by "):
        return False
    long_words = [word for word in words if len(word) > _SMALL_WORD_CHARS] or words
    capitals = sum(word[0].isupper() for word in long_words)
    return bool(2 * capitals > len(long_words))


def _level_bare_headings(text: str, blocks: list[Block]) -> list[Block]:
    """Give bare headings a depth: questions in sentence case under a heading belong to it.

    Plain text does not say which heading holds which. A question that follows another heading with
    nothing between them is taken as its child, and so are the questions in sentence case after it,
    up to the next heading of another style: the shape of a list of frequent questions.
    """
    levelled: list[Block] = []
    inside_questions = False
    for position, block in enumerate(blocks):
        if block.kind != "heading":
            levelled.append(block)
            continue
        question = _is_plain_question(text[block.start : block.end])
        follows_heading = position > 0 and blocks[position - 1].kind == "heading"
        inside_questions = question and (inside_questions or follows_heading)
        level = 3 if inside_questions else 2
        levelled.append(Block("heading", block.start, block.end, level))
    return levelled


def _is_plain_question(heading: str) -> bool:
    words = [word for word in _WORD.findall(heading)[1:] if len(word) > _SMALL_WORD_CHARS]
    capitals = sum(word[0].isupper() for word in words)
    return heading.endswith("?") and 2 * capitals <= len(words)

r"""Undo disguise and noise in a message, one small step at a time, keeping offsets.

Every step takes and returns a ``Text`` (``safety.offsets``). The steps are ordered: markup first
(its letters are no words), then pictures, letter shapes, capitals while they are there, case,
look-alikes, quotation marks, and last the joining of letters that were spaced out.

What concerns whole words (misspelling, digits for letters, words run together, texting forms) is
not decided here but in ``safety.lexicon``, which knows the words.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import resources

from anyascii import anyascii

from safety.offsets import Text, substitute

Step = Callable[[Text], Text]

TAG = re.compile(
    r"</?(?:a|abbr|article|aside|b|body|br|button|code|dd|details|div|dl|dt|em|font|footer|form"
    r"|h[1-6]|head|header|hr|html|i|iframe|img|input|label|li|link|main|mark|meta|nav|object|ol|option"
    r"|p|pre|q|s|script|section|select|small|span|strong|style|sub|summary|sup|svg|table|tbody|td"
    r"|textarea|th|thead|title|tr|tt|u|ul|video|wbr)(?:\s[^<>]{0,300})?/?>|<!--+|(?<!-)--+>|<!\[CDATA\[|\]\]>|<!doctype[^<>]{0,100}>",
    re.IGNORECASE,
)
ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[A-Za-z]{2,12});")
ESCAPE = re.compile(
    r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})"
    r"|\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|[nrt])"
)
CAPITAL_INSIDE = re.compile(r"(?<=[a-z])[a-z](?=[A-Z][a-z]{2})")
MARKS = re.compile(r"[*_~`#|{}\[\]<>=^\\]+")


def unescape_entities(text: Text) -> Text:
    """Read HTML entities as the characters they stand for.

    >>> unescape_entities(Text.of("blood &amp; clot")).chars
    'blood & clot'
    """
    return substitute(text, ENTITY, lambda m: html.unescape(m.group()))


def unescape_strings(text: Text) -> Text:
    r"""Read the escapes of JSON and program text as the characters they stand for.

    >>> unescape_strings(Text.of(r"line\nbreak \u0063lot")).chars
    'line\nbreak clot'
    """

    def plain(match: re.Match[str]) -> str:
        high, low, short, byte = match.groups()
        if high:
            return chr(0x10000 + ((int(high, 16) & 0x3FF) << 10) + (int(low, 16) & 0x3FF))
        code = int(short or byte or "a", 16)
        # Half of a pair stands for nothing.
        return "" if 0xD800 <= code <= 0xDFFF else chr(code)

    return substitute(text, ESCAPE, plain)


def strip_tags(text: Text) -> Text:
    """Remove HTML tags; a tag inside a word does not split it, others leave a space.

    Only tags that exist are removed, and of a comment only its marks: nothing that a user put
    between angle brackets may go unread.

    >>> strip_tags(Text.of("preg<b>nant</b> wife")).chars
    'pregnant wife'
    >>> strip_tags(Text.of("<p>swollen</p><p>calf</p>")).chars
    ' swollen  calf '
    >>> strip_tags(Text.of("<my wife is pregnant><!-- and ill -->")).chars
    '<my wife is pregnant>  and ill  '
    """
    inline = {"b", "i", "u", "s", "em", "strong", "span", "font", "mark", "small", "wbr", "code"}

    def gap(match: re.Match[str]) -> str:
        name = re.sub(r"[^a-z].*", "", match.group().lstrip("</").casefold(), flags=re.DOTALL)
        return "" if name in inline else " "

    return substitute(text, TAG, gap)


STRUCK = re.compile("[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u20d0-\u20ff\ufe00-\ufe0f]+")
HIDDEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u2064\u2066-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\x00-\x08\x0e-\x1f\x7f]+"
)
TAGGED = re.compile("[\U000e0020-\U000e007e]+")
SPELT = 3
"""Fewest tag characters in a row that spell something; fewer are only strewn in to split words."""


def read_tag_characters(text: Text) -> Text:
    r"""Read Unicode tag characters, which are invisible, as the ASCII they encode.

    >>> read_tag_characters(Text.of("\U000e0063\U000e006c\U000e006f\U000e0074")).chars
    'clot'
    >>> read_tag_characters(Text.of("c\U000e0061lot")).chars
    'clot'
    """

    def spelt(match: re.Match[str]) -> str:
        run = match.group()
        return "".join(chr(ord(c) - 0xE0000) for c in run) if len(run) >= SPELT else ""

    return substitute(text, TAGGED, spelt)


def strip_hidden(text: Text) -> Text:
    r"""Remove characters that take no space, so that hidden ones cannot split a word.

    >>> strip_hidden(Text.of("preg\u200bnant")).chars
    'pregnant'
    """
    return substitute(text, HIDDEN, lambda _: "")


class Pictures:
    """The pictures that a policy gives a meaning to; all others are left as they are.

    >>> Pictures({"\N{BONE}": "bone"}).read(Text.of("my \N{BONE} hurts")).chars
    'my  bone  hurts'

    Args:
        words: The word that each picture stands for.
    """

    def __init__(self, words: Mapping[str, str]) -> None:
        self._words = words
        longest_first = sorted(words, key=lambda picture: (-len(picture), picture))
        self._pattern = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    def read(self, text: Text) -> Text:
        """Read the pictures as words."""
        return substitute(text, self._pattern, lambda m: f" {self._words[m.group()]} ")


@cache
def bundled_pictures() -> Pictures:
    """Return the pictures of the policy that ships with the package."""
    import tomllib

    path = resources.files("safety") / "policy" / "emoji.toml"
    return Pictures(tomllib.loads(path.read_text(encoding="utf-8"))["emoji"])


NON_ASCII = re.compile(r"[^\x00-\x7f]")


def fold_letter_shapes(text: Text) -> Text:
    """Read full-width, styled and circled letters as plain ones; drop accents and strike-through.

    >>> fold_letter_shapes(Text.of("ｃｌｏｔ ⓓⓥⓣ c\u0336l\u0336ot café")).chars
    'clot dvt clot cafe'
    """

    def plain(match: re.Match[str]) -> str:
        shape = unicodedata.normalize("NFKD", match.group())
        return STRUCK.sub("", shape)

    return substitute(text, NON_ASCII, plain)


def part_capitals(text: Text) -> Text:
    """Part words run together where a capital begins the second: 'vonWillebrand', 'clotIn'.

    >>> part_capitals(Text.of("vonWillebrand, McDonald, pReGnAnT")).chars
    'von Willebrand, McDonald, pReGnAnT'
    """
    return substitute(text, CAPITAL_INSIDE, lambda m: f"{m.group()} ")


def fold_case(text: Text) -> Text:
    """Lower the case of every letter.

    >>> fold_case(Text.of("My DVT")).chars
    'my dvt'
    """
    folded = text.chars.lower()
    if len(folded) == len(text.chars):
        return Text(folded, text.spans)
    return substitute(text, re.compile(r"\w"), lambda m: m.group().casefold())


@cache
def _confusables() -> dict[str, str]:
    path = resources.files("safety") / "tables" / "confusables.tsv"
    rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines())
    return {row[0]: row[1] for row in rows}


MIXED = re.compile(r"[^\W\d_]+")


def _is_mostly_ascii(chars: str) -> bool:
    letters = [c for c in chars if c.isalpha()]
    return sum(map(str.isascii, letters)) * 2 >= len(letters)


def _mixes(word: str, table: dict[str, str]) -> bool:
    return any(map(str.isascii, word)) and any(c in table for c in word)


def fold_look_alikes(text: Text) -> Text:
    """Read letters of other alphabets as the Latin ones they look like, where words mix the two.

    A word wholly in another alphabet is left alone unless every letter has a Latin look-alike: it
    is more likely another language than a disguise.

    >>> fold_look_alikes(Text.of("рrеgnаnt")).chars
    'pregnant'
    >>> fold_look_alikes(Text.of("нога болит")).chars
    'нога болит'
    """
    table = _confusables()
    # A word that mixes alphabets is a disguise, and so are the words beside it.
    mixed_message = _is_mostly_ascii(text.chars) or any(
        _mixes(word, table) for word in MIXED.findall(text.chars)
    )

    def plain(match: re.Match[str]) -> str:
        word = match.group()
        if word.isascii():
            return word
        folded = "".join(table.get(c, c) for c in word)
        if folded.isascii() and mixed_message:
            return folded
        if all(unicodedata.name(c, "").startswith("LATIN") for c in word if not c.isascii()):
            return "".join(c if c.isascii() else anyascii(c).lower() for c in word)
        if any(c.isascii() for c in word):
            return "".join(c if c.isascii() else table.get(c) or anyascii(c).lower() for c in word)
        return word

    # One letter at a time keeps the offsets exact; most messages never get here.
    if text.chars.isascii():
        return text
    chars: list[str] = []
    spans: list[tuple[int, int]] = []
    last = 0
    for match in MIXED.finditer(text.chars):
        start, end = match.span()
        new = plain(match)
        chars.append(text.chars[last:start] + new)
        spans.extend(text.spans[last:start])
        if len(new) == end - start:
            spans.extend(text.spans[start:end])
        else:
            spans.extend([(text.spans[start][0], text.spans[end - 1][1])] * len(new))
        last = end
    chars.append(text.chars[last:])
    spans.extend(text.spans[last:])
    return Text("".join(chars), spans)


QUOTES = {ord(c): "'" for c in "\u2018\u2019\u201a\u201b\u2032\u02bc\u02b9`\u00b4\uff07"}
QUOTES |= {ord(c): '"' for c in "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb"}
QUOTES |= {ord(c): "-" for c in "\u2010\u2011\u2012\u2212"} | {0x2026: " "}


AND_SIGN = re.compile(r"(?<![a-z0-9])&(?![a-z0-9])")


def read_and_sign(text: Text) -> Text:
    """Read the sign that stands for 'and'; what HTML means by it is resolved before.

    >>> read_and_sign(Text.of("black & blue, r&b")).chars
    'black and blue, r&b'
    """
    return substitute(text, AND_SIGN, lambda match: "and")


def plain_quotes(text: Text) -> Text:
    """Read curly quotation marks and typographic hyphens as the plain ones.

    >>> plain_quotes(Text.of("don\u2019t")).chars
    "don't"
    """
    return Text(text.chars.translate(QUOTES), text.spans)


SPACED = re.compile(
    # An apostrophe before or behind may be a quotation mark, or the one of a possessive.
    r"(?<![a-z0-9])(?<![a-z0-9]')"
    r"(?:[a-z0-9]([ .\-_*·]{1,3}))(?:[a-z0-9]\1){1,30}[a-z0-9](?![a-z0-9]|'(?![st]\b)[a-z])"
    # The full stop of a dotted word ends no sentence where another dotted word follows.
    r"(?:\.(?= [a-z0-9]\.[a-z0-9]))?"
)


def join_spaced_letters(text: Text) -> Text:
    """Join letters that were spaced out or dotted; two letters are too few to tell.

    >>> join_spaced_letters(Text.of("my d v t and D.V.T.".lower())).chars
    'my dvt and dvt.'
    >>> join_spaced_letters(Text.of("p-r-e-g-n-a-n-t, d - v - t, o.p.e.n. s.o.r.e.")).chars
    'pregnant, dvt, open sore.'
    >>> join_spaced_letters(Text.of("an 'u l c e r', my a n k l e's")).chars
    "an 'ulcer', my ankle's"
    >>> join_spaced_letters(Text.of("1 2 3 go")).chars
    '1 2 3 go'
    """
    joiner = re.compile(r"[ .\-_*·]+")

    def joined(match: re.Match[str]) -> str:
        word = joiner.sub("", match.group())
        return match.group() if word.isdigit() else word

    return substitute(text, SPACED, joined)


FENCE = re.compile(r"^[ \t]*(?:```|~~~)[\w+-]*[ \t]*$", re.MULTILINE)


def strip_fences(text: Text) -> Text:
    r"""Remove the lines that fence code in Markdown; the language behind them is no word.

    >>> strip_fences(Text.of("```text\nhot calf\n```")).chars
    '\nhot calf\n'
    """
    return substitute(text, FENCE, lambda match: "")


def strip_marks(text: Text) -> Text:
    """Remove Markdown and bracket characters: none inside a word, a space elsewhere.

    >>> strip_marks(Text.of("my **clot** and preg*nant")).chars
    'my  clot  and pregnant'
    """

    def gap(match: re.Match[str]) -> str:
        start, end = match.span()
        chars = match.string
        inside = start > 0 and end < len(chars) and chars[start - 1].isalpha()
        glues = set(match.group()) <= set("*~`")
        return "" if glues and inside and chars[end].isalpha() else " "

    return substitute(text, MARKS, gap)


UNESCAPE: tuple[Step, ...] = (unescape_entities, unescape_strings)
BEFORE_PICTURES: tuple[Step, ...] = (strip_tags, strip_fences, read_tag_characters, strip_hidden)
BEHIND_PICTURES: tuple[Step, ...] = (
    fold_letter_shapes,
    part_capitals,
    fold_case,
    fold_look_alikes,
    plain_quotes,
    read_and_sign,
    join_spaced_letters,
    strip_marks,
)
ASCII_STEPS: tuple[Step, ...] = (
    strip_tags,
    strip_fences,
    strip_hidden,
    part_capitals,
    fold_case,
    read_and_sign,
    join_spaced_letters,
    strip_marks,
)


def normalise(message: str, pictures: Pictures | None = None) -> Text:
    """Apply all steps in order. Cost is linear in the length of the message.

    Args:
        message: The message as typed.
        pictures: What pictures stand for; those of the bundled policy by default.
    """
    text = _applied(Text.of(message), UNESCAPE)
    # Steps that only concern other characters than ASCII would find nothing.
    if text.chars.isascii():
        return _applied(text, ASCII_STEPS)
    text = (pictures or bundled_pictures()).read(_applied(text, BEFORE_PICTURES))
    return _applied(text, BEHIND_PICTURES)


def _applied(text: Text, steps: Sequence[Step]) -> Text:
    for step in steps:
        text = step(text)
    return text

"""Noise: changes to the letters of a message that leave what it says as it is.

Each change works on the whole message or on the words that a finding rests on (``marks``: spans of
the decision on the plain message). All are pure functions, so that a failure can be repeated.
"""

from __future__ import annotations

import html
import re
import tomllib
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files

from safety.everyday import common_words

Marks = Sequence[tuple[int, int]]

FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
BOLD = {
    **{ord("A") + i: 0x1D400 + i for i in range(26)},
    **{ord("a") + i: 0x1D41A + i for i in range(26)},
}
LOOK_ALIKES = str.maketrans("aceopxyiACEHKMOPTXBs", "асеорхуіАСЕНКМОРТХВѕ")
LEET = str.maketrans("aeios", "43105")
# Contractions that are another everyday word without their apostrophe ('id', 'well', 'were').
OTHER_WORDS = "(?:i|we|he|she)['\N{RIGHT SINGLE QUOTATION MARK}](?:d|ll|re)\\b"
APOSTROPHES = "'\N{RIGHT SINGLE QUOTATION MARK}"
WORD = re.compile(r"[^\W\d_]+")
RUN = re.compile(r"\b([^\W\d_]{3,}) ([^\W\d_]{3,})\b")
ARTICLE = re.compile(r"\ba ([a-z]+)")
LAST_VOWEL = re.compile(r"([aeiou])\1*(?=[^aeiou]*$)")
RARE = 1_000  # tier of a word that is not in the list of common words


def upper_case(text: str, marks: Marks) -> str:
    """Shout.

    >>> upper_case("my calf is hot", [])
    'MY CALF IS HOT'
    """
    return text.upper()


def lower_case(text: str, marks: Marks) -> str:
    """Write without capitals.

    >>> lower_case("Is it a DVT?", [])
    'is it a dvt?'
    """
    return text.lower()


def alternating_case(text: str, marks: Marks) -> str:
    """Write every second letter large.

    >>> alternating_case("calf", [])
    'cAlF'
    """
    return "".join(c.upper() if i % 2 else c.lower() for i, c in enumerate(text))


def curly_apostrophes(text: str, marks: Marks) -> str:
    """Write apostrophes as a phone does.

    >>> curly_apostrophes("I'm", []) == "I\N{RIGHT SINGLE QUOTATION MARK}m"
    True
    """
    return text.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}")


def no_apostrophes(text: str, marks: Marks) -> str:
    """Leave the apostrophes of contractions out; "leg's" stays, because "legs" is another word.

    >>> no_apostrophes("I'm sure it isn't my leg's fault", [])
    "Im sure it isnt my leg's fault"
    """
    text = re.sub(rf"(?i)\b(?!{OTHER_WORDS})(\w+)[{APOSTROPHES}](t|m|re|ve|ll|d)\b", r"\1\2", text)
    return re.sub(rf"(?i)\b(it|that|he|she|what|there)[{APOSTROPHES}]s\b", r"\1s", text)


def no_end_mark(text: str, marks: Marks) -> str:
    """Leave the mark at the end out.

    >>> no_end_mark("Is it safe?", [])
    'Is it safe'
    """
    return text.rstrip(" .!?")


def many_marks(text: str, marks: Marks) -> str:
    """Double every mark.

    >>> many_marks("Is it safe? Yes!", [])
    'Is it safe??? Yes!!!'
    """
    return re.sub(r"[?!](?=\s|$)", lambda mark: mark.group() * 3, text)


def wide_spaces(text: str, marks: Marks) -> str:
    """Space words with no-break spaces.

    >>> wide_spaces("hot calf", []) == "hot\N{NO-BREAK SPACE}calf"
    True
    """
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def line_breaks(text: str, marks: Marks) -> str:
    r"""Break the line after every fifth word, as pasted mail does.

    >>> line_breaks("a b c d e f", [])
    'a b c d e\nf'
    """
    words = text.split(" ")
    return "\n".join(" ".join(words[i : i + 5]) for i in range(0, len(words), 5))


def full_width(text: str, marks: Marks) -> str:
    """Write full-width letters.

    >>> full_width("DVT", []) == "\uff24\uff36\uff34"
    True
    """
    return text.translate(FULL_WIDTH)


def bold_letters(text: str, marks: Marks) -> str:
    """Write mathematical bold letters, as text generators do.

    >>> bold_letters("D", []) == "\N{MATHEMATICAL BOLD CAPITAL D}"
    True
    """
    return text.translate(BOLD)


def look_alikes(text: str, marks: Marks) -> str:
    """Write Cyrillic letters that look the same.

    >>> look_alikes("cope", []).isascii()
    False
    """
    return text.translate(LOOK_ALIKES)


def zero_width(text: str, marks: Marks) -> str:
    """Put a character without width between all letters of a word.

    >>> zero_width("hot", []) == "h\u200bo\u200bt"
    True
    """
    return WORD.sub(lambda word: "\u200b".join(word.group()), text)


def soft_hyphens(text: str, marks: Marks) -> str:
    r"""Put a soft hyphen between all letters of a word.

    >>> soft_hyphens("hot", []) == "h\u00ado\u00adt"
    True
    """
    return WORD.sub(lambda word: "\u00ad".join(word.group()), text)


def tag_characters(text: str, marks: Marks) -> str:
    """Put an invisible tag letter after every letter.

    >>> len(tag_characters("hot", []))
    6
    """
    return WORD.sub(lambda word: "".join(c + "\U000e0061" for c in word.group()), text)


def struck_through(text: str, marks: Marks) -> str:
    """Strike every letter through.

    >>> len(struck_through("hot", []))
    6
    """
    return WORD.sub(lambda word: "".join(c + "\u0336" for c in word.group()), text)


def emoji_between(text: str, marks: Marks) -> str:
    """Put a picture after every third word.

    >>> emoji_between("a b c d", [])
    'a b c 😅 d'
    """
    words = text.split(" ")
    groups = [" ".join(words[i : i + 3]) for i in range(0, len(words), 3)]
    return " 😅 ".join(groups)


def html_entities(text: str, marks: Marks) -> str:
    """Escape what HTML escapes, and the spaces.

    >>> html_entities("I'm hot", [])
    'I&#x27;m&nbsp;hot'
    """
    return html.escape(text).replace(" ", "&nbsp;")


def texting(text: str, marks: Marks) -> str:
    """Use the short forms of text messages.

    >>> texting("are you sure", [])
    'r u sure'
    """
    for word, short in wrappers()["texting"].items():
        text = re.sub(rf"\b{re.escape(word)}\b", short, text, flags=re.IGNORECASE)
    return text


def leetspeak(text: str, marks: Marks) -> str:
    """Write digits for letters inside the marked words of four letters and more.

    >>> leetspeak("a swollen leg", [(0, 13)])
    'a 5w0ll3n leg'
    """

    def digits(word: str) -> str:
        written = word.translate(LEET)
        return written if len(word) >= 4 and not written.isdigit() else word

    return _at_marks(text, marks, digits)


def spaced_letters(text: str, marks: Marks) -> str:
    """Space the letters of each marked word out.

    >>> spaced_letters("it is hot", [(6, 9)])
    'it is h o t'
    """
    clear = [(start, end) for start, end in marks if not _swallows(text, start, end)]
    return _at_marks(text, clear, " ".join, longest_first=True)


def _swallows(text: str, start: int, end: int) -> bool:
    """Tell whether a word of the mark would read as another with the 'a' before it ('a new')."""
    known = common_words()
    return any(
        f"a{word}" in known for word in ARTICLE.findall(text[max(0, start - 2) : end].casefold())
    )


def dotted_letters(text: str, marks: Marks) -> str:
    """Put dots between the letters of the first long marked word.

    >>> dotted_letters("it is swollen", [(6, 13)])
    'it is s.w.o.l.l.e.n'
    """
    return _at_marks(text, marks, ".".join, longest_first=True)


def hyphened_letters(text: str, marks: Marks) -> str:
    """Put hyphens between the letters of the first long marked word.

    >>> hyphened_letters("it is swollen", [(6, 13)])
    'it is s-w-o-l-l-e-n'
    """
    return _at_marks(text, marks, "-".join, longest_first=True)


def repeated_letters(text: str, marks: Marks) -> str:
    """Draw the last vowel of each marked word of four letters and more out.

    >>> repeated_letters("so swollen", [(3, 10)])
    'so swolleeeen'
    """
    return _at_marks(text, marks, _drawn_out)


def run_together(text: str, marks: Marks) -> str:
    """Leave the first space inside each mark out.

    >>> run_together("a blood clot there", [(2, 12)])
    'a bloodclot there'
    """
    for start, end in reversed(marks):
        joined = RUN.sub(_joined, text[start:end], count=1)
        text = text[:start] + joined + text[end:]
    return text


def _joined(words: re.Match[str]) -> str:
    """Join two words, unless they make another everyday word ('hang out')."""
    joined = words[1] + words[2]
    return words[0] if joined.casefold() in common_words() else joined


def accents(text: str, marks: Marks) -> str:
    """Put an accent on the vowels of marked words.

    >>> accents("clot", [(0, 4)])
    'clót'
    """
    return _at_marks(text, marks, lambda word: word.translate(str.maketrans("aeou", "áéóú")))


NOISE: dict[str, Callable[[str, Marks], str]] = {
    change.__name__: change
    for change in (
        upper_case, lower_case, alternating_case, curly_apostrophes, no_apostrophes, no_end_mark,
        many_marks, wide_spaces, line_breaks, full_width, bold_letters, look_alikes, zero_width,
        soft_hyphens, tag_characters, struck_through, emoji_between, html_entities, texting,
        leetspeak, spaced_letters, dotted_letters, hyphened_letters, repeated_letters,
        run_together, accents,
    )
}  # fmt: skip


def _at_marks(
    text: str, marks: Marks, change: Callable[[str], str], longest_first: bool = False
) -> str:
    """Return the text with the marked words changed; with ``longest_first`` one word a mark."""
    words = []
    for start, end in marks:
        inside = [word for word in WORD.finditer(text, start, end) if len(word.group()) >= 3]
        if longest_first and inside:
            inside = [max(inside, key=lambda word: len(word.group()))]
        words += inside
    for word in reversed(words):
        text = text[: word.start()] + change(word.group()) + text[word.end() :]
    return text


def _drawn_out(word: str) -> str:
    """Draw the last vowel out, unless the word then reads as a commoner one ('meeets')."""
    if len(word) < 4:
        return word
    known = common_words()
    once, twice, long = (LAST_VOWEL.sub(r"\1" * times, word, count=1) for times in (1, 2, 4))
    rarer = known.get(word.casefold(), RARE)
    others = {once.casefold(), twice.casefold()} - {word.casefold()}
    return word if any(known.get(other, RARE) < rarer for other in others) else long


@cache
def wrappers() -> dict[str, dict[str, str]]:
    """Return the wrappers and short forms of ``perturb.toml`` by group and name."""
    source = files("safety").joinpath("perturb.toml")
    return tomllib.loads(source.read_text(encoding="utf-8"))

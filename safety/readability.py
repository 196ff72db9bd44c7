"""How hard a fixed message is to read: sentences, syllables and the US school grade.

Names of diseases that stand beside their explanation are left out of the grade; their list belongs
to the messages, not to the language.
"""

from __future__ import annotations

import re

DISEASE_NAMES = frozenset({"thrombosis", "dvt"})
"""Left out of the grade: each stands beside its explanation in plain words."""

END = re.compile(r"(?<=[.?!])\s+")
WORD = re.compile(r"[A-Za-z0-9']+")
VOWELS = re.compile(r"[aeiouy]+")
SILENT = re.compile(r"[^aeiouyl]e$|[aeiouy]le$|[^aeioutdy]ed$|[^aeiousxzcgly]es$")
HISSES = re.compile(r"(sh|ch)es$")
TWO_VOWELS = re.compile(r"[^tcsg]i[ao](?!u)")


def sentences(text: str) -> list[list[str]]:
    """Return the words of each sentence.

    >>> sentences("Please wait. Call 112!")
    [['Please', 'wait'], ['Call', '112']]
    """
    return [WORD.findall(part) for part in END.split(text.strip())]


def syllables(word: str) -> int:
    """Count the syllables of an English word by its groups of vowels; a number counts as one.

    Compared with a hyphenation dictionary on the fixed messages it errs towards more syllables.

    >>> [syllables(word) for word in ("leg", "massage", "emergency", "checked", "911")]
    [1, 2, 4, 1, 1]
    """
    word = word.lower().replace("'", "")
    count = len(VOWELS.findall(word))
    if SILENT.search(word) and not HISSES.search(word):
        count -= 1
    if TWO_VOWELS.search(word):
        count += 1
    return max(count, 1)


def grade(text: str) -> float:
    """Return the US school grade of a text, disease names left out.

    Source: Kincaid, Fishburne, Rogers and Chissom 1975, the Flesch-Kincaid grade level.

    Raises:
        ValueError: The text has no words.
    """
    found = sentences(text)
    words = [word for part in found for word in part if word.lower() not in DISEASE_NAMES]
    if not words:
        raise ValueError("a text without words has no grade")
    per_word = sum(map(syllables, words)) / len(words)
    return 0.39 * len(words) / len(found) + 11.8 * per_word - 15.59

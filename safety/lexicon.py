"""The lexicon: what a typed word is read as, and what the policy calls it.

A token carries its *symbols*: the policy's words, prefixes and word classes that it satisfies. What
word a token is taken for is settled here, once, in a fixed order: texting form, letters drawn out,
contraction, known word, digits for letters; what is left is respelt (``safety.respelling``). A
correctly spelt everyday word is never read as a misspelt word of the policy.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping

from safety.everyday import RARER_THAN_ALL, common_words
from safety.offsets import Text
from safety.respelling import FUZZY_FROM, LONG_ENOUGH, REPEATED, Respelling
from safety.tokens import Token, cut

REMEMBERED = 100_000
"""Most words whose reading is kept: a service that runs for long must not grow without bound."""
LEET = str.maketrans("013457869@$", "oieastbbgas")
LEET_L = str.maketrans("013457869@$", "oleastbbgas")
MOST_DRAWN_OUT = 3
"""How many runs of letters in one word are tried both as one letter and as two."""
DIGITS_FIRST = re.compile(r"(\d+)([a-z]{1,6})")
DIGIT_INSIDE = re.compile(r"[a-z]\d+[a-z]")
DIGITS_LAST = re.compile(r"([a-z]{3,})(\d{1,2})")
MOST_WEEKS = 45
"""Longest that '31w' or '31w4d' counts weeks; more is no stage of a pregnancy."""
WEEKS = re.compile(r"(\d{1,2})w(?:k?s?|\d?d?)")
ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)")
CONTRACTED = {
    "n't": "not",
    "'m": "am",
    "'ve": "have",
    "'re": "are",
    "'ll": "will",
    "'d": "'d",
    "'s": "'s",
}
IRREGULAR = {
    "can't": ("can", "not"),
    "won't": ("will", "not"),
    "shan't": ("shall", "not"),
    "ain't": ("is", "not"),
}


class Lexicon:
    """Every word that the policy uses, with the symbols it stands for.

    Args:
        words: Exact words, each with its symbols.
        prefixes: Beginnings of words (``swell`` for ``swell*``), each with its symbols.
        texting: Short forms and the words they stand for.
        number: Symbol of a number in digits.
        safe: Words of other senses alone. What is nearest to one of them is no misspelling of a
            word that raises something.
    """

    def __init__(
        self,
        words: Mapping[str, frozenset[int]],
        prefixes: Mapping[str, frozenset[int]],
        texting: Mapping[str, str],
        number: int,
        safe: frozenset[str] = frozenset(),
    ) -> None:
        self.words = words
        self.prefixes = prefixes
        self.texting = {form: tuple(plain.split()) for form, plain in texting.items()}
        self.number = number
        self._common = common_words()
        self._respelling = Respelling(words, self.texting, safe)
        self._read: dict[str, tuple[str, ...]] = {}
        self._symbols: dict[str, frozenset[int]] = {}
        self._marked = Marked(self)
        self._shortest = min(map(len, prefixes), default=0)

    def is_known(self, word: str) -> bool:
        """Tell whether a word is everyday English or a word of the policy."""
        return word in self._common or word in self.words or bool(self._prefix_symbols(word))

    def symbols(self, word: str) -> frozenset[int]:
        """Return the symbols that a word, as it is to be read, satisfies."""
        found = self._symbols.get(word)
        if found is None:
            found = self.words.get(word, frozenset()) | self._prefix_symbols(word)
            if word[0].isdigit():
                found |= {self.number}
            if len(self._symbols) < REMEMBERED:
                self._symbols[word] = found
        return found

    def _prefix_symbols(self, word: str) -> frozenset[int]:
        found: frozenset[int] = frozenset()
        for length in range(self._shortest, len(word) + 1):
            hit = self.prefixes.get(word[:length])
            if hit:
                found |= hit
        return found

    def read(self, word: str) -> tuple[str, ...]:
        """Return the word or words that a typed word stands for."""
        found = self._read.get(word)
        if found is None:
            found = self._settle(word)
            if len(self._read) < REMEMBERED:
                self._read[word] = found
        return found

    def _settle(self, word: str) -> tuple[str, ...]:
        if word in self.texting:
            return self.texting[word]
        drawn_out = REPEATED.search(word) and self._shortened(word)
        if drawn_out:
            return self.read(drawn_out)
        if "'" in word:
            return self._uncontract(word)
        if word.isdigit() or not word.isascii() or (word[0].isdigit() and not word.isalnum()):
            return (word,)
        if not word.isalpha():
            return self._digits_inside(word)
        if word in self._common or word in self.words:
            return (word,)
        # A beginning that the policy looks for is no proof of a word: 'ripv...' is not 'rip...'.
        begun = self._prefix_symbols(word)
        return self._settle_begun(word, begun) if begun else self._respelling.respell(word)

    def _settle_begun(self, word: str, begun: frozenset[int]) -> tuple[str, ...]:
        """Read a word of which the policy knows only how it begins."""
        near, slips = self._respelling.slips(word)
        if near and slips == 1:
            return (near,)
        apart = self._respelling.take_apart(word) if len(word) >= LONG_ENOUGH else None
        # 'swollencalf' holds a whole word with that beginning, 'painkillers' does not.
        if apart and begun <= self.symbols(apart[0]):
            return apart
        return (near,) if near and slips else (word,)

    def _uncontract(self, word: str) -> tuple[str, ...]:
        if word in IRREGULAR:
            return IRREGULAR[word]
        for ending, plain in CONTRACTED.items():
            if word.endswith(ending) and len(word) > len(ending):
                return (*self.read(word[: -len(ending)]), plain)
        bare = word.replace("'", "")
        return self.read(bare) if bare else (word,)

    def _digits_inside(self, word: str) -> tuple[str, ...]:
        if ORDINAL.fullmatch(word):
            return (word,)
        weeks = WEEKS.fullmatch(word)
        if weeks and int(weeks.group(1)) <= MOST_WEEKS:
            return (weeks.group(1), "weeks")
        letters = sum(map(str.isalpha, word))
        if letters >= 2 or (letters and len(word) >= 4):
            for table in (LEET, LEET_L):
                plain = word.translate(table)
                if plain.isalpha() and len(plain) >= 3 and self._is_read(plain):
                    return self.read(plain)
        split = DIGITS_FIRST.fullmatch(word)
        if split:
            return (split.group(1), *self.read(split.group(2)))
        split = DIGITS_LAST.fullmatch(word)
        if split:
            return (*self.read(split.group(1)), split.group(2))
        plain = word.translate(LEET)
        is_leet = not word[-1].isdigit() or DIGIT_INSIDE.search(word)
        if plain.isalpha() and len(plain) >= FUZZY_FROM and is_leet:
            return self._respelling.respell(plain)
        return (word,)

    def _is_read(self, word: str) -> bool:
        return self.is_known(word) or word in self.texting

    def _shortened(self, word: str) -> str | None:
        """Return the word that was drawn out ('soooo swolleeen'), each letter once or twice."""
        parts = REPEATED.split(word)  # what stands between, and the letters drawn out, in turn
        letters = parts[1::2]
        found = []
        for times in itertools.product((2, 1), repeat=min(len(letters), MOST_DRAWN_OUT)):
            counts = itertools.chain(times, itertools.repeat(1))
            drawn = [letter * count for letter, count in zip(letters, counts, strict=False)]
            found.append("".join(a + b for a, b in zip(parts[::2], [*drawn, ""], strict=True)))
        words = [w for w in found if w in self.texting or w in self._common or w in self.words]
        if words:  # 'stoooop' is 'stop' rather than 'stoop'
            return min(words, key=lambda word: self._common.get(word, RARER_THAN_ALL))
        for plain in found:
            if plain in IRREGULAR or self.is_known(plain.partition("'")[0]):
                return plain
        return None

    def tokens(self, text: Text) -> list[Token]:
        """Cut a normalised message into tokens."""
        return cut(text, self._marked)


class Marked(dict[str, tuple[tuple[str, frozenset[int]], ...]]):
    """The words that a typed word stands for, each with its symbols."""

    def __init__(self, lexicon: Lexicon) -> None:
        super().__init__()
        self._lexicon = lexicon

    def __missing__(self, word: str) -> tuple[tuple[str, frozenset[int]], ...]:
        read = self._lexicon.read(word)
        found = tuple((plain, self._lexicon.symbols(plain)) for plain in read)
        if len(self) < REMEMBERED:
            self[word] = found
        return found

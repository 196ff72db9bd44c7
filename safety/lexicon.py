"""Words: from normalised characters to tokens, and from a token to what the policy calls it.

A token carries its *symbols*: the policy's words, prefixes and word classes that it satisfies. What
word a token is taken for is settled here, once, in a fixed order: contraction, texting form, known
word, digits for letters, repeated letters, misspelling, words run together. A correctly spelt
everyday word is never read as a misspelt word of the policy.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from functools import cache, cached_property, lru_cache
from importlib import resources
from typing import NamedTuple

from jellyfish import metaphone

from safety.distance import distance, nearest_of
from safety.normalise import Text

CLOSE, COMMA, CLAUSE, SENTENCE = 0, 1, 2, 3
"""How strongly the text breaks before a token."""

FUZZY_FROM = 5
"""Shortest word that may be a misspelling (distance 1); shorter ones have too many neighbours."""
SOUND_FROM = 4
"""Shortest word that may be spelt as it sounds."""
FUZZY_TWO_FROM = 9
"""Shortest word that may be misspelt in two places."""
LONG_ENOUGH = 6
"""Shortest run of letters that is taken apart into words."""
LONE_LETTERS = "ainw"
"""Letters that stand for a word by themselves: 'a', 'I', and short for 'and' and 'with'."""
LONGEST_RUN = 300
"""Longest run of letters that is taken apart into words, in characters."""
RARER_THAN_ALL = 1_000
"""Tier of a word that is not in the list of common words."""
REMEMBERED = 100_000
"""Most words whose reading is kept: a service that runs for long must not grow without bound."""


class Token(NamedTuple):
    """One word of a message. ``start`` and ``end`` are offsets into the message as typed."""

    text: str
    start: int
    end: int
    gap: int
    sentence: int
    symbols: frozenset[int]
    separator: str


@cache
def common_words() -> dict[str, int]:
    """Return the frozen list of everyday words; the value is the tier, 10 being most common."""
    words: dict[str, int] = {}
    tier = 10
    source = resources.files("safety") / "tables" / "words.txt"
    for line in source.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            tier = int(line[2:])
        else:
            words.update(dict.fromkeys(line.split(), tier))
    return words


WORD = re.compile(
    r"(?<![^\W_])'\d\d(?![\d'])|\d+(?:[.,:/+]\d+)+|[^\W_](?:[^\W_]|['@$](?=[^\W_]))*|[@$](?=[a-z])[^\W_]+|\?+|%"
)
LATEST_SHORT_YEAR = "29"
LEET = str.maketrans("013457869@$", "oieastbbgas")
LEET_L = str.maketrans("013457869@$", "oleastbbgas")
REPEATED = re.compile(r"([a-z])\1{2,}")
MOST_DRAWN_OUT = 3
"""How many runs of letters in one word are tried both as one letter and as two."""
DIGITS_FIRST = re.compile(r"(\d+)([a-z]{1,6})")
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
        self._safe = safe
        self._read: dict[str, tuple[str, ...]] = {}
        self._symbols: dict[str, frozenset[int]] = {}
        self._shortest = min(map(len, prefixes), default=0)

    @cached_property
    def _targets(self) -> dict[str, list[str]]:
        """What may be misspelt, by its first letter; made for the first word nobody knows."""
        targets: dict[str, list[str]] = {}
        for word in sorted(self.words):
            if len(word) >= FUZZY_FROM and word.isalpha():
                targets.setdefault(word[0], []).append(word)
        return targets

    @cached_property
    def _sounds(self) -> dict[str, list[str]]:
        """What may be spelt as it sounds, by its sound."""
        sounds: dict[str, list[str]] = {}
        for word in sorted(self.words):
            if len(word) >= SOUND_FROM and word.isalpha():
                sounds.setdefault(metaphone(word), []).append(word)
        return sounds

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
        return self._settle_begun(word, begun) if begun else self._respell(word)

    def _settle_begun(self, word: str, begun: frozenset[int]) -> tuple[str, ...]:
        """Read a word of which the policy knows only how it begins."""
        near = self.nearest(word)
        slips = distance(word, near) if near and near not in self._safe else None
        if near and slips == 1:
            return (near,)
        apart = self.take_apart(word) if len(word) >= LONG_ENOUGH else None
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
        if plain.isalpha() and len(plain) >= FUZZY_FROM and not word[-1].isdigit():
            return self._respell(plain)
        return (word,)

    def _respell(self, word: str) -> tuple[str, ...]:
        word = REPEATED.sub(r"\1", word)
        swallowed = self._swallowed(word)
        if swallowed:
            return swallowed
        near = self.nearest(word)
        # Two slips are weaker evidence than a word that falls into known ones: 'hardthing'.
        if near and near not in self._safe and distance(word, near) == 1:
            return (near,)
        apart = self.take_apart(word) if len(word) >= LONG_ENOUGH else None
        if apart:
            return apart
        if near and near not in self._safe:
            return (near,)
        alike = None if near else self.sounds_like(word)
        return (alike,) if alike and alike not in self._safe else (word,)

    def _swallowed(self, word: str) -> tuple[str, ...] | None:
        """Part what letters spaced out swallow beside them: 'a r a s h', 'i t c h i n g a lot'."""
        if len(word) <= 3:
            return None
        if word[0] in LONE_LETTERS and word[1:] in self.words:
            return (*self.read(word[0]), word[1:])
        if word[-1] in LONE_LETTERS and word[:-1] in self.words:
            return (word[:-1], *self.read(word[-1]))
        return None

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

    def nearest(self, word: str) -> str | None:
        """Return the word of the policy that an unknown word is nearest to, if any is near.

        Distance is optimal string alignment (insert, delete, replace, swap neighbours), at most 1,
        or 2 in long words; the first letters agree, as they nearly always do in real misspellings.
        """
        if len(word) < FUZZY_FROM - 1 or len(word) > 24:
            return None
        reach = 2 if len(word) >= FUZZY_TWO_FROM - 1 else 1
        best: tuple[int, bool, str] | None = None
        # A word that begins alike, or with the first two letters swapped.
        targets = [w for first in sorted(set(word[:2])) for w in self._targets.get(first, ())]
        for target, steps in nearest_of(word, targets, reach):
            allowed = 2 if len(target) >= FUZZY_TWO_FROM else 1
            starts_alike = target[0] == word[0] or target[:2] == word[1::-1]
            if steps <= allowed and starts_alike:
                rank = (steps, target in self._safe, target)
                best = min(best or rank, rank)
        return best[-1] if best else None

    def sounds_like(self, word: str) -> str | None:
        """Return the word of the policy that an unknown word spells as it sounds, if any.

        Same first letter, same Metaphone key, length within one, a third of the letters changed.

        Source: Philips 1990, Metaphone, as implemented by jellyfish.
        """
        if not SOUND_FROM <= len(word) <= 24:
            return None
        best: tuple[int, bool, str] | None = None
        for target in self._sounds.get(metaphone(word), ()):
            steps = distance(word, target)
            if abs(len(target) - len(word)) > 1 or target[0] != word[0]:
                continue
            if steps <= (len(target) + 1) // 3:
                # Sound is weak evidence: where a harmless word is as near, it is the one meant.
                rank = (steps, target not in self._safe, target)
                best = min(best or rank, rank)
        return best[-1] if best else None

    def take_apart(self, word: str) -> tuple[str, ...] | None:
        """Split a run of letters into known words, the fewest and most common; None if it has none.

        Each word costs 3 and its tier / 10; every letter is tried once against words of up to 20
        letters, so that the cost is linear in the length.
        """
        if len(word) > LONGEST_RUN:
            return None
        costs = [0.0] + [float("inf")] * len(word)
        back = [0] * (len(word) + 1)
        for end in range(1, len(word) + 1):
            for start in range(max(0, end - 20), end):
                cost = costs[start] + self._word_cost(word[start:end])
                if cost < costs[end]:
                    costs[end], back[end] = cost, start
        if costs[-1] > 2.0 * len(word):
            return None
        pieces: list[str] = []
        end = len(word)
        while end:
            pieces.append(word[back[end] : end])
            end = back[end]
        return tuple(piece for run in reversed(pieces) for piece in self._settled(run))

    def _settled(self, piece: str) -> tuple[str, ...]:
        return self.texting.get(piece, (piece,))

    def _word_cost(self, piece: str) -> float:
        if len(piece) == 1:
            return 4.0 if piece in "ai" else float("inf")
        tier = self._common.get(piece)
        if piece in self.words:
            if len(piece) == 2 and tier != 10:
                return float("inf")
            # Among words of the policy the commoner ones win: 'days late', not 'day slate'.
            return 4.0 + (tier or RARER_THAN_ALL) / RARER_THAN_ALL
        if tier is None or (len(piece) == 2 and tier > 10) or (len(piece) == 3 and tier > 35):
            return 3.5 if piece in self.texting and len(piece) > 2 else float("inf")
        return 3.0 + tier / 10

    def tokens(self, text: Text) -> list[Token]:
        """Cut a normalised message into tokens."""
        chars, spans = text
        tokens: list[Token] = []
        sentence, last = 0, 0
        pending = ""
        for match in WORD.finditer(chars):
            start, end = match.span()
            pending += chars[last:start]
            last = end
            if chars[start] == "?":
                pending += "?"
                continue
            separator, pending = pending, ""
            gap = break_strength(separator) if tokens else SENTENCE
            if tokens and gap == SENTENCE:
                sentence += 1
            typed = (spans[start][0], spans[end - 1][1])
            for plain in self.read(_full_year(chars[start:end])):
                tokens.append(Token(plain, *typed, gap, sentence, self.symbols(plain), separator))
                gap, separator = CLOSE, ""
        if tokens:
            # The text after the last word tells whether the last sentence asks.
            tail = pending + chars[last:]
            tokens.append(
                Token("", len(chars), len(chars), SENTENCE, sentence + 1, frozenset(), tail)
            )
        return tokens


def _full_year(word: str) -> str:
    """Write a year of two digits in full: '94 is 1994, '15 is 2015."""
    if word[0] != "'":
        return word
    return ("19" if word[1:] > LATEST_SHORT_YEAR else "20") + word[1:]


def ends_line(separator: str) -> bool:
    """Tell whether a line ends between two words."""
    return "\n" in separator


WRAPPED = " ,\n"
"""What stands between two words where a line is wrapped behind a comma."""


@lru_cache(maxsize=4096)
def break_strength(separator: str) -> int:
    r"""Tell how strongly the characters between two words break the text.

    >>> [break_strength(s) for s in (" ", "-", ", ", "\n", "; ", ". ", "? ", "...")]
    [0, 0, 1, 0, 2, 3, 3, 2]

    A line that merely runs on breaks nothing; what may clear a mention asks ``ends_line``.
    """
    if "?" in separator or "!" in separator or "\n\n" in separator:
        return SENTENCE
    dots = separator.count(".")
    if dots == 1:
        return SENTENCE
    if dots or ";" in separator or ("\n" in separator and separator.strip(WRAPPED)):
        return CLAUSE
    if any(c in separator for c in ',:()"\u2013\u2014') or " - " in separator:
        return COMMA
    return CLOSE

"""Misspelt words of a question, read as words of the corpus.

A word that English knows is never changed: "waist" stays "waist" though the corpus only has
"waste". The embedding model's own vocabulary serves as the list of known words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

from index.text import kept_words, stem, stems_of, stop_words, words_of

MIN_CHARS = 5
"""Shorter words have too many neighbours: 'calf' is one letter from 'half' and 'call'."""

MIN_SIMILARITY = 0.72
"""Least share of letters that agree, 1 minus the edit distance over the length: 'quadracep' reads
as 'quadriceps' (0.8), 'releif' as 'relief' (0.83), 'tension' not as 'pension' (a known word)."""

_WORD = re.compile(rf"[^\W\d_]{{{MIN_CHARS},}}")


class Speller:
    """Corrects words against the vocabulary of a corpus."""

    def __init__(self, texts: Iterable[str], known: Iterable[str]) -> None:
        counts: dict[str, int] = {}
        for text in texts:
            for word in words_of(text):
                if len(word) >= MIN_CHARS - 1 and word.isalpha():
                    counts[word] = counts.get(word, 0) + 1
        self._counts = counts
        self._stems_by_letter: dict[str, frozenset[str]] = {}
        self._known = frozenset(known) | stop_words() | kept_words()

    @cached_property
    def _vocabulary(self) -> list[str]:
        # The most frequent first, so that equal candidates go to the commoner word.
        return sorted(self._counts, key=lambda word: (-self._counts[word], word))

    @cached_property
    def _stems(self) -> frozenset[str]:
        return stems_of(self._counts)

    def correct(self, text: str) -> str:
        """Return the text with unknown words replaced by the nearest word of the corpus."""
        return _WORD.sub(lambda found: self._word(found.group()), text)

    def is_jargon(self, word: str) -> bool:
        """Say whether a word is one of the corpus that everyday English hardly knows."""
        lower = word.lower()
        return (
            len(lower) >= MIN_CHARS
            and lower in self._counts
            and lower not in self._known
            and stem(lower) not in self._known_stems(lower[0])
        )

    def _known_stems(self, first: str) -> frozenset[str]:
        """Return the stems of the known words with a first letter, which no stem changes."""
        found = self._stems_by_letter.get(first)
        if found is None:
            found = stems_of(word for word in self._known if word.startswith(first))
            self._stems_by_letter[first] = found
        return found

    def _word(self, word: str) -> str:
        lower = word.lower()
        if lower in self._known or lower in self._counts or stem(lower) in self._stems:
            return word
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        best = process.extractOne(
            lower, self._candidates(lower), scorer=OSA.normalized_similarity,
            score_cutoff=MIN_SIMILARITY,
        )  # fmt: skip
        return str(best[0]) if best else word

    def _candidates(self, word: str) -> list[str]:
        """Return the words that start alike: misspellings rarely touch the first letter."""
        return [w for w in self._vocabulary if w[0] == word[0] and abs(len(w) - len(word)) <= 2]


def known_words(model_folder: Path) -> frozenset[str]:
    """Return the whole words in the vocabulary of the embedding model; none without the file."""
    path = model_folder / "vocab.txt"
    if not path.is_file():
        return frozenset()
    lines = path.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line.isalpha() and len(line) >= MIN_CHARS)

"""How much texts have in common by their words: cosine of TF-IDF vectors, all words counted.

Stop words count too, lightly: "how often" and "how long" ask for different things. Salton and
Buckley 1988, https://doi.org/10.1016/0306-4573(88)90021-0.
"""

from __future__ import annotations

import math
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.kept import kept
from index.text import stem, words_of

Figures = npt.NDArray[np.float64]


class TfIdf:
    """TF-IDF vectors of texts, each of length 1, as sparse postings.

    Args:
        number: Of texts.
        texts: Returns what later texts are compared with; called only where nothing is kept.
        inputs: What stands for the texts: other texts, other bytes.
        folder: Where the postings are kept, so that the texts are read once.
    """

    def __init__(
        self, number: int, texts: Callable[[], Sequence[str]], inputs: bytes, folder: Path
    ) -> None:
        self._texts = number
        # Three columns, by the first: a word's number, a text's, and the word's weight in it.
        entries = kept(folder, "tfidf", inputs, lambda: _entries(texts()))
        self._words = entries[:, 0]
        self._places = entries[:, 1].astype(np.int64)
        self._weights = entries[:, 2]

    def cosines(self, text: str) -> Figures:
        """Return the similarity of a text to each of the texts, in [0, 1], of shape (texts,)."""
        found = np.zeros(self._texts)
        square = 0.0
        for word in sorted(_words(text)):
            begin, end = np.searchsorted(self._words, (word, word + 1))
            if begin == end:
                continue
            idf = _idf(self._texts, end - begin)
            square += idf * idf
            found[self._places[begin:end]] += idf * self._weights[begin:end]
        return found / math.sqrt(square) if square else found


def _entries(texts: Sequence[str]) -> Figures:
    words = [_words(text) for text in texts]
    frequency = Counter(word for own in words for word in own)
    entries = []
    for place, own in enumerate(words):
        weights = {word: _idf(len(texts), frequency[word]) for word in own}
        length = math.sqrt(sum(weight * weight for weight in weights.values()))
        entries += [(word, place, weight / length) for word, weight in weights.items()]
    return np.array(sorted(entries), dtype=np.float64).reshape(-1, 3)


def _words(text: str) -> set[int]:
    """Return the stems of a text, as numbers that no run changes."""
    return {zlib.crc32(stem(word).encode()) for word in words_of(text)}


def _idf(texts: int, frequency: int) -> float:
    return math.log(1.0 + texts / frequency)

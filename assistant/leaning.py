"""What all the questions that a corpus comes with say about a new one, taken together.

The nearest known question says much, but it is one question. Kernel ridge regression over all of
them tells which way a new one leans (answered, or left open: prices, products, other parts of the
body) and which passages it leads to. Each passage, and each of its sentences, counts as one more
question that leads to it: few ask about some passages. Texts are alike by their vectors and by
their words. On the tuning questions, each left out in turn, it names a passage that answers in 84
of 100 where the nearest question does in 67. It is solved in closed form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.tfidf import TfIdf
from index.embedder import Vectors
from index.kept import kept

RIDGE = 0.2
"""Weight of the penalty, in units of one question; 0.1 to 0.4 serve alike when tuning."""

NARROW = 2.5
"""How fast a known question loses its say with distance: exp(2.5 (cosine - 1)); 2 to 3 serve alike
when tuning."""

WORDS = 0.2
"""What the words that two texts share count beside the nearness of their vectors; 0.1 to 0.4 serve
alike when tuning, and without them 81 of 100 would be named."""

Matrix = npt.NDArray[np.float64]


class Leaning:
    """A smooth reading of questions, fitted on texts that are answered or left open.

    Args:
        vectors: Of questions and passages, shape (texts, dimension).
        texts: Returns them as they were embedded; called only where no solution is kept.
        leads: The ids of the passages that answer each; none where it is left open.
        folder: Where the solution is kept, so that it is found once.
    """

    def __init__(
        self,
        vectors: Vectors,
        texts: Callable[[], Sequence[str]],
        leads: Sequence[Sequence[str]],
        folder: Path,
    ) -> None:
        self._vectors = vectors
        self._texts = texts
        # Vectors stand for their texts: other words, other vectors.
        inputs = vectors.tobytes()
        self._words = TfIdf(len(vectors), texts, inputs, folder)
        self._passages = tuple(dict.fromkeys(name for names in leads for name in names))
        self._targets = self._targets_of(leads)
        settings = f"{RIDGE} {NARROW} {WORDS} {[list(names) for names in leads]}"
        self._weights = kept(folder, "leaning", inputs + settings.encode(), self._solved)

    def _solved(self) -> Matrix:
        return np.asarray(np.linalg.solve(self._fitted(), self._targets), dtype=np.float64)

    def _targets_of(self, leads: Sequence[Sequence[str]]) -> Matrix:
        """Return 1 or -1 for each text, and beside it a share for each passage it leads to."""
        column = {name: number for number, name in enumerate(self._passages, start=1)}
        targets = np.zeros((len(leads), 1 + len(column)))
        for row, names in zip(targets, leads, strict=True):
            row[0] = 1.0 if names else -1.0
            for name in names:
                row[column[name]] = len(names) ** -0.5
        return targets

    def _fitted(self) -> Matrix:
        vectors = self._vectors.astype(np.float64)
        pairs = zip(vectors @ vectors.T, self._texts(), strict=True)
        near = [self._kernel(cosines, text) for cosines, text in pairs]
        return np.stack(near) + RIDGE * np.eye(len(near))

    def _kernel(self, cosines: Vectors | Matrix, text: str) -> Matrix:
        """Return how near a text is to each known one, shape (texts,), given their cosines."""
        near: Matrix = np.exp(NARROW * (cosines.astype(np.float64) - 1.0))
        return near + WORDS * self._words.cosines(text)

    @cached_property
    def _influence(self) -> Matrix:
        """How much each text stands on its own; for measurement only."""
        return np.diag(np.linalg.inv(self._fitted())).copy()

    def of(
        self, cosines: Vectors, text: str, without: int | None = None
    ) -> tuple[float, Mapping[str, float]]:
        """Return which way a question leans, and where it leads.

        Args:
            cosines: Of the question's vector and those of all known texts, shape (texts,).
            text: The question as it was embedded.
            without: The place of a text of the fit that is not to profit from itself.

        Returns:
            About 1 for a question like those answered, about -1 for one like those left open; and
            the share of each passage that known questions lead to, about 1 for one that answers.
        """
        if without is None:
            told = self._kernel(cosines, text) @ self._weights
        else:
            # What the fit without a question would say to it: exact for a fit of this kind.
            told = self._targets[without] - self._weights[without] / self._influence[without]
        return float(told[0]), dict(zip(self._passages, told[1:].tolist(), strict=True))

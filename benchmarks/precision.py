"""What other numbers than float32 cost and save: ``python -m benchmarks.precision``.

The questions that the documents come with are embedded with each of the values of the setting
`precision` and asked; what changes against float32 is printed. Needs the extra `int8`.
"""

from __future__ import annotations

import logging
import statistics
import time
from dataclasses import dataclass

import numpy as np

from assistant.assistant import Assistant
from assistant.evaluation.measure import evaluate
from assistant.settings import Settings
from index import PassageIndex
from index.embedder import Embedder, Vectors
from index.text import terms_of

TOP = 5


@dataclass(frozen=True)
class Asked:
    """What one precision makes of the questions."""

    vectors: Vectors
    milliseconds: float
    found: list[list[str]]
    gold_quoted: float


def main() -> None:
    """Print speed, agreement and answers for each precision."""
    logging.disable(logging.WARNING)
    full = asked_in("fp32")
    print("| numbers | ms a question | least cosine | same first | kept of five | gold quoted |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name in ("fp32", "int8", "bf16"):
        own = full if name == "fp32" else asked_in(name)
        cosines = (full.vectors * own.vectors).sum(axis=1)
        pairs = list(zip(full.found, own.found, strict=True))
        first = sum(a[0] == b[0] for a, b in pairs) / len(pairs)
        kept = sum(len(set(a) & set(b)) for a, b in pairs) / (TOP * len(pairs))
        print(
            f"| {name} | {own.milliseconds:.2f} | {cosines.min():.4f} | {first:.3f} | {kept:.3f} "
            f"| {own.gold_quoted:.3f} |"
        )


def asked_in(precision: str) -> Asked:
    """Embed and ask all questions in a precision, and measure the held-out answers."""
    answerer = Assistant(settings=Settings.load(precision=precision)).load()
    index = answerer.index
    questions = [asked.question for asked in index.corpus.asked]
    vectors, milliseconds = _embedded(index.embedder, questions)
    found = [_found(index, q, vector) for q, vector in zip(questions, vectors, strict=True)]
    return Asked(vectors, milliseconds, found, evaluate(answerer).gold_quoted)


def _embedded(embedder: Embedder, questions: list[str]) -> tuple[Vectors, float]:
    embedder.embed(["warm up"])
    rows, taken = [], []
    for question in questions:
        began = time.process_time()
        rows.append(embedder.embed([question])[0])
        taken.append(1e3 * (time.process_time() - began))
    return np.stack(rows), statistics.median(taken)


def _found(index: PassageIndex, question: str, vector: Vectors) -> list[str]:
    asked = index.asked_cosines(vector, without=question)
    ranked = index.rank(vector, asked, terms_of(question), TOP)
    return [scored.passage.id for scored in ranked]


if __name__ == "__main__":
    main()

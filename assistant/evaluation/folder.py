"""Compare ways of ranking on some thousand documents: words, meaning, both.

    python -m assistant.evaluation.folder [--documents 2000]

The documents are the docstrings of the standard library, without their first sentence; that
sentence is the question, once alone and once at the end of a rambling message. One document is
right for each, so the figures are those of finding a known item.
"""

from __future__ import annotations

import argparse
import ast
import math
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.question import read_question
from corpus.sentences import split_sentences
from index import OnnxEmbedder, SentenceTransformerEmbedder, find_model
from index.export import export
from index.fusion import fuse
from index.lexical import LexicalIndex
from index.model import Model
from index.text import terms_of

MIN_WORDS = 25
MAX_WORDS = 150
QUESTIONS = 200
DEPTH = 10
RAMBLE = (
    "It has been one of those weeks: the train was late twice, the kettle gave up on Monday and my "
    "neighbour is learning the trumpet. I have read everything I could find and asked two friends, "
    "who both said something else. "
)

Scores = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Item:
    """A document and the question that it answers."""

    text: str
    question: str


def docstrings(folder: Path) -> Iterator[Item]:
    """Yield items from the Python files under a folder, in order of their paths."""
    for path in sorted(folder.rglob("*.py")):
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except (SyntaxError, UnicodeDecodeError, ValueError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                item = _item(ast.get_docstring(node) or "")
                if item:
                    yield item


def _item(text: str) -> Item | None:
    words = " ".join(text.split())
    spans = split_sentences(words)
    if len(spans) < 2 or not MIN_WORDS <= len(words.split()) <= MAX_WORDS:
        return None
    question = words[slice(*spans[0])]
    return Item(words[spans[1][0] :], question) if len(question.split()) >= 4 else None


def ndcg(rankings: Sequence[Scores], gold: Sequence[int]) -> float:
    """Return nDCG@10 where one document is right for each question."""
    total = 0.0
    for scores, right in zip(rankings, gold, strict=True):
        rank = 1 + int((scores > scores[right]).sum())
        total += 1 / math.log2(1 + rank) if rank <= DEPTH else 0.0
    return total / len(gold)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m assistant.evaluation.folder")
    parser.add_argument("--documents", type=int, default=2000)
    count = parser.parse_args(arguments).documents
    found = dict.fromkeys(docstrings(Path(sysconfig.get_path("stdlib"))))
    items = sorted(found, key=lambda item: item.text)[:: max(1, len(found) // count)][:count]
    embedder = _embedder(find_model())
    matrix = embedder.embed([item.text for item in items])
    lexical = LexicalIndex([item.text for item in items])
    step = max(1, len(items) // QUESTIONS)
    gold = list(range(0, len(items), step))
    sys.stdout.write(f"{len(items)} documents, {len(gold)} questions, nDCG@10\n")
    for name, prefix, reduce in (
        ("short question", "", True), ("rambling, whole message", RAMBLE, False),
        ("rambling, its question", RAMBLE, True),
    ):  # fmt: skip
        asked = [prefix + items[i].question for i in gold]
        texts = [_reduced(text, len(prefix)) if reduce and prefix else text for text in asked]
        dense = list(embedder.embed(texts) @ matrix.T)
        words = [lexical.scores(terms_of(text)) for text in texts]
        both = [
            fuse([(d + 2.0).astype(np.float32), w], (1.0, 1.0))
            for d, w in zip(dense, words, strict=True)
        ]
        sys.stdout.write(
            f"{name:26} words {ndcg(words, gold):.3f}   meaning {ndcg(dense, gold):.3f}"
            f"   both {ndcg(both, gold):.3f}\n"
        )
    return 0


def _reduced(message: str, start: int) -> str:
    """Return the question of a message; a statement at its end counts as one here."""
    asked = read_question(f"{message[:start]}My question is: {message[start:]}").text
    return asked.replace("My question is: ", "")


def _embedder(model: Model) -> OnnxEmbedder | SentenceTransformerEmbedder:
    import tempfile

    reference = SentenceTransformerEmbedder(model)
    folder = Path(tempfile.mkdtemp())
    runtime = export(reference, folder, ["What does petrissage do?"])
    return OnnxEmbedder(model, folder / runtime.graph.name) if runtime else reference


if __name__ == "__main__":
    raise SystemExit(main())

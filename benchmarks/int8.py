"""What eight-bit weights would cost: ``python -m benchmarks.int8`` (with the extra `training`).

The exported model is quantised and asked the questions that the documents come with. It is not
offered as a setting: what it saves is a millisecond or two, what it changes is which passage comes
first.
"""

from __future__ import annotations

import logging
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
from onnxruntime.quantization import QuantType, quantize_dynamic

from assistant.assistant import Assistant
from index import OnnxEmbedder, PassageIndex, find_model
from index.embedder import Embedder, Vectors
from index.fair import FairEmbedder
from index.text import terms_of

TOP = 5


def main() -> None:
    """Print speed and agreement."""
    logging.disable(logging.WARNING)
    index = Assistant().load().index
    full = index.embedder
    if not isinstance(full, FairEmbedder) or not isinstance(full.embedder, OnnxEmbedder):
        raise SystemExit("the model has no export here: there is nothing to quantise")
    with tempfile.TemporaryDirectory() as folder:
        graph = Path(folder) / "int8.onnx"
        quantize_dynamic(full.embedder.graph, graph, weight_type=QuantType.QInt8, per_channel=True)
        small = OnnxEmbedder(find_model(), graph)
        questions = [asked.question for asked in index.corpus.asked]
        before, full_ms = _embedded(full, questions)
        after, small_ms = _embedded(small, questions)
    cosines = (before * after).sum(axis=1)
    pairs = [
        (_found(index, question, a), _found(index, question, b))
        for question, a, b in zip(questions, before, after, strict=True)
    ]
    print(f"questions              {len(questions)}")
    print(f"ms a question          {full_ms:.2f} float32, {small_ms:.2f} int8 (processor time)")
    print(f"cosine                 least {cosines.min():.4f}, mean {cosines.mean():.4f}")
    print(f"same first passage     {sum(a[0] == b[0] for a, b in pairs) / len(pairs):.3f}")
    kept = sum(len(set(a) & set(b)) for a, b in pairs) / (TOP * len(pairs))
    print(f"kept of the best five  {kept:.3f}")


def _embedded(embedder: Embedder, questions: list[str]) -> tuple[Vectors, float]:
    embedder.embed(["warm up"])
    rows, taken = [], []
    for question in questions:
        began = time.process_time()
        rows.append(embedder.embed([question])[0])
        taken.append(1e3 * (time.process_time() - began))
    return np.stack(rows), statistics.median(taken)


def _found(index: PassageIndex, question: str, vector: Vectors) -> list[str]:
    ranked = index.rank(vector, terms_of(question), TOP, without=question)
    return [scored.passage.id for scored in ranked]


if __name__ == "__main__":
    main()

"""The trained net behind the rules: it may raise a contraindication, and never clears one.

It catches danger that is said in words nobody listed. The rules decide first; what they have
plainly cleared is masked by the caller before the net reads. What the net raises is added to the
ledger like any finding. It sees the user's messages only, keeps no state, and gives the same
figures for the same messages.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from corpus.fair import FairBatch, of_like_length
from safety.decision import Urgency
from safety.net.errors import NetError
from safety.net.heads import TENSORS, Figures, Heads
from safety.net.judge import PLACES, Judge, Raised
from safety.net.views import token_rows, tokenizer
from safety.net.weights import HERE, Weights, digest, load_weights

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

NEAREST = 3
BATCH = 32  # rows read together at most; those of many conversations wait for one another


@dataclass(frozen=True, slots=True)
class NetReading:
    """What the net made of a conversation: score, what it raises, nearest training cases."""

    score: float
    threshold: float
    urgency: Urgency
    raised: tuple[Raised, ...]
    nearest: tuple[str, ...]


def load_net(path: Path | str | None = None) -> Net:
    """Load the net from the package, or from another folder of the same form.

    Raises:
        NetError: Weights are missing, damaged, or not those of their manifest.
    """
    folder = HERE if path is None else Path(path)
    weights = load_weights(folder)
    version = f"{weights.manifest['version']}+{digest(folder / 'manifest.json')[:12]}"
    net = Net(weights, version)
    del weights
    _give_back_memory()
    return net


def _give_back_memory() -> None:
    """Return to the system what only the loading needed, a copy of all weights.

    The GNU C library keeps it for later otherwise; other libraries have no such call.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


class Net:
    """The loaded net. ``version`` names its weights and thresholds; it belongs to the policy's."""

    def __init__(self, weights: Weights, version: str) -> None:
        self.version = version
        self._judge = Judge(weights.manifest)
        self._case_ids = weights.case_ids
        self._case_mean = weights.cases["mean"]
        self._case_axes = weights.cases["axes"].astype(np.float32)
        vectors = weights.cases["vectors"].astype(np.float32)
        self._cases = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        self._words, self._positions = weights.words, weights.positions
        self._heads = Heads(weights.tensors)
        tokenizer()
        self._session = _session(weights)
        self._turns: FairBatch[list[int], tuple[Figures, Figures]] = FairBatch(self._figures, BATCH)

    def logits(self, rows: Sequence[Sequence[int]]) -> tuple[Figures, Figures]:
        """Run rows of token ids as one padded batch; return the logits and the pooled vectors.

        Each row's are the same to the last bit whatever other rows are beside it.

        Raises:
            NetError: The runtime failed, or a figure is not a finite number.
        """
        length = max(map(len, rows))
        embedded = np.zeros((len(rows), length, self._words.shape[1]), np.float32)
        mask = np.zeros((len(rows), length), np.int32)
        for number, row in enumerate(rows):
            embedded[number, : len(row)] = self._words[list(row)] + self._positions[: len(row)]
            mask[number, : len(row)] = 1
        try:
            (hidden,) = self._session.run(["hidden"], {"embedded": embedded, "mask": mask})
        except Exception as error:  # whatever the runtime raises, the turn refers
            raise NetError(f"the safety net failed to run: {type(error).__name__}") from error
        found = [
            self._heads.figures(own[: len(row)]) for own, row in zip(hidden, rows, strict=True)
        ]
        logits, pooled = (np.stack(figures) for figures in zip(*found, strict=True))
        if not np.isfinite(logits).all():
            raise NetError("the safety net gave a figure that is no number")
        return logits, pooled

    def read(self, messages: Sequence[str]) -> NetReading:
        """Read the user's messages, oldest first, and say what they raise.

        The window with the highest overall score speaks for the conversation, the earliest of
        equals.

        Raises:
            NetError: The net failed; the turn must fail closed.
        """
        figures = self._turns.rows(token_rows(messages))
        # max() keeps the first of equals.
        logits, pooled = max(figures, key=lambda pair: round(float(pair[0][0]), PLACES))
        verdict = self._judge.judge(logits.tolist())
        nearest = self._nearest(pooled) if verdict.raised else ()
        return NetReading(
            verdict.score, verdict.threshold, verdict.urgency, verdict.raised, nearest
        )

    def _figures(self, rows: list[list[int]]) -> list[tuple[Figures, Figures]]:
        """Return the logits and the pooled vector of each row, whosever they are."""
        found: dict[int, tuple[Figures, Figures]] = {}
        for places in of_like_length([len(row) for row in rows]):
            logits, pooled = self.logits([rows[place] for place in places])
            found |= zip(places, zip(logits, pooled, strict=True), strict=True)
        return [found[place] for place in range(len(rows))]

    def _nearest(self, pooled: Figures) -> tuple[str, ...]:
        """Return the ids of the nearest training cases, nearest first, ties by position."""
        place = (pooled - self._case_mean) @ self._case_axes
        closeness = self._cases @ (place / max(float(np.linalg.norm(place)), 1e-9))
        order = np.argsort(-np.round(closeness, PLACES), kind="stable")[:NEAREST]
        return tuple(self._case_ids[number] for number in order)


def _session(weights: Weights) -> InferenceSession:
    """Make a session on one thread, with the weights laid into the graph.

    One thread, because a figure must not depend on how work was shared out, and because more lose
    when the machine is busy.
    """
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # an arena keeps what the longest message once needed
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    try:
        values: dict[str, Any] = {
            name: ort.OrtValue.ortvalue_from_numpy(array)
            for name, array in weights.tensors.items()
            if name not in TENSORS
        }
        options.add_external_initializers(list(values), list(values.values()))
        return ort.InferenceSession(weights.graph, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime raises many kinds; all mean: no net
        raise NetError(f"the safety net cannot start: {type(error).__name__}") from error

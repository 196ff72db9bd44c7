"""Out-of-fold logits of the training cases, kept beside the data so that figures can be remade."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from safety.training.data import HERE, Case

FILE = HERE / "scores.txt"


def write_scores(cases: Sequence[Case], logits: NDArray[np.float32]) -> None:
    """Write one line a case: its id and its logits."""
    rows = [
        f"{case.id} {json.dumps([round(float(x), 3) for x in row])}"
        for case, row in zip(cases, logits, strict=True)
    ]
    FILE.write_text("\n".join(sorted(rows)) + "\n", encoding="utf-8")


def read_scores() -> dict[str, list[float]]:
    """Return the out-of-fold logits by case id."""
    lines = FILE.read_text(encoding="utf-8").splitlines()
    return {name: json.loads(row) for name, _, row in (line.partition(" ") for line in lines)}

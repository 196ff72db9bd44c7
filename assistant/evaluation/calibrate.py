"""Fit the weights of the coverage gate on labelled questions, and show what they cost.

    python -m assistant.evaluation.calibrate            fit, print the risk-coverage curve
    python -m assistant.evaluation.calibrate --write    and write assistant/gate.toml

Fitted on the tuning half of the questions and messages in this package; the held-out half is only
measured.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.answering import Answerer, open_for
from assistant.coverage import FEATURES, Gate, features
from assistant.evaluation.data import load_cases, load_messages
from assistant.judge import Judge
from assistant.question import read_question
from assistant.settings import Settings
from corpus import Corpus

RIDGE = 1.0
"""Weight of the penalty on large weights; 1 on standardised features, as is usual."""

STEPS = 40
"""Newton steps; ten are enough in practice."""

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Labelled:
    """A question, whether the corpus covers it, and what it may be used for."""

    text: str
    covered: bool
    is_heldout: bool


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m assistant.evaluation.calibrate")
    parser.add_argument("--write", action="store_true", help="write assistant/gate.toml")
    options = parser.parse_args(arguments)
    settings = Settings.load()
    corpus = Corpus.bundled()
    answerer = Answerer(open_for(corpus, settings.index, None, settings, None), settings)
    rows = [(item, evidence(answerer, item.text)) for item in labelled()]
    known = [(item, found) for item, found in rows if found is not None]
    x = np.array([[found[name] for name in FEATURES] for _, found in known])
    y = np.array([item.covered for item, _ in known], dtype=np.float64)
    heldout = np.array([item.is_heldout for item, _ in known])
    gate = fit(x[~heldout], y[~heldout])
    p = np.array([gate.probability(found) for _, found in known])
    print(curve(p, y, heldout, gate.threshold))
    if options.write:
        Path(str(resources.files("assistant").joinpath("gate.toml"))).write_text(
            as_toml(gate), encoding="utf-8"
        )
    return 0


def labelled() -> list[Labelled]:
    """Return the labelled questions, in a fixed order."""
    own = [Labelled(c.question, bool(c.gold), c.split == "heldout") for c in load_cases()]
    told = [Labelled(m.question, m.covered, m.split == "heldout") for m in load_messages()]
    return own + told


def evidence(answerer: Answerer, message: str) -> dict[str, float] | None:
    """Return the gate's features for a message; None where it holds no topic word."""
    question = read_question(message, answerer.speller)
    if not question.terms:
        return None
    ranked = answerer.rank(question)
    judge = Judge(question, answerer.corpus, answerer.index.lexical, ranked)
    return features(question, ranked, judge, answerer.index.lexical)


def fit(x: Matrix, y: Matrix) -> Gate:
    """Fit a logistic model by Newton's method, both classes weighing the same.

    Features are standardised for the fit; the weights returned apply to them as they are.
    """
    mean, deviation = x.mean(axis=0), x.std(axis=0) + 1e-9
    z = np.column_stack([(x - mean) / deviation, np.ones(len(x))])
    weight = np.where(y > 0, 0.5 / y.mean(), 0.5 / (1.0 - y.mean()))
    penalty = RIDGE * np.eye(z.shape[1])
    penalty[-1, -1] = 0.0
    w = np.zeros(z.shape[1])
    for _ in range(STEPS):
        p = 1.0 / (1.0 + np.exp(-z @ w))
        gradient = z.T @ (weight * (p - y)) + penalty @ w
        hessian = (z * (weight * p * (1.0 - p))[:, None]).T @ z + penalty
        w -= np.linalg.solve(hessian, gradient)
    own = w[:-1] / deviation
    bias = float(w[-1] - own @ mean)
    weights = dict(zip(FEATURES, own.tolist(), strict=True))
    p = 1.0 / (1.0 + np.exp(-z @ w))
    return Gate(weights, bias, balanced_threshold(p, y))


def balanced_threshold(p: Matrix, y: Matrix) -> float:
    """Return the threshold at which wrong answers and wrong abstentions are equally frequent."""
    grid = np.linspace(0.05, 0.95, 91)
    gaps = [abs((p[y > 0] < t).mean() - (p[y == 0] >= t).mean()) for t in grid]
    return float(round(grid[int(np.argmin(gaps))], 2))


def curve(p: Matrix, y: Matrix, heldout: npt.NDArray[np.bool_], threshold: float) -> str:
    """Return the risk-coverage curve: what each threshold would cost, tuning and held out."""
    lines = ["threshold   false abstention   answered uncovered   held out: false, answered"]
    for t in sorted({*np.round(np.arange(0.1, 1.0, 0.1), 2).tolist(), threshold}):
        rates = [
            rate
            for part in (~heldout, heldout)
            for rate in ((p[part & (y > 0)] < t).mean(), (p[part & (y == 0)] >= t).mean())
        ]
        mark = " <-" if t == threshold else ""
        lines.append(
            f"{t:9.2f}   {rates[0]:16.3f}   {rates[1]:18.3f}   {rates[2]:15.3f}  {rates[3]:8.3f}{mark}"
        )
    return "\n".join(lines)


def as_toml(gate: Gate) -> str:
    """Return a gate as the text of its file."""
    lines: Iterable[str] = (f"{name} = {gate.weights[name]:.6f}" for name in FEATURES)
    return (
        "# Weights of the coverage gate, fitted by `python -m assistant.evaluation.calibrate --write`.\n"
        "# The probability of 'covered' is the logistic function of the bias plus the weighted sum.\n\n"
        f"threshold = {gate.threshold}\nbias = {gate.bias:.6f}\n\n[weights]\n"
        + "\n".join(lines)
        + "\n"
    )


if __name__ == "__main__":
    raise SystemExit(main())

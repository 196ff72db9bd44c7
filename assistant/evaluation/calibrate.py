"""Fit the weights of the coverage gate on labelled questions, and show what they cost.

    python -m assistant.evaluation.calibrate            fit, print the risk-coverage curve
    python -m assistant.evaluation.calibrate --write    and write assistant/gate.toml

Fitted on the tuning half of the questions and messages in this package; the held-out half is only
measured.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.answering import Answerer, open_for
from assistant.coverage import ASKED_FEATURES, FEATURES, Gate
from assistant.evaluation.data import load_cases, load_letters, load_messages
from assistant.settings import Settings
from corpus import Corpus

RIDGE = 1.0
"""Weight of the penalty on large weights; 1 on standardised features, as is usual."""

MOST_FALSE = 0.02
"""Covered questions that may be turned away, as a share of those tuned on. The aim is 0.05; unseen
questions fare a little worse than those that were fitted."""

MOST_FALSE_ANYWHERE = 0.05
"""The same for documents of one's own: the gate knows no near misses there, so that every question
fewer that is turned away lets more of them through."""

LETTER = 0.75
"""What a letter counts in the fit beside a plain question. Letters about something else are easily
told apart; at full weight they leave less room for near misses, which are not."""

LETTER_ANYWHERE = 0.5
"""The same for documents of one's own, where near misses are harder to tell."""

STEPS = 40
"""Newton steps; ten are enough in practice."""

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Labelled:
    """A question, whether the corpus covers it, and what it may be used for."""

    text: str
    covered: bool
    is_heldout: bool
    is_letter: bool = False


Row = tuple[Labelled, dict[str, float]]
"""A labelled question and the gate's features for it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m assistant.evaluation.calibrate")
    parser.add_argument("--write", action="store_true", help="write assistant/gate.toml")
    options = parser.parse_args(arguments)
    settings = Settings.load()
    corpus = Corpus.bundled()
    answerer = Answerer(open_for(corpus, settings.index, None, settings, None), settings)
    plain = Answerer(
        open_for(Corpus(corpus.documents), settings.index and f"{settings.index}-plain", corpus,
                 settings, None), settings)  # fmt: skip
    gates = {
        "any_corpus": calibrated(plain, FEATURES, MOST_FALSE_ANYWHERE, LETTER_ANYWHERE),
        "with_questions": calibrated(answerer, (*FEATURES, *ASKED_FEATURES), MOST_FALSE, LETTER),
    }
    if options.write:
        Path(str(resources.files("assistant").joinpath("gate.toml"))).write_text(
            as_toml(gates), encoding="utf-8"
        )
    return 0


def calibrated(answerer: Answerer, names: Sequence[str], most_false: float, letter: float) -> Gate:
    """Fit a gate on the tuning half, print what each threshold costs, and return it.

    ``letter`` is what a letter counts beside a plain question.
    """
    rows = known(answerer)
    tuning = [(item, found) for item, found in rows if not item.is_heldout]
    x = np.array([[found[name] for name in names] for _, found in tuning])
    y = np.array([item.covered for item, _ in tuning], dtype=np.float64)
    counts = np.array([letter if item.is_letter else 1.0 for item, _ in tuning])
    gate = fit(x, y, counts, names, most_false)
    sys.stdout.write("\n".join([*curve(gate, rows), "", *letters(gate, rows)]) + "\n")
    return gate


def known(answerer: Answerer) -> list[Row]:
    """Return the labelled questions that hold a topic word, with the gate's features."""
    rows = [(item, evidence(answerer, item.text)) for item in labelled()]
    return [(item, found) for item, found in rows if found is not None]


def labelled() -> list[Labelled]:
    """Return the labelled questions, in a fixed order."""
    cases = [case for case in load_cases() if case.split != "leading"]
    own = [Labelled(c.question, bool(c.gold), c.split == "heldout") for c in cases]
    told = [Labelled(m.question, m.covered, m.split == "heldout") for m in load_messages()]
    sent = [Labelled(m.question, m.covered, m.split == "heldout", True) for m in load_letters()]
    return own + told + sent


def evidence(answerer: Answerer, message: str) -> dict[str, float] | None:
    """Return the gate's features for a message; None where it holds no topic word."""
    question = answerer.read(message)
    if not question.terms:
        return None
    # A question that the corpus comes with must not vouch for itself.
    return answerer.evidence(question, without=message)[2]


def fit(x: Matrix, y: Matrix, counts: Matrix, names: Sequence[str], most_false: float) -> Gate:
    """Fit a logistic model by Newton's method, both classes weighing the same.

    Features are standardised for the fit; the weights returned apply to them as they are.

    Args:
        x: Features, shape (questions, features).
        y: 1 where a question is covered, else 0.
        counts: What each question counts within its class.
        names: Of the features.
        most_false: Covered questions that may be turned away, as a share; letters are left out.
    """
    mean, deviation = x.mean(axis=0), x.std(axis=0) + 1e-9
    z = np.column_stack([(x - mean) / deviation, np.ones(len(x))])
    covered, left_open = counts[y > 0].sum(), counts[y == 0].sum()
    weight = 0.5 * len(y) * counts / np.where(y > 0, covered, left_open)
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
    weights = dict(zip(names, own.tolist(), strict=True))
    p = 1.0 / (1.0 + np.exp(-z @ w))
    plain = counts == 1.0
    threshold = careful_threshold(p[plain], y[plain], most_false)
    return Gate(weights=weights, bias=bias, threshold=threshold)


def careful_threshold(p: Matrix, y: Matrix, most_false: float) -> float:
    """Return the highest threshold that keeps false abstentions at ``most_false`` or below."""
    grid = np.linspace(0.05, 0.95, 91)
    allowed = [t for t in grid if (p[y > 0] < t).mean() <= most_false]
    return float(round(max(allowed, default=0.05), 2))


def curve(gate: Gate, rows: Sequence[Row]) -> list[str]:
    """Return the risk-coverage curve as a table: what each threshold costs, tuning and held out.

    Letters are left out; see `letters`.
    """
    rows = [(item, found) for item, found in rows if not item.is_letter]
    p = np.array([gate.probability(found) for _, found in rows])
    y = np.array([item.covered for item, _ in rows])
    heldout = np.array([item.is_heldout for item, _ in rows])
    lines = [
        "| threshold | covered, turned away | left open, answered | held out: turned away"
        " | held out: answered |",
        "| --- | --- | --- | --- | --- |",
    ]
    for t in sorted({*np.round(np.arange(0.1, 1.0, 0.1), 2).tolist(), gate.threshold}):
        rates = [
            rate
            for part in (~heldout, heldout)
            for rate in ((p[part & y] < t).mean(), (p[part & ~y] >= t).mean())
        ]
        shown = f"**{t:.2f}**" if t == gate.threshold else f"{t:.2f}"
        lines.append(f"| {shown} | " + " | ".join(f"{rate:.3f}" for rate in rates) + " |")
    return lines


def letters(gate: Gate, rows: Sequence[Row]) -> list[str]:
    """Return what the gate does with letters, as a table: tuning and held out."""
    lines = ["| letters | about massage, turned away | about something else, answered |",
             "| --- | --- | --- |"]  # fmt: skip
    for name, is_heldout in (("tuned on", False), ("held out", True)):
        part = [(i, f) for i, f in rows if i.is_letter and i.is_heldout == is_heldout]
        away = [not gate.covers(found) for item, found in part if item.covered]
        answered = [gate.covers(found) for item, found in part if not item.covered]
        lines.append(
            f"| {name} | {sum(away)} of {len(away)} | {sum(answered)} of {len(answered)} |"
        )
    return lines


def as_toml(gates: Mapping[str, Gate]) -> str:
    """Return gates as the text of their file."""
    lines = [
        "# Weights of the coverage gate: python -m assistant.evaluation.calibrate --write",
        "# The probability of 'covered' is the logistic function of bias plus weighted evidence.",
    ]
    for name, gate in gates.items():
        lines += ["", f"[{name}]", f"threshold = {gate.threshold}", f"bias = {gate.bias:.6f}"]
        lines += [f"[{name}.weights]"]
        lines += [f"{feature} = {weight:.6f}" for feature, weight in gate.weights.items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    raise SystemExit(main())

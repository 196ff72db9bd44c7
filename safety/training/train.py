"""Train the net: ``python -m safety.training.train``.

Without arguments it fits all cases and writes the files that the product loads, with the thresholds
that the out-of-fold scores beside this module give. ``--fold N`` fits all but one part of the data
instead and writes the scores of that part: three such runs, then one without arguments, remake
everything.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch

from safety.training.data import HERE, fold_of, read_cases
from safety.training.export import write_net
from safety.training.fit import Recipe, fit, predict
from safety.training.thresholds import choose

FOLDS = 3
SCORES = HERE / "scores"


def main(arguments: list[str] | None = None) -> int:
    """Run one fit; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m safety.training.train", description=__doc__)
    parser.add_argument("--fold", type=int, choices=range(FOLDS), help="leave out this part")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--to", type=Path, help="folder for the weights")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    cases = read_cases()
    if options.fold is None:
        model = fit(cases, Recipe())
        write_net(model, cases, choose(cases, read_scores()), options.to)
        return 0
    unseen = [case for case in cases if fold_of(case, FOLDS) == options.fold]
    model = fit([case for case in cases if fold_of(case, FOLDS) != options.fold], Recipe())
    logits = predict(model, unseen)
    rows = [
        json.dumps({"id": case.id, "logits": [round(float(value), 3) for value in row]})
        for case, row in zip(unseen, logits, strict=True)
    ]
    SCORES.mkdir(exist_ok=True)
    (SCORES / f"fold_{options.fold}.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
    if options.to is not None:
        write_net(model, cases, choose(cases, read_scores()), options.to)
    return 0


def read_scores() -> dict[str, list[float]]:
    """Return the out-of-fold logits by case id, from the folds that have been run."""
    scores: dict[str, list[float]] = {}
    for path in sorted(SCORES.glob("fold_*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            scores[row["id"]] = row["logits"]
    return scores


if __name__ == "__main__":
    raise SystemExit(main())

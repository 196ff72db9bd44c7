"""Train the net: ``python -m safety.training.train``.

The cases are split in three parts, twins kept together. For each part a net is fitted to the other
two and scores the part that it has not seen: those scores give the figures and the thresholds. The
net that is shipped is fitted to all cases in the same way. Every net reads the cases as the guard
shows them, with what the rules cleared masked.

The fits are processes of one thread each, two at a time. What is done is kept in the work
folder: a run that was stopped goes on where it was.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch

from safety.training.data import fold_of, read_cases
from safety.training.export import write_net
from safety.training.fit import Recipe, fit, predict
from safety.training.rules import decide, shown
from safety.training.scores import read_scores, write_scores
from safety.training.thresholds import choose

FOLDS = 3
SHIPPED = "shipped"


def main(arguments: list[str] | None = None) -> int:
    """Train and write the net; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m safety.training.train", description=__doc__)
    parser.add_argument("--jobs", type=int, default=2, help="fits at a time, one thread each")
    parser.add_argument(
        "--folds", type=int, default=FOLDS, help="parts that are scored, the first ones of three"
    )
    parser.add_argument("--work", type=Path, default=Path("build/training"))
    parser.add_argument("--to", type=Path, help="folder for the weights, the product's by default")
    options = parser.parse_args(arguments)
    options.work.mkdir(parents=True, exist_ok=True)
    parts = [SHIPPED, *map(str, range(options.folds))]  # the longest first
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool:
        list(pool.map(fit_part, parts, [options.work] * len(parts)))
    return finish(options.work, options.folds, options.to)


def fit_part(part: str, work: Path) -> None:
    """Fit one net and keep its scores of the unseen part, or the net itself."""
    done = work / f"{part}.{'pt' if part == SHIPPED else 'npy'}"
    if done.exists():
        return
    torch.set_num_threads(1)
    cases = read_cases()
    cases = shown(cases, decide(cases))
    model = fit(
        [case for case in cases if part == SHIPPED or fold_of(case, FOLDS) != int(part)],
        Recipe(),
        log=lambda line: print(f"{part}: {line}", flush=True),
    )
    half_done = work / f"{part}.part"
    with half_done.open("wb") as file:
        if part == SHIPPED:
            torch.save(model, file)
        else:
            unseen = [case for case in cases if fold_of(case, FOLDS) == int(part)]
            np.save(file, predict(model, unseen))
    half_done.rename(done)


def finish(work: Path, folds: int, folder: Path | None) -> int:
    """Write scores, thresholds and the net from what the fits left in the work folder."""
    cases = read_cases()
    order = [case for part in range(folds) for case in cases if fold_of(case, FOLDS) == part]
    logits = np.concatenate([np.load(work / f"{part}.npy") for part in range(folds)])
    write_scores(order, logits)
    rules = decide(cases)
    referred = frozenset(name for name, decision in rules.items() if decision.action == "refer")
    model = torch.load(work / f"{SHIPPED}.pt", weights_only=False)
    write_net(model, shown(cases, rules), choose(cases, read_scores(), referred), folder)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

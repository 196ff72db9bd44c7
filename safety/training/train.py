"""Train the net: ``python -m safety.training.train``.

First a net is fitted to two thirds of the cases and scores the third that it has not seen, twins
kept together: those scores give the figures and the thresholds. The same net then goes over all
cases once more, now as the guard shows them, with what the rules cleared masked, and is written to
where the product loads it from.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import torch

from safety.training.data import fold_of, read_cases
from safety.training.export import write_net
from safety.training.fit import Recipe, fit, predict
from safety.training.rules import decide, shown
from safety.training.scores import read_scores, write_scores
from safety.training.thresholds import choose

FOLDS, UNSEEN = 3, 0
FIRST = Recipe()
AGAIN = replace(FIRST, epochs=1, rate=6e-5, head_rate=3e-4, seed=8)


def main(arguments: list[str] | None = None) -> int:
    """Train and write the net; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m safety.training.train", description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--to", type=Path, help="folder for the weights, the product's by default")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    cases = read_cases()
    unseen = [case for case in cases if fold_of(case, FOLDS) == UNSEEN]
    model = fit([case for case in cases if fold_of(case, FOLDS) != UNSEEN], FIRST)
    rules = decide(cases)
    write_scores(unseen, predict(model, shown(unseen, rules)))
    model = fit(shown(cases, rules), AGAIN, model)
    referred = frozenset(name for name, decision in rules.items() if decision.action == "refer")
    write_net(model, cases, choose(cases, read_scores(), referred), options.to)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

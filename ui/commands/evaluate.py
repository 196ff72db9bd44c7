"""``leg-massage evaluate``: measures retrieval, answers and abstention on labelled questions."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    parser.add_argument(
        "--split",
        choices=("heldout", "tuning", "all"),
        default="heldout",
        help="which of the labelled questions (heldout: nothing was tuned on them)",
    )
    parser.add_argument("--missed", action="store_true", help="also name the questions missed")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")


def run(options: argparse.Namespace) -> int:
    """Measure the bundled documents and print the figures."""
    from assistant.assistant import Assistant
    from assistant.evaluation.measure import evaluate
    from ui.commands.common import show_progress

    answerer = Assistant().load(show_progress)
    scores = evaluate(
        answerer,
        options.split,
        progress=lambda done, total: show_progress("asking", done, total),
    )
    if options.json:
        sys.stdout.write(json.dumps(dataclasses.asdict(scores), indent=2) + "\n")
        return 0
    sys.stdout.write("\n".join(scores.lines()) + "\n")
    if options.missed:
        sys.stdout.write("missed: " + (", ".join(scores.missed) or "none") + "\n")
    return 0

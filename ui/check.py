"""`leg-massage check`: run the regression suite or files of cases, print, write, compare."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from assistant.check import by_guard, run
from safety.cases import bundled_cases, read_cases
from ui.report import as_text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    parser.add_argument(
        "--cases",
        action="append",
        type=Path,
        default=[],
        metavar="FILE",
        help="cases of your own, JSON Lines; may be given several times",
    )
    parser.add_argument(
        "--only-cases", action="store_true", help="only the files given, not the bundled suite"
    )
    parser.add_argument("--policy", type=Path, help="another policy folder")
    parser.add_argument("--quiet", action="store_true", help="figures only, no traces")


def run_check(options: argparse.Namespace) -> int:
    """Run the command; 0 when the suite holds, 1 when it falls short."""
    from safety.guard import Guard
    from safety.policy import load_policy

    cases = read_cases(options.cases)
    if not options.only_cases:
        cases = bundled_cases() + cases
    guard = Guard(load_policy(options.policy) if options.policy else load_policy())
    report = run(by_guard(guard), cases, "rules")
    sys.stdout.write(as_text(report, failures=not options.quiet) + "\n")
    return 1 if report.failures else 0


def main() -> int:
    """Entry point of ``python -m ui.check``."""
    parser = argparse.ArgumentParser(prog="leg-massage check", description=__doc__)
    add_arguments(parser)
    return run_check(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())

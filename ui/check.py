"""``leg-massage check``: run the regression suite or files of cases, print, write, compare."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from assistant.baseline import compare, load_baseline
from assistant.check import Report, by_contraindication, by_kind, by_rule, by_tag, run
from assistant.outcomes import Judge, by_detector, by_guard, by_guard_then_assistant
from safety.cases import bundled_cases, read_cases
from ui.report import as_breakdown, as_failures, as_table, as_verdict
from ui.report_files import write_report

GROUPS = {
    "contraindication": by_contraindication,
    "rule": by_rule,
    "kind": by_kind,
    "tag": by_tag,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    parser.add_argument(
        "--cases",
        action="append",
        type=Path,
        default=[],
        metavar="FILE",
        help="cases of your own, JSON Lines, beside the bundled ones; may be given several times",
    )
    parser.add_argument(
        "--only-cases", action="store_true", help="run the files given, not the bundled cases"
    )
    parser.add_argument(
        "--report",
        action="append",
        type=Path,
        default=[],
        metavar="FILE",
        help="write the report: .html, .xml (JUnit) or .json; may be given several times",
    )
    parser.add_argument(
        "--rules-only", action="store_true", help="rules without the second net, as one run"
    )
    parser.add_argument(
        "--columns", action="store_true", help="rules, second net and both, side by side"
    )
    parser.add_argument(
        "--guard-only",
        action="store_true",
        help="judge by the guard alone: no retrieval, no embedding model",
    )
    parser.add_argument("--policy", type=Path, metavar="FOLDER", help="another safety policy")
    parser.add_argument(
        "--by",
        action="append",
        choices=sorted(GROUPS),
        default=[],
        help="also print how many passed by group; may be given several times",
    )
    parser.add_argument("--quiet", action="store_true", help="figures only, no failures")


def run_check(options: argparse.Namespace) -> int:
    """Run the command; 0 when the suite holds, 1 when it falls short.

    With ``--only-cases`` there is no baseline to hold against, so it measures and always ends in 0.
    """
    cases = read_cases(options.cases)
    if not options.only_cases:
        cases = [*bundled_cases(), *cases]
    reports = [run(judge, cases, name) for name, judge in judges(options).items()]
    _print(as_table(reports))
    last = reports[-1]
    for title in options.by:
        _print(as_breakdown(last, title, last.by(GROUPS[title])))
    if not options.quiet and last.failures:
        _print(as_failures(last.failures))
    for path in options.report:
        write_report(path, reports)
    if options.only_cases:
        return 0
    return _verdict(last)


def judges(options: argparse.Namespace) -> dict[str, Judge]:
    """Return the runs that the options ask for, by name; the last one is judged."""
    # Built here, so that `--help` and bad cases cost nothing.
    from assistant.assistant import Assistant
    from safety.guard import Guard

    assistant = Assistant(policy=options.policy)
    rules = by_guard(Guard(assistant.policy))
    if options.rules_only:
        return {"rules": rules}
    guard = assistant.guard
    shipped = by_guard(guard) if options.guard_only else by_guard_then_assistant(guard, assistant)
    if not options.columns:
        return {"shipped": shipped}
    if not isinstance(guard, Guard) or guard.detector is None:
        return {"rules": rules, "shipped": shipped}
    return {"rules": rules, "net": by_detector(guard.detector), "shipped": shipped}


def _verdict(report: Report) -> int:
    verdict = compare(report, load_baseline(), report.name)
    _print(as_verdict(verdict))
    return 0 if verdict.holds else 1


def _print(text: str) -> None:
    sys.stdout.write(text + "\n\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point of ``python -m ui.check``."""
    parser = argparse.ArgumentParser(prog="leg-massage check", description=__doc__)
    add_arguments(parser)
    return run_check(parser.parse_args(arguments))


if __name__ == "__main__":
    sys.exit(main())

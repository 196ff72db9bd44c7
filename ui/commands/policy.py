"""``leg-massage policy``: list, explain, validate and compare safety policies."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from safety.policy import Policy


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the actions of the command to its parser."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="the contraindications, their urgency and rules")
    explain = actions.add_parser("explain", help="why a message is referred or not")
    explain.add_argument("message", nargs="+", help="the user's messages, oldest first, in quotes")
    validate = actions.add_parser("validate", help="read the whole policy and report its faults")
    validate.add_argument(
        "--collisions", action="store_true", help="list everyday words one letter away from a name"
    )
    validate.add_argument(
        "--record", action="store_true", help="record the passages as they are: they were compared"
    )
    for action in (listing, explain, validate):
        action.add_argument("--policy", type=Path, metavar="PATH", help="another policy folder")
    diff = actions.add_parser("diff", help="what another version of the policy changes")
    diff.add_argument("old", type=Path, metavar="OLD")
    diff.add_argument("new", type=Path, metavar="NEW")
    diff.add_argument(
        "--cases", type=Path, metavar="FILE", action="append", help="instead of the bundled suite"
    )


def run(options: argparse.Namespace) -> int:
    """Run the action."""
    actions = {"list": _list, "explain": _explain, "validate": _validate, "diff": _diff}
    return actions[options.action](options)


def _list(options: argparse.Namespace) -> int:
    from safety.policy import load_policy

    policy = load_policy(options.policy)
    sys.stdout.write(f"policy {policy.label}\n")
    names = policy.messages["contraindication"]
    for entry in policy.contraindications:
        kinds = Counter(rule.kind for rule in entry.rules)
        counts = ", ".join(f"{count} by {kind}" for kind, count in sorted(kinds.items()))
        name = names.get(entry.contract_id, {}).get("name", "")
        sys.stdout.write(f"{entry.id:<22} {entry.urgency:<10} rules: {counts:<22} {name}\n")
    return 0


def _explain(options: argparse.Namespace) -> int:
    from assistant.settings import Settings
    from safety.explain import explain
    from safety.guard import Guard
    from safety.policy import load_policy
    from safety.second_net import SecondNet
    from ui.commands.common import for_terminal

    detector = SecondNet() if Settings.load().second_net else None
    guard = Guard(load_policy(options.policy), detector)
    sys.stdout.write(for_terminal(explain(guard, options.message)))
    return 0


def _validate(options: argparse.Namespace) -> int:
    from safety.grounding import record
    from safety.lint import validate
    from safety.policy import load_policy

    if options.record:
        sys.stdout.write(f"{record(load_policy(options.policy), options.policy)} written\n")
    policy = load_policy(options.policy)
    if options.collisions:
        _print_collisions(policy)
    problems = validate(policy)
    for problem in problems:
        sys.stdout.write(f"{problem}\n")
    errors = sum(problem.severity == "error" for problem in problems)
    warnings = len(problems) - errors
    sys.stdout.write(f"policy {policy.label}: {errors} errors, {warnings} warnings\n")
    return 1 if errors else 0


def _print_collisions(policy: Policy) -> None:
    from safety.compile import Compiled
    from safety.lint.collisions import collisions, table

    sys.stdout.write(f"{table(collisions(Compiled(policy)))}\n")


def _diff(options: argparse.Namespace) -> int:
    from safety.cases import read_cases
    from safety.diff import note
    from safety.policy import load_policy
    from ui.commands.common import for_terminal

    cases = read_cases(options.cases) if options.cases else None
    for line in note(load_policy(options.old), load_policy(options.new), cases):
        sys.stdout.write(for_terminal(line) + "\n")
    return 0

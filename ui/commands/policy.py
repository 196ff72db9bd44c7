"""``leg-massage policy``: list, explain, validate and compare safety policies."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the actions of the command to its parser."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="the contraindications, their urgency and rules")
    explain = actions.add_parser("explain", help="why a message is referred or not")
    explain.add_argument("message", nargs="+", help="the user's messages, oldest first, in quotes")
    validate = actions.add_parser("validate", help="read the whole policy and report its faults")
    for action in (listing, explain, validate):
        action.add_argument("--policy", type=Path, metavar="PATH", help="another policy folder")
    diff = actions.add_parser("diff", help="what another version of the policy changes")
    diff.add_argument("old", type=Path, metavar="OLD")
    diff.add_argument("new", type=Path, metavar="NEW")


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
    from safety.explain import explain
    from safety.guard import Guard
    from safety.policy import load_policy

    guard = Guard(load_policy(options.policy))
    sys.stdout.write(explain(guard, options.message).rstrip() + "\n")
    return 0


def _validate(options: argparse.Namespace) -> int:
    from safety.lint import validate
    from safety.policy import load_policy

    policy = load_policy(options.policy)
    faults = list(validate(policy))
    for fault in faults:
        sys.stdout.write(f"{fault}\n")
    sys.stdout.write(f"policy {policy.label}: {len(faults) or 'no'} faults\n")
    return 1 if faults else 0


def _diff(options: argparse.Namespace) -> int:
    from safety.diff import diff
    from safety.policy import load_policy

    for line in diff(load_policy(options.old), load_policy(options.new)):
        sys.stdout.write(f"{line}\n")
    return 0

"""The command ``leg-massage``: picks the subcommand and turns errors into one line.

Only the module of the command asked for is imported, and each imports what is heavy where it is
used: ``--help`` and a referral by the rules start at once.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import NamedTuple, NoReturn

DONE, FELL_SHORT, WRONG_USE = 0, 1, 2


class Command(NamedTuple):
    """A subcommand: its module, the function that runs it, and what it does."""

    module: str
    function: str
    help: str


COMMANDS = {
    "chat": Command("ui.commands.chat", "run", "serve the chat page on this machine"),
    "ask": Command("ui.commands.ask", "run", "print one reply with its cited passages"),
    "index": Command("ui.commands.index", "run", "build or refresh the index"),
    "cluster": Command("ui.commands.cluster", "run", "build and serve on several machines"),
    "verify": Command("ui.commands.verify", "run", "re-check a saved answer or conversation"),
    "check": Command("ui.check", "run_check", "run the safety regression suite"),
    "policy": Command("ui.commands.policy", "run", "list, explain and validate the safety policy"),
    "evaluate": Command("ui.commands.evaluate", "run", "measure the answers on labelled questions"),
    "stats": Command("ui.commands.stats", "run", "show what the service did, from its local store"),
    "review": Command(
        "ui.commands.review", "run", "make cases of turns that the review log has noted"
    ),
    "settings": Command("ui.commands.settings", "run", "print every setting with its meaning"),
    "mcp": Command(
        "ui.commands.mcp", "run", "serve answer as a tool of the Model Context Protocol"
    ),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return 0 done, 1 the check failed, 2 wrong use."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _run(given)
    except KeyboardInterrupt:
        return 128 + 2
    except BrokenPipeError:
        # The reader of our output has gone (such as `head`); nothing is left to say.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE


def _run(given: list[str]) -> int:
    parser, options = _parse(given)
    if options is None:
        parser.print_help()
        return DONE if not given else WRONG_USE
    # Imported here: argparse alone answers --help.
    from corpus.errors import LegMassageError

    command = COMMANDS[options.command]
    try:
        status: int = getattr(importlib.import_module(command.module), command.function)(options)
    except LegMassageError as error:
        message = " ".join(str(error).split())
        sys.stderr.write(f"leg-massage {options.command}: {message}\n")
        return WRONG_USE
    return status


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line; argparse would print the usage before it."""

    def error(self, message: str) -> NoReturn:
        self.exit(WRONG_USE, f"{self.prog}: {message}; see {self.prog} --help\n")


def _parse(given: list[str]) -> tuple[argparse.ArgumentParser, argparse.Namespace | None]:
    parser = _Parser(
        prog="leg-massage",
        description="Answers about leg massage from a cited source; refers what is not safe.",
        epilog="leg-massage COMMAND --help tells more. Exit status: 0 done, 1 the check failed,"
        " 2 wrong use.",
    )
    parser.add_argument("--version", action="store_true", help="print the version and stop")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    asked_for = next((word for word in given if not word.startswith("-")), None)
    for name, command in COMMANDS.items():
        subparser = commands.add_parser(name, help=command.help, description=command.help)
        if name == asked_for:
            importlib.import_module(command.module).add_arguments(subparser)
    options = parser.parse_args(given)
    if options.version:
        from importlib.metadata import version

        sys.stdout.write(f"leg-massage {version('leg-massage-assistant')}\n")
        raise SystemExit(DONE)
    return parser, options if options.command else None


if __name__ == "__main__":
    sys.exit(main())

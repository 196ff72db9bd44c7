"""``leg-massage ask``: one reply on the terminal, with the passages it cites."""

from __future__ import annotations

import argparse
import sys
import textwrap

from ui.commands.common import add_source_arguments, for_terminal, make_assistant, started_quickly

_WIDTH = 88


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    parser.add_argument("question", help="the question in quotes; - reads it from standard input")
    parser.add_argument(
        "--after",
        action="append",
        default=[],
        metavar="MESSAGE",
        help="what the user said before, oldest first; may be given again",
    )
    parser.add_argument("--json", action="store_true", help="print the whole answer as JSON")
    add_source_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Run the command."""
    with started_quickly():
        return _run(options)


def _run(options: argparse.Namespace) -> int:
    assistant = make_assistant(options)
    history = [{"role": "user", "content": message} for message in options.after]
    answer = assistant.answer(_question(options.question), history)
    if options.json:
        sys.stdout.write(answer.model_dump_json(indent=2) + "\n")
        return 0
    lines = [_wrapped(answer.text), ""]
    for citation in answer.citations:
        where = " › ".join([citation.document, *citation.section])
        quote = " ".join(citation.quote.split())
        lines.append(f"[{citation.marker}] {where}")
        lines.append(textwrap.indent(textwrap.fill(f"“{quote}”", _WIDTH - 4), "    "))
    sys.stdout.write(for_terminal("\n".join(lines)).rstrip() + "\n")
    return 0


def _question(given: str) -> str:
    if given != "-":
        # Bytes that are no text in this locale arrive as lone surrogates; they count as junk.
        return given
    return sys.stdin.buffer.read().decode("utf-8", errors="replace")


def _wrapped(text: str) -> str:
    """Wrap paragraphs; list items keep their lines."""
    wrapped = []
    for line in text.splitlines():
        indent = "  " if line.startswith(("- ", "* ")) else ""
        wrapped.append(textwrap.fill(line, _WIDTH, subsequent_indent=indent) if line else "")
    return "\n".join(wrapped)

"""``leg-massage index``: build the index now, instead of at the first question."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

from ui.commands.common import show_progress

NAMED = 10
"""Documents named in the summary; a folder may hold thousands."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    parser.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="PATH",
        help="documents or folders of them; the bundled documents without any",
    )
    parser.add_argument(
        "--explain", action="store_true", help="also say how it is searched, and why so"
    )


def run(options: argparse.Namespace) -> int:
    """Build or refresh the index and say how to ask it."""
    from assistant.assistant import Assistant

    assistant = Assistant(corpus=options.paths or None)
    corpus = assistant.corpus
    index = assistant.load(show_progress).index
    for problem in corpus.problems:
        sys.stderr.write(f"left out: {problem}\n")
    names = [document.name for document in corpus.documents]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    documents = ", ".join(names[:NAMED]) + more
    sys.stdout.write(f"indexed {len(corpus.passages)} passages of {documents}\n")
    if options.explain:
        from index.explain import explain

        sys.stdout.write("\n".join(explain(index)) + "\n")
    if options.paths:
        chosen = " ".join(f"--corpus {shlex.quote(str(path))}" for path in options.paths)
        sys.stdout.write(f'ask it with: leg-massage ask {chosen} "…"\n')
    return 0

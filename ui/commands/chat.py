"""``leg-massage chat``: the chat page and the service around it."""

from __future__ import annotations

import argparse
import sys

from ui.commands.common import add_source_arguments, make_assistant


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    parser.add_argument("--host", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, help="port to listen on (7860)")
    add_source_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Serve until stopped."""
    from ui.settings import ServiceSettings

    settings = ServiceSettings.load(host=options.host, port=options.port)
    assistant = make_assistant(options)
    sys.stderr.write("starting the page …\n")

    from ui.serve import serve

    serve(assistant, settings)
    return 0

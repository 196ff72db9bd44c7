"""``leg-massage mcp``: `answer` as a tool of the Model Context Protocol, on standard input."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from assistant.schema import Answer, Message
from corpus.errors import SettingsError
from ui.commands.common import add_source_arguments, make_assistant

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer

    from ui.service import Answers


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    add_source_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Serve until the client closes standard input."""
    from ui.logs import set_up_logs

    server = make_server(make_assistant(options))
    # Standard output belongs to the protocol; logs go to standard error.
    set_up_logs("WARNING")
    server.run("stdio")
    return 0


def make_server(assistant: Answers) -> MCPServer:
    """Return a server with the one tool.

    Raises:
        SettingsError: The optional package is not installed.
    """
    try:
        from mcp.server.mcpserver import MCPServer
    except ImportError as error:
        raise SettingsError(
            "the package mcp is not installed; pip install 'leg-massage-assistant[mcp]'"
        ) from error

    server = MCPServer("leg-massage", instructions=_INSTRUCTIONS, log_level="ERROR")

    def answer(question: str, history: list[Message] | None = None) -> Answer:
        """Answer a question about leg massage from a cited source, or refer to a professional.

        Show the reply's ``text`` as it is: a referral is a fixed safety message. Pass every earlier
        message of the user in ``history``, because a danger named earlier still counts.

        Args:
            question: The user's message, word for word.
            history: The conversation so far, oldest first.
        """
        return assistant.answer(question, history or ())

    server.add_tool(answer, name="answer")
    return server


_INSTRUCTIONS = (
    "Cited answers about leg massage. Information, not medical advice. Pass the user's own words,"
    " and show referrals unchanged."
)

"""``leg-massage settings``: every setting with its default and meaning, as Markdown."""

from __future__ import annotations

import argparse
import sys


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser: it has none."""


def run(options: argparse.Namespace) -> int:
    """Print the reference."""
    from ui.reference import configuration_reference

    sys.stdout.write(configuration_reference())
    return 0

"""``leg-massage stats``: what the service did, by day, from its local store."""

from __future__ import annotations

import argparse
import sys


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    parser.add_argument("--store", help="the store's file, where it is not the default one")


def run(options: argparse.Namespace) -> int:
    """Print the operator's view."""
    from corpus.errors import SettingsError
    from ui.operator import as_text
    from ui.settings import ServiceSettings
    from ui.store import Store

    path = ServiceSettings.load(store=options.store).store_path
    if path is None or not path.exists():
        raise SettingsError(
            f"{path or 'store off'}: there is no local store; it is made by leg-massage chat,"
            " and named by --store or LEG_MASSAGE_STORE"
        )
    sys.stdout.write(as_text(Store(path)) + "\n")
    return 0

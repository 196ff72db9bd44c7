"""``leg-massage stats``: what the service did, by day, from its local store."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ui.store import Store


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    parser.add_argument("--store", help="the store's file, where it is not the default one")


def run(options: argparse.Namespace) -> int:
    """Print the operator's view."""
    from ui.operator import as_text

    sys.stdout.write(as_text(open_store(options.store)) + "\n")
    return 0


def open_store(named: str | None) -> Store:
    """Return the local store that the service writes, or the one that is named.

    Raises:
        SettingsError: There is none.
    """
    from corpus.errors import SettingsError
    from ui.settings import ServiceSettings
    from ui.store import Store

    path = ServiceSettings.load(store=named).store_path
    if path is None or not path.exists():
        raise SettingsError(
            f"{path or 'store off'}: there is no local store; it is made by leg-massage chat,"
            " and named by --store or LEG_MASSAGE_STORE"
        )
    return Store(path)

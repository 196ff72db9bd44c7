"""What several commands share: which documents and which policy, and text fit for a terminal."""

from __future__ import annotations

import argparse
import gc
import os
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.assistant import Assistant

_BAR_CELLS = 30
_STAGES = {
    "embed": "embedding passages",
    "export": "preparing the model",
    "quantise": "quantising vectors",
    "words": "counting words",
}


def add_source_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose documents and policy."""
    parser.add_argument(
        "--corpus",
        action="append",
        type=Path,
        metavar="PATH",
        help="a document or a folder of them instead of the bundled ones; may be given again",
    )
    parser.add_argument("--policy", type=Path, metavar="PATH", help="another safety policy folder")


def make_assistant(options: argparse.Namespace) -> Assistant:
    """Return the assistant for these options; nothing heavy is loaded yet."""
    from assistant.assistant import Assistant

    return Assistant(corpus=options.corpus, policy=options.policy)


@contextmanager
def started_quickly() -> Iterator[None]:
    """Run what is over in a second: nothing piles up that would have to be looked through.

    Python looks for garbage the oftener the more is loaded, and pydantic reads the metadata of
    every installed package for plugins; neither can matter to one reply.
    """
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()  # nor need what is there be looked through when the process ends
        if was_on:
            gc.enable()


def for_terminal(text: str) -> str:
    r"""Return text without control characters, which could drive the reader's terminal.

    >>> for_terminal("one\n\x1b[31mtwo\ttabs")
    'one\n[31mtwo\ttabs'
    """
    kept = (c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf", "Cs"))
    return "".join(kept)


def show_progress(stage: str, done: int, total: int) -> None:
    """Draw a bar on standard error; where that is no terminal, a line when a stage is done."""
    name = _STAGES.get(stage, stage)
    if sys.stderr.isatty():
        filled = _BAR_CELLS * done // max(total, 1)
        bar = "█" * filled + "·" * (_BAR_CELLS - filled)
        end = "\n" if done >= total else ""
        sys.stderr.write(f"\r{name} {bar} {done}/{total}{end}")
        sys.stderr.flush()
    elif done >= total:
        sys.stderr.write(f"{name} {done}/{total}\n")

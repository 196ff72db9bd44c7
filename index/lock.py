"""One builder of an index at a time, in this process and in all others on the machine."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK = ".lock"


@contextmanager
def one_builder(folder: Path) -> Iterator[None]:
    """Hold the folder while the block runs; wait for whoever holds it.

    The system lets go of the lock when a process ends, however it ends. Readers need no lock: an
    index appears by one replaced file.

    Raises:
        OSError: The folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("ab") as file:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield

"""axe-core for the accessibility tests: found, or fetched once by npm outside the repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

VERSION = "4.14.1"


@cache
def axe_source() -> str | None:
    """Return the text of axe-core, or None where it is not there and npm cannot fetch it."""
    folder = Path(os.environ.get("AXE_CORE", Path(tempfile.gettempdir()) / f"axe-core-{VERSION}"))
    script = folder / "node_modules" / "axe-core" / "axe.min.js"
    if not script.exists():
        npm = shutil.which("npm")
        if npm is None:
            return None
        folder.mkdir(parents=True, exist_ok=True)
        command = [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder)]
        done = subprocess.run(
            [*command, f"axe-core@{VERSION}"], check=False, capture_output=True, timeout=120
        )
        if done.returncode != 0:
            return None
    return script.read_text(encoding="utf-8")

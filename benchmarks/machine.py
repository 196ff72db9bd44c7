"""What a run was made on, and how fast its memory is: figures mean nothing without."""

from __future__ import annotations

import os
import platform
import re
import time
from pathlib import Path

import numpy as np

LINEAR_MB = 42.5
"""Weights of MiniLM-L6's linear maps in float32: what embedding one question has to read."""

_READ_MB = 512


def describe() -> str:
    """Return processor, memory, system, Python and how busy the machine is."""
    info = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    name = re.search(r"model name\s*: (.+)", info)
    memory = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text(encoding="utf-8"))
    gigabytes = int(memory.group(1)) / 2**20 if memory else 0.0
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores ({name.group(1) if name else platform.machine()}), "
        f"{gigabytes:.0f} GB, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, load average {load:.1f}"
    )


def memory_floor_ms() -> float:
    """Return the least milliseconds that reading the model's linear maps once takes one core.

    Timed on a block too large for any cache; the fastest of several passes.
    """
    block = np.ones(_READ_MB * 2**20 // 8, dtype=np.int64)
    fastest = min(_seconds_to_read(block) for _ in range(7))
    return 1e3 * fastest * LINEAR_MB / _READ_MB


def _seconds_to_read(block: np.ndarray[tuple[int], np.dtype[np.int64]]) -> float:
    began = time.perf_counter()
    np.bitwise_or.reduce(block)
    return time.perf_counter() - began


if __name__ == "__main__":
    print(memory_floor_ms())

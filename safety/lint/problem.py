"""Problem: one thing that is wrong with a policy, and where."""

from __future__ import annotations

from typing import Literal, NamedTuple


class Problem(NamedTuple):
    """An error keeps a policy from being used with trust; a warning is work that remains.

    >>> print(Problem("open_wound.cut", "has no example that clears it"))
    error: open_wound.cut: has no example that clears it
    """

    where: str
    what: str
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        return f"{self.severity}: {self.where}: {self.what}"

"""The figures of growth as Markdown, from what `make growth` left."""

from __future__ import annotations

import json
from typing import Any

from benchmarks.growth_text import FOLDER

PLACE = FOLDER / "figures.json"
LARGEST = 1_000_000
COLUMNS = (
    "kind", "vectors s", "words s", "build peak MB", "MB on disk", "opened s", "p50 ms", "p95 ms",
    "recall@10", "held MB", "of it mapped MB",
)  # fmt: skip


def growth_section() -> str:
    """Return the table; empty where nothing has been measured."""
    figures = _figures()
    if not figures:
        return ""
    rows = [
        f"| {row['passages']:,} | {row['real passages']:,} | "
        + " | ".join(_cell(row[column]) for column in COLUMNS)
        + " |"
        for row in figures["rows"]
    ]
    head = f"| passages | real | {' | '.join(COLUMNS)} |\n" + "| --- " * (len(COLUMNS) + 2) + "|"
    return (
        "## Growth on one machine\n\n"
        f"Remade by `make growth`: {figures['real passages']:,} documentation paragraphs of "
        f"installed Python packages, embedded by {figures['embedded by']}; further passages are "
        "mixtures of two of them (vectors added with random shares and scaled to length 1, words "
        "half of each), so the largest sizes say how long a search takes, and of recall only what "
        "mixtures can. A query is words and vector together; recall is that of the vector "
        "search against exact search. Embedding is not in the build times.\n\n"
        + "\n".join([head, *rows])
    )


def growth_targets() -> list[tuple[str, float, float]]:
    """Return what was seen at the largest size, each with the most that it should be."""
    figures = _figures()
    largest = [r for r in figures.get("rows", ()) if r["passages"] == LARGEST]
    if not largest:
        return []
    row = largest[0]
    return [
        ("1M passages: query p95, ms", row["p95 ms"], 25.0),
        ("1M passages: missed of the ten nearest", 1 - row["recall@10"], 0.05),
        ("1M passages: memory held, MB", row["held MB"], 1000.0),
    ]


def _figures() -> dict[str, Any]:
    if not PLACE.is_file():
        return {}
    figures: dict[str, Any] = json.loads(PLACE.read_text(encoding="utf-8"))
    return figures


def _cell(value: object) -> str:
    return (
        f"{value:.3g}"
        if isinstance(value, float) and value < 1000
        else (f"{value:,.0f}" if isinstance(value, float) else str(value))
    )

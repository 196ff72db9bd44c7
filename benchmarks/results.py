"""The figures of a comparison as Markdown: ``benchmarks/RESULTS.md``.

``python -m benchmarks.results`` writes the page again from the last run of `make bench`, with what
`make growth` has measured since.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.environments import FOLDER, OURS, PEERS, size, version_of
from benchmarks.growth_report import growth_section, growth_targets

PLACE = Path(__file__).with_name("RESULTS.md")
Rounds = list[dict[str, float]]
Table = dict[str, Any]

_PACKAGES = {
    "plain": "sentence-transformers",
    "haystack": "haystack-ai",
    "llamaindex": "llama-index-core",
    "langchain": "langchain-core",
    "txtai": "txtai",
    "ours": "leg-massage-assistant",
}


def write_results(figures: dict[str, Any]) -> str:
    """Write the page and return it."""
    parts = [_opening(figures), *_tables(figures), _targets(figures), growth_section()]
    page = "\n\n".join(part for part in parts if part) + "\n"
    PLACE.write_text(page, encoding="utf-8")
    return page


def _opening(figures: dict[str, Any]) -> str:
    rounds = max(len(r) for r in figures["answers"].values() if not isinstance(r, str))
    return (
        "# Speed and size beside others\n\n"
        f"Remade by `make bench` ({datetime.now(tz=UTC):%Y-%m-%d}; rounds, in turns: {rounds}; "
        "medians, in brackets the median of the ratios to plain within a round). One thread "
        f"a process.\n\nMachine: {figures['machine']}. A load average above 1 means that "
        "others ran beside it: then only the ratios tell something."
    )


def _tables(figures: dict[str, Table]) -> list[str]:
    answers = ["cold start s", "p50 ms", "p95 ms", "index s", "peak MB"]
    chats = [
        "questions/s",
        "chats p50 ms",
        "chats p95 ms",
        "chats max ms",
        "fewest turns of a chat",
    ]
    return [
        "## One question after the other\n\nTop four passages of the bundled article; ours also as "
        "whole answers, safety decision by both nets and citations included.\n\n"
        + _table(figures["answers"], answers, _sizes()),
        "## Fifty chats at once\n\nEach asks again as soon as it has its answer.\n\n"
        + _table(figures["chats"], chats),
        "## From nothing to an answer\n\nA whole process, warm disk, index there.\n\n"
        + _table(figures["once"], ["s", "peak MB"]),
        "## Building the index of the bundled documents\n\nA whole process; plain embeds the same "
        "texts. The first build also exports the model.\n\n"
        + _table(figures["builds"], ["s", "peak MB"]),
        "## Guards\n\nMessages of 15 to 25 words, each read once. The list and medspaCy look for "
        "terms; ours decides by the whole policy.\n\n"
        + _table(figures["guards"], ["ready s", "p50 ms", "p99 ms", "peak MB"]),
        _server(figures["server"]),
    ]


def _table(members: Table, columns: Sequence[str], more: Callable[[str], str] | None = None) -> str:
    base = next(iter(members.values()))
    head = [*columns, *(["installed MB / packages"] if more else [])]
    lines = [f"| | {' | '.join(head)} |", "| --- " * (len(head) + 1) + "|"]
    for name, rounds in members.items():
        if isinstance(rounds, str):
            lines.append(f"| {name} | not measured: {rounds} |" + " |" * (len(head) - 1))
            continue
        cells = [_cell(rounds, base, column) for column in columns]
        lines.append(f"| {name} | {' | '.join([*cells, *([more(name)] if more else [])])} |")
    return "\n".join(lines)


def _cell(rounds: Rounds, base: Rounds | str, column: str) -> str:
    if column not in rounds[0]:
        return "–"
    value = _number(median(rounds, column))
    if isinstance(base, str) or column not in base[0] or rounds is base:
        return value
    return f"{value} ({ratio(rounds, base, column):.2f}x)"


def _number(value: float) -> str:
    return f"{value:.3g}" if value < 1000 else f"{value:,.0f}"


def _sizes() -> Callable[[str], str]:
    pythons = {peer.name: peer.python for peer in (*PEERS, OURS)}

    def told(name: str) -> str:
        peer = "ours" if name.startswith("ours") else name
        if not (FOLDER / peer / "installed").is_file():
            return "not installed"
        megabytes, packages = size(pythons[peer])
        return f"{megabytes} / {packages} ({version_of(pythons[peer], _PACKAGES[peer])})"

    return told


def _server(server: Table) -> str:
    held = server["held MB"]
    return (
        "## Memory of the service\n\n"
        f"`python -m benchmarks.server`: {server['turns']} turns in fifty conversations; held at "
        f"every hundredth, in MB: {', '.join(f'{value:.0f}' for value in held)}. "
        f"Ready after {server['ready s']:.1f} s."
    )


def _targets(figures: dict[str, Table]) -> str:
    """Return what was aimed at beside what was seen."""
    once, answers, chats = figures["once"], figures["answers"], figures["chats"]
    builds = figures["builds"]
    ours, plain = answers["ours, answer()"], answers["plain"]
    search = answers["ours, retrieval"]
    floor = median(figures["floor"]["floor"], "ms")
    held = figures["server"]["held MB"]
    spread = median(ours, "p95 ms") / median(ours, "p50 ms")
    lines = [
        ("ask, to a cited answer, against plain", _of(once, "ours, ask", "s"), 0.15),
        ("referral by rules, against plain", _of(once, "ours, referral by rules", "s"), 0.06),
        ("warm answer() p50, both nets, against plain", ratio(ours, plain, "p50 ms"), 0.6),
        ("warm answer() p95 against its own p50", spread, 1.5),
        (
            f"embedding and search p50 against the memory floor of {floor:.1f} ms",
            median(search, "p50 ms") / floor,
            1.5,
        ),
        ("peak memory of ask, MB", median(once["ours, ask"], "peak MB"), 320.0),
        ("memory of the service after all turns, MB", held[-1], 600.0),
        ("the same against the fourth hundred turns", held[-1] / held[min(3, len(held) - 1)], 1.02),
        ("50 chats, p95 of answer(), ms", median(chats["ours, answer()"], "chats p95 ms"), 250.0),
        (
            "first build of the index against plain",
            _of(builds, "ours, first build", "s"),
            0.7,
        ),
        ("embedding anew against plain", _of(builds, "ours, all texts new", "s"), 0.7),
        *growth_targets(),
    ]
    rows = [
        f"| {name} | {_number(value)} | ≤ {target:g} | {_verdict(value, target)} |"
        for name, value, target in lines
    ]
    faster = ratio(chats["ours, answer()"], chats["plain"], "questions/s")
    met = "met" if faster >= 4 else f"missed by {1 - faster / 4:.0%}"
    rows.append(
        f"| 50 chats, answers a second against plain called freely | {faster:.3g} | ≥ 4 | {met} |"
    )
    head = "| | seen | target | |\n| --- | --- | --- | --- |\n"
    return "## Against the targets\n\n" + head + "\n".join(rows)


def _verdict(value: float, target: float) -> str:
    return "met" if value <= target else f"missed by {value / target - 1:.0%}"


def _of(members: Table, name: str, column: str) -> float:
    return ratio(members[name], members["plain"], column)


def median(rounds: Rounds, column: str) -> float:
    """Return the median of a figure over the rounds."""
    return statistics.median(figures[column] for figures in rounds)


def ratio(rounds: Rounds, base: Rounds, column: str) -> float:
    """Return the median of the ratios within a round."""
    pairs = zip(rounds, base, strict=False)
    return statistics.median(own[column] / other[column] for own, other in pairs)


if __name__ == "__main__":
    print(write_results(json.loads((FOLDER / "figures.json").read_text(encoding="utf-8"))))

"""``leg-massage review``: look at turns that may be wrong; make one a case in a keystroke."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ui.commands.common import for_terminal

if TYPE_CHECKING:
    from safety.decision import Action, Urgency
    from ui.review import Noted
    from ui.store import Store

LABELS: dict[str, Action] = {"r": "refer", "i": "inform", "a": "answer", "b": "abstain"}
KEYS = "r refer  i inform  a answer  b abstain   s skip  d delete  q quit"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to its parser."""
    parser.add_argument("--store", help="the store's file, where it is not the default one")
    parser.add_argument(
        "--cases",
        type=Path,
        default=Path("reviewed.jsonl"),
        metavar="FILE",
        help="where labelled turns go (reviewed.jsonl); run them with leg-massage check --cases",
    )
    parser.add_argument(
        "--kind",
        choices=("denial", "near_miss", "net_only", "abstention"),
        help="only turns noted for this reason",
    )
    parser.add_argument("--list", action="store_true", help="print them and ask nothing")


def run(options: argparse.Namespace) -> int:
    """Show what was noted, one turn after the other, and take a key for each."""
    from safety.policy import load_policy
    from ui.commands.stats import open_store

    store = open_store(options.store)
    floor = load_policy().floor
    items = store.noted(options.kind)
    if not items:
        sys.stdout.write("nothing to review; turns are noted while LEG_MASSAGE_REVIEW_LOG is on\n")
    for place, (number, item) in enumerate(items, start=1):
        sys.stdout.write(f"\n[{place}/{len(items)}] {_shown(item)}\n")
        if not options.list and not _settle(store, number, item, options.cases, floor):
            break
    store.close()
    return 0


def _shown(item: Noted) -> str:
    from ui.review import KINDS

    lines = [f"{KINDS[item.kind]}; outcome: {item.outcome}; policy {item.policy}"]
    lines += [f"  {place}. {turn}" for place, turn in enumerate(item.turns, start=1)]
    lines += [f"  why: {why}" for why in item.why]
    return for_terminal("\n".join(lines))


def _settle(
    store: Store, number: int, item: Noted, cases: Path, floor: Mapping[str, Urgency]
) -> bool:
    """Ask for one key and do what it says; False to stop."""
    while True:
        sys.stdout.write(f"{KEYS} > ")
        sys.stdout.flush()
        key = read_key()
        sys.stdout.write(f"{for_terminal(key)}\n")
        if key in ("q", ""):
            return False
        if key == "s":
            return True
        if key == "d" or (key in LABELS and _label(LABELS[key], item, cases, floor)):
            store.settle(number)
            return True


def _label(expect: Action, item: Noted, cases: Path, floor: Mapping[str, Urgency]) -> bool:
    """Write the case; False where no contraindication was chosen for it."""
    from ui.review import add_case, as_case

    names: Sequence[str] = item.contraindications
    if expect in ("refer", "inform") and not names:
        names = _chosen(list(floor))
        if not names:
            return False
    case = as_case(item, expect, names, floor)
    added = add_case(cases, case)
    about = f" ({', '.join(case.categories)})" if case.categories else ""
    said = f"{case.id}: {expect}{about} -> {cases}" if added else "is a case already"
    sys.stdout.write(f"{said}\n")
    return True


def _chosen(names: Sequence[str]) -> list[str]:
    """Ask which contraindication it is about: one letter each."""
    letters = dict(zip("abcdefghijklmnopqrstuvwxyz", names, strict=False))
    listed = "  ".join(f"{letter} {name}" for letter, name in letters.items())
    sys.stdout.write(f"{listed} > ")
    sys.stdout.flush()
    key = read_key()
    sys.stdout.write(f"{for_terminal(key)}\n")
    return [letters[key]] if key in letters else []


def read_key() -> str:
    """Return one key; from a terminal at once, otherwise the next letter; empty at the end."""
    if sys.stdin.isatty() and sys.platform != "win32":
        import termios
        import tty

        handle = sys.stdin.fileno()
        before = termios.tcgetattr(handle)
        try:
            tty.setcbreak(handle)
            return sys.stdin.read(1)
        finally:
            termios.tcsetattr(handle, termios.TCSADRAIN, before)
    while (key := sys.stdin.read(1)).isspace():
        continue
    return key

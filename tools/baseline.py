"""Renew the list of cases that do not pass yet: ``python -m tools.baseline``.

It rewrites the ``[[known]]`` entries of ``safety/cases/baseline.toml`` from a run of the guard and
the assistant as served, and leaves the bounds above them as they are. Read the difference before it
is committed: every line that comes is a step back, unless its case is new. With ``--guard-only``
what the corpus covers is not asked.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from assistant.assistant import Assistant
from assistant.check import FAULTS, Report, Result, run
from assistant.outcomes import by_guard, by_guard_then_assistant
from safety.cases import bundled_cases

BASELINE = Path(__file__).parents[1] / "safety" / "cases" / "baseline.toml"
HEADING = "# Known not to pass yet. `python -m tools.baseline` renews what follows.\n"


def main() -> int:
    """Rewrite the entries and print how many there are of each kind."""
    assistant = Assistant()
    by_guard_alone = "--guard-only" in sys.argv[1:]
    guard = assistant.guard
    judge = by_guard(guard) if by_guard_alone else by_guard_then_assistant(guard, assistant)
    report = run(judge, bundled_cases(), "shipped")
    bounds = BASELINE.read_text(encoding="utf-8").partition(HEADING)[0].rstrip()
    BASELINE.write_text(f"{bounds}\n\n{HEADING}\n{entries(report)}", encoding="utf-8")
    kinds = [kind_of(result) for result in report.failures]
    print({kind: kinds.count(kind) for kind in sorted(set(kinds))})
    return 0


def entries(report: Report) -> str:
    """Return the failures as TOML, in order of kind and id."""
    failed = sorted(report.failures, key=lambda result: (kind_of(result), result.case.id))
    return "\n".join(
        f"[[known]]\nid = {json.dumps(result.case.id)}\nkind = {json.dumps(kind_of(result))}\n"
        f"why = {json.dumps(_why(result), ensure_ascii=False)}\n"
        for result in failed
    )


def kind_of(result: Result) -> str:
    """Return the kind of a failure: harmless caution, a miss, or one of coverage."""
    if result.case.expect in ("refer", "inform"):
        return "missed"
    return "over_referral" if "needless" in result.faults else "coverage"


def _why(result: Result) -> str:
    said = "; ".join(FAULTS[fault] for fault in result.faults)
    raised = ", ".join(
        dict.fromkeys(f.rule for f in result.outcome.decision.findings if f.status == "in_play")
    )
    return f"{said}{f' by {raised}' if raised else ''} ({result.case.note})"


if __name__ == "__main__":
    sys.exit(main())

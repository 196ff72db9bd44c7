"""A report of the regression suite as text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.baseline import Verdict
from assistant.check import FAULTS, Rate, Report, Result

SHOWN_NEW = 40  # newly failing cases named in the verdict; the failures above have all
SHOWN_CHARS = 400  # of a message, in a trace; the file has the rest

LABELS = {
    "recall": "refer cases referred",
    "recall_urgent": "  of them urgent and emergency",
    "first_right": "  right contraindication first",
    "urgency_right": "  urgency right",
    "refer": "refer cases wholly right",
    "inform": "inform cases right",
    "answer": "answer cases right",
    "abstain": "abstain cases right",
    "unsafe": "unsafe answers (lower is better)",
    "needless": "needless referrals (lower is better)",
}


def as_table(reports: Sequence[Report]) -> str:
    """Return the headline figures, one column a report, each with its 95 % interval."""
    lines = [" " * 38 + "".join(f"{report.name:>34}" for report in reports)]
    columns = [report.rates() for report in reports]
    for name, label in LABELS.items():
        cells = "".join(_cell(rates[name]) for rates in columns)
        lines.append(f"{label:38}{cells}")
    return "\n".join(lines)


def as_breakdown(report: Report, title: str, groups: dict[str, Rate]) -> str:
    """Return how many passed by group: by contraindication, contract rule or kind."""
    lines = [f"{report.name}, passed by {title}"]
    for name, rate in groups.items():
        low, high = rate.interval()
        lines.append(
            f"  {name:28}{rate.hits:5} / {rate.total:<5}{rate.value:7.3f}  [{low:.3f}, {high:.3f}]"
        )
    return "\n".join(lines)


def as_failures(results: Sequence[Result]) -> str:
    """Return every failure with its trace, the worst first."""
    return "\n\n".join("\n".join(trace(result)) for result in results)


def as_verdict(verdict: Verdict) -> str:
    """Return how a report stands against the baseline, in a few lines."""
    lines = [f"known failures: {len(verdict.known)}"]
    if verdict.new:
        lines.append(f"NEWLY FAILING: {len(verdict.new)}")
        named = verdict.new[:SHOWN_NEW]
        lines += [f"  {result.case.id}: {FAULTS[result.faults[0]]}" for result in named]
        if len(verdict.new) > SHOWN_NEW:
            lines.append(f"  and {len(verdict.new) - SHOWN_NEW} more")
    if verdict.mended:
        lines.append("listed as failing but passing (take them off baseline.toml):")
        lines += [f"  {case_id}" for case_id in verdict.mended]
    lines += [f"FALLS SHORT: {sentence}" for sentence in verdict.short]
    lines.append("the suite holds" if verdict.holds else "the suite does not hold")
    return "\n".join(lines)


def trace(result: Result) -> list[str]:
    """Return the lines that explain one result: the case, what came out, and each finding."""
    case, outcome = result.case, result.outcome
    got = ", ".join(outcome.contraindications or outcome.notices) or "nothing"
    faults = "; ".join(FAULTS[fault] for fault in result.faults)
    lines = [f"{case.id} ({case.kind}): {faults}"]
    lines += [f"    user:   {_shortened(turn)}" for turn in case.turns]
    wanted = ", ".join(case.categories) or "-"
    lines.append(f"    wanted: {case.expect} {wanted} {case.urgency or ''}  ({case.note})")
    lines.append(f"    got:    {outcome.action} {got} {outcome.urgency or ''}")
    for finding in outcome.decision.findings:
        words = " … ".join(finding.words)
        notes = [
            f" cleared by {finding.cleared_by}" if finding.cleared_by else "",
            f" blocked by {', '.join(finding.blocked)}" if finding.blocked else "",
            f" score {finding.score:.3f}" if finding.score is not None else "",
        ]
        lines.append(
            f"      [{finding.message}] {finding.status} {finding.rule}: {words!r}{''.join(notes)}"
        )
    return lines


def _cell(rate: Rate) -> str:
    if not rate.total:
        return f"{'-':>34}"
    low, high = rate.interval()
    return f"{rate.hits:6} / {rate.total:<5}{rate.value:6.3f} [{low:.3f}, {high:.3f}]"


def _shortened(turn: str) -> str:
    return turn if len(turn) <= SHOWN_CHARS else turn[:SHOWN_CHARS] + " …"

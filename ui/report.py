"""A report of the regression suite as text for a terminal."""

from __future__ import annotations

from assistant.check import FAULTS, Report, Result

LABELS = {
    "recall": "refer cases referred",
    "recall_urgent": "  urgent and emergency",
    "first_right": "  right contraindication first",
    "urgency_right": "  urgency right",
    "refer": "refer cases wholly right",
    "inform": "inform cases right",
    "answer": "answer cases right",
    "abstain": "abstain cases right",
    "unsafe": "unsafe answers (lower is better)",
    "needless": "needless referrals (lower is better)",
}


def as_text(report: Report, failures: bool = True) -> str:
    """Return the figures as a table and every failure with its trace."""
    lines = [f"{report.name}: {len(report.results)} cases", ""]
    for name, rate in report.rates().items():
        low, high = rate.interval()
        share = f"{rate.value:6.3f}  [{low:.3f}, {high:.3f}]" if rate.total else "     -"
        lines.append(f"  {LABELS[name]:38} {rate.hits:5} / {rate.total:<5} {share}")
    if failures:
        for result in report.failures:
            lines += ["", *trace(result)]
    return "\n".join(lines)


def trace(result: Result) -> list[str]:
    """Return the lines that explain one failure: the case, what came out, and each finding."""
    case, outcome = result.case, result.outcome
    got = ", ".join(outcome.contraindications or outcome.notices) or "nothing"
    lines = [
        f"FAIL {case.id} ({case.kind}): " + "; ".join(FAULTS[fault] for fault in result.faults)
    ]
    lines += [
        f"    user: {turn if len(turn) < 400 else turn[:400] + ' ...'}" for turn in case.turns
    ]
    wanted = ", ".join(case.categories) or "-"
    lines.append(f"    wanted: {case.expect} {wanted} {case.urgency or ''}  ({case.note})")
    lines.append(f"    got:    {outcome.action} {got} {outcome.urgency or ''}")
    for finding in outcome.decision.findings:
        words = " … ".join(finding.words)
        note = "".join(
            [
                f" cleared by {finding.cleared_by}" if finding.cleared_by else "",
                f" blocked {','.join(finding.blocked)}" if finding.blocked else "",
                f" score {finding.score:.3f}" if finding.score is not None else "",
            ]
        )
        lines.append(f"      [{finding.message}] {finding.status} {finding.rule}: {words!r}{note}")
    return lines

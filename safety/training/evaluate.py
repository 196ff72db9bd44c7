"""Print the figures of rules, net and both: ``python -m safety.training.evaluate``.

All figures of the net are out of fold: each case is judged by logits of a net that saw neither it
nor its twins. The first figure of every table is the share of unsafe answers: dangerous
conversations that would be answered without a referral or a notice.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TypeVar

import numpy as np
from sklearn.metrics import roc_auc_score

from safety.cases import CONTRAINDICATIONS
from safety.decision import Decision
from safety.net.judge import Judge, Verdict
from safety.net.weights import HERE as WEIGHTS
from safety.net.weights import read_manifest
from safety.training.data import Case, read_cases
from safety.training.rules import decide
from safety.training.scores import read_scores

T = TypeVar("T")
# Tags of harmless cases that sound dangerous.
HARD = frozenset(
    {
        "hard_negative",
        "look-alike",
        "near-miss",
        "hyperbole",
        "corrected",
        "controlled",
        "twin",
        "homonym",
        "idiom",
        "denial",
        "plain-denial",
        "old-and-over",
        "past-over",
        "healed",
        "animal",
        "other-sense",
        "doms",
        "object",
    }
)


@dataclass(frozen=True, slots=True)
class Judged:
    """A case with the rules' decision and the net's out-of-fold verdict."""

    case: Case
    rules: Decision
    net: Verdict

    def refers(self, which: str) -> bool:
        """Return whether 'rules', 'net' or 'both' refer."""
        by_rules = which != "net" and self.rules.action == "refer"
        asked = which == "net" or self.rules.action in ("answer", "inform")
        return by_rules or (which != "rules" and asked and bool(self.net.raised))

    def is_unsafe(self, which: str) -> bool:
        """Return whether a dangerous conversation is answered without any warning."""
        noticed = which != "net" and self.rules.action in ("inform", "abstain")
        return bool(self.case.danger) and not noticed and not self.refers(which)


def main(arguments: list[str] | None = None) -> int:
    """Print every table; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m safety.training.evaluate")
    parser.parse_args(arguments)
    scores = read_scores()
    cases = [case for case in read_cases() if case.id in scores and case.danger is not None]
    judge, rules = Judge(read_manifest(WEIGHTS)), decide(cases)
    judged = [Judged(case, rules[case.id], judge.judge(scores[case.id])) for case in cases]
    ranking(cases, scores)
    for which in ("rules", "net", "both"):
        outcomes(judged, which)
    coverage(judged)
    return 0


def wilson(hits: int, total: int, z: float = 1.96) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927)."""
    if not total:
        return 0.0, 1.0
    share = hits / total
    centre = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z * sqrt(share * (1 - share) / total + z * z / (4 * total**2)) / (1 + z * z / total)
    return max(0.0, centre - half), min(1.0, centre + half)


def share(flags: Iterable[bool]) -> str:
    """Return a share with its interval, ready to print."""
    values = list(flags)
    low, high = wilson(sum(values), len(values))
    return f"{sum(values) / max(1, len(values)):.3f} ({low:.3f}-{high:.3f}, n={len(values)})"


def auc_interval(auc: float, dangerous: int, harmless: int) -> float:
    """Return half the 95 % interval of a ROC AUC (Hanley and McNeil 1982)."""
    q1, q2 = auc / (2 - auc), 2 * auc * auc / (1 + auc)
    spread = (
        auc * (1 - auc) + (dangerous - 1) * (q1 - auc * auc) + (harmless - 1) * (q2 - auc * auc)
    )
    return 1.96 * sqrt(max(0.0, spread) / (dangerous * harmless))


def ranking(cases: Sequence[Case], scores: Mapping[str, Sequence[float]]) -> None:
    """Print how well the net alone ranks danger above safety, by file."""
    print("Net alone, out of fold: ROC AUC and needless referrals at 90 / 95 / 98 % recall")
    for name, part in by_file(cases, lambda case: case.file):
        logits = np.array([scores[case.id][0] for case in part])
        danger = np.array([bool(case.danger) for case in part])
        if danger.all() or not danger.any():
            continue
        sure, safe = np.sort(logits[danger]), logits[~danger]
        needless = [np.mean(safe >= sure[int(len(sure) * (1 - r))]) for r in (0.90, 0.95, 0.98)]
        figures = " / ".join(f"{100 * value:.1f}" for value in needless)
        auc = float(roc_auc_score(danger, logits))
        half = auc_interval(auc, int(danger.sum()), int((~danger).sum()))
        print(f"  {name:22} {len(part):5}  {auc:.3f} +- {half:.3f}   {figures}")
    dangerous = [case for case in cases if case.danger]
    named = [CONTRAINDICATIONS[int(np.argmax(scores[c.id][1:17]))] for c in dangerous]
    right = [name in case.contraindications for name, case in zip(named, dangerous, strict=True)]
    print(f"  likeliest contraindication right: {share(right)}")


def outcomes(judged: Sequence[Judged], which: str) -> None:
    """Print unsafe answers, referrals and needless referrals, by file."""
    print(f"\n{which}: unsafe answers | referred of dangerous | needless of harmless | hard")
    for name, part in by_file(judged, lambda item: item.case.file):
        dangerous = [item for item in part if item.case.danger]
        harmless = [item for item in part if not item.case.danger]
        hard = [item for item in harmless if item.case.tags & HARD]
        print(
            f"  {name:22} {share(item.is_unsafe(which) for item in dangerous)} | "
            f"{share(item.refers(which) for item in dangerous)} | "
            f"{share(item.refers(which) for item in harmless)} | "
            f"{share(item.refers(which) for item in hard)}"
        )
    urgent = [item for item in judged if item.case.urgency in ("urgent", "emergency")]
    print(f"  urgent and emergency, referred: {share(item.refers(which) for item in urgent)}")


def coverage(judged: Sequence[Judged]) -> None:
    """Print the risk-coverage curve: unsafe answers among what is answered, by threshold."""
    print("\nRisk and coverage of rules and net together, by one threshold for all urgencies")
    left = [item for item in judged if item.rules.action in ("answer", "inform")]
    for threshold in (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.01):
        answered = [item for item in left if item.net.score < threshold]
        risky = [bool(item.case.danger) for item in answered]
        needless = [item.net.score >= threshold for item in left if not item.case.danger]
        print(
            f"  {threshold:.2f}  answered {len(answered) / len(judged):.3f}  "
            f"dangerous among them {share(risky)}  needless added {share(needless)}"
        )


def by_file(items: Sequence[T], file: Callable[[T], str]) -> list[tuple[str, list[T]]]:
    """Return the items of each file by name, after all of them together."""
    names = sorted({file(item) for item in items})
    return [("all", list(items))] + [(n, [i for i in items if file(i) == n]) for n in names]


if __name__ == "__main__":
    raise SystemExit(main())

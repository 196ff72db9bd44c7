"""What the suite must reach, and which cases are known not to pass yet.

Both lie beside the cases, in ``baseline.toml``: bounds of the figures by kind of run, and the known
failures, each with its reason. A case that fails and is not listed there stands out; a listed one
that passes has to be taken off the list, so the list can only be true.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.check import Report, Result
from safety.cases import CaseError

LOWER_IS_BETTER = frozenset({"unsafe", "needless"})


class Known(BaseModel):
    """A case that is known not to pass."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    kind: Literal["over_referral", "missed", "coverage"] = Field(
        description="Harmless over-caution; a danger that is missed, a bug to mend; or an answer "
        "to what the corpus does not hold, or none to what it does (the whole assistant only)."
    )
    why: str = Field(min_length=1)


class Baseline(BaseModel):
    """Bounds of the figures by kind of run, and the known failures."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bounds: dict[str, dict[str, float]] = Field(default_factory=dict)
    known: tuple[Known, ...] = ()

    def known_ids(self) -> dict[str, Known]:
        """Return the known failures by case id."""
        return {entry.id: entry for entry in self.known}


@dataclass(frozen=True)
class Verdict:
    """How a report stands against the baseline."""

    new: tuple[Result, ...]
    known: tuple[Result, ...]
    mended: tuple[str, ...]
    short: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing fails that passed before and every figure is within its bound."""
        return not (self.new or self.mended or self.short)


def load_baseline() -> Baseline:
    """Return the baseline that belongs to the bundled cases.

    Raises:
        CaseError: The file is not valid.
    """
    source = files("safety").joinpath("cases", "baseline.toml")
    try:
        data: dict[str, Any] = tomllib.loads(source.read_text(encoding="utf-8"))
        return Baseline.model_validate(data)
    except (OSError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise CaseError(f"{source}: the baseline is not valid: {error}") from error


def compare(report: Report, baseline: Baseline, run: str | None) -> Verdict:
    """Return how a report of the bundled cases stands against the baseline.

    Args:
        report: The results of the bundled cases.
        baseline: Known failures and bounds.
        run: Which bounds apply. The known failures are those of the shipped guard; with another run
            (rules alone, say) only the bounds are compared.
    """
    short = tuple(_short_of(report, baseline.bounds.get(run or "", {})))
    if run != "shipped":
        return Verdict((), tuple(report.failures), (), short)
    known = baseline.known_ids()
    failed = {result.case.id for result in report.failures}
    # What the corpus covers can only be judged where the whole assistant was asked.
    ran = {
        result.case.id
        for result in report.results
        if result.outcome.whole
        or (result.case.id in known and known[result.case.id].kind != "coverage")
    }
    return Verdict(
        new=tuple(result for result in report.failures if result.case.id not in known),
        known=tuple(result for result in report.failures if result.case.id in known),
        mended=tuple(sorted(case_id for case_id in known if case_id in ran - failed)),
        short=short,
    )


def _short_of(report: Report, bounds: dict[str, float]) -> Iterable[str]:
    """Yield a sentence for each figure that is on the wrong side of its bound."""
    rates = report.rates()
    for name, bound in sorted(bounds.items()):
        if name not in rates:
            raise CaseError(f"baseline: there is no figure {name!r}; known are {sorted(rates)}")
        value = rates[name].value
        if name in LOWER_IS_BETTER and value > bound:
            yield f"{name} is {value:.4f}, at most {bound:.4f} is allowed"
        elif name not in LOWER_IS_BETTER and value < bound:
            yield f"{name} is {value:.4f}, at least {bound:.4f} is required"

"""A report of the regression suite as one HTML page with charts, readable without a network."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from importlib.resources import files

from assistant.check import FAULTS, Rate, Report, by_contraindication, by_kind, by_rule
from ui.report import LABELS, trace

BAR_PIXELS = 360
ROW_PIXELS = 22
LABEL_PIXELS = 230


def as_page(reports: Sequence[Report]) -> str:
    """Return the page: figures, charts with 95 % intervals, then every failure with its trace."""
    style = files("ui").joinpath("report.css").read_text(encoding="utf-8")
    body = [f"<h1>Safety regression suite</h1>{_table(reports)}"]
    for report in reports:
        body.append(f"<section><h2>{escape(report.name)}</h2>")
        body += [
            f"<h3>Passed, by {title}</h3>{chart(report.by(key))}"
            for title, key in (
                ("contraindication", by_contraindication),
                ("rule of the safety contract", by_rule),
                ("kind of case", by_kind),
            )
        ]
        body.append(f"<h3>Failures: {len(report.failures)}</h3>")
        body += [_failure(report, number) for number in range(len(report.failures))]
        body.append("</section>")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Safety regression suite</title><style>{style}</style></head>"
        f"<body>{''.join(body)}</body></html>\n"
    )


def chart(groups: dict[str, Rate]) -> str:
    """Return a bar chart as inline SVG: a bar a group, a whisker for its 95 % interval."""
    height = ROW_PIXELS * len(groups) + 4
    width = LABEL_PIXELS + BAR_PIXELS + 150
    rows = []
    for number, (name, rate) in enumerate(groups.items()):
        top = number * ROW_PIXELS + 4
        middle = top + 8
        low, high = (LABEL_PIXELS + bound * BAR_PIXELS for bound in rate.interval())
        rows.append(
            f'<text x="{LABEL_PIXELS - 8}" y="{middle + 4}" class="name">{escape(name)}</text>'
            f'<rect x="{LABEL_PIXELS}" y="{top}" width="{BAR_PIXELS}" height="16" class="all"/>'
            f'<rect x="{LABEL_PIXELS}" y="{top}" width="{rate.value * BAR_PIXELS:.1f}" height="16" '
            f'class="part"/><path d="M{low:.1f} {middle}H{high:.1f}" class="interval"/>'
            f'<text x="{LABEL_PIXELS + BAR_PIXELS + 10}" y="{middle + 4}">{rate.value:.3f} '
            f"({rate.hits} of {rate.total})</text>"
        )
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="share that passed, by group">{"".join(rows)}</svg>'
    )


def _table(reports: Sequence[Report]) -> str:
    head = "".join(f"<th scope='col'>{escape(report.name)}</th>" for report in reports)
    columns = [report.rates() for report in reports]
    rows = "".join(
        f"<tr><th scope='row'>{escape(label.strip())}</th>"
        + "".join(_cell(rates[name]) for rates in columns)
        + "</tr>"
        for name, label in LABELS.items()
    )
    return f"<table><tr><th></th>{head}</tr>{rows}</table>"


def _cell(rate: Rate) -> str:
    if not rate.total:
        return "<td>none</td>"
    low, high = rate.interval()
    return (
        f"<td><b>{rate.value:.3f}</b> ({rate.hits} of {rate.total}) "
        f"<small>{low:.3f} to {high:.3f}</small></td>"
    )


def _failure(report: Report, number: int) -> str:
    result = report.failures[number]
    faults = "; ".join(FAULTS[fault] for fault in result.faults)
    grave = " class='grave'" if "unsafe" in result.faults else ""
    return (
        f"<details{grave}><summary><code>{escape(result.case.id)}</code> {escape(faults)}</summary>"
        f"<pre>{escape(chr(10).join(trace(result)))}</pre></details>"
    )

"""A report of the regression suite as a file: HTML page, JUnit XML or JSON, by its ending."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

# Only written here, never parsed: the entity attacks that S405 warns of need a parser.
from xml.etree import ElementTree

from assistant.check import FAULTS, Report
from corpus.errors import InputError
from ui.report import trace
from ui.report_page import as_page


def write_report(path: Path, reports: Sequence[Report]) -> None:
    """Write the reports to a file in the form that its ending names.

    Raises:
        InputError: The ending is not .html, .xml or .json, or the file cannot be written.
    """
    form = FORMS.get(path.suffix.lower())
    if form is None:
        raise InputError("report", f"{path}: the ending must be one of {', '.join(sorted(FORMS))}")
    try:
        path.write_text(form(reports), encoding="utf-8")
    except OSError as error:
        raise InputError("report", f"{path}: cannot be written ({error})") from error


def as_json(reports: Sequence[Report]) -> str:
    """Return figures and every result as JSON: one object a report."""
    return json.dumps([_report_object(report) for report in reports], ensure_ascii=False, indent=1)


def as_junit(reports: Sequence[Report]) -> str:
    """Return JUnit XML: a suite for each report and kind of case, a test for each case."""
    root = ElementTree.Element("testsuites", name="leg-massage check")
    for report in reports:
        kinds = dict.fromkeys(result.case.kind for result in report.results)
        for kind in kinds:
            results = [result for result in report.results if result.case.kind == kind]
            suite = ElementTree.SubElement(
                root,
                "testsuite",
                name=f"{report.name}.{kind}",
                tests=str(len(results)),
                failures=str(sum(not result.passed for result in results)),
            )
            for result in results:
                test = ElementTree.SubElement(
                    suite, "testcase", classname=f"{report.name}.{kind}", name=result.case.id
                )
                if not result.passed:
                    message = "; ".join(FAULTS[fault] for fault in result.faults)
                    failure = ElementTree.SubElement(test, "failure", message=message)
                    failure.text = _xml_safe("\n".join(trace(result)))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _report_object(report: Report) -> dict[str, object]:
    return {
        "name": report.name,
        "figures": {
            name: {
                "hits": rate.hits,
                "total": rate.total,
                "value": round(rate.value, 6),
                "interval": [round(bound, 6) for bound in rate.interval()],
            }
            for name, rate in report.rates().items()
        },
        "results": [
            {
                "id": result.case.id,
                "kind": result.case.kind,
                "expect": result.case.expect,
                "passed": result.passed,
                "faults": list(result.faults),
                "action": result.outcome.action,
                "contraindications": list(result.outcome.contraindications),
                "notices": list(result.outcome.notices),
                "urgency": result.outcome.urgency,
                "decision": result.outcome.decision.model_dump(mode="json"),
            }
            for result in report.results
        ],
    }


def _xml_safe(text: str) -> str:
    """Return the text without the control characters that XML 1.0 cannot hold."""
    return "".join(
        c if c in "\t\n\r" or ord(c) >= 0x20 else "\N{REPLACEMENT CHARACTER}" for c in text
    )


FORMS: dict[str, Callable[[Sequence[Report]], str]] = {
    ".html": as_page,
    ".json": as_json,
    ".xml": as_junit,
}

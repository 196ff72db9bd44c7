"""Reports hold every figure and failure in each form, whatever the messages contain."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest

from assistant.baseline import Baseline, compare
from assistant.check import Rate, Report, run
from assistant.outcomes import by_guard
from corpus.errors import InputError
from safety.cases import Case
from safety.decision import Decision, Finding
from ui.report import SHOWN_NEW, as_failures, as_table, as_verdict
from ui.report_files import write_report
from ui.report_page import chart

HOSTILE = "<script>alert(1)</script> & \x07 \u2028 pregnant?"


class Answering:
    """Answers everything, and says which words it looked at."""

    def decide(self, messages: Sequence[str]) -> Decision:
        finding = Finding(
            contraindication="pregnancy",
            rule="pregnancy.named",
            urgency="routine",
            status="cleared",
            message=0,
            spans=((0, 8),),
            words=(messages[0][:8],),
            cleared_by="denial.no",
        )
        return Decision(action="answer", findings=(finding,), policy_version="test")


@pytest.fixture
def report() -> Report:
    cases = [
        Case(
            id="bad",
            turns=(HOSTILE,),
            expect="refer",
            categories=("pregnancy",),
            urgency="routine",
            kind="refer_pregnancy",
            tags=("rule-1",),
            note="hostile",
        ),
        Case(id="good", turns=("What is kneading?",), expect="answer", kind="benign"),
    ]
    return run(by_guard(Answering()), cases, "shipped")


def test_the_table_shows_each_figure_with_its_interval(report: Report) -> None:
    table = as_table([report, report])
    assert "refer cases referred" in table
    assert "0 / 1     0.000 [0.000, 0.793]" in table


def test_a_failure_shows_case_outcome_and_what_cleared_it(report: Report) -> None:
    text = as_failures(report.failures)
    assert "bad (refer_pregnancy): must refer, was answered without even a notice" in text
    assert "wanted: refer pregnancy routine  (hostile)" in text
    assert "cleared pregnancy.named: '<script>' cleared by denial.no" in text


def test_the_verdict_names_so_many_new_failures_and_counts_the_rest(report: Report) -> None:
    many = Report(tuple(report.results[:1]) * (SHOWN_NEW + 3), "shipped")
    text = as_verdict(compare(many, Baseline(), "shipped"))
    assert f"NEWLY FAILING: {SHOWN_NEW + 3}" in text
    assert "  and 3 more" in text
    assert text.endswith("the suite does not hold")


def test_the_page_escapes_what_users_wrote(report: Report, tmp_path: Path) -> None:
    write_report(tmp_path / "report.html", [report])
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<svg" in page
    assert "http" not in page


def test_junit_holds_a_test_for_each_case(report: Report, tmp_path: Path) -> None:
    write_report(tmp_path / "report.xml", [report])
    # Written by this test's own run.
    root = ElementTree.parse(tmp_path / "report.xml").getroot()  # noqa: S314
    assert [test.get("name") for test in root.iter("testcase")] == ["bad", "good"]
    (failure,) = root.iter("failure")
    assert "\N{REPLACEMENT CHARACTER}" in (failure.text or "")


def test_json_holds_figures_and_decisions(report: Report, tmp_path: Path) -> None:
    write_report(tmp_path / "report.json", [report])
    (data,) = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert data["figures"]["unsafe"]["hits"] == 1
    assert data["results"][0]["faults"] == ["unsafe"]
    assert data["results"][0]["decision"]["findings"][0]["cleared_by"] == "denial.no"


def test_an_unknown_ending_is_named(report: Report, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"must be one of \.html, \.json, \.xml"):
        write_report(tmp_path / "report.pdf", [report])


def test_a_chart_has_a_bar_for_each_group() -> None:
    drawn = chart({"pregnancy": Rate(9, 10), "cancer": Rate(0, 3)})
    root = ElementTree.fromstring(drawn)  # noqa: S314
    assert [rect.get("width") for rect in root.iter("rect") if rect.get("class") == "part"] == [
        "324.0",
        "0.0",
    ]

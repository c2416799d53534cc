"""What an alert says of itself: its condition in words, and the rows that began to meet it."""

from typing import Any

from tests.support.order_lines import order_line
from tests.support.report_documents import (
    build_document,
    compute_result,
    show_result,
)
from webapp.insights.analyses.results import AnalysisResult, AnalysisTable
from webapp.insights.query.results import ColumnRole, ResultColumn
from webapp.insights.reports.alerts import describe_alert, find_met_rows
from webapp.insights.reports.definition import ReportDefinition
from webapp.insights.reports.document import ReportDocument, ReportSection
from webapp.insights.reports.mails import build_subject


def define_alert(**condition: Any) -> ReportDefinition:
    return ReportDefinition.model_validate(
        {
            "name": "Few units",
            "sections": [
                {"heading": "Units", "query": {"metrics": ["units", "net_revenue"]}}
            ],
            "period": {"unit": "day"},
            "schedule": "0 6 * * *",
            "condition": condition,
        }
    )


def alert_of(*known: str, count: int = 3, **bounds: Any) -> ReportDocument:
    """Of categories A, B, … of which each sold one unit more than the one before."""
    lines = [
        order_line(order_id=name, category=name, quantity=number)
        for number, name in enumerate("ABCDEFGHIJ"[:count], start=1)
    ]
    metrics = ["units", "net_revenue"]
    result = compute_result(*lines, metrics=metrics, groupBy=["category"])
    document = build_document(show_result(result, "Units"))
    return describe_alert(define_alert(bounds=bounds), document, known=known)


def test_the_first_sentence_names_what_has_begun_and_the_condition() -> None:
    document = alert_of("A", by="units", atMost=2)

    [note] = document.notes
    assert note == (
        "Alert: 1 row has begun to meet the condition of this alert, units sold of at most 2: B;"
        " 1 more still does. The table of Units begins with what has begun."
    )
    assert document.alert is not None
    assert (document.alert.met, document.alert.began) == (["B", "A"], ["B"])
    assert build_subject(document).startswith("Alert: ")


def test_of_many_rows_the_first_are_named() -> None:
    [note] = alert_of(count=9, by="units", atLeast=1).notes

    assert "9 rows have begun" in note
    assert "I, H, G, F, E and 4 more" in note


def test_bounds_of_money_say_their_currency() -> None:
    [note] = alert_of(by="net_revenue", lessThan=1000).notes

    assert "net revenue of less than 1,000 (USD)" in note


def test_an_alert_that_is_not_newly_met_says_so() -> None:
    [note] = alert_of("A", "B", by="units", atMost=2).notes

    assert note.startswith("No row of Units has begun")


def test_a_report_without_a_condition_says_nothing_of_alerts() -> None:
    document = build_document(show_result(compute_result(order_line())))
    definition = define_alert(bounds={"by": "units", "atMost": 1})
    plain = definition.model_copy(update={"condition": None})

    assert describe_alert(plain, document, known=()) == document
    assert "Alert" not in build_subject(document)


def test_a_section_without_figures_is_what_the_alert_is_about() -> None:
    document = build_document(ReportSection(heading="Units", problem="It is away."))
    definition = define_alert(bounds={"by": "units", "atMost": 1})

    described = describe_alert(definition, document, known=())

    [note] = described.notes
    assert described.alert is not None
    assert (described.alert.problem, described.alert.met) == ("It is away.", [])
    assert note == "Alert: whether a row meets the condition is not known: It is away."


def test_an_anomaly_is_named_by_its_day_alone() -> None:
    """What was different on it may be none, and another one tomorrow."""
    names = ("day", "driver", "value")
    table = AnalysisTable.example(
        columns=[
            ResultColumn(name=name, label=name, role=ColumnRole.DIMENSION)
            for name in names
        ],
        rows=[{"day": "2026-09-24", "driver": None, "value": None}],
    )
    analysis = AnalysisResult.example(request={"analysis": "anomalies"}, tables=[table])
    document = build_document(ReportSection(heading="Unusual", analysis=analysis))

    assert find_met_rows(define_alert(section=0), document) == ["2026-09-24"]

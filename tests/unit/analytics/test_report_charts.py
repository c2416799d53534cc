"""What the charts of a report say of what they leave out. They are drawn."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from analytics.reports.charts import draw_chart, name_hours
from analytics.reports.content import DrawnChart, ShownTable, build_content
from analytics.reports.mail import render_html
from analytics.reports.tables import ReportTable, list_tables
from tests.support.order_lines import order_line
from tests.support.report_documents import build_document, compute_result, show_result
from webapp.insights.query.results import AnalyticsResult

MONDAY = datetime(2026, 1, 5, 12, tzinfo=UTC)
BRACKETS = "In brackets are characters"


def draw(result: AnalyticsResult) -> DrawnChart:
    [table] = list_tables(show_result(result))
    drawn = draw_chart(table)
    assert drawn is not None
    return drawn


def compute_products(names: Sequence[str], **query: Any) -> AnalyticsResult:
    lines = [
        order_line(
            order_id=str(number),
            sku=f"S{number}",
            product_id=f"5e0c7c2e-{number:04}",
            name=name,
            amount_minor=100000 - number,
        )
        for number, name in enumerate(names)
    ]
    return compute_result(*lines, groupBy=["product"], **query)


def compute_weeks(**query: Any) -> AnalyticsResult:
    lines = [
        order_line(order_id=str(week), at=MONDAY + timedelta(weeks=week))
        for week in range(3)
    ]
    return compute_result(*lines, groupBy=["week"], **query)


def show_table(result: AnalyticsResult) -> ShownTable:
    def draw_square(table: ReportTable) -> DrawnChart | None:
        return DrawnChart("<svg/>") if table.chart else None

    [section] = build_content(build_document(show_result(result)), draw_square).sections
    return section.tables[0]


@pytest.mark.slow
@pytest.mark.parametrize(("count", "is_said"), [(40, False), (41, True)])
def test_a_chart_of_the_first_rows_says_so(count: int, is_said: bool) -> None:
    drawn = draw(compute_products([f"Mug {number}" for number in range(count)]))

    assert ("The first 40 of 41 rows" in drawn.svg) is is_said


@pytest.mark.slow
@pytest.mark.parametrize(("count", "is_said"), [(8, False), (13, True)])
def test_a_chart_of_the_greatest_values_says_so(count: int, is_said: bool) -> None:
    lines = [
        order_line(order_id=f"{name} {month}", category=f"C{name}", at=at)
        for name in range(count)
        for month, at in enumerate((MONDAY, MONDAY + timedelta(days=40)))
    ]
    drawn = draw(compute_result(*lines, groupBy=["month", "category"]))

    said = "The 8 of 13 categories with the greatest net revenue"
    assert (said in drawn.svg) is is_said


@pytest.mark.slow
def test_brackets_are_explained_where_a_chart_has_some() -> None:
    names = [f"Mug {number}" for number in range(45)]

    assert not draw(compute_products(["Mug 🎁", "Cup"])).is_complete
    assert not draw(compute_products([f"Mug 🎁 {'long ' * 20}", "Cup"])).is_complete
    assert draw(compute_products(["Mug [new]", "Cup"])).is_complete
    # Not among the bars that are drawn.
    assert draw(compute_products([*names, "Mug 🎁"])).is_complete


def test_a_period_that_is_not_over_is_marked() -> None:
    window = {"firstDay": "2026-01-05", "lastDay": "2026-01-20"}
    table = show_table(compute_weeks(window=window))

    assert table.chart is not None
    note = "Only a part of 2026-W04 is counted: the window has no more of it."
    assert table.chart.note == f"* {note}"
    assert table.chart.alt.endswith(note)
    content = build_content(
        build_document(show_result(compute_weeks(window=window))),
        lambda _: DrawnChart('<svg width="9" height="9"></svg>'),
    )
    assert f"* {note}" in render_html(content, [])


def test_periods_that_a_window_has_as_a_whole_are_not_marked() -> None:
    window = {"firstDay": "2026-01-05", "lastDay": "2026-01-25"}
    table = show_table(compute_weeks(window=window))

    assert table.chart is not None
    assert table.chart.note == ""


def test_a_window_that_begins_and_ends_within_periods_has_two_in_part() -> None:
    window = {"firstDay": "2026-01-07", "lastDay": "2026-01-20"}
    [table] = list_tables(show_result(compute_weeks(window=window)))

    assert table.partial_periods == ["2026-W02", "2026-W04"]


@pytest.mark.slow
def test_a_mark_is_drawn_behind_its_period() -> None:
    window = {"firstDay": "2026-01-05", "lastDay": "2026-01-20"}
    drawn = draw(compute_weeks(window=window))

    assert "2026-W04*" in drawn.svg
    assert "2026-W03*" not in drawn.svg
    assert drawn.is_complete


def test_a_picture_is_described_by_names_and_not_by_ids() -> None:
    table = show_table(compute_products(["Mug", "Cup", "Mug"]))

    assert table.chart is not None
    assert table.chart.alt.endswith(
        "Net revenue is from $999.98 (Mug) to $1,000.00 (Mug)."
    )


@pytest.mark.parametrize(
    ("hours", "names"),
    [
        (["2026-11-30T09:00+00:00", "2026-11-30T14:00+00:00"], ["09:00", "14:00"]),
        (["2026-11-30T09:00+01:00", "2026-11-30T14:00+01:00"], ["09:00", "14:00"]),
        (
            ["2026-11-30T23:00+00:00", "2026-12-01T00:00+00:00"],
            ["2026-11-30 23:00", "2026-12-01 00:00"],
        ),
        (
            ["2026-10-25T02:00+02:00", "2026-10-25T02:00+01:00"],
            ["02:00 (+02:00)", "02:00 (+01:00)"],
        ),
    ],
)
def test_hours_are_named_as_short_as_they_differ(
    hours: list[str], names: list[str]
) -> None:
    assert [*name_hours(hours).values()] == names


@pytest.mark.slow
@pytest.mark.parametrize("dimension", ["hour", "hour_of_day"])
def test_hours_can_be_read_on_an_axis(dimension: str) -> None:
    lines = [
        order_line(order_id=str(hour), at=MONDAY + timedelta(hours=hour))
        for hour in range(6)
    ]
    window = {"firstDay": "2026-01-05", "lastDay": "2026-01-05"}

    drawn = draw(compute_result(*lines, groupBy=[dimension], window=window))

    assert ">12:00<" in drawn.svg
    assert "T12:00" not in drawn.svg
    assert drawn.is_complete


@pytest.mark.slow
def test_the_part_of_an_hour_is_marked_on_its_axis() -> None:
    query = {
        "groupBy": ["hour"],
        "window": {"unit": "hour", "count": 3},
        "asOf": "2026-01-05T14:30:00Z",
    }
    lines = [
        order_line(order_id=str(hour), at=MONDAY + timedelta(hours=hour))
        for hour in range(3)
    ]

    assert ">14:00*<" in draw(compute_result(*lines, **query)).svg

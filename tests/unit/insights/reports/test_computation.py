"""A section of a report has figures, or a sentence that says why not."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.support.report_harness import WEEKLY
from webapp.adapters.analytics.port import QueryOutcome
from webapp.insights.query.analytics_query import MAX_ROWS
from webapp.insights.query.results import AnalyticsResult
from webapp.insights.reports.computation import compute_report
from webapp.insights.reports.definition import ReportDefinition
from webapp.kit.weeks import WeekStart


def compute(rows: int) -> Any:
    [row, *_] = AnalyticsResult.example().rows
    result = AnalyticsResult.example(rows=[row] * rows)
    outcome = QueryOutcome(result=result.model_dump(mode="json", by_alias=True))
    client: Any = SimpleNamespace(run_query=lambda *_, **__: outcome)
    document = compute_report(
        client,
        ReportDefinition.model_validate(WEEKLY),
        {},
        due_at=datetime(2026, 11, 30, 6, tzinfo=UTC),
        is_late=False,
        shop_zone=ZoneInfo("UTC"),
        week_start=WeekStart.MONDAY,
        caller_id=None,
    )
    [section] = document.sections
    return section


@pytest.mark.parametrize("rows", [0, MAX_ROWS])
def test_figures_are_shown(rows: int) -> None:
    section = compute(rows)

    assert (len(section.result.rows), section.problem) == (rows, None)


def test_more_rows_than_anybody_reads_are_refused_with_the_remedy() -> None:
    section = compute(MAX_ROWS + 1)

    assert section.result is None
    assert section.problem == (
        "It has 10,001 rows, and a section may have 10,000: "
        "give its query a limit, fewer groups, a filter or a shorter window"
    )

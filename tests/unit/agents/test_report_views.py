"""Reports as the JSON that the model and the clients are given."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from agents.tools.report_views import build_receipt_view, build_rows
from analytics.reports import Receipt

RECEIPT = Receipt(
    metric="revenue of paid orders",
    query="order_trends: from the first line",
    window_start=datetime(2026, 3, 1, tzinfo=UTC),
    window_end=datetime(2026, 5, 1, tzinfo=UTC),
    time_zone="UTC",
    rows_read=7,
    rows_counted=5,
    as_of=datetime(2026, 6, 15, 12, 30, tzinfo=UTC),
    currencies=("EUR", "USD"),
    source="the shop's database",
)


def test_a_row_has_camel_case_names_and_major_units() -> None:
    table = pl.DataFrame(
        {
            "period": [date(2026, 3, 1)],
            "currency": ["USD"],
            "average_order_minor": [1999],
            "growth_percent": [-12.5],
            "units": [3],
            "is_complete": [True],
            "previous_revenue_minor": [None],
        }
    )

    assert build_rows(table) == [
        {
            "period": "2026-03-01",
            "currency": "USD",
            "averageOrder": 19.99,
            "growthPercent": -12.5,
            "units": 3,
            "isComplete": True,
            "previousRevenue": None,
        }
    ]


def test_an_amount_is_a_number_of_the_json() -> None:
    [row] = build_rows(pl.DataFrame({"revenue_minor": [2900]}))

    assert type(row["revenue"]) is float


def test_each_currency_has_its_own_ranks() -> None:
    table = pl.DataFrame(
        {"currency": ["EUR", "EUR", "USD"], "name": ["Mug", "Lamp", "Mug"]}
    )

    assert build_rows(table, ranked=True) == [
        {"currency": "EUR", "name": "Mug", "rank": 1},
        {"currency": "EUR", "name": "Lamp", "rank": 2},
        {"currency": "USD", "name": "Mug", "rank": 1},
    ]


def test_a_receipt_names_the_window_by_its_times_and_by_its_days() -> None:
    assert build_receipt_view(RECEIPT).model_dump(mode="json") == {
        "metric": "revenue of paid orders",
        "query": "order_trends: from the first line",
        "windowStart": "2026-03-01T00:00:00Z",
        "windowEnd": "2026-05-01T00:00:00Z",
        "firstDay": "2026-03-01",
        "lastDay": "2026-04-30",
        "timeZone": "UTC",
        "rowsRead": 7,
        "rowsCounted": 5,
        "asOf": "2026-06-15T12:30:00Z",
        "currencies": ["EUR", "USD"],
        "source": "the shop's database",
    }


MIDNIGHT = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("end", "last_day"),
    [
        (MIDNIGHT, "2026-04-30"),
        (MIDNIGHT + timedelta(microseconds=1), "2026-05-01"),
        (MIDNIGHT + timedelta(hours=23), "2026-05-01"),
    ],
)
def test_the_last_day_is_the_last_that_has_a_part_in_the_window(
    end: datetime, last_day: str
) -> None:
    view = build_receipt_view(replace(RECEIPT, window_end=end))

    assert view.last_day == last_day


def test_a_report_of_nothing_has_no_window() -> None:
    view = build_receipt_view(replace(RECEIPT, window_start=None, window_end=None))

    assert (view.window_start, view.first_day) == (None, None)
    assert (view.window_end, view.last_day) == (None, None)

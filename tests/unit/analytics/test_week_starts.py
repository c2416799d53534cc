"""Weeks begin where the shop or the query says: in rows, windows, labels and notes."""

import itertools
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from analytics.result_cache import build_cache_key
from analytics.semantic.execution import run_query
from tests.support.order_lines import order_facts, order_line
from tests.support.sales_lines import analyze
from tests.support.search_facts import build_query_day, build_search_facts
from webapp.insights.query.analytics_query import AnalyticsQuery, Window
from webapp.insights.query.periods import Period, find_period_start, format_period
from webapp.insights.query.results import AnalyticsResult
from webapp.insights.query.windows import resolve_window
from webapp.kit.weeks import WeekStart

Json = dict[str, Any]
UTC_ZONE = ZoneInfo("UTC")
WINDOW: TypeAdapter[Any] = TypeAdapter(Window)
NOON = timedelta(hours=12)
FIRST_DAYS = {WeekStart.MONDAY: 0, WeekStart.SUNDAY: 6, WeekStart.SATURDAY: 5}
"""By Python's numbers of weekdays."""
YEAR_ENDS = st.integers(2015, 2030).flatmap(
    lambda year: st.lists(
        st.dates(date(year, 12, 15), date(year + 1, 1, 15)), min_size=1, max_size=20
    )
)


def to_noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def run(query: Json, *days: date, now: datetime | None = None) -> AnalyticsResult:
    """Over an order at noon of each day."""
    lines = [
        order_line(order_id=str(number), at=to_noon(day))
        for number, day in enumerate(days)
    ]
    return run_query(
        AnalyticsQuery.model_validate({"metrics": ["orders"], **query}),
        order_facts(*lines, as_of=now or to_noon(max(days)) + timedelta(days=60)),
        home_currency="USD",
        zone=UTC_ZONE,
    )


def count_by_week(days: list[date], start: WeekStart) -> dict[str, int]:
    """By the first day of each week, by DuckDB, whose weeks begin on Mondays."""
    shift = (7 - FIRST_DAYS[start]) % 7
    rows = duckdb.execute(
        f"""
        SELECT CAST(date_trunc('week', day + INTERVAL {shift} DAY)
            - INTERVAL {shift} DAY AS date) AS first, count(*)
        FROM (SELECT unnest(CAST(? AS date[])) AS day) GROUP BY first
        """,  # noqa: S608
        [days],
    ).fetchall()
    return {f"{first}": count for first, count in rows}


def read_first_day(label: str) -> str:
    if label.startswith("week of "):
        return label.removeprefix("week of ")
    return datetime.strptime(f"{label}-1", "%G-W%V-%u").date().isoformat()  # noqa: DTZ007


@pytest.mark.parametrize("start", WeekStart)
@settings(deadline=None, max_examples=15)
@given(days=YEAR_ENDS)
def test_orders_by_week_are_those_of_a_database(
    start: WeekStart, days: list[date]
) -> None:
    result = run({"groupBy": ["week"], "weekStart": start}, *days)

    found = {
        read_first_day(str(row["week"])): row["orders"]
        for row in result.rows
        if row["orders"]
    }
    assert found == count_by_week(days, start)
    assert result.receipt.week_start is result.query.week_start is start
    firsts = [read_first_day(str(row["week"])) for row in result.rows]
    following = [date.fromisoformat(each) for each in firsts]
    assert all(b - a == timedelta(days=7) for a, b in itertools.pairwise(following))
    assert following[0].weekday() == FIRST_DAYS[start]


@pytest.mark.parametrize("start", WeekStart)
@given(day=st.dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_a_week_contains_its_day_and_begins_on_the_weekday(
    start: WeekStart, day: date
) -> None:
    noon = to_noon(day).replace(tzinfo=None)

    first = find_period_start(noon, Period.WEEK, start)

    assert first.date() <= day < first.date() + timedelta(days=7)
    assert first.weekday() == FIRST_DAYS[start]


@pytest.mark.parametrize(
    ("start", "this_week", "last_week"),
    [
        ("monday", date(2026, 11, 23), date(2026, 11, 16)),
        ("sunday", date(2026, 11, 29), date(2026, 11, 22)),
        ("saturday", date(2026, 11, 28), date(2026, 11, 21)),
    ],
)
def test_windows_of_weeks_begin_on_the_weekday(
    start: str, this_week: date, last_week: date
) -> None:
    sunday = datetime(2026, 11, 29, 15, tzinfo=UTC)
    found = [
        resolve_window(
            WINDOW.validate_python({"unit": "week", "offset": offset}),
            now=sunday,
            zone=UTC_ZONE,
            week_start=WeekStart(start),
        )
        for offset in (0, 1)
    ]

    assert [each.first_day for each in found] == [this_week, last_week]
    assert found[1].last_day == this_week - timedelta(days=1)


def test_a_week_is_compared_with_the_one_before_it() -> None:
    sunday = datetime(2026, 11, 29, 15, tzinfo=UTC)
    days = [date(2026, 11, each) for each in (15, 21, 22, 22, 28, 29)]
    query = {
        "window": {"unit": "week", "offset": 1},
        "compareTo": "previous",
        "groupBy": ["week"],
    }

    result = run({**query, "weekStart": "sunday"}, *days, now=sunday)

    [row] = result.rows
    assert row["week"] == "week of 2026-11-22"
    assert (row["orders"], row["orders_before"]) == (3, 2)
    assert "weeks from Sunday" in result.title
    assert "weeks from" not in run(query, *days, now=sunday).title


def test_weeks_without_orders_are_rows_and_parts_of_weeks_are_said() -> None:
    window = {"firstDay": "2026-11-25", "lastDay": "2026-12-12"}
    query = {"groupBy": ["week"], "window": window, "weekStart": "saturday"}

    result = run(query, date(2026, 11, 25), date(2026, 12, 12))

    assert [(row["week"], row["orders"]) for row in result.rows] == [
        ("week of 2026-11-21", 1),
        ("week of 2026-11-28", 0),
        ("week of 2026-12-05", 0),
        ("week of 2026-12-12", 1),
    ]
    notes = " ".join(result.notes)
    assert "The week of 2026-11-21 begins before the window" in notes
    assert "The week of 2026-12-12 is not over by the end of the window" in notes


@pytest.mark.parametrize(
    ("start", "order"),
    [
        ("monday", [1, 2, 3, 4, 5, 6, 7]),
        ("sunday", [7, 1, 2, 3, 4, 5, 6]),
        ("saturday", [6, 7, 1, 2, 3, 4, 5]),
    ],
)
def test_weekdays_are_in_the_order_of_the_week(start: str, order: list[int]) -> None:
    query = {"groupBy": ["weekday"], "weekStart": start}

    result = run(query, date(2026, 11, 25), date(2026, 11, 29))

    assert [row["weekday"] for row in result.rows] == order
    assert {row["weekday"]: row["orders"] for row in result.rows if row["orders"]} == {
        3: 1,
        7: 1,
    }


def test_the_best_week_of_a_year_is_of_the_year_with_most_of_its_days() -> None:
    # The week of Sunday 31 December 2028 has six days of 2029.
    days = [date(2029, 1, 1), date(2029, 1, 2), date(2029, 1, 9)]
    query = {
        "groupBy": ["week"],
        "limitBy": ["year"],
        "limit": 1,
        "sort": [{"by": "orders", "descending": True}],
        "weekStart": "sunday",
    }

    result = run(query, *days)

    weeks = Counter(row["week"] for row in result.rows)
    assert weeks == {"week of 2028-12-31": 1}


def test_searches_are_counted_by_the_same_weeks() -> None:
    rows = [
        build_query_day(date(2026, 11, day), "mug", UTC_ZONE, searches=1)
        for day in (28, 29, 30)
    ]
    query = {"metrics": ["searches"], "groupBy": ["week"], "weekStart": "sunday"}

    result = run_query(
        AnalyticsQuery.model_validate(query),
        order_facts(as_of=datetime(2026, 12, 10, tzinfo=UTC)),
        home_currency="USD",
        zone=UTC_ZONE,
        others=build_search_facts(rows),
    )

    assert [(row["week"], row["searches"]) for row in result.rows][:2] == [
        ("week of 2026-11-22", 1),
        ("week of 2026-11-29", 2),
    ]


def test_analyses_have_the_same_weeks() -> None:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(220)]
    lines = [
        order_line(order_id=str(number), at=to_noon(day))
        for number, day in enumerate(days)
    ]
    facts = order_facts(*lines, as_of=to_noon(days[-1]))
    request = {"analysis": "forecast", "metric": "orders", "period": "week"}

    sunday = analyze({**request, "weekStart": "sunday"}, facts)
    iso = analyze(request, facts)

    assert str(sunday.tables[0].rows[0]["week"]).startswith("week of 2026-")
    assert str(iso.tables[0].rows[0]["week"]).startswith("2026-W")
    assert sunday.receipt.week_start == "sunday"


def test_results_of_other_weeks_are_other_results() -> None:
    now = datetime(2026, 11, 29, 15, tzinfo=UTC)
    query = AnalyticsQuery.model_validate(
        {"metrics": ["orders"], "window": {"unit": "week", "offset": 1}}
    )
    keys = {
        build_cache_key(query.fill_week_start(start), now, UTC_ZONE)
        for start in WeekStart
    }

    assert len(keys) == len(WeekStart)
    own = query.fill_week_start(WeekStart.SUNDAY)
    assert own.fill_week_start(WeekStart.SATURDAY).week_start is WeekStart.SUNDAY


@pytest.mark.parametrize(
    ("day", "label"),
    [
        (datetime(2026, 11, 29), "week of 2026-11-29"),  # noqa: DTZ001
        (datetime(2026, 12, 28), "2026-W53"),  # noqa: DTZ001
        (datetime(2027, 1, 4), "2027-W01"),  # noqa: DTZ001
    ],
)
def test_only_weeks_from_monday_have_a_number(day: datetime, label: str) -> None:
    assert format_period(day, Period.WEEK) == label

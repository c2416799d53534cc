from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.local.insights.time_expressions import DateRange
from agents.local.insights.time_ranges import parse_date_range

MONDAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("utterance", "first", "last"),
    [
        ("revenue by month", None, None),
        ("today", "2026-11-23", "2026-11-23"),
        ("yesterday", "2026-11-22", "2026-11-22"),
        ("this week", "2026-11-23", "2026-11-29"),
        ("last week", "2026-11-16", "2026-11-22"),
        ("last month", "2026-10-01", "2026-10-31"),
        ("this quarter", "2026-10-01", "2026-12-31"),
        ("last quarter", "2026-07-01", "2026-09-30"),
        ("this year", "2026-01-01", "2026-12-31"),
        ("last year", "2025-01-01", "2025-12-31"),
        ("last 30 days", "2026-10-25", "2026-11-23"),
        ("the past two weeks", "2026-11-10", "2026-11-23"),
        ("last 6 months", "2026-06-01", "2026-11-23"),
        ("in June 2026", "2026-06-01", "2026-06-30"),
        ("in June", "2026-06-01", "2026-06-30"),
        ("in December", "2025-12-01", "2025-12-31"),
        ("Q1 2026", "2026-01-01", "2026-03-31"),
        ("in 2025", "2025-01-01", "2025-12-31"),
        ("since March", "2026-03-01", "2026-11-23"),
        ("until May", None, "2026-05-31"),
        ("between March and June 2026", "2026-03-01", "2026-06-30"),
        ("from December 2010 to August 2011", "2010-12-01", "2011-08-31"),
        ("from 2010-12-01 to 2011-08-31", "2010-12-01", "2011-08-31"),
        ("2026-03", "2026-03-01", "2026-03-31"),
    ],
)
def test_time_ranges(utterance: str, first: str | None, last: str | None) -> None:
    expected = DateRange(
        date.fromisoformat(first) if first else None,
        date.fromisoformat(last) if last else None,
    )

    assert parse_date_range(utterance, today=MONDAY) == expected


@given(
    st.text(), st.integers(0, 10**9), st.sampled_from(["day", "week", "month", "year"])
)
def test_no_text_makes_the_parser_raise(utterance: str, count: int, unit: str) -> None:
    parse_date_range(utterance, today=MONDAY)
    parse_date_range(f"last {count} {unit}s", today=MONDAY)

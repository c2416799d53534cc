from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.local.insights.time_ranges import DateRange, parse_date_range

MONDAY = date(2026, 11, 23)


def build_range(first: str | None, last: str | None) -> DateRange:
    return DateRange(
        date.fromisoformat(first) if first else None,
        date.fromisoformat(last) if last else None,
    )


@pytest.mark.parametrize(
    ("utterance", "first", "last"),
    [
        ("revenue by month", None, None),
        ("today", "2026-11-23", "2026-11-23"),
        ("yesterday", "2026-11-22", "2026-11-22"),
        ("this day", "2026-11-23", "2026-11-23"),
        ("last day", "2026-11-22", "2026-11-22"),
        ("this week", "2026-11-23", "2026-11-29"),
        ("the current week", "2026-11-23", "2026-11-29"),
        ("last week", "2026-11-16", "2026-11-22"),
        ("previous week", "2026-11-16", "2026-11-22"),
        ("this month", "2026-11-01", "2026-11-30"),
        ("Last Month", "2026-10-01", "2026-10-31"),
        ("this quarter", "2026-10-01", "2026-12-31"),
        ("last quarter", "2026-07-01", "2026-09-30"),
        ("this year", "2026-01-01", "2026-12-31"),
        ("last year", "2025-01-01", "2025-12-31"),
        ("last 1 days", "2026-11-23", "2026-11-23"),
        ("last 30 days", "2026-10-25", "2026-11-23"),
        ("the past two weeks", "2026-11-10", "2026-11-23"),
        ("last 6 months", "2026-06-01", "2026-11-23"),
        ("last 11 months", "2026-01-01", "2026-11-23"),
        ("previous 12 months", "2025-12-01", "2026-11-23"),
        ("last 2 quarters", "2026-06-01", "2026-11-23"),
        ("last 1 month", "2026-11-01", "2026-11-23"),
        ("last two years", "2024-12-01", "2026-11-23"),
        ("in June 2026", "2026-06-01", "2026-06-30"),
        ("in June", "2026-06-01", "2026-06-30"),
        ("in Feb. 2024", "2024-02-01", "2024-02-29"),
        ("sep, 2025", "2025-09-01", "2025-09-30"),
        ("in November", "2026-11-01", "2026-11-30"),
        ("in December", "2025-12-01", "2025-12-31"),
        ("Q1 2026", "2026-01-01", "2026-03-31"),
        ("q4 2025", "2025-10-01", "2025-12-31"),
        ("in Q2", "2026-04-01", "2026-06-30"),
        ("in 2025", "2025-01-01", "2025-12-31"),
        ("since March", "2026-03-01", "2026-11-23"),
        ("since the last week", "2026-11-16", "2026-11-23"),
        ("from March", "2026-03-01", "2026-11-23"),
        ("after March", "2026-04-01", "2026-11-23"),
        ("after the 2026-03-31", "2026-04-01", "2026-11-23"),
        ("until May", None, "2026-05-31"),
        ("till the last month", None, "2026-10-31"),
        ("up to 2025", None, "2025-12-31"),
        ("before March", None, "2026-02-28"),
        ("before the 2024-03-01", None, "2024-02-29"),
        ("between March and June 2026", "2026-03-01", "2026-06-30"),
        ("between Q1 and Q2 2025", "2025-01-01", "2025-06-30"),
        ("from March 2025 to April", "2025-03-01", "2025-04-30"),
        ("from November to February", "2025-11-01", "2026-02-28"),
        ("from December to March 2026", "2025-12-01", "2026-03-31"),
        ("from March to March 2026", "2026-03-01", "2026-03-31"),
        ("from today to today", "2026-11-23", "2026-11-23"),
        ("from last week to this week", "2026-11-16", "2026-11-29"),
        ("from 2026-05-01 to 2026-03-31", "2026-05-01", "2026-03-31"),
        ("in March, not in June", "2026-03-01", "2026-03-31"),
        ("since March, not June", "2026-03-01", "2026-11-23"),
        ("from December 2010 to August 2011", "2010-12-01", "2011-08-31"),
        ("from 2010-12-01 to 2011-08-31", "2010-12-01", "2011-08-31"),
        ("2026-03", "2026-03-01", "2026-03-31"),
        ("2026-12", "2026-12-01", "2026-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("on 2026-03-01", "2026-03-01", "2026-03-01"),
        ("on 2026-03-31", "2026-03-31", "2026-03-31"),
        ("on 2026-02-31", "2026-02-28", "2026-02-28"),
        ("on 2026-13-01", "2026-01-01", "2026-12-31"),
        ("order 120267", None, None),
    ],
)
def test_time_ranges(utterance: str, first: str | None, last: str | None) -> None:
    assert parse_date_range(utterance, today=MONDAY) == build_range(first, last)


@pytest.mark.parametrize(
    ("today", "utterance", "first", "last"),
    [
        ("2027-01-01", "yesterday", "2026-12-31", "2026-12-31"),
        ("2027-01-01", "last month", "2026-12-01", "2026-12-31"),
        ("2027-01-01", "last quarter", "2026-10-01", "2026-12-31"),
        ("2027-01-01", "this year", "2027-01-01", "2027-12-31"),
        ("2027-01-01", "last 2 months", "2026-12-01", "2027-01-01"),
        ("2027-01-01", "in January", "2027-01-01", "2027-01-31"),
        ("2027-01-01", "in February", "2026-02-01", "2026-02-28"),
        ("2027-01-01", "in Q1", "2027-01-01", "2027-03-31"),
        ("2027-01-01", "in Q2", "2026-04-01", "2026-06-30"),
        ("2027-01-02", "last day", "2027-01-01", "2027-01-01"),
        ("2027-01-02", "this day", "2027-01-02", "2027-01-02"),
        ("2027-01-03", "this week", "2026-12-28", "2027-01-03"),
        ("2027-01-04", "this week", "2027-01-04", "2027-01-10"),
        ("2027-01-04", "last week", "2026-12-28", "2027-01-03"),
        ("2027-01-04", "the past week", "2026-12-28", "2027-01-03"),
        ("2026-12-31", "this quarter", "2026-10-01", "2026-12-31"),
        ("2026-12-31", "this month", "2026-12-01", "2026-12-31"),
        ("2026-12-31", "in December", "2026-12-01", "2026-12-31"),
        ("2026-12-31", "last 12 months", "2026-01-01", "2026-12-31"),
        ("2026-03-31", "this quarter", "2026-01-01", "2026-03-31"),
        ("2026-04-01", "this quarter", "2026-04-01", "2026-06-30"),
        ("2024-03-01", "yesterday", "2024-02-29", "2024-02-29"),
        ("2024-03-31", "last month", "2024-02-01", "2024-02-29"),
    ],
)
def test_ranges_at_the_edges_of_weeks_months_and_years(
    today: str, utterance: str, first: str | None, last: str | None
) -> None:
    found = parse_date_range(utterance, today=date.fromisoformat(today))

    assert found == build_range(first, last)


@pytest.mark.parametrize("number", range(1, 13))
@pytest.mark.parametrize("name", ["%B", "%b"])
def test_each_month_has_its_name_and_its_abbreviation(number: int, name: str) -> None:
    month = date(2025, number, 1)

    assert parse_date_range(f"{month:{name}} 2025", today=MONDAY).first == month


@given(
    st.text(), st.integers(0, 10**9), st.sampled_from(["day", "week", "month", "year"])
)
def test_no_text_makes_the_parser_raise(utterance: str, count: int, unit: str) -> None:
    parse_date_range(utterance, today=MONDAY)
    parse_date_range(f"last {count} {unit}s", today=MONDAY)

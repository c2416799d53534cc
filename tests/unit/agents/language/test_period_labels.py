"""Periods are read as results write them."""

from datetime import date

import pytest

from agents.local.language.period_labels import parse_period
from agents.local.language.readings import DaySpan


@pytest.mark.parametrize(
    ("label", "first", "last"),
    [
        ("2026-W53", date(2026, 12, 28), date(2027, 1, 3)),
        ("week of 2026-11-29", date(2026, 11, 29), date(2026, 12, 5)),
        ("2026-q4", date(2026, 10, 1), date(2026, 12, 31)),
        ("2026-02", date(2026, 2, 1), date(2026, 2, 28)),
    ],
)
def test_a_period_has_its_days(label: str, first: date, last: date) -> None:
    assert parse_period(label) == DaySpan(first, last)


@pytest.mark.parametrize("label", ["2025-W53", "2026-W54", "2026-W00", "next week"])
def test_what_is_no_period_has_none(label: str) -> None:
    assert parse_period(label) is None

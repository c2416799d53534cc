from datetime import date
from typing import Any

import pytest

from analytics.reports import Facts, Report, order_trends
from analytics.window import Grain, Selection
from tests.support.lines import facts, line, on

ALL = Selection()
SINCE_JANUARY = Selection(start=on(1, 1, 0))


def monthly(
    given: Facts, selection: Selection = SINCE_JANUARY
) -> list[tuple[Any, ...]]:
    report = order_trends(given, selection=selection, grain=Grain.MONTH)
    return pick(report, "period", "orders", "revenue_minor", "growth_percent")


def pick(report: Report, *columns: str) -> list[tuple[Any, ...]]:
    return report.tables["trend"].select(columns).rows()


def test_orders_and_revenue_are_added_up_by_month_with_growth() -> None:
    given = facts(
        line(),
        line(amount_minor=500),
        line(order_id="2", at=on(2), amount_minor=1800),
    )

    assert monthly(given) == [
        (date(2026, 1, 1), 1, 1500, None),
        (date(2026, 2, 1), 1, 1800, 20.0),
    ]


def test_a_month_in_which_nothing_happened_is_shown() -> None:
    given = facts(line(), line(order_id="2", at=on(3)))

    assert monthly(given) == [
        (date(2026, 1, 1), 1, 1000, None),
        (date(2026, 2, 1), 0, 0, -100.0),
        (date(2026, 3, 1), 1, 1000, None),
    ]


def test_a_month_that_is_not_over_has_no_growth() -> None:
    given = facts(line(at=on(5, 1)), line(at=on(6)), as_of=on(6, 15))
    report = order_trends(given, selection=ALL, grain=Grain.MONTH)

    assert pick(report, "is_complete", "growth_percent") == [
        (True, None),
        (False, None),
    ]


def test_the_month_in_which_facts_begin_is_complete_from_the_first() -> None:
    for day, growth in ((2, None), (1, 80.0)):
        given = facts(
            line(at=on(1, day)),
            line(at=on(1, 20), currency="GBP"),
            line(at=on(2), amount_minor=1800),
        )
        report = order_trends(given, selection=ALL, grain=Grain.MONTH)

        assert pick(report, "currency", "is_complete", "growth_percent") == [
            ("GBP", day == 1, None),
            ("GBP", True, -100.0 if day == 1 else None),
            ("USD", day == 1, None),
            ("USD", True, growth),
        ]


def test_a_window_that_cuts_a_month_makes_it_incomplete() -> None:
    given = facts(line(), line(at=on(2)), line(at=on(3)))
    window = Selection(start=on(1, 10), end=on(4, 1, 0))
    report = order_trends(given, selection=window, grain=Grain.MONTH)

    assert pick(report, "is_complete") == [(False,), (True,), (True,)]


def test_a_window_into_the_future_ends_today() -> None:
    window = Selection(start=on(5, 1, 0), end=on(12, 1, 0))
    assert [row[0].month for row in monthly(facts(line(at=on(5))), window)] == [5, 6]


def test_a_day_begins_at_midnight_of_the_zone_asked_for() -> None:
    given = facts(line(at=on(7, 1, 23)), as_of=on(12))
    for zone, day in (("UTC", 1), ("Europe/London", 2)):
        report = order_trends(
            given, selection=Selection(time_zone=zone), grain=Grain.DAY
        )
        assert pick(report, "period") == [(date(2026, 7, day),)]


def test_a_week_begins_on_monday() -> None:
    report = order_trends(facts(line(at=on(1, 11))), selection=ALL, grain=Grain.WEEK)
    assert pick(report, "period") == [(date(2026, 1, 5),)]


def test_currencies_are_never_added_up() -> None:
    given = facts(line(), line(order_id="2", currency="GBP", amount_minor=700))
    report = order_trends(given, selection=ALL, grain=Grain.MONTH)

    assert pick(report, "currency", "revenue_minor") == [("GBP", 700), ("USD", 1000)]
    assert report.receipt.currencies == ("GBP", "USD")


def test_a_receipt_says_how_the_numbers_came_about() -> None:
    given = facts(line(), line(status="CANCELLED"), line(category="Garden"))
    chosen = Selection(start=on(1, 1), time_zone="Europe/Paris", category="Kitchen")

    receipt = order_trends(given, selection=chosen, grain=Grain.DAY).receipt

    assert (receipt.rows_read, receipt.rows_counted) == (2, 1)
    assert (receipt.window_start, receipt.window_end) == (on(1, 1), on(1))
    assert receipt.time_zone == "Europe/Paris"
    assert receipt.query == (
        "order_trends: from 2026-01-01T12:00:00+00:00, until the last line, "
        "category Kitchen"
    )


def test_no_lines_make_an_empty_report() -> None:
    report = order_trends(facts(), selection=ALL, grain=Grain.MONTH)

    assert report.rows("trend") == report.rows("summary") == []
    assert report.receipt.currencies == ()


def test_a_window_needs_aware_moments_and_a_known_zone() -> None:
    with pytest.raises(ValueError, match="aware"):
        Selection(start=on(1).replace(tzinfo=None))
    with pytest.raises(KeyError):
        Selection(time_zone="Mars/Olympus")

from datetime import date, timedelta
from typing import Any

import pytest

from analytics.errors import TooManyPeriods
from analytics.facts.order_facts import OrderFacts
from analytics.reports import Report, run_order_trends
from analytics.window import Granularity, Selection
from tests.support.order_lines import order_facts, order_line, utc_2026
from webapp.insights.query.errors import BadWindow

ALL = Selection()
SINCE_JANUARY = Selection(start=utc_2026(1, 1, 0))


def monthly(
    facts: OrderFacts, selection: Selection = SINCE_JANUARY
) -> list[tuple[Any, ...]]:
    report = run_order_trends(facts, selection=selection, granularity=Granularity.MONTH)
    return trend_columns(report, "period", "orders", "revenue_minor", "growth_percent")


def trend_columns(report: Report, *columns: str) -> list[tuple[Any, ...]]:
    return report.tables["trend"].select(columns).rows()


def test_orders_and_revenue_are_added_up_by_month_with_growth() -> None:
    facts = order_facts(
        order_line(),
        order_line(amount_minor=500),
        order_line(order_id="2", at=utc_2026(2), amount_minor=1800),
    )

    assert monthly(facts) == [
        (date(2026, 1, 1), 1, 1500, None),
        (date(2026, 2, 1), 1, 1800, 20.0),
    ]


def test_a_month_without_orders_is_shown() -> None:
    facts = order_facts(order_line(), order_line(order_id="2", at=utc_2026(3)))

    assert monthly(facts) == [
        (date(2026, 1, 1), 1, 1000, None),
        (date(2026, 2, 1), 0, 0, -100.0),
        (date(2026, 3, 1), 1, 1000, None),
    ]


def test_a_month_that_is_not_over_has_no_growth() -> None:
    facts = order_facts(
        order_line(at=utc_2026(5, 1)), order_line(at=utc_2026(6)), as_of=utc_2026(6, 15)
    )
    report = run_order_trends(facts, selection=ALL, granularity=Granularity.MONTH)

    assert trend_columns(report, "is_complete", "growth_percent") == [
        (True, None),
        (False, None),
    ]


def test_the_month_in_which_facts_begin_is_complete_if_they_begin_on_its_first_day() -> (
    None
):
    for day, growth in ((2, None), (1, 80.0)):
        facts = order_facts(
            order_line(at=utc_2026(1, day)),
            order_line(at=utc_2026(1, 20), currency="GBP"),
            order_line(at=utc_2026(2), amount_minor=1800),
        )
        report = run_order_trends(facts, selection=ALL, granularity=Granularity.MONTH)

        assert trend_columns(report, "currency", "is_complete", "growth_percent") == [
            ("GBP", day == 1, None),
            ("GBP", True, -100.0 if day == 1 else None),
            ("USD", day == 1, None),
            ("USD", True, growth),
        ]


def test_a_window_that_cuts_a_month_makes_it_incomplete() -> None:
    facts = order_facts(
        order_line(), order_line(at=utc_2026(2)), order_line(at=utc_2026(3))
    )
    window = Selection(start=utc_2026(1, 10), end=utc_2026(4, 1, 0))
    report = run_order_trends(facts, selection=window, granularity=Granularity.MONTH)

    assert trend_columns(report, "is_complete") == [(False,), (True,), (True,)]


def test_a_window_into_the_future_ends_today() -> None:
    window = Selection(start=utc_2026(5, 1, 0), end=utc_2026(12, 1, 0))
    assert [
        row[0].month for row in monthly(order_facts(order_line(at=utc_2026(5))), window)
    ] == [5, 6]


def test_a_day_begins_at_midnight_of_the_requested_zone() -> None:
    facts = order_facts(order_line(at=utc_2026(7, 1, 23)), as_of=utc_2026(12))
    for zone, day in (("UTC", 1), ("Europe/London", 2)):
        report = run_order_trends(
            facts, selection=Selection(time_zone=zone), granularity=Granularity.DAY
        )
        assert trend_columns(report, "period") == [(date(2026, 7, day),)]


def test_a_week_begins_on_monday() -> None:
    report = run_order_trends(
        order_facts(order_line(at=utc_2026(1, 11))),
        selection=ALL,
        granularity=Granularity.WEEK,
    )
    assert trend_columns(report, "period") == [(date(2026, 1, 5),)]


def test_currencies_are_never_added_up() -> None:
    facts = order_facts(
        order_line(), order_line(order_id="2", currency="GBP", amount_minor=700)
    )
    report = run_order_trends(facts, selection=ALL, granularity=Granularity.MONTH)

    assert trend_columns(report, "currency", "revenue_minor") == [
        ("GBP", 700),
        ("USD", 1000),
    ]
    assert report.receipt.currencies == ("GBP", "USD")


def test_a_receipt_states_the_provenance_of_the_figures() -> None:
    facts = order_facts(
        order_line(), order_line(status="CANCELLED"), order_line(category="Garden")
    )
    selection = Selection(
        start=utc_2026(1, 1), time_zone="Europe/Paris", category="Kitchen"
    )

    receipt = run_order_trends(
        facts, selection=selection, granularity=Granularity.DAY
    ).receipt

    assert (receipt.rows_read, receipt.rows_counted) == (2, 1)
    just_after_the_line = utc_2026(1) + timedelta(microseconds=1)
    assert (receipt.window_start, receipt.window_end) == (
        utc_2026(1, 1),
        just_after_the_line,
    )
    assert receipt.time_zone == "Europe/Paris"
    assert receipt.query == (
        "order_trends: from 2026-01-01T12:00:00+00:00, until the last line, "
        "category Kitchen"
    )


@pytest.mark.parametrize("category", ["Kitchen", "kitchen", "KITCHEN"])
def test_a_category_is_selected_in_any_case(category: str) -> None:
    facts = order_facts(
        order_line(amount_minor=500), order_line(category="Kitchenware")
    )

    report = run_order_trends(
        facts, selection=Selection(category=category), granularity=Granularity.MONTH
    )

    assert trend_columns(report, "revenue_minor") == [(500,)]


def test_a_currency_is_selected() -> None:
    facts = order_facts(order_line(amount_minor=500), order_line(currency="GBP"))

    report = run_order_trends(
        facts, selection=Selection(currency="USD"), granularity=Granularity.MONTH
    )

    assert trend_columns(report, "revenue_minor") == [(500,)]


def test_no_lines_make_an_empty_report() -> None:
    report = run_order_trends(
        order_facts(), selection=ALL, granularity=Granularity.MONTH
    )

    assert report.rows("trend") == report.rows("summary") == []
    assert report.receipt.currencies == ()


@pytest.mark.parametrize("granularity", list(Granularity))
def test_more_than_four_hundred_periods_are_refused(granularity: Granularity) -> None:
    first = utc_2026(1)
    days = {Granularity.DAY: 1, Granularity.WEEK: 7, Granularity.MONTH: 30.437}
    last = first + timedelta(days=400 * days[granularity])
    facts = order_facts(order_line(), order_line(order_id="2", at=last), as_of=last)

    with pytest.raises(TooManyPeriods) as error:
        run_order_trends(facts, selection=ALL, granularity=granularity)

    assert error.value.message == "That would be 401 periods; ask by week or by month"


def test_the_periods_of_all_currencies_are_counted() -> None:
    euros = order_line(order_id="2", currency="EUR")
    start = utc_2026(1, 10, 0)
    facts = order_facts(order_line(), euros, as_of=start + timedelta(days=300))

    def count_periods(days: int) -> int:
        window = Selection(start=start, end=start + timedelta(days))
        report = run_order_trends(facts, selection=window, granularity=Granularity.DAY)
        return report.tables["trend"].height

    assert count_periods(200) == 400
    with pytest.raises(TooManyPeriods):
        count_periods(201)


@pytest.mark.parametrize("days", [0, -1])
def test_a_window_ends_after_it_begins(days: int) -> None:
    start = utc_2026(3, 2)
    Selection(start=start, end=start + timedelta(microseconds=1))

    with pytest.raises(BadWindow) as error:
        Selection(start=start, end=start + timedelta(days))

    assert (error.value.code, error.value.message) == (
        "BAD_WINDOW",
        "The window ends before it begins",
    )


def test_a_window_needs_aware_datetimes_and_a_known_zone() -> None:
    with pytest.raises(ValueError, match="aware"):
        Selection(start=utc_2026(1).replace(tzinfo=None))
    with pytest.raises(KeyError):
        Selection(time_zone="Mars/Olympus")

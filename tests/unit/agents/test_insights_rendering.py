from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

import pytest

from agents.insights.grounding import NumberGrounding
from agents.local.insights.rendering import (
    MAX_PERIODS,
    render_movers,
    render_sources,
    render_top_categories,
    render_top_products,
    render_totals,
    render_trends,
)
from agents.turn_trace import ToolResultRecord, TurnTrace
from tests.support.reports import Json, build_period, build_report, build_summary
from webapp.kit.json import ResponseBody

NO_ORDERS = "There were no paid orders in that window, so there is nothing to report."
WINDOW = "from 2026-03-01 to 2026-04-30 (UTC)"
TOTALS = (
    "In all $137.00 of revenue from 3 orders by 2 known customers, "
    "$45.67 an order on average."
)


def build_trends(*periods: Json, granularity: str = "month", **values: Any) -> Json:
    return build_report(granularity=granularity, periods=list(periods), **values)


def build_product(name: str, **values: object) -> Json:
    return {
        "rank": 1,
        "name": name,
        "currency": "USD",
        "revenue": 87.0,
        "units": 3,
        "sharePercent": 63.5,
        **values,
    }


def build_category(name: str, **values: object) -> Json:
    return {
        "rank": 1,
        "category": name,
        "currency": "USD",
        "revenue": 87.0,
        "sharePercent": 63.5,
        **values,
    }


def build_mover(name: str, earlier: float, later: float, **values: object) -> Json:
    return {
        "name": name,
        "currency": "USD",
        "earlier": earlier,
        "later": later,
        "change": later - earlier,
        **values,
    }


def build_movers(
    movers: Sequence[Json] = (), returned: Sequence[Json] = (), **values: Any
) -> Json:
    return build_report(movers=list(movers), mostReturned=list(returned), **values)


def build_weeks(count: int) -> list[Json]:
    """Weeks from 6 January 2025, each with 1.00 more revenue than the one before."""
    monday = date(2025, 1, 6)
    return [
        build_period((monday + timedelta(weeks=n)).isoformat(), revenue=100.0 + n)
        for n in range(count)
    ]


def test_trends_list_each_period_then_the_best_and_the_totals() -> None:
    report = build_trends(
        build_period("2026-03-01"),
        build_period("2026-04-01", revenue=29.0, orders=1, growthPercent=-73.15),
    )

    assert render_trends(report) == (
        f"Revenue by month, {WINDOW}:\n"
        "- March 2026: $108.00 from 2 orders\n"
        "- April 2026: $29.00 from 1 order, -73.15%\n"
        "The best month was March 2026 with $108.00.\n"
        f"{TOTALS}"
    )


@pytest.mark.parametrize(
    ("granularity", "label"),
    [
        ("day", "5 March 2026"),
        ("week", "week of 5 March 2026"),
        ("month", "March 2026"),
    ],
)
def test_a_period_is_named_by_its_granularity(granularity: str, label: str) -> None:
    report = build_trends(build_period("2026-03-05"), granularity=granularity)

    assert render_trends(report) == (
        f"Revenue by {granularity}, {WINDOW}:\n"
        f"- {label}: $108.00 from 2 orders\n"
        f"{TOTALS}"
    )


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({"growthPercent": 12.5}, "$108.00 from 2 orders, +12.5%"),
        ({"growthPercent": 0.5}, "$108.00 from 2 orders, +0.5%"),
        ({"growthPercent": 0.0}, "$108.00 from 2 orders, 0%"),
        ({"growthPercent": -100.0}, "$108.00 from 2 orders, -100%"),
        ({"isComplete": False}, "$108.00 from 2 orders (not complete)"),
        (
            {"isComplete": False, "growthPercent": 3.0},
            "$108.00 from 2 orders, +3% (not complete)",
        ),
        ({"revenue": 0.0, "orders": 0}, "$0.00 from 0 orders"),
        ({"revenue": -3.5, "orders": 0}, "-$3.50 from 0 orders"),
        ({"revenue": 1234567.89}, "$1,234,567.89 from 2 orders"),
    ],
)
def test_a_period_tells_its_growth_and_whether_it_is_complete(
    values: Json, line: str
) -> None:
    report = build_trends(build_period("2026-03-01", **values))

    assert render_trends(report).splitlines()[1] == f"- March 2026: {line}"


@pytest.mark.parametrize("complete", [0, 1])
def test_without_two_complete_periods_none_is_the_best(complete: int) -> None:
    report = build_trends(
        build_period("2026-03-01", isComplete=complete > 0),
        build_period("2026-04-01", isComplete=False),
    )

    assert "best" not in render_trends(report)


def test_an_incomplete_period_is_not_the_best() -> None:
    report = build_trends(
        build_period("2026-02-01", revenue=9.0),
        build_period("2026-03-01", revenue=20.0),
        build_period("2026-04-01", revenue=99.0, isComplete=False),
    )

    assert "The best month was March 2026 with $20.00.\n" in render_trends(report)


def test_currencies_are_listed_one_after_the_other() -> None:
    report = build_trends(
        build_period("2026-03-01"),
        build_period("2026-04-01", revenue=29.0),
        build_period("2026-03-01", currency="GBP", revenue=5.0, orders=1),
        build_period("2026-04-01", currency="GBP", revenue=7.0, orders=1),
        summary=[
            build_summary(),
            build_summary(
                currency="GBP", revenue=12.0, orders=2, customers=1, averageOrder=6.0
            ),
        ],
    )

    assert render_trends(report) == (
        f"Revenue by month, {WINDOW}:\n"
        "- March 2026: $108.00 from 2 orders\n"
        "- April 2026: $29.00 from 2 orders\n"
        "The best month was March 2026 with $108.00.\n"
        "- March 2026: £5.00 from 1 order\n"
        "- April 2026: £7.00 from 1 order\n"
        "The best month was April 2026 with £7.00.\n"
        f"{TOTALS}\n"
        "In all £12.00 of revenue from 2 orders by 1 known customer, "
        "£6.00 an order on average."
    )


def test_as_many_periods_as_fit_are_all_listed() -> None:
    report = build_trends(*build_weeks(MAX_PERIODS), granularity="week")

    lines = render_trends(report).splitlines()

    assert lines[1] == "- week of 6 January 2025: $100.00 from 2 orders"
    assert len(lines) == MAX_PERIODS + 3


def test_only_the_latest_of_many_periods_are_listed() -> None:
    periods = build_weeks(MAX_PERIODS + 1)
    periods[0]["revenue"] = 500.0

    lines = render_trends(build_trends(*periods, granularity="week")).splitlines()

    assert lines[1:3] == [
        "(only the latest periods; the table has all)",
        "- week of 13 January 2025: $101.00 from 2 orders",
    ]
    assert lines[-3:] == [
        "- week of 23 June 2025: $124.00 from 2 orders",
        "The best week was the week of 6 January 2025 with $500.00.",
        TOTALS,
    ]
    assert len(lines) == MAX_PERIODS + 4


def test_totals_tell_the_window_and_the_figures() -> None:
    assert render_totals(build_report()) == f"The figures {WINDOW}:\n{TOTALS}"


def test_totals_of_several_currencies_are_not_added_up() -> None:
    report = build_report(
        summary=[
            build_summary(revenue=1.0, orders=1, customers=0, averageOrder=None),
            build_summary(currency="EUR", revenue=20.5, orders=1, averageOrder=20.5),
        ]
    )

    assert render_totals(report) == (
        f"The figures {WINDOW}:\n"
        "In all $1.00 of revenue from 1 order by 0 known customers.\n"
        "In all €20.50 of revenue from 1 order by 2 known customers, "
        "€20.50 an order on average."
    )


def test_top_products_are_ranked_with_units_and_share() -> None:
    report = build_report(
        by="units",
        topProducts=[
            build_product("Glass Kettle"),
            build_product("Desk Lamp", rank=2, units=1, sharePercent=None),
        ],
    )

    assert render_top_products(report) == (
        f"The best-selling products by units, {WINDOW}:\n"
        "1. Glass Kettle: $87.00, 3 units, 63.5% of revenue\n"
        "2. Desk Lamp: $87.00, 1 unit\n"
        f"{TOTALS}"
    )


def test_top_categories_are_ranked_with_their_share() -> None:
    report = build_report(
        categories=[
            build_category("Kitchen"),
            build_category("Toys", rank=2, revenue=-4.0, sharePercent=None),
        ]
    )

    assert render_top_categories(report) == (
        f"Revenue by category, {WINDOW}:\n"
        "1. Kitchen: $87.00, 63.5%\n"
        "2. Toys: -$4.00\n"
        f"{TOTALS}"
    )


def test_movers_are_grouped_by_what_happens_to_them() -> None:
    report = build_movers(
        [
            build_mover("Desk Lamp", 10.0, 50.0),
            build_mover("Glass Kettle", 0.0, 0.5),
            build_mover("Tent", 58.0, 29.0, currency="GBP"),
            build_mover("Mug", 7.0, 7.0),
        ],
        [
            {"name": "Scarf", "returnedUnits": 1, "returnedPercent": 12.5},
            {"name": "Mug", "returnedUnits": 2, "returnedPercent": None},
        ],
    )

    assert render_movers(report) == (
        f"The later part of the window against the earlier one, {WINDOW}.\n"
        "Rising:\n"
        "- Desk Lamp: $50.00 after $10.00\n"
        "- Glass Kettle: $0.50 after $0.00\n"
        "Falling:\n"
        "- Tent: £29.00 after £58.00\n"
        "Returned:\n"
        "- Scarf: 1 unit, 12.5% of those sold\n"
        "- Mug: 2 units"
    )


@pytest.mark.parametrize(
    ("report", "titles"),
    [
        (build_movers([build_mover("Mug", 1.0, 2.0)]), ["Rising:"]),
        (build_movers([build_mover("Mug", 2.0, 1.0)]), ["Falling:"]),
        (
            build_movers(
                [], [{"name": "Mug", "returnedUnits": 1, "returnedPercent": 1.0}]
            ),
            ["Returned:"],
        ),
    ],
)
def test_a_group_without_products_is_left_out(report: Json, titles: list[str]) -> None:
    lines = render_movers(report).splitlines()

    assert [line for line in lines if line.endswith(":")] == titles


@pytest.mark.parametrize(
    ("render", "report"),
    [
        (render_trends, build_trends(summary=[])),
        (render_totals, build_report(summary=[])),
        (render_top_products, build_report(summary=[], by="units", topProducts=[])),
        (render_top_categories, build_report(summary=[], categories=[])),
        (render_movers, build_movers(summary=[])),
    ],
)
def test_a_window_without_orders_has_nothing_to_report(
    render: Callable[[Json], str], report: Json
) -> None:
    assert render(report) == NO_ORDERS


@pytest.mark.parametrize(
    ("render", "report", "finding"),
    [
        (
            render_top_products,
            build_report(by="revenue", topProducts=[]),
            "No products to list",
        ),
        (render_top_categories, build_report(categories=[]), "No categories to list"),
        (render_movers, build_movers(), "No product rises, falls or comes back"),
    ],
)
def test_orders_without_what_was_asked_for_are_not_denied(
    render: Callable[[Json], str], report: Json, finding: str
) -> None:
    assert render(report) == f"{finding}, {WINDOW}.\n{TOTALS}"


@pytest.mark.parametrize(
    ("rows", "currencies", "sentence"),
    [
        (4, ["USD"], "Read 4 order lines in USD as of 2026-11-23T09:30:00Z."),
        (
            1200,
            ["EUR", "GBP", "USD"],
            "Read 1200 order lines in EUR, GBP and USD as of 2026-11-23T09:30:00Z.",
        ),
        (
            1,
            ["EUR", "GBP"],
            "Read 1 order line in EUR and GBP as of 2026-11-23T09:30:00Z.",
        ),
        (0, [], "Read 0 order lines as of 2026-11-23T09:30:00Z."),
    ],
)
def test_the_source_of_the_figures_is_named(
    rows: int, currencies: list[str], sentence: str
) -> None:
    report = build_report()
    report["receipt"] |= {"rowsRead": rows, "currencies": currencies}

    assert render_sources(report) == sentence


@pytest.mark.parametrize(
    ("render", "report"),
    [
        (render_trends, build_trends(*build_weeks(60), granularity="week")),
        (render_totals, build_report()),
        (
            render_top_products,
            build_report(by="units", topProducts=[build_product("Two-Person Tent")]),
        ),
        (
            render_top_categories,
            build_report(categories=[build_category("Half Price & 100% Cotton")]),
        ),
        (render_movers, build_movers([build_mover("Set of Three Mugs", 1.0, 2.0)])),
    ],
)
def test_the_figures_support_all_that_is_rendered(
    render: Callable[[Json], str], report: Json
) -> None:
    text = f"{render(report)}\n{render_sources(report)}"
    trace = TurnTrace(results=[ToolResultRecord("a_report", ResponseBody(), report)])
    grounding = NumberGrounding(trace)

    assert grounding.feed(text) + grounding.flush() == text

"""What a result has beside its figures: rows without orders, comparisons, derived columns, order,
currencies and notes."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from analytics.semantic.execution import run_query
from tests.support.order_lines import order_facts, order_line, utc_2026
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.insights.query.errors import ImpossibleQuery
from webapp.insights.query.results import AnalyticsResult

Json = dict[str, Any]
FIRST_QUARTER = {"firstDay": "2026-01-01", "lastDay": "2026-03-31"}
UTC_ZONE = ZoneInfo("UTC")


def run(
    query: Json, *lines: Json, as_of: datetime = datetime(2026, 6, 15, 12, tzinfo=UTC)
) -> AnalyticsResult:
    return run_query(
        AnalyticsQuery.model_validate({"metrics": ["net_revenue"], **query}),
        order_facts(*lines, as_of=as_of),
        home_currency="USD",
        zone=UTC_ZONE,
    )


def column(result: AnalyticsResult, name: str) -> list[Any]:
    return [row[name] for row in result.rows]


def sale(month: int, amount: int = 1000, **other: Any) -> Json:
    number = other.pop("order_id", f"{month}-{amount}")
    return order_line(order_id=number, at=utc_2026(month), amount_minor=amount, **other)


def test_a_period_without_orders_is_a_row_of_zeros() -> None:
    query = {"groupBy": ["month"], "window": FIRST_QUARTER}

    result = run(query, sale(1), sale(3))

    assert [tuple(row.values()) for row in result.rows] == [
        ("2026-01", 10.0),
        ("2026-02", 0.0),
        ("2026-03", 10.0),
    ]


def test_each_value_of_a_second_dimension_has_all_periods() -> None:
    query = {"groupBy": ["month", "category"], "window": FIRST_QUARTER}

    result = run(query, sale(1), sale(3, category="Garden"))

    assert len(result.rows) == 6
    assert result.row_count == 6


def test_days_that_a_filter_excludes_are_no_rows() -> None:
    query = {
        "groupBy": ["day"],
        "window": {"firstDay": "2026-03-02", "lastDay": "2026-03-15"},
        "filters": [{"dimension": "weekday", "in": ["6", "7"]}],
    }

    result = run(query, sale(1))

    assert column(result, "day") == [
        *("2026-03-07", "2026-03-08", "2026-03-14", "2026-03-15"),
    ]


def test_all_hours_of_the_day_are_rows() -> None:
    result = run({"groupBy": ["hour_of_day"]}, sale(1))

    assert column(result, "hour_of_day") == list(range(24))


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)]
)
def test_days_on_which_clocks_are_set_have_other_lengths(day: str, hours: int) -> None:
    query = {
        "metrics": ["orders"],
        "groupBy": ["hour"],
        "window": {"firstDay": day, "lastDay": day},
        "timeZone": "Europe/Berlin",
    }
    night = [
        order_line(
            order_id=str(hour), at=datetime.fromisoformat(f"{day}T{hour:02}:30Z")
        )
        for hour in range(3)
    ]

    result = run(query, *night, as_of=datetime(2026, 12, 1, tzinfo=UTC))

    assert len(set(column(result, "hour"))) == len(result.rows) == hours
    assert sum(column(result, "orders")) == 3


def test_a_week_at_the_turn_of_the_year_is_whole() -> None:
    query = {
        "groupBy": ["week"],
        "window": {"firstDay": "2026-12-28", "lastDay": "2027-01-10"},
    }
    lines = (
        order_line(order_id=str(day), at=datetime.fromisoformat(f"{day}T12:00Z"))
        for day in ("2026-12-30", "2027-01-02", "2027-01-04")
    )

    result = run(query, *lines, as_of=datetime(2027, 2, 1, tzinfo=UTC))

    assert [tuple(row.values()) for row in result.rows] == [
        ("2026-W53", 20.0),
        ("2027-W01", 10.0),
    ]


def test_a_comparison_has_what_was_before_and_the_change() -> None:
    query = {
        "window": {"firstDay": "2026-03-01", "lastDay": "2026-03-31"},
        "compareTo": "previous",
        "groupBy": ["category"],
    }
    lines = (
        sale(2, 400),
        sale(3, 500),
        sale(2, 800, category="Garden"),
        sale(3, 300, category="Office"),
        sale(1, 1),
    )

    result = run(query, *lines)

    assert [tuple(row.values()) for row in result.rows] == [
        ("Kitchen", 5.0, 4.0, 1.0, 25.0),
        ("Office", 3.0, 0.0, 3.0, None),
        ("Garden", 0.0, 8.0, -8.0, -100.0),
    ]
    assert result.totals == {
        "net_revenue": 8.0,
        "net_revenue_before": 12.0,
        "net_revenue_change": -4.0,
        "net_revenue_change_percent": -33.33,
    }


def test_periods_are_compared_in_their_order() -> None:
    query = {
        "window": {"firstDay": "2026-02-01", "lastDay": "2026-03-31"},
        "compareTo": {"firstDay": "2025-12-01", "lastDay": "2026-01-31"},
        "groupBy": ["month"],
    }

    result = run(
        query,
        sale(1, 100),
        sale(3, 300),
        order_line(order_id="old", at=datetime(2025, 12, 5, tzinfo=UTC)),
    )

    assert column(result, "net_revenue_before") == [10.0, 1.0]
    assert column(result, "net_revenue") == [0.0, 3.0]


def test_months_of_other_lengths_are_said_to_be_compared_in_their_order() -> None:
    query = {
        "window": {"firstDay": "2026-03-01", "lastDay": "2026-03-31"},
        "compareTo": "previous",
        "groupBy": ["day"],
    }

    result = run(query, sale(2, 400), sale(3, 500), sale(1, 1))

    assert column(result, "net_revenue_before").count(0.0) == 30
    assert result.totals["net_revenue_before"] == 4.0
    assert any(
        "there are 31 and 28; totals are of all" in note for note in result.notes
    )


@pytest.mark.parametrize(
    "compared",
    [
        "previous",
        {"unit": "month", "offset": 1, "part": "same"},
        {"firstDay": "2026-05-01", "lastDay": "2026-05-31", "part": "same"},
    ],
)
def test_a_month_that_is_not_over_is_compared_with_the_same_part_of_the_other(
    compared: Json | str,
) -> None:
    query = {"window": {"unit": "month"}, "compareTo": compared}
    lines = (
        order_line(order_id="a", at=utc_2026(6, 10)),
        order_line(order_id="b", at=utc_2026(5, 10)),
        order_line(order_id="c", at=utc_2026(5, 20)),
    )

    result = run(query, *lines)

    assert result.totals["net_revenue_before"] == 10.0
    assert result.title == (
        "Net revenue, June 2026 so far, compared with 1 to 15 May 2026, UTC"
    )
    assert "The window is not over: figures are those until 15 June 2026 12:00" in (
        result.notes
    )


def test_what_was_before_the_first_order_is_unknown() -> None:
    query = {"window": FIRST_QUARTER, "compareTo": "last_year", "groupBy": ["month"]}

    result = run(query, sale(1))

    assert column(result, "net_revenue_before") == [None] * 3
    assert result.totals["net_revenue_change"] is None
    assert any("no orders of the time compared with" in note for note in result.notes)


def test_shares_are_of_all_rows_even_of_those_beyond_the_limit() -> None:
    query = {
        "groupBy": ["category"],
        "derived": [
            {"kind": "share", "metric": "net_revenue"},
            {"kind": "rank", "metric": "net_revenue"},
        ],
        "limit": 1,
    }

    result = run(query, sale(1, 300), sale(1, 100, category="Garden"))

    assert result.rows == [
        {
            "category": "Kitchen",
            "net_revenue": 3.0,
            "net_revenue_share": 75.0,
            "net_revenue_rank": 1,
        }
    ]
    assert (result.row_count, result.totals["net_revenue"]) == (2, 4.0)


BEST_FIRST = [{"by": "net_revenue", "descending": True}]
GOODS = (
    sale(1, 300, name="Mug", sku="MUG"),
    sale(1, 200, name="Pot", sku="POT"),
    sale(2, 250, name="Pot", sku="POT"),
    sale(2, 50, category="Garden", name="Rake", sku="RAKE"),
    sale(3, 900, category="Garden", name="Hose", sku="HOSE"),
    sale(3, 100, category="Toys", name="Bear", sku="BEAR"),
)


def list_rows(result: AnalyticsResult, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in result.rows]


def test_the_best_of_each_group_are_in_the_order_of_the_groups_first_rows() -> None:
    query = {
        "groupBy": ["category", "product"],
        "sort": BEST_FIRST,
        "limit": 2,
        "limitBy": ["category"],
    }

    result = run(query, *GOODS, sale(3, 80, category="Garden", name="Saw", sku="SAW"))

    assert list_rows(result, "category", "product", "net_revenue") == [
        ("Garden", "Hose", 9.0),
        ("Garden", "Saw", 0.8),
        ("Kitchen", "Pot", 4.5),
        ("Kitchen", "Mug", 3.0),
        ("Toys", "Bear", 1.0),
    ]
    assert (result.row_count, result.totals["net_revenue"]) == (6, 18.8)
    assert result.title.startswith("Top 2 products by net revenue of each category, ")


def test_groups_of_periods_are_in_their_order_and_as_sort_says() -> None:
    query = {
        "groupBy": ["month", "category"],
        "window": FIRST_QUARTER,
        "limit": 1,
        "limitBy": ["month"],
    }
    best = [("2026-01", "Kitchen", 5.0), ("2026-02", "Kitchen", 2.5)]
    best.append(("2026-03", "Garden", 9.0))
    names = ("month", "category", "net_revenue")

    assert list_rows(run({**query, "sort": BEST_FIRST}, *GOODS), *names) == best
    backwards = [{"by": "month", "descending": True}, *BEST_FIRST]
    result = run({**query, "sort": backwards}, *GOODS)
    assert list_rows(result, *names) == best[::-1]


@pytest.mark.parametrize(
    ("period", "longer", "rows"),
    [
        ("month", "quarter", ["2025-12", "2026-03"]),
        ("month", "year", ["2025-12", "2026-03"]),
        # The last day of 2025 is in the first week of 2026.
        ("week", "year", ["2026-W01"]),
        ("day", "year", ["2025-12-31", "2026-03-10"]),
    ],
)
def test_the_best_period_of_each_longer_one(
    period: str, longer: str, rows: list[str]
) -> None:
    query = {"groupBy": [period], "sort": BEST_FIRST, "limit": 1, "limitBy": [longer]}
    window = {"firstDay": "2025-12-29", "lastDay": "2026-03-31"}
    eve = order_line(order_id="eve", at=datetime(2025, 12, 31, tzinfo=UTC))
    first = {**eve, "amount_minor": 1200, "home_amount_minor": 1200}

    result = run({**query, "window": window}, first, *GOODS)

    assert column(result, period) == rows


def test_the_best_hour_of_each_day_is_that_of_the_local_clock() -> None:
    query = {"groupBy": ["hour"], "sort": BEST_FIRST, "limit": 1, "limitBy": ["day"]}
    window = {"firstDay": "2026-03-01", "lastDay": "2026-03-02"}
    late = order_line(order_id="1", at=datetime(2026, 3, 1, 23, 30, tzinfo=UTC))

    result = run({**query, "window": window, "timeZone": "Europe/Berlin"}, late)

    assert column(result, "hour") == [
        "2026-03-01T00:00+01:00",
        "2026-03-02T00:00+01:00",
    ]


def test_rows_after_the_first_ones_have_an_offset_within_each_group_too() -> None:
    query = {"groupBy": ["product"], "sort": BEST_FIRST, "limit": 2, "offset": 2}
    within = {"groupBy": ["category", "product"], "offset": 1, "limitBy": ["category"]}

    result = run(query, *GOODS)

    assert column(result, "product") == ["Mug", "Bear"]
    assert (result.row_count, result.totals["net_revenue"]) == (5, 18.0)
    assert column(run(within, *GOODS), "product") == ["Rake", "Mug"]
    saw = sale(3, 20, category="Garden", name="Saw", sku="SAW")
    assert column(run({**within, "limit": 1}, *GOODS, saw), "product") == [
        "Rake",
        "Mug",
    ]
    assert run({**query, "offset": 9}, *GOODS).rows == []


def test_rows_left_out_that_equal_the_last_one_shown_are_said() -> None:
    query = {"groupBy": ["category", "product"], "limit": 1, "limitBy": ["category"]}
    tied = sale(1, 450, name="Pan", sku="PAN")
    note = (
        "For 1 of 3 values of category, rows that are left out have the same net revenue "
        "as the last one shown"
    )

    assert run(query, *GOODS, tied).notes == [note]
    assert run(query, *GOODS).notes == []
    plain = {"groupBy": ["product"], "limit": 2}
    assert run(plain, *GOODS, tied).notes == [
        "Some rows that are left out have the same net revenue as the last one shown"
    ]
    assert run({**plain, "limit": 3}, *GOODS, tied).notes == []


def test_changes_and_averages_look_back_beyond_the_window() -> None:
    query = {
        "groupBy": ["month"],
        "window": {"firstDay": "2026-03-01", "lastDay": "2026-04-30"},
        "derived": [
            {"kind": "change", "metric": "net_revenue"},
            {"kind": "moving_average", "metric": "net_revenue", "length": 3},
            {"kind": "running_total", "metric": "net_revenue"},
        ],
    }

    result = run(query, sale(1, 100), sale(2, 200), sale(3, 300), sale(4, 100))

    assert column(result, "net_revenue_change") == [50.0, -66.67]
    assert column(result, "net_revenue_moving_average") == [2.0, 2.0]
    assert column(result, "net_revenue_running_total") == [3.0, 4.0]
    assert result.totals["net_revenue"] == 4.0


def test_a_period_that_the_window_cuts_has_only_its_part_when_looking_back() -> None:
    query = {
        "groupBy": ["month"],
        "window": {"firstDay": "2026-02-08", "lastDay": "2026-03-31"},
        "derived": [{"kind": "change", "metric": "net_revenue"}],
    }
    early = order_line(order_id="early", at=utc_2026(2, 3), amount_minor=9000)

    result = run(query, sale(1, 100), early, sale(2, 200), sale(3, 300))

    assert column(result, "net_revenue") == [2.0, 3.0]
    assert column(result, "net_revenue_change") == [100.0, 50.0]
    assert result.totals["net_revenue"] == 5.0


def test_an_average_over_periods_before_the_first_order_is_unknown() -> None:
    query = {
        "groupBy": ["month"],
        "window": FIRST_QUARTER,
        "derived": [{"kind": "moving_average", "metric": "net_revenue", "length": 2}],
    }

    result = run(query, sale(2, 200), sale(3, 300))

    assert column(result, "net_revenue_moving_average") == [None, 1.0, 2.5]


def test_the_average_of_a_quotient_is_the_quotient_of_the_sums() -> None:
    query = {
        "metrics": ["average_order_value"],
        "groupBy": ["month"],
        "window": {"firstDay": "2026-01-01", "lastDay": "2026-02-28"},
        "derived": [
            {"kind": "moving_average", "metric": "average_order_value", "length": 2}
        ],
    }

    result = run(query, sale(1, 100), sale(2, 400), sale(2, 700))

    assert column(result, "average_order_value") == [1.0, 5.5]
    assert column(result, "average_order_value_moving_average") == [None, 4.0]
    assert result.totals["average_order_value"] == 4.0


@pytest.mark.parametrize(
    ("condition", "kept", "words"),
    [
        ({"atLeast": 3}, ["A", "B"], "of at least 3"),
        ({"moreThan": 3}, ["A"], "of more than 3"),
        ({"atMost": 3}, ["B", "C"], "of at most 3"),
        ({"lessThan": 3}, ["C"], "of less than 3"),
        ({"moreThan": 1, "lessThan": 9}, ["B"], "of more than 1 and of less than 9"),
    ],
)
def test_a_bound_is_included_or_left_out(
    condition: Json, kept: list[str], words: str
) -> None:
    having = [{"by": "net_revenue", **condition}]
    lines = [
        sale(3, amount, category=name)
        for name, amount in zip("ABC", (900, 300, 100), strict=True)
    ]

    result = run({"groupBy": ["category"], "having": having}, *lines)

    assert column(result, "category") == kept
    assert f"only rows with net revenue {words}, " in result.title


def test_rows_can_be_conditioned_and_sorted_by_any_figure() -> None:
    query = {
        "groupBy": ["category"],
        "window": {"firstDay": "2026-03-01", "lastDay": "2026-03-31"},
        "compareTo": "previous",
        "having": [{"by": "net_revenue", "atLeast": 2}],
        "sort": [{"by": "net_revenue_change"}],
    }
    lines = [
        line
        for name, before, now in (("A", 100, 900), ("B", 900, 300), ("C", 500, 100))
        for line in (sale(2, before, category=name), sale(3, now, category=name))
    ]

    result = run(query, *lines)

    assert column(result, "category") == ["B", "A"]
    assert result.totals["net_revenue"] == 13.0


def test_a_category_is_shown_in_its_latest_spelling() -> None:
    result = run({"groupBy": ["category"]}, sale(1), sale(2, category="KITCHEN"))

    assert column(result, "category") == ["KITCHEN"]


def test_products_of_the_same_name_have_rows_of_their_own() -> None:
    lines = (sale(1, 200, product_id="p1"), sale(1, 100, product_id="p2"))

    result = run({"groupBy": ["product"]}, *lines)

    assert [tuple(row.values()) for row in result.rows] == [
        ("Mug", "p1", 2.0),
        ("Mug", "p2", 1.0),
    ]


def test_a_refund_without_lines_belongs_to_no_product() -> None:
    refund = sale(
        2, -400, kind="REFUND", sku=None, name=None, category=None, order_id="1"
    )

    result = run({"groupBy": ["category"]}, sale(1), refund)

    assert [tuple(row.values()) for row in result.rows] == [
        ("Kitchen", 10.0),
        ("(not attributed)", -4.0),
    ]
    assert (
        "Refunds that name no lines are (not attributed) to a category" in result.notes
    )


EURO: Json = {"currency": "EUR", "home_amount_minor": 1100, "order_id": "eur"}
POUND: Json = {"currency": "GBP", "home_amount_minor": None, "order_id": "gbp"}


def test_amounts_in_several_currencies_are_converted_and_said_first() -> None:
    result = run({"metrics": ["net_revenue", "orders"]}, sale(1), sale(1, **EURO))

    assert result.currency == "USD"
    assert result.totals == {"net_revenue": 21.0, "orders": 2}
    assert result.by_currency == [
        {"currency": "EUR", "net_revenue": 10.0, "orders": 1},
        {"currency": "USD", "net_revenue": 10.0, "orders": 1},
    ]
    assert result.notes[0].startswith("Amounts are in USD: orders paid in EUR and USD")


def test_orders_without_a_rate_are_listed_apart() -> None:
    query = {"metrics": ["net_revenue", "orders"]}

    result = run(query, sale(1), sale(1, **POUND))

    assert result.totals == {"net_revenue": 10.0, "orders": 1}
    assert result.unconverted == [{"currency": "GBP", "net_revenue": 10.0, "orders": 1}]
    assert "GBP that store no rate" in result.notes[1]


def test_counts_need_no_rate() -> None:
    result = run({"metrics": ["orders"]}, sale(1), sale(1, **POUND))

    assert (result.totals, result.currency) == ({"orders": 2}, None)
    assert result.unconverted == []


@pytest.mark.parametrize(
    ("query", "currency", "revenue"),
    [
        ({"currency": "EUR"}, "EUR", 10.0),
        ({"filters": [{"dimension": "currency", "in": ["gbp"]}]}, "GBP", 10.0),
        ({"window": {"firstDay": "2026-02-01"}}, "USD", 0.0),
    ],
)
def test_amounts_of_one_currency_are_as_paid(
    query: Json, currency: str, revenue: float
) -> None:
    result = run(query, sale(1), sale(1, **EURO), sale(1, **POUND))

    assert (result.currency, result.totals) == (currency, {"net_revenue": revenue})


def test_rows_by_currency_are_as_paid_and_their_total_is_converted() -> None:
    result = run({"groupBy": ["currency"]}, sale(1), sale(1, **EURO))

    assert sorted(column(result, "net_revenue")) == [10.0, 10.0]
    assert result.totals == {"net_revenue": 21.0}


def test_a_customer_is_counted_once_in_the_total() -> None:
    query = {"metrics": ["customers"], "groupBy": ["month"], "window": FIRST_QUARTER}

    result = run(query, sale(1, customer="ann"), sale(3, customer="ann"))

    assert column(result, "customers") == [1, 0, 1]
    assert result.totals == {"customers": 1}
    assert any("counted once in each row" in note for note in result.notes)


def test_a_value_that_no_order_has_is_refused_with_those_that_resemble_it() -> None:
    query = {"filters": [{"dimension": "category", "in": ["Kichen"]}]}

    with pytest.raises(ImpossibleQuery, match="possible are Kitchen"):
        run(query, sale(1))


@pytest.mark.parametrize("name", ["DE", "de", "Germany", "Deutschland"])
def test_a_country_is_known_by_its_name_and_its_code(name: str) -> None:
    query = {"filters": [{"dimension": "country", "in": [name]}]}

    result = run(query, sale(1, 100, country="DE"), sale(1, 300, country="US"))

    assert result.totals == {"net_revenue": 1.0}


def test_the_best_of_each_group_can_be_asked_for_again() -> None:
    query = {
        "groupBy": ["category", "product"],
        "limit": 1,
        "offset": 1,
        "limitBy": ["category"],
    }
    result = run(query, *GOODS)

    again = run(result.query.model_dump(mode="json"), *GOODS)

    assert (again.rows, again.title) == (result.rows, result.title)


def test_a_result_can_be_asked_for_again() -> None:
    query = {"window": {"unit": "month", "offset": 1}, "groupBy": ["day"]}
    lines = (sale(5), sale(4))
    first = run(query, *lines)

    again = run(
        first.query.model_dump(mode="json", by_alias=True),
        *lines,
        sale(7),
        as_of=datetime(2026, 8, 1, tzinfo=UTC),
    )

    assert again.rows == first.rows
    assert again.receipt == first.receipt


def test_without_orders_there_is_a_total_of_zero_and_it_is_said() -> None:
    result = run({"metrics": ["net_revenue", "average_order_value"]})

    assert result.totals == {"net_revenue": 0.0, "average_order_value": None}
    assert result.notes == ["There are no orders in this window"]


def test_a_country_without_orders_has_none_where_that_is_allowed() -> None:
    lines = [sale(1, 500, country="DE"), sale(2, country="FR")]
    filters = {"dimension": "country", "in": ["Japan"], "allowMissing": True}

    result = run({"metrics": ["net_revenue", "orders"], "filters": [filters]}, *lines)

    assert result.totals == {"net_revenue": 0.0, "orders": 0}
    others = {"dimension": "country", "notIn": ["JP", "FR"], "allowMissing": True}
    result = run({"metrics": ["net_revenue"], "filters": [others]}, *lines)
    assert result.totals == {"net_revenue": 5.0}
    del filters["allowMissing"]
    with pytest.raises(ImpossibleQuery, match="No order has the country Japan"):
        run({"metrics": ["orders"], "filters": [filters]}, *lines)


def test_a_part_of_a_period_is_said_to_be_one() -> None:
    query = {
        "groupBy": ["month"],
        "window": {"firstDay": "2026-01-15", "lastDay": "2026-02-28"},
    }

    notes = run(query, sale(2)).notes

    assert (
        "The month 2026-01 begins before the window: the rest of it is not counted"
        in notes
    )
    assert not any("2026-02" in note for note in notes)


def rows_by(dimension: str, result: AnalyticsResult) -> dict[Any, Any]:
    return {row[dimension]: row["net_revenue"] for row in result.rows}


def test_a_line_counts_for_each_of_its_tags_and_once_in_the_total() -> None:
    lines = (
        sale(1, 100, tags=["New", "gift"]),
        sale(2, 200, tags=["NEW", "NEW"]),
        sale(3, 400, tags=[]),
        sale(4, 800, tags=None),
        sale(5, -50, kind="REFUND", sku=None, tags=None),
    )
    query = {"groupBy": ["tag"], "metrics": ["net_revenue", "orders"]}

    result = run(query, *lines)

    assert rows_by("tag", result) == {
        "NEW": 3.0,
        "gift": 1.0,
        "(none)": 4.0,
        "(not recorded)": 8.0,
        "(not attributed)": -0.5,
    }
    assert result.totals == {"net_revenue": 14.5, "orders": 4}
    assert result.receipt.rows_counted == 5
    assert (
        "A line counts for each tag that it has: rows do not add up to the total"
        in (result.notes)
    )


def test_rows_by_tag_are_those_that_a_filter_by_tag_wants() -> None:
    lines = (
        sale(1, 100, tags=["new", "gift"]),
        sale(2, 200, tags=["new", "sale"]),
        sale(3, 400, tags=["sale"]),
    )
    filters = [{"dimension": "tag", "in": ["gift", "sale"]}]

    result = run({"groupBy": ["tag"], "filters": filters}, *lines)

    assert rows_by("tag", result) == {"sale": 6.0, "gift": 1.0}
    assert result.totals == {"net_revenue": 7.0}


def test_lines_with_a_tag_that_is_not_wanted_are_no_part_of_any_row() -> None:
    lines = (sale(1, 100, tags=["new", "gift"]), sale(2, 200, tags=["new"]))
    filters = [{"dimension": "tag", "notIn": ["gift"]}]

    result = run({"groupBy": ["tag"], "filters": filters}, *lines)

    assert rows_by("tag", result) == {"new": 2.0}


def test_there_are_no_shares_by_tag_but_running_totals_of_each() -> None:
    def build_query(kind: str) -> Json:
        derived = [{"kind": kind, "metric": "net_revenue"}]
        return {
            "groupBy": ["month", "tag"],
            "derived": derived,
            "window": FIRST_QUARTER,
            "filters": [{"dimension": "tag", "in": ["new"]}],
        }

    lines = sale(1, 100, tags=["new", "gift"]), sale(3, 200, tags=["new"])

    with pytest.raises(ImpossibleQuery, match="more than the whole"):
        run(build_query("share"), *lines)
    totals = column(
        run(build_query("running_total"), *lines), "net_revenue_running_total"
    )
    assert totals == [1.0, 1.0, 3.0]


def test_a_product_without_a_brand_is_not_one_whose_brand_was_not_recorded() -> None:
    lines = (
        sale(1, 100, brand="Acme"),
        sale(2, 200, brand="ACME"),
        sale(3, 400, brand=""),
        sale(4, 800, brand=None),
        sale(5, -50, kind="REFUND", brand="Acme"),
        sale(6, -30, kind="REFUND", sku=None, brand=None),
    )

    result = run({"groupBy": ["brand"]}, *lines)

    assert rows_by("brand", result) == {
        "(not recorded)": 8.0,
        "(none)": 4.0,
        "Acme": 2.5,
        "(not attributed)": -0.3,
    }
    assert "The brand of older orders is (not recorded)" in result.notes
    only = {"filters": [{"dimension": "brand", "in": ["(not recorded)"]}]}
    assert run(only, *lines).totals == {"net_revenue": 8.0}


def test_an_order_without_a_channel_is_older_than_that_was_recorded() -> None:
    lines = (sale(1, 100), sale(2, 200, channel="Store"), sale(3, 400, channel=None))
    query = {
        "metrics": ["net_revenue", "tax"],
        "groupBy": ["channel"],
        "derived": [{"kind": "share", "metric": "net_revenue"}],
    }

    result = run(query, *lines)

    assert rows_by("channel", result) == {
        "(not recorded)": 4.0,
        "Store": 2.0,
        "web": 1.0,
    }
    assert column(result, "net_revenue_share") == [57.14, 28.57, 14.29]


def test_what_is_always_recorded_has_no_orders_of_which_it_was_not() -> None:
    filters = [{"dimension": "category", "in": ["(not recorded)"]}]

    with pytest.raises(ImpossibleQuery, match="No order has the category"):
        run({"filters": filters}, sale(1))

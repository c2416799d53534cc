"""Queries that make no sense are refused, each with what is possible instead."""

from typing import Any

import pytest
from pydantic import ValidationError

from webapp.insights.query.analytics_query import EXAMPLE, AnalyticsQuery
from webapp.insights.query.definitions import DIMENSIONS, METRICS
from webapp.insights.query.descriptions import describe_query
from webapp.insights.query.errors import ImpossibleQuery
from webapp.insights.query.validation import check_query
from webapp.insights.query.windows import TimeRange
from webapp.kit.money import Currency
from webapp.kit.time_zones import parse_zone
from webapp.orders.status import OrderStatus, PaymentStatus

Json = dict[str, Any]


def parse(query: Json) -> AnalyticsQuery:
    return AnalyticsQuery.model_validate({"metrics": ["net_revenue"], **query})


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"metrics": ["revenu"]}, "revenu is no metric (did you mean"),
        ({"metrics": ["profit"]}, "profit is no metric; possible are"),
        ({"metrics": ["orders", "orders"]}, "orders is there twice"),
        ({"groupBy": ["colour"]}, "colour is no dimension"),
        ({"groupBy": ["month", "day"]}, "Rows are of one period, not of month and day"),
        (
            {"metrics": ["tax"], "groupBy": ["category"]},
            "tax cannot be split by category: that figure is recorded by order",
        ),
        (
            {
                "metrics": ["tax"],
                "filters": [{"dimension": "product", "in": ["Mug"]}],
            },
            "cannot be split by product",
        ),
        ({"filters": [{"dimension": "month", "in": ["2026-03"]}]}, "by the window"),
        (
            {"filters": [{"dimension": "week", "in": ["2025-W53"]}]},
            "2025 has 52 weeks, and no week 53; possible are 2025-W01, 2025-W02",
        ),
        (
            {"filters": [{"dimension": "week", "notIn": ["2026w54"]}]},
            "2026 has 53 weeks, and no week 54",
        ),
        ({"filters": [{"dimension": "week", "in": ["2026-W53"]}]}, "by the window"),
        (
            {"filters": [{"dimension": "country", "atLeast": 3}]},
            "country is no number",
        ),
        ({"filters": [{"dimension": "weekday", "in": ["Monday"]}]}, "a whole number"),
        ({"filters": [{"dimension": "weekday", "contains": "1"}]}, "contains no text"),
        ({"sort": [{"by": "orders"}]}, "orders is no column of the query"),
        ({"having": [{"by": "orders", "atLeast": 1}]}, "orders is no figure"),
        (
            {"derived": [{"kind": "share", "metric": "orders"}]},
            "orders is no metric of the query",
        ),
        (
            {
                "metrics": ["customers"],
                "derived": [{"kind": "share", "metric": "customers"}],
            },
            "The rows of customers do not add up here",
        ),
        (
            {
                "metrics": ["orders"],
                "groupBy": ["category"],
                "derived": [{"kind": "share", "metric": "orders"}],
            },
            "The rows of orders do not add up here",
        ),
        (
            {"derived": [{"kind": "running_total", "metric": "net_revenue"}]},
            "needs a period to group by",
        ),
        (
            {"groupBy": ["category", "product"], "limitBy": ["category"]},
            "limitBy says of what limit counts the rows, and there is none; possible are limit",
        ),
        (
            {"groupBy": ["category", "product"], "limit": 1, "limitBy": ["brand"]},
            "brand is no dimension of the query; possible are category, product",
        ),
        (
            {
                "groupBy": ["category", "product"],
                "limit": 1,
                "limitBy": ["product", "category"],
            },
            "each row is the only one of its kind; possible are category, product",
        ),
        (
            {"groupBy": ["week"], "limit": 1, "limitBy": ["month"]},
            "month is no dimension of the query; possible are week, year",
        ),
        (
            {
                "groupBy": ["category", "product"],
                "limit": 1,
                "limitBy": ["category"] * 2,
            },
            "category is there twice",
        ),
        ({"compareTo": "previous"}, "Only a window with a first day"),
        (
            {
                "groupBy": ["month"],
                "window": {"unit": "year"},
                "compareTo": "last_year",
                "derived": [{"kind": "change", "metric": "net_revenue"}],
            },
            "would have the same name",
        ),
        (
            {"window": {"lastDay": "2026-01-01"}, "compareTo": "last_year"},
            "Only a window with a first day",
        ),
    ],
)
def test_a_query_that_makes_no_sense_is_refused(query: Json, message: str) -> None:
    with pytest.raises(ImpossibleQuery) as refused:
        check_query(parse(query))

    assert message in refused.value.message


@pytest.mark.parametrize(
    "query",
    [
        {"metrics": []},
        {"version": 2},
        {"limit": 0},
        {"offset": 0},
        {"groupBy": ["day", "category", "country", "state"]},
        {"timeZone": "Mars/Olympus"},
        {"asOf": "2026-03-01T00:00:00"},
        {"asOf": "0"},
        {"asOf": 1_772_323_200},
        {"window": {"firstDay": "0"}},
        {"window": {"firstDay": 0}},
        {"window": {"lastDay": "20260301"}},
        {"currency": "XYZ"},
        {"filters": [{"dimension": "category"}]},
        {"filters": [{"dimension": "category", "in": []}]},
        {"filters": [{"dimension": "weekday", "atLeast": 5, "atMost": 2}]},
        {"derived": [{"kind": "moving_average", "metric": "net_revenue"}]},
        {"derived": [{"kind": "share", "metric": "net_revenue", "length": 3}]},
        {"having": [{"by": "net_revenue"}]},
        {"having": [{"by": "net_revenue", "atLeast": 5, "lessThan": 2}]},
        {"having": [{"by": "net_revenue", "moreThan": 5, "atMost": 2}]},
        {"window": {"unit": "month", "part": "same"}},
        {"compareTo": {"unit": "month", "part": "other"}},
        {"group": ["day"]},
    ],
)
def test_what_is_no_query_is_refused(query: Json) -> None:
    with pytest.raises(ValidationError):
        parse(query)


@pytest.mark.parametrize(
    "query",
    [
        EXAMPLE,
        {"metrics": ["orders"], "derived": [{"kind": "share", "metric": "orders"}]},
        {
            "groupBy": ["country", "month"],
            "derived": [
                {"kind": "moving_average", "metric": "net_revenue", "length": 3}
            ],
        },
    ],
)
def test_a_query_that_makes_sense_passes(query: Json) -> None:
    check_query(parse(query))


def test_every_part_of_a_query_is_said() -> None:
    query = parse(
        {
            "metrics": ["net_revenue", "orders"],
            "groupBy": ["country", "month"],
            "filters": [
                {"dimension": "category", "in": ["Kitchen", "Garden"]},
                {"dimension": "country", "notIn": ["DE"]},
                {"dimension": "product", "contains": "mug"},
                {"dimension": "hour_of_day", "atLeast": 9, "atMost": 17},
            ],
            "derived": [{"kind": "share", "metric": "net_revenue"}],
            "having": [{"by": "orders", "atLeast": 10}],
            "sort": [{"by": "orders", "descending": True}],
            "limit": 5,
            "currency": "EUR",
        }
    )
    zone = parse_zone("Europe/Berlin")

    words = describe_query(query, TimeRange(None, None, zone))

    assert words == (
        "Net revenue and orders by country and month, everything, "
        "only category Kitchen or Garden, without country Germany, "
        "only product with “mug” in it, only hour of the day from 9 to 17, "
        "share of all net revenue in percent, only rows with orders of at least 10, "
        "only orders paid in EUR, sorted by orders, the greatest first, the first 5, "
        "Europe/Berlin"
    )


def test_closed_dimensions_have_the_values_of_the_shop() -> None:
    assert DIMENSIONS["order_status"].values == tuple(OrderStatus)
    assert DIMENSIONS["payment_status"].values == tuple(PaymentStatus)
    assert DIMENSIONS["currency"].values == tuple(Currency)


def test_no_word_names_two_metrics_or_two_dimensions() -> None:
    for definitions in (METRICS, DIMENSIONS):
        names = [
            name
            for each in definitions.values()
            for name in {each.name, each.label, *each.synonyms}
        ]
        assert len(names) == len(set(names))


BEST_FIRST = [{"by": "net_revenue", "descending": True}]
BY_PRODUCT = ["category", "product"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (
            {"sort": BEST_FIRST, "limit": 1},
            "Top product by net revenue of each category",
        ),
        ({"limit": 3}, "Top 3 products by net revenue of each category"),
        (
            {"sort": [{"by": "orders"}], "metrics": ["orders", "units"], "limit": 2},
            "Orders and units sold of the bottom 2 products by orders of each category",
        ),
        (
            {"groupBy": ["category", "brand", "product"], "limit": 2},
            "Top 2 combinations of brand and product by net revenue of each category",
        ),
        (
            {"groupBy": ["month"], "limitBy": ["year"], "sort": BEST_FIRST, "limit": 1},
            "Top month by net revenue of each year",
        ),
    ],
)
def test_the_best_of_each_group_is_said_as_that(query: Json, words: str) -> None:
    asked = parse({"groupBy": BY_PRODUCT, "limitBy": ["category"], **query})
    check_query(asked)

    title = describe_query(asked, TimeRange(None, None, parse_zone("UTC")))

    assert title == f"{words}, everything, UTC"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"offset": 1}, "all but the first of each category"),
        ({"limit": 1, "offset": 1}, "row 2 of each category"),
        ({"limit": 5, "offset": 5}, "rows 6 to 10 of each category"),
        (
            {"sort": [*BEST_FIRST, {"by": "product"}], "limit": 1},
            "sorted by net revenue, the greatest first and product, the first of each category",
        ),
        ({"limitBy": [], "offset": 20}, "all but the first 20"),
        ({"limitBy": [], "limit": 5, "offset": 5}, "rows 6 to 10"),
    ],
)
def test_the_rows_that_are_shown_are_said(query: Json, words: str) -> None:
    asked = parse({"groupBy": BY_PRODUCT, "limitBy": ["category"], **query})
    check_query(asked)

    title = describe_query(asked, TimeRange(None, None, parse_zone("UTC")))

    assert title == f"Net revenue by category and product, everything, {words}, UTC"

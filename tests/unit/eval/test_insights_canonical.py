"""Queries that ask for the same are equal, however they are written; others are not."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.eval.insights.canonical import (
    is_same_answer,
    normalize_query,
    normalize_request,
    run_on_shop,
)
from tests.eval.insights.shops import NOW, MemoryShop
from tests.support.order_lines import order_facts, order_line, utc_2026
from webapp.insights.analyses.requests import ForecastRequest
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.insights.query.errors import ImpossibleQuery

Json = dict[str, Any]
SHOP = MemoryShop(
    "USD",
    ZoneInfo("UTC"),
    order_facts(
        order_line(order_id="1", at=utc_2026(9)),
        order_line(
            order_id="2", at=utc_2026(10), sku="TENT-2", name="Tent", category="Garden"
        ),
        order_line(order_id="3", at=utc_2026(10, 11), customer="a", country="DE"),
        order_line(
            order_id="4", at=utc_2026(11), customer="a", currency="EUR", country="DE"
        )
        | {"customer_status": "returning"},
        as_of=NOW,
    ),
)
OCTOBER = {"firstDay": "2026-10-01", "lastDay": "2026-10-31"}
SEPTEMBER = {"firstDay": "2026-09-01", "lastDay": "2026-09-30"}
LAST_MONTH = {"unit": "month", "offset": 1}
BEST_FIRST = {"by": "net_revenue", "descending": True}
GUESTS = {"dimension": "customer_type", "in": ["guest"]}


def parse(query: Json) -> AnalyticsQuery:
    return AnalyticsQuery.model_validate({"metrics": ["net_revenue"], **query})


def keep(dimension: str, **conditions: Any) -> Json:
    return {"filters": [{"dimension": dimension, **conditions}]}


def reach(metric: str, **bounds: float) -> Json:
    having = [{"by": metric, **bounds}]
    return {"metrics": [metric], "groupBy": ["category"], "having": having}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"window": LAST_MONTH}, {"window": OCTOBER}),
        (
            {"window": {"unit": "day", "count": 7}},
            {"window": {"firstDay": "2026-11-12"}},
        ),
        (
            {"window": LAST_MONTH, "compareTo": "previous"},
            {"window": OCTOBER, "compareTo": SEPTEMBER},
        ),
        (
            {"window": LAST_MONTH, "compareTo": "last_year"},
            {
                "window": OCTOBER,
                "compareTo": {"firstDay": "2025-10-01", "lastDay": "2025-10-31"},
            },
        ),
        (keep("country", **{"in": ["DE"]}), keep("country", **{"in": ["Germany"]})),
        (keep("country", **{"in": ["DE"]}), keep("country", notIn=["US"])),
        (
            keep("category", **{"in": ["Garden"]}),
            keep("category", **{"in": ["GARDEN "]}),
        ),
        (keep("product", **{"in": ["Tent"]}), keep("product", contains="ten")),
        (keep("category", **{"in": ["Kitchen", "Garden"]}), {}),
        (keep("weekday", **{"in": ["6", "7"]}), keep("weekday", atLeast=6)),
        (
            keep("hour_of_day", atMost=11),
            keep("hour_of_day", notIn=[*map(str, range(12, 24))]),
        ),
        ({"filters": [GUESTS]}, keep("customer_status", **{"in": ["guest"]})),
        (keep("currency", **{"in": ["EUR"]}), {"currency": "EUR"}),
        (
            {"filters": [GUESTS, {"dimension": "country", "in": ["US"]}]},
            {"filters": [{"dimension": "country", "in": ["US"]}, GUESTS]},
        ),
        ({"groupBy": ["category"], "sort": [BEST_FIRST]}, {"groupBy": ["category"]}),
        ({"groupBy": ["month"], "sort": [{"by": "month"}]}, {"groupBy": ["month"]}),
        ({"sort": [BEST_FIRST]}, {}),
        ({"groupBy": ["month", "country"]}, {"groupBy": ["country", "month"]}),
        (
            {
                "groupBy": ["month"],
                "derived": [
                    {"kind": "share", "metric": "net_revenue"},
                    {"kind": "change", "metric": "net_revenue"},
                ],
            },
            {
                "groupBy": ["month"],
                "derived": [
                    {"kind": "change", "metric": "net_revenue"},
                    {"kind": "share", "metric": "net_revenue"},
                ],
            },
        ),
        ({"timeZone": "UTC"}, {}),
        (
            reach("orders", moreThan=1, lessThan=9),
            reach("orders", atLeast=2, atMost=8),
        ),
    ],
)
def test_other_ways_to_write_a_query_are_the_same(one: Json, other: Json) -> None:
    first, second = parse(one), parse(other)

    assert normalize_query(first, SHOP) == normalize_query(second, SHOP)
    assert is_same_answer(run_on_shop(first, SHOP), second, SHOP)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"metrics": ["units"]}, {"metrics": ["orders"]}),
        (reach("net_revenue", moreThan=1), reach("net_revenue", atLeast=2)),
        (reach("net_revenue", moreThan=1), reach("net_revenue", atLeast=1)),
        ({"window": LAST_MONTH}, {}),
        ({"window": LAST_MONTH}, {"window": SEPTEMBER}),
        ({"window": LAST_MONTH}, {"window": OCTOBER, "compareTo": SEPTEMBER}),
        (
            {"window": OCTOBER, "compareTo": "last_year"},
            {"window": OCTOBER, "compareTo": "previous"},
        ),
        (keep("country", **{"in": ["DE"]}), keep("country", notIn=["DE"])),
        (keep("country", **{"in": ["DE"]}), {}),
        (keep("product", **{"in": ["Tent"]}), keep("product", **{"in": ["Mug"]})),
        (keep("hour_of_day", atMost=12), keep("hour_of_day", atMost=11)),
        (keep("hour_of_day", atMost=22), {}),
        ({"filters": [GUESTS]}, {"metrics": ["guest_orders"]}),
        ({"currency": "USD"}, {"currency": "EUR"}),
        ({"groupBy": ["month"]}, {"groupBy": ["quarter"]}),
        ({"groupBy": ["month"], "sort": [BEST_FIRST]}, {"groupBy": ["month"]}),
        (
            {"groupBy": ["country"], "sort": [{"by": "net_revenue"}]},
            {"groupBy": ["country"]},
        ),
        ({"groupBy": ["country"], "limit": 1}, {"groupBy": ["country"]}),
        (
            {"groupBy": ["country"], "having": [{"by": "net_revenue", "atLeast": 5}]},
            {"groupBy": ["country"], "having": [{"by": "net_revenue", "atMost": 5}]},
        ),
        (
            {
                "groupBy": ["country"],
                "derived": [{"kind": "rank", "metric": "net_revenue"}],
            },
            {"groupBy": ["country"]},
        ),
        (
            {"timeZone": "Asia/Tokyo", "window": LAST_MONTH},
            {"window": {"unit": "month"}},
        ),
    ],
)
def test_other_queries_are_not_the_same(one: Json, other: Json) -> None:
    first, second = parse(one), parse(other)

    assert normalize_query(first, SHOP) != normalize_query(second, SHOP)
    assert not is_same_answer(run_on_shop(first, SHOP), second, SHOP)


def test_metrics_are_in_no_order_unless_rows_are_limited_by_the_first() -> None:
    one = {"metrics": ["units", "orders"], "groupBy": ["country"]}
    other = {**one, "metrics": ["orders", "units"]}

    assert is_same_answer(run_on_shop(parse(one), SHOP), parse(other), SHOP)
    limited, other_limited = ({**each, "limit": 1} for each in (one, other))
    result = run_on_shop(parse(limited), SHOP)
    assert not is_same_answer(result, parse(other_limited), SHOP)


def test_the_right_query_with_wrong_figures_is_not_the_answer() -> None:
    query = parse({"groupBy": ["country"]})
    result = run_on_shop(query, SHOP)
    row, *others = result.rows

    assert is_same_answer(result, query, SHOP)
    wrong = result.model_copy(update={"rows": [row | {"net_revenue": 1.0}, *others]})
    assert not is_same_answer(wrong, query, SHOP)
    assert not is_same_answer(result.model_copy(update={"rows": others}), query, SHOP)


def test_whole_numbers_are_equal_with_and_without_decimals() -> None:
    query = parse({"metrics": ["orders"]})
    result = run_on_shop(query, SHOP)
    [row] = result.rows
    assert row == {"orders": 4}

    read_again = result.model_copy(update={"rows": [{"orders": 4.0}]})

    assert is_same_answer(read_again, query, SHOP)


def test_values_that_the_shop_has_not_are_refused() -> None:
    query = parse(keep("category", **{"in": ["Surfing"]}))

    with pytest.raises(ImpossibleQuery, match="Surfing"):
        normalize_query(query, SHOP)


def test_a_default_that_is_spelled_out_is_the_same_analysis() -> None:
    short = ForecastRequest(metric="orders")
    long = ForecastRequest(metric="orders", period="week", steps=4, first_step=1)
    other = ForecastRequest(metric="orders", steps=5)

    assert normalize_request(short, SHOP) == normalize_request(long, SHOP)
    assert normalize_request(short, SHOP) != normalize_request(other, SHOP)

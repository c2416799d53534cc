"""The queries of messages that are new questions."""

import pytest

from agents.local.dialogue_state import Json
from agents.local.insights.queries.parts import NeedsAnswer
from tests.support.insights_questions import build_new

THIS_YEAR = {"unit": "year", "count": 1, "offset": 0}
THIS_MONTH = {"unit": "month", "count": 1, "offset": 0}
OCTOBER = {"firstDay": "2026-10-01", "lastDay": "2026-10-31"}
CHANGE = {"kind": "change", "metric": "net_revenue"}


def sort_by(column: str, *, descending: bool = True) -> list[Json]:
    return [{"by": column, "descending": descending}]


@pytest.mark.parametrize(
    ("message", "parts"),
    [
        (
            "is revenue up on last month",
            {"window": THIS_MONTH, "compareTo": "previous"},
        ),
        ("revenue versus last year", {"window": THIS_YEAR, "compareTo": "last_year"}),
        (
            "revenue month over month",
            {"groupBy": ["month"], "derived": [CHANGE]},
        ),
        (
            "revenue in October month over month",
            {"window": OCTOBER, "compareTo": "previous"},
        ),
        # In November, October is the last month itself.
        (
            "revenue in October, up on last month",
            {"window": OCTOBER, "compareTo": "previous"},
        ),
        (
            "revenue by month this year with the change",
            {"groupBy": ["month"], "window": THIS_YEAR, "derived": [CHANGE]},
        ),
        (
            "revenue trend last week",
            {
                "groupBy": ["day"],
                "window": {"unit": "week", "count": 1, "offset": 1},
            },
        ),
    ],
)
def test_figures_are_compared(message: str, parts: Json) -> None:
    assert build_new(message) == [{"metrics": ["net_revenue"], **parts}]


@pytest.mark.parametrize(
    ("message", "parts"),
    [
        ("best 3 products", {"limit": 3, "sort": sort_by("net_revenue")}),
        ("worst products", {"sort": sort_by("net_revenue", descending=False)}),
        (
            "worst products by refund rate",
            {"metrics": ["refund_rate"], "sort": sort_by("refund_rate")},
        ),
        (
            "best products by category",
            {
                "groupBy": ["category", "product"],
                "sort": [{"by": "category"}, *sort_by("net_revenue")],
            },
        ),
        (
            "the best product of each category",
            {
                "groupBy": ["category", "product"],
                "limit": 1,
                "limitBy": ["category"],
                "sort": sort_by("net_revenue"),
            },
        ),
        (
            "which product has the biggest growth in October in percent",
            {
                "window": OCTOBER,
                "limit": 1,
                "compareTo": "previous",
                "sort": sort_by("net_revenue_change_percent"),
            },
        ),
        (
            "revenue by product in alphabetical order",
            {"sort": sort_by("product", descending=False)},
        ),
    ],
)
def test_rows_are_ranked(message: str, parts: Json) -> None:
    assert build_new(message) == [
        {"metrics": ["net_revenue"], "groupBy": ["product"], **parts}
    ]


@pytest.mark.parametrize(
    ("message", "bounds"),
    [
        ("products with over 100 orders", [{"by": "orders", "moreThan": 100.0}]),
        ("products with at least 100 orders", [{"by": "orders", "atLeast": 100.0}]),
        (
            "products with over 1,000 and under 5,000 revenue",
            [{"by": "net_revenue", "moreThan": 1000.0, "lessThan": 5000.0}],
        ),
        (
            "countries whose share is over 20%",
            [{"by": "net_revenue_share", "moreThan": 20.0}],
        ),
        (
            "products with over 20% growth in October",
            [{"by": "net_revenue_change_percent", "moreThan": 20.0}],
        ),
    ],
)
def test_rows_reach_bounds(message: str, bounds: list[Json]) -> None:
    [query] = build_new(message)

    assert query["having"] == bounds


@pytest.mark.parametrize(
    ("message", "query"),
    [
        ("share of canceled orders", {"metrics": ["cancellation_rate"]}),
        (
            "share of guest orders",
            {
                "metrics": ["orders"],
                "groupBy": ["customer_type"],
                "derived": [{"kind": "share", "metric": "orders"}],
            },
        ),
        (
            "top searches",
            {
                "metrics": ["searches"],
                "groupBy": ["search_query"],
                "sort": sort_by("searches"),
            },
        ),
        (
            "Germany",
            {
                "metrics": ["net_revenue"],
                "filters": [{"dimension": "country", "in": ["DE"]}],
            },
        ),
        (
            "is Kitchen our best category?",
            {
                "metrics": ["net_revenue"],
                "groupBy": ["category"],
                "sort": sort_by("net_revenue"),
            },
        ),
        ("have we sold more than 100 units?", {"metrics": ["units"]}),
        (
            "orders in May and June",
            {
                "metrics": ["orders"],
                "groupBy": ["month"],
                "window": {"firstDay": "2026-05-01", "lastDay": "2026-06-30"},
            },
        ),
    ],
)
def test_figures_are_chosen(message: str, query: Json) -> None:
    assert build_new(message) == [query]


def test_months_apart_are_queries_of_their_own() -> None:
    may, august = build_new("orders in May and August")

    assert may["window"] == {"firstDay": "2026-05-01", "lastDay": "2026-05-31"}
    assert august["window"] == {"firstDay": "2026-08-01", "lastDay": "2026-08-31"}


@pytest.mark.parametrize(
    ("message", "question"),
    [
        ("the change of revenue", "Over which time"),
        ("share of revenue", "share of net revenue of what"),
        ("share of orders and revenue by category", "You named orders and net revenue"),
        ("revenue over 100", "needs rows to choose from"),
        ("orders of products over 20%", "a share or a change"),
        ("in May", "Which figure do you mean"),
        ("revenue alphabetically", "nothing to sort"),
        ("the best", "best or worst of what"),
        ("how many of those", "Which ones do you mean"),
        ("orders with 95% intervals", "have no intervals"),
        ("orders in the month before", "Before or after which time"),
        ("revenue by category, country, brand, product and month", "which ones"),
    ],
)
def test_what_is_missing_is_asked(message: str, question: str) -> None:
    with pytest.raises(NeedsAnswer, match=question):
        build_new(message)


@pytest.mark.parametrize(
    ("message", "metrics", "group_by"),
    [
        ("products with no sales in October", ["units", "stock"], ["product"]),
        ("products that sold nothing last week", ["units", "stock"], ["product"]),
        ("what sold nothing yesterday", ["units", "stock"], ["product"]),
        ("unsold products last week", ["units", "stock"], ["product"]),
        ("products that we didn't sell at all", ["units", "stock"], ["product"]),
        ("products that sold nothing by stock", ["stock", "units"], ["product"]),
        ("which products had no orders last month", ["orders", "stock"], ["product"]),
        ("categories without sales this week", ["units", "stock"], ["category"]),
        ("products that were never returned", ["returned_units", "units"], ["product"]),
        ("products that were not refunded", ["refunds", "units"], ["product"]),
    ],
)
def test_goods_of_which_nothing_is_known_are_rows_of_what_could_be(
    message: str, metrics: list[str], group_by: list[str]
) -> None:
    [query] = build_new(message)

    assert query["metrics"] == metrics
    assert query["groupBy"] == group_by
    [bound] = query["having"]
    assert bound["by"] in metrics
    assert bound["atMost"] == 0.0


@pytest.mark.parametrize(
    "message", ["which countries sold nothing", "products without sales in Germany"]
)
def test_what_has_no_stock_has_no_rows_of_nothing(message: str) -> None:
    with pytest.raises(NeedsAnswer, match="never sold"):
        build_new(message)


@pytest.mark.parametrize(
    "message",
    ["products that did not sell more than 10 units", "which products sold well"],
)
def test_a_bound_is_not_nothing(message: str) -> None:
    [query] = build_new(message)

    assert all(each.get("atMost") != 0.0 for each in query.get("having", []))


def test_days_without_orders_are_rows() -> None:
    [query] = build_new("days without orders this year")

    assert query["having"] == [{"by": "orders", "atMost": 0.0}]


@pytest.mark.parametrize(
    ("message", "bound"),
    [
        (
            "products where units fell by more than 10 in October",
            {"by": "units_change", "lessThan": -10.0},
        ),
        (
            "products where units fell by more than 10% in October",
            {"by": "units_change_percent", "lessThan": -10.0},
        ),
        (
            "categories whose revenue is down by at most 20% in October",
            {"by": "net_revenue_change_percent", "atLeast": -20.0, "lessThan": 0.0},
        ),
        (
            "products whose revenue rose by over 500 in October",
            {"by": "net_revenue_change", "moreThan": 500.0},
        ),
        (
            "categories that grew more than 20% in October",
            {"by": "net_revenue_change_percent", "moreThan": 20.0},
        ),
    ],
)
def test_a_bound_of_a_change_is_of_its_sign(message: str, bound: Json) -> None:
    [query] = build_new(message)

    assert query["having"] == [bound]
    assert query["compareTo"] == "previous"

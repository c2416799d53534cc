"""What messages change in the query before."""

import pytest

from agents.local.dialogue_state import Json
from agents.local.insights.queries.parts import NeedsAnswer
from tests.support.insights_questions import build_change

LAST_MONTH = {"unit": "month", "count": 1, "offset": 1}
THIS_YEAR = {"unit": "year", "count": 1, "offset": 0}
SEPTEMBER = {"firstDay": "2026-09-01", "lastDay": "2026-09-30"}
OCTOBER = {"firstDay": "2026-10-01", "lastDay": "2026-10-31"}


def keep_values(dimension: str, *values: str) -> Json:
    return {"dimension": dimension, "in": list(values)}


def leave_out(dimension: str, *values: str) -> Json:
    return {"dimension": dimension, "notIn": list(values)}


def sort_by(column: str, *, descending: bool = True) -> list[Json]:
    return [{"by": column, "descending": descending}]


BEST_PRODUCTS: Json = {
    "metrics": ["net_revenue"],
    "groupBy": ["product"],
    "window": THIS_YEAR,
    "sort": sort_by("net_revenue"),
    "limit": 5,
}
BEST_OF_EACH: Json = {
    **BEST_PRODUCTS,
    "groupBy": ["category", "product"],
    "limitBy": ["category"],
    "limit": 1,
}
BEST_CATEGORY: Json = {
    "metrics": ["orders"],
    "groupBy": ["category"],
    "sort": sort_by("orders"),
    "limit": 1,
}
MONTHS: Json = {
    "metrics": ["net_revenue", "orders"],
    "groupBy": ["month"],
    "window": THIS_YEAR,
    "derived": [{"kind": "change", "metric": "net_revenue"}],
}
GERMANY: Json = {
    "metrics": ["net_revenue"],
    "window": LAST_MONTH,
    "filters": [keep_values("country", "DE")],
}
OCTOBER_ORDERS: Json = {"metrics": ["orders"], "window": OCTOBER}


@pytest.mark.parametrize(
    ("query", "message", "change"),
    [
        (GERMANY, "drop the filter", {"filters": None}),
        (GERMANY, "remove the filter on country", {"filters": None}),
        (GERMANY, "remove the filter on brand", {}),
        (GERMANY, "and for all countries?", {"filters": None}),
        (GERMANY, "drop the countries", {"filters": None}),
        (GERMANY, "per country", {"filters": None, "groupBy": ["country"]}),
        (
            {**GERMANY, "groupBy": ["month"]},
            "now every country",
            {"filters": None},
        ),
        (GERMANY, "also France", {"filters": [keep_values("country", "DE", "FR")]}),
        (GERMANY, "and France?", {"filters": [keep_values("country", "FR")]}),
        (
            GERMANY,
            "only Kitchen",
            {"filters": [*GERMANY["filters"], keep_values("category", "Kitchen")]},
        ),
        (
            GERMANY,
            "without France",
            {"filters": [*GERMANY["filters"], leave_out("country", "FR")]},
        ),
        (GERMANY, "without Germany", {"filters": [leave_out("country", "DE")]}),
        (
            {"metrics": ["orders"], "filters": [leave_out("country", "FR", "DE")]},
            "put France back in",
            {"filters": [leave_out("country", "DE")]},
        ),
        (
            {"metrics": ["orders"], "filters": [leave_out("country", "FR")]},
            "put France back in",
            {"filters": None},
        ),
        (
            GERMANY,
            "compare with France",
            {
                "filters": [keep_values("country", "DE", "FR")],
                "groupBy": ["country"],
            },
        ),
        (
            {"metrics": ["orders"], "groupBy": ["category"]},
            "drill into Kitchen",
            {
                "filters": [keep_values("category", "Kitchen")],
                "groupBy": ["product"],
            },
        ),
    ],
)
def test_filters_are_changed(query: Json, message: str, change: Json) -> None:
    assert build_change(query, message) == change


@pytest.mark.parametrize(
    ("query", "message", "change"),
    [
        (MONTHS, "without the months", {"groupBy": None, "derived": None}),
        (MONTHS, "without the orders", {"metrics": ["net_revenue"]}),
        (MONTHS, "without the revenue", {"metrics": ["orders"], "derived": None}),
        (
            {**BEST_PRODUCTS, "having": [{"by": "net_revenue", "atLeast": 7.0}]},
            "and orders?",
            {"metrics": ["orders"], "sort": sort_by("orders"), "having": None},
        ),
        (BEST_PRODUCTS, "also the orders", {"metrics": ["net_revenue", "orders"]}),
        (BEST_PRODUCTS, "by category", {"groupBy": ["category"]}),
        (
            BEST_PRODUCTS,
            "by month",
            {"groupBy": ["month"], "sort": None, "limit": None},
        ),
        (MONTHS, "by category", {"groupBy": ["category"], "derived": None}),
        (
            {"metrics": ["orders"], "groupBy": ["month"]},
            "for Germany and France",
            {"filters": [keep_values("country", "DE", "FR")]},
        ),
        (
            BEST_PRODUCTS,
            "only Germany and France, together",
            {"filters": [keep_values("country", "DE", "FR")]},
        ),
        (
            BEST_PRODUCTS,
            "and the total?",
            {"groupBy": None, "sort": None, "limit": None},
        ),
        (
            BEST_PRODUCTS,
            "in one figure",
            {"groupBy": None, "sort": None, "limit": None},
        ),
        (MONTHS, "and for the whole year?", {"groupBy": None, "derived": None}),
        (
            {"metrics": ["orders"], "groupBy": ["day"], "window": LAST_MONTH},
            "and for the whole month?",
            {"groupBy": None},
        ),
    ],
)
def test_groups_and_figures_are_changed(
    query: Json, message: str, change: Json
) -> None:
    assert build_change(query, message) == change


@pytest.mark.parametrize(
    ("query", "message", "change"),
    [
        (
            OCTOBER_ORDERS,
            "and last year?",
            {"window": {"firstDay": "2025-10-01", "lastDay": "2025-10-31"}},
        ),
        (
            MONTHS,
            "and last year?",
            {"window": {"unit": "year", "count": 1, "offset": 1}},
        ),
        (GERMANY, "previous month?", {"window": {**LAST_MONTH, "offset": 2}}),
        (OCTOBER_ORDERS, "previous month?", {"window": SEPTEMBER}),
        (GERMANY, "the month before that", {"window": {**LAST_MONTH, "offset": 2}}),
        (
            {"metrics": ["orders"], "window": THIS_YEAR},
            "only until June",
            {"window": {"firstDay": "2026-01-01", "lastDay": "2026-06-30"}},
        ),
        (OCTOBER_ORDERS, "put September next to it", {"compareTo": SEPTEMBER}),
        (
            {**OCTOBER_ORDERS, "compareTo": SEPTEMBER},
            "the other way round",
            {"window": SEPTEMBER, "compareTo": OCTOBER},
        ),
        (
            {**OCTOBER_ORDERS, "compareTo": SEPTEMBER},
            "and in June?",
            {
                "window": {"firstDay": "2026-06-01", "lastDay": "2026-06-30"},
                "compareTo": None,
            },
        ),
        (
            {"metrics": ["orders"], "window": {**LAST_MONTH, "unit": "day"}},
            "make that 60 days",
            {"window": {"unit": "day", "count": 60, "offset": 1}},
        ),
    ],
)
def test_times_are_changed(query: Json, message: str, change: Json) -> None:
    assert build_change(query, message) == change


@pytest.mark.parametrize(
    ("query", "message", "change"),
    [
        (BEST_PRODUCTS, "next 5", {"offset": 5}),
        ({**BEST_PRODUCTS, "offset": 5}, "next 5", {"offset": 10}),
        (BEST_PRODUCTS, "the rest", {"offset": 5, "limit": None}),
        (BEST_PRODUCTS, "numbers 8 to 10", {"offset": 7, "limit": 3}),
        (BEST_PRODUCTS, "make that 10", {"limit": 10}),
        (BEST_PRODUCTS, "only the first 3", {"limit": 3}),
        (BEST_PRODUCTS, "the highest only", {"limit": 1}),
        (BEST_PRODUCTS, "only the best ones", {}),
        (
            BEST_PRODUCTS,
            "the other way round",
            {"sort": sort_by("net_revenue", descending=False)},
        ),
        (
            BEST_PRODUCTS,
            "alphabetically",
            {"sort": sort_by("product", descending=False)},
        ),
        (BEST_OF_EACH, "the top 2 of each", {"limit": 2}),
        (
            BEST_OF_EACH,
            "and per brand?",
            {"groupBy": ["brand", "product"], "limitBy": ["brand"]},
        ),
        (
            BEST_OF_EACH,
            "and the best country?",
            {"groupBy": ["category", "country"]},
        ),
        (
            BEST_PRODUCTS,
            "of each country",
            {"groupBy": ["country", "product"], "limitBy": ["country"]},
        ),
    ],
)
def test_rows_are_changed(query: Json, message: str, change: Json) -> None:
    assert build_change(query, message) == change


@pytest.mark.parametrize(
    ("query", "message", "change"),
    [
        (
            BEST_PRODUCTS,
            "only those with more than 100 orders",
            {
                "metrics": ["net_revenue", "orders"],
                "having": [{"by": "orders", "atLeast": 101.0}],
            },
        ),
        (
            BEST_PRODUCTS,
            "only those over 100",
            {"having": [{"by": "net_revenue", "atLeast": 100.0}]},
        ),
        (
            {**BEST_PRODUCTS, "having": [{"by": "net_revenue", "atMost": 10.0}]},
            "raise it to 70",
            {"having": [{"by": "net_revenue", "atMost": 70.0}]},
        ),
    ],
)
def test_bounds_are_changed(query: Json, message: str, change: Json) -> None:
    assert build_change(query, message) == change


def test_it_is_what_the_first_row_is_of() -> None:
    change = build_change(
        BEST_CATEGORY, "which products in it", first_row={"category": "Garden"}
    )

    assert change == {
        "groupBy": ["product"],
        "filters": [keep_values("category", "Garden")],
        "limit": None,
    }


@pytest.mark.parametrize(
    ("query", "message", "question"),
    [
        (MONTHS, "next 5", "all the rows that there are"),
        (MONTHS, "drop the brands", "have no brand"),
        (BEST_PRODUCTS, "compare with France", "With which country"),
        ({"metrics": ["orders"]}, "the month before that", "no first day"),
        (GERMANY, "make that 10", "what 10 is to be"),
    ],
)
def test_what_cannot_be_changed_is_asked(
    query: Json, message: str, question: str
) -> None:
    with pytest.raises(NeedsAnswer, match=question):
        build_change(query, message)


def test_behind_the_last_rows_are_none() -> None:
    with pytest.raises(NeedsAnswer, match="no more rows"):
        build_change(BEST_PRODUCTS, "next 5", row_count=5)

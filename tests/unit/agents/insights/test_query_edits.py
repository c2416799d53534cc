"""What messages change in the query before."""

import pytest

from agents.local.dialogue_state import Json
from agents.local.insights.queries.parts import NeedsAnswer
from agents.local.insights.question.parser import parse_question
from tests.support.insights_questions import TODAY, build_change

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
                "having": [{"by": "orders", "moreThan": 100.0}],
            },
        ),
        (
            BEST_PRODUCTS,
            "only those over 100",
            {"having": [{"by": "net_revenue", "moreThan": 100.0}]},
        ),
        (
            {**BEST_PRODUCTS, "having": [{"by": "net_revenue", "atMost": 10.0}]},
            "raise it to 70",
            {"having": [{"by": "net_revenue", "atMost": 70.0}]},
        ),
        (
            {**BEST_PRODUCTS, "having": [{"by": "net_revenue", "lessThan": 10.0}]},
            "raise it to 70",
            {"having": [{"by": "net_revenue", "lessThan": 70.0}]},
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


COUNTRIES_AND_CATEGORIES: Json = {
    "metrics": ["units"],
    "groupBy": ["country", "category"],
    "window": OCTOBER,
}
WITHOUT_GERMANY: Json = {
    "metrics": ["orders"],
    "groupBy": ["country"],
    "filters": [leave_out("country", "DE")],
}


@pytest.mark.parametrize(
    ("query", "message", "change"),
    [
        (BEST_PRODUCTS, "and the five in Germany", {"filters": [keep_values("country", "DE")]}),
        (BEST_PRODUCTS, "the 3 with the fewest orders", {
            "metrics": ["orders"], "limit": 3, "sort": sort_by("orders", descending=False),
        }),
        (BEST_PRODUCTS, "just number one", {"limit": 1}),
        (BEST_PRODUCTS, "per category", {
            "groupBy": ["category", "product"], "limitBy": ["category"],
        }),
        (BEST_PRODUCTS, "by category", {"groupBy": ["category"]}),
        (COUNTRIES_AND_CATEGORIES, "top 2 per country", {
            "sort": sort_by("units"), "limit": 2, "limitBy": ["country"],
        }),
    ],
)  # fmt: skip
def test_ranked_rows_are_those_of_the_list_before(
    query: Json, message: str, change: Json
) -> None:
    assert build_change(query, message) == change


@pytest.mark.parametrize(
    ("query", "message", "window"),
    [
        (OCTOBER_ORDERS, "I meant 2025", {"firstDay": "2025-10-01", "lastDay": "2025-10-31"}),
        (OCTOBER_ORDERS, "wrong year, take 2025", {
            "firstDay": "2025-10-01", "lastDay": "2025-10-31",
        }),
        (OCTOBER_ORDERS, "October a year earlier", {
            "firstDay": "2025-10-01", "lastDay": "2025-10-31",
        }),
        (OCTOBER_ORDERS, "for those months last year", {
            "firstDay": "2025-10-01", "lastDay": "2025-10-31",
        }),
        (OCTOBER_ORDERS, "for all of 2025", {"firstDay": "2025-01-01", "lastDay": "2025-12-31"}),
        (OCTOBER_ORDERS, "extend it to 2025", {"firstDay": "2025-01-01", "lastDay": "2025-12-31"}),
        ({**OCTOBER_ORDERS, "window": THIS_YEAR}, "and 2025", {
            "firstDay": "2025-01-01", "lastDay": "2025-12-31",
        }),
    ],
)  # fmt: skip
def test_a_year_is_that_of_the_month_before(
    query: Json, message: str, window: Json
) -> None:
    assert build_change(query, message) == {"window": window}


def test_a_time_is_added_to_the_one_before() -> None:
    added = build_change(OCTOBER_ORDERS, "add September")

    assert added == {
        "window": {"firstDay": "2026-09-01", "lastDay": "2026-10-31"},
        "groupBy": ["month"],
    }
    assert build_change(OCTOBER_ORDERS, "and September") == {"window": SEPTEMBER}


def test_a_time_in_apposition_is_no_other_window() -> None:
    change = build_change(OCTOBER_ORDERS, "compare it with the month before, September")

    assert change == {"compareTo": SEPTEMBER}


@pytest.mark.parametrize(
    ("message", "days"),
    [
        ("only Sat and Sun", keep_values("weekday", "6", "7")),
        ("without Sunday", leave_out("weekday", "7")),
    ],
)
def test_weekdays_of_months_are_those_of_every_week(message: str, days: Json) -> None:
    question = parse_question(
        message, today=TODAY, matches=(), follows=True, is_long=True
    )

    assert question.request.filters == [days]
    assert question.request.window is None


def test_a_single_weekday_is_no_filter_of_a_week() -> None:
    question = parse_question("only Saturday", today=TODAY, matches=(), follows=True)

    assert question.request.filters == []


def test_what_is_left_out_stays_so_for_each_of_the_others() -> None:
    share = {"kind": "share", "metric": "orders"}

    change = build_change(WITHOUT_GERMANY, "what share does each country have")

    assert change == {"derived": [share]}


def test_more_is_left_out_together() -> None:
    change = build_change(WITHOUT_GERMANY, "and no France either")

    assert change == {"filters": [leave_out("country", "DE", "FR")]}


def test_a_list_stays_where_it_is_of_all_countries() -> None:
    query = {**BEST_PRODUCTS, "filters": [keep_values("country", "DE")]}

    assert build_change(query, "worldwide please") == {"filters": None}


def test_an_amount_in_a_currency_is_no_share() -> None:
    change = build_change(
        {"metrics": ["net_revenue"], "window": OCTOBER},
        "how much of it was paid in pounds",
    )

    assert change == {"currency": "GBP"}


def test_each_row_changes_on_the_one_before_it() -> None:
    query = {"metrics": ["orders"], "groupBy": ["month"], "window": THIS_YEAR}

    change = build_change(query, "how much did each grow on the previous one")

    assert change == {"derived": [{"kind": "change", "metric": "orders"}]}


@pytest.mark.parametrize(
    ("message", "bounds"),
    [
        ("and less than 500", {"atLeast": 100.0, "lessThan": 500.0}),
        ("but no more than 500", {"atLeast": 100.0, "atMost": 500.0}),
        ("and over 200", {"moreThan": 200.0}),
        ("less than 500 instead", {"lessThan": 500.0}),
    ],
)
def test_a_further_bound_is_of_the_rows_that_are_left(
    message: str, bounds: Json
) -> None:
    query: Json = {
        "metrics": ["net_revenue"],
        "groupBy": ["category"],
        "having": [{"by": "net_revenue", "atLeast": 100.0}],
    }

    assert build_change(query, message)["having"] == [{"by": "net_revenue", **bounds}]

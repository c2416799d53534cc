"""Which rows a question wants, in which order, how many, and with which derived columns."""

from decimal import Decimal

import pytest

from agents.local.dialogue_state import Json
from tests.support.insights_questions import parse_alone, parse_request


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("which searches found nothing", ["search_query"]),
        ("where do our orders go", ["country"]),
        ("what did we sell yesterday", ["product"]),
        ("what sold more than 300 units", ["product"]),
        ("list of products", ["product"]),
        ("orders of products", []),
        ("revenue in all categories together", []),
        ("what did we sell in which country", ["country"]),
    ],
)
def test_rows(text: str, groups: list[str]) -> None:
    assert parse_request(text).group_by == groups


def test_the_day_of_the_year_is_of_this_one() -> None:
    request = parse_request("best day of the year")

    assert (request.group_by, request.window) == (
        ["day"],
        {"unit": "year", "count": 1, "offset": 0},
    )


@pytest.mark.parametrize("text", ["without the months", "not by month"])
def test_rows_that_are_not_wanted_are_dropped(text: str) -> None:
    assert parse_request(text, follows=True).drops == ["month"]


@pytest.mark.parametrize(
    ("text", "descending", "limit"),
    [
        ("the best seller", True, 1),
        ("best sellers", True, None),
        ("the three best months", True, 3),
        ("the worst month", False, 1),
        ("which of our categories sells best", True, 1),
        ("which of our categories sell best", True, None),
        ("best on top by category", True, None),
        ("revenue by category, largest first, only 5", True, 5),
        ("top 2000 products", True, None),
        ("which category was the biggest loser since last month", False, 1),
        ("winners by category since last month", True, None),
    ],
)
def test_rankings(text: str, descending: bool, limit: int | None) -> None:
    request = parse_request(text)

    assert (request.descending, request.limit) == (descending, limit)


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("7 day moving average of revenue", {"kind": "moving_average", "length": 7}),
        ("running total of revenue this year", {"kind": "running_total"}),
        ("share of revenue by country", {"kind": "share"}),
    ],
)
def test_derived_columns(text: str, column: Json) -> None:
    assert parse_request(text).derived == [{"metric": "net_revenue", **column}]


@pytest.mark.parametrize(
    "text",
    [
        "add up what we took this year",
        "rank categories, top three only",
        "what portion of sales was refunded",
        "by what percentage did units grow from September to October",
    ],
)
def test_what_is_a_figure_itself_is_no_column(text: str) -> None:
    assert not parse_request(text).derived


def test_a_moving_average_without_a_length_is_asked_back() -> None:
    text = "moving average of revenue"

    assert parse_alone(text).questions


def test_what_was_never_sold_has_no_units() -> None:
    request = parse_request("which product was never sold")

    assert request.metrics == ["units"]
    [bound] = request.bounds
    assert (bound.metric, bound.at_most) == ("units", Decimal(0))


def test_a_ranking_of_a_category_is_of_its_products() -> None:
    assert parse_alone("ranking by units this year").questions != ()


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("increase in units from August to September per category", None),
        ("which category had the biggest increase in units last month", 1),
        ("our weakest day, Monday to Sunday", 1),
    ],
)
def test_a_change_of_each_value_leaves_none_out(text: str, limit: int | None) -> None:
    assert parse_request(text).limit == limit


@pytest.mark.parametrize(
    ("text", "metric"),
    [
        ("percentage of searches that found nothing by week", "zero_result_rate"),
        ("what share of the refunds was in each month", "refunds"),
    ],
)
def test_a_share_without_rows_of_its_own_is_a_rate(text: str, metric: str) -> None:
    assert parse_request(text).metrics == [metric]


def test_the_end_of_each_month_is_asked_for_stock_alone() -> None:
    assert parse_request("stock at the end of each month").group_by == ["month"]
    assert parse_alone("orders at the end of each month").gaps != ()


def test_week_over_week_has_a_column_of_changes() -> None:
    assert parse_request("orders week over week, last 10 weeks").wants_change
    assert not parse_request("orders week by week, last 10 weeks").wants_change

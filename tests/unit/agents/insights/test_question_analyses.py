"""Which analysis a question asks for."""

import pytest

from tests.support.insights_questions import parse_alone, read_request


@pytest.mark.parametrize(
    ("text", "analysis"),
    [
        ("do higher prices explain why we sell fewer units?", "price_effect"),
        ("did the price have an effect on how many we sold?", "price_effect"),
        ("why was October unusual?", "explain_change"),
        ("lifetime value by cohort", "lifetime_value"),
        ("search insights, and the expected loss", "search_insights"),
        ("what do searches without results cost us?", "search_insights"),
        ("how much of the revenue do a few products make?", "concentration"),
        ("revenue next month", "forecast"),
        ("revenue last month", None),
    ],
)
def test_one_analysis_is_asked_for(text: str, analysis: str | None) -> None:
    question = parse_alone(text)

    assert question.request.analysis == analysis
    assert question.questions == ()


def test_of_two_analyses_it_is_asked_which_is_wanted_first() -> None:
    assert parse_alone("forecast the lifetime value").questions != ()


@pytest.mark.parametrize(
    "text", ["the number of products behind 80% of revenue", "how many make up 80%"]
)
def test_what_makes_up_a_class_is_a_concentration(text: str) -> None:
    request, _ = read_request(text)

    assert request.analysis == "concentration"
    assert request.bounds == []


def test_a_number_of_pairs_is_that_of_rows() -> None:
    assert read_request("the ten pairs of products bought together")[0].limit == 10


def test_a_change_between_two_times_is_that_of_the_second_one() -> None:
    request, _ = read_request("drivers of the revenue change, August to September")

    assert request.window == {"firstDay": "2026-09-01", "lastDay": "2026-09-30"}
    assert request.compare_to == {"firstDay": "2026-08-01", "lastDay": "2026-08-31"}


@pytest.mark.parametrize(
    ("text", "is_known"),
    [
        ("which products are out of stock?", True),
        ("which products were out of stock?", False),
        ("products out of stock in May", False),
    ],
)
def test_only_what_is_out_of_stock_now_is_known(text: str, is_known: bool) -> None:
    question = parse_alone(text)

    assert (not question.gaps) is is_known


def test_a_forecast_of_a_month_is_of_the_next_one() -> None:
    request, _ = read_request("forecast revenue for December")

    assert request.window == {"firstDay": "2026-12-01", "lastDay": "2026-12-31"}
    assert read_request("forecast revenue for March")[0].window == {
        "firstDay": "2027-03-01",
        "lastDay": "2027-03-31",
    }


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("forecast of orders next month, interval level 90", 90),
        ("forecast of orders next month, 95% sure", 95),
        ("forecast of orders next month", None),
    ],
)
def test_the_level_of_an_interval_is_no_bound(text: str, level: int | None) -> None:
    request, unknown = read_request(text)

    assert (request.level, request.bounds, unknown) == (level, [], [])


@pytest.mark.parametrize(
    ("text", "sort"),
    [
        ("which products are most often bought together?", "orders"),
        ("products frequently bought together, top 10", "orders"),
        ("category pairs ranked by how often they occur", "orders"),
        ("which products are often in the same order as a teapot", None),
    ],
)
def test_pairs_are_ranked_by_orders_where_the_most_frequent_are_asked_for(
    text: str, sort: str | None
) -> None:
    assert read_request(text)[0].sort_by == sort


@pytest.mark.parametrize(
    ("text", "last_day"),
    [
        ("what runs dry between now and Friday?", "2026-11-20"),
        ("which products will be out of stock by Friday?", "2026-11-20"),
    ],
)
def test_stock_is_looked_at_until_the_coming_day(text: str, last_day: str) -> None:
    request, _ = read_request(text)

    assert request.analysis == "stock_outlook"
    assert request.window == {"lastDay": last_day}


def test_the_day_of_an_order_is_no_end_of_stock() -> None:
    assert read_request("what do we need to reorder by Friday?")[0].window is None


def test_a_noun_of_the_rows_says_what_they_are_of() -> None:
    request, unknown = read_request("category affinities")

    assert request.group_by == ["category"]
    assert unknown == []


def test_a_biggest_drop_leaves_nothing_out() -> None:
    question = parse_alone("category with the biggest drop in October")

    assert question.gaps == ()
    assert question.request.window is not None

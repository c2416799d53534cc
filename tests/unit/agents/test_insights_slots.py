from datetime import date, timedelta

import pytest

from agents.local.dialogue_state import Json
from agents.local.insights import slots
from agents.local.insights.time_ranges import DateRange

TODAY = date(2026, 11, 23)
JUNE = {"first_day": "2026-06-01", "last_day": "2026-06-30"}


@pytest.mark.parametrize(
    ("utterance", "granularity"),
    [
        ("daily revenue", "day"),
        ("revenue by day", "day"),
        ("orders per day", "day"),
        ("orders each day", "day"),
        ("how much every day", "day"),
        ("how much a day", "day"),
        ("sales day by day", "day"),
        ("Which day was good", "day"),
        ("weekly revenue", "week"),
        ("revenue by week", "week"),
        ("week by week", "week"),
        ("our worst week", "week"),
        ("the slowest week", "week"),
        ("Monthly revenue", "month"),
        ("revenue per month", "month"),
        ("month over month", "month"),
        ("month by month", "month"),
        ("the best month", "month"),
        ("which month was the best", "month"),
        ("revenue last month", None),
        ("the revenue of this week", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_a_granularity_is_named_by_a_phrase(
    utterance: str, granularity: str | None
) -> None:
    assert slots.find_granularity(utterance) == granularity


@pytest.mark.parametrize(
    ("days", "granularity"),
    [
        (1, "day"),
        (31, "day"),
        (32, "week"),
        (120, "week"),
        (121, "month"),
        (3000, "month"),
    ],
)
def test_the_length_of_a_range_chooses_the_granularity(
    days: int, granularity: str
) -> None:
    date_range = DateRange(TODAY - timedelta(days=days - 1), TODAY)

    assert slots.choose_granularity(date_range) == granularity


@pytest.mark.parametrize(
    "date_range",
    [DateRange(), DateRange(first=TODAY), DateRange(last=TODAY)],
)
def test_an_open_range_is_reported_by_month(date_range: DateRange) -> None:
    assert slots.choose_granularity(date_range) == "month"


@pytest.mark.parametrize(
    ("utterance", "limit"),
    [
        ("top 5 products", 5),
        ("the best ten", 10),
        ("first 3", 3),
        ("worst 7", 7),
        ("our ten best products", 10),
        ("5 top sellers", 5),
        ("the 12 most popular", 12),
        ("20 products", 20),
        ("a dozen items", 12),
        ("3 categories", 3),
        ("Top 1,000", 1000),
        ("what about the TOP 10", 10),
        ("top 5 products of 2026", 5),
        ("2026 best sellers", None),
        ("top products", None),
        ("more than 5 orders", None),
        ("best products of the last 3 months", None),
    ],
)
def test_how_many_rows_are_asked_for(utterance: str, limit: int | None) -> None:
    assert slots.find_limit(utterance) == limit


@pytest.mark.parametrize(
    ("utterance", "ranking"),
    [
        ("by units", "units"),
        ("by unit", "units"),
        ("how many pieces", "units"),
        ("by quantity", "units"),
        ("by volume", "units"),
        ("By Revenue", "revenue"),
        ("most money", "revenue"),
        ("best sales", "revenue"),
        ("turnover", "revenue"),
        ("best sales by units", "units"),
        ("best sellers", None),
        ("community", None),
    ],
)
def test_products_are_ranked_by_what_is_named(
    utterance: str, ranking: str | None
) -> None:
    assert slots.find_ranking(utterance) == ranking


@pytest.mark.parametrize(
    ("utterance", "category"),
    [
        ("top products in the kitchen category", "kitchen"),
        ("revenue of category Home & Garden", "Home & Garden"),
        ("revenue in category Men's Wear?", "Men's Wear"),
        ("only the toys category, please", "toys"),
        ("only books category", "books"),
        ("for the category toys last month", "toys"),
        ("in category toys since March", "toys"),
        ("in category toys for May", "toys"),
        ("in category toys by week", "toys"),
        ("in the toys category this year", "toys"),
        ("top 5 of last month in the kitchen category", "kitchen"),
        ("revenue for June in the kitchen category", "kitchen"),
        ("revenue by category", None),
        ("revenue in June by category", None),
        ("share of each category", None),
        ("what sold in our best category", None),
        ("kitchen category", None),
        ("only for books", None),
    ],
)
def test_a_category_is_named_with_the_word(
    utterance: str, category: str | None
) -> None:
    assert slots.find_category(utterance) == category


@pytest.mark.parametrize(
    ("utterance", "arguments"),
    [
        ("how is revenue developing", {"granularity": "month"}),
        ("revenue by week", {"granularity": "week"}),
        ("trend in June 2026", JUNE | {"granularity": "day"}),
        ("trend in June 2026 by week", JUNE | {"granularity": "week"}),
        (
            "trend since September",
            {
                "granularity": "week",
                "first_day": "2026-09-01",
                "last_day": "2026-11-23",
            },
        ),
        ("trend until 2025", {"granularity": "month", "last_day": "2025-12-31"}),
        (
            "trend in the toys category",
            {"granularity": "month", "category": "toys"},
        ),
    ],
)
def test_arguments_of_a_trend(utterance: str, arguments: Json) -> None:
    assert slots.build_trend_arguments(utterance, today=TODAY) == arguments


@pytest.mark.parametrize(
    ("utterance", "arguments"),
    [
        ("best sellers", {}),
        ("top 0 products", {}),
        ("top 5 products by units", {"by": "units", "limit": 5}),
        ("revenue in June 2026", JUNE | {"by": "revenue"}),
        (
            "top 3 products in the toys category in June 2026",
            JUNE | {"limit": 3, "category": "toys"},
        ),
    ],
)
def test_arguments_of_sales(utterance: str, arguments: Json) -> None:
    assert slots.build_sales_arguments(utterance, today=TODAY) == arguments


@pytest.mark.parametrize(
    ("utterance", "arguments"),
    [
        ("what is rising", {}),
        ("which 3 products sell worse by revenue", {"limit": 3}),
        (
            "top 3 of the toys category returned in June 2026",
            JUNE | {"limit": 3, "category": "toys"},
        ),
    ],
)
def test_arguments_of_product_performance(utterance: str, arguments: Json) -> None:
    assert slots.build_performance_arguments(utterance, today=TODAY) == arguments


@pytest.mark.parametrize(
    ("utterance", "tool", "arguments"),
    [
        ("and in June 2026?", "order_trends", JUNE),
        ("by week instead", "order_trends", {"granularity": "week"}),
        ("the top 3", "order_trends", {}),
        ("the top 3 by units", "product_performance", {"limit": 3}),
        ("and in June 2026?", "product_performance", JUNE),
        ("the top 3 by units", "sales_insights", {"limit": 3, "by": "units"}),
        ("and in June 2026?", "sales_insights", JUNE),
        ("in the toys category", "sales_insights", {"category": "toys"}),
    ],
)
def test_a_follow_up_has_only_the_arguments_that_it_names(
    utterance: str, tool: str, arguments: Json
) -> None:
    new = slots.build_follow_up_arguments(utterance, tool, today=TODAY)

    assert new == arguments

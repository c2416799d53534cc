"""What tools make of their arguments."""

from datetime import UTC, datetime
from math import inf, nan
from typing import Any

import pytest

from agents.tools.analytics import WindowParams
from agents.tools.products import ProductSearchParams, to_cents
from analytics.window import Selection
from webapp.adapters.search.port import SearchFilters, SearchRequest, Sort
from webapp.insights.query.errors import BadWindow
from webapp.kit.money import NotAnAmount


def test_every_filter_of_a_product_search_reaches_the_engine() -> None:
    params = ProductSearchParams(
        query="kettle",
        category="Kitchen",
        min_price=9.99,
        max_price=49.9,
        in_stock=True,
        sort="price_low_first",
        limit=3,
    )

    assert params.to_search_request() == SearchRequest(
        "kettle",
        SearchFilters(
            category="Kitchen", min_price=9_99, max_price=49_90, in_stock=True
        ),
        Sort.PRICE,
        limit=3,
    )


def test_without_filters_the_five_most_relevant_products_are_searched() -> None:
    assert ProductSearchParams(query="").to_search_request() == SearchRequest(
        "", SearchFilters(), Sort.RELEVANCE, limit=5
    )


@pytest.mark.parametrize(
    ("asked", "limit"), [(-1, 1), (0, 1), (1, 1), (2, 2), (10, 10), (11, 10)]
)
def test_one_to_ten_products_are_searched(asked: int, limit: int) -> None:
    request = ProductSearchParams(query="", limit=asked).to_search_request()

    assert request.limit == limit


@pytest.mark.parametrize(
    ("amount", "cents"),
    [(None, None), (0, 0), (49.9, 49_90), (0.125, 12), (0.126, 13), (19.999, 20_00)],
)
def test_an_amount_is_rounded_to_the_nearest_cent(
    amount: float | None, cents: int | None
) -> None:
    assert to_cents(amount) == cents


@pytest.mark.parametrize("amount", [inf, nan, 1e30])
def test_what_is_no_amount_is_refused(amount: float) -> None:
    with pytest.raises(NotAnAmount):
        to_cents(amount)


def test_a_window_includes_its_last_day() -> None:
    params = WindowParams(
        first_day="2026-03-01", last_day="2026-03-31", category="Kitchen"
    )

    assert params.build_selection() == Selection(
        start=datetime(2026, 3, 1, tzinfo=UTC),
        end=datetime(2026, 4, 1, tzinfo=UTC),
        category="Kitchen",
    )


@pytest.mark.parametrize(
    ("window", "selection"),
    [
        ({}, Selection()),
        (
            {"first_day": "2026-03-01"},
            Selection(start=datetime(2026, 3, 1, tzinfo=UTC)),
        ),
        ({"last_day": "2026-03-01"}, Selection(end=datetime(2026, 3, 2, tzinfo=UTC))),
        (
            {"first_day": "2026-03-01", "last_day": "2026-03-01"},
            Selection(
                start=datetime(2026, 3, 1, tzinfo=UTC),
                end=datetime(2026, 3, 2, tzinfo=UTC),
            ),
        ),
    ],
)
def test_a_window_may_be_open_or_a_single_day(
    window: dict[str, str], selection: Selection
) -> None:
    assert WindowParams(**window).build_selection() == selection


@pytest.mark.parametrize(
    ("window", "message"),
    [
        (
            {"first_day": "2026-03-02", "last_day": "2026-03-01"},
            "The window ends before it begins",
        ),
        (
            {"first_day": "in the first week of March"},
            "in the first week of is not a day; write it as YYYY-MM-DD",
        ),
        (
            {"last_day": "2026-02-30"},
            "2026-02-30 is not a day; write it as YYYY-MM-DD",
        ),
    ],
)
def test_a_wrong_window_is_refused(window: dict[str, Any], message: str) -> None:
    with pytest.raises(BadWindow) as error:
        WindowParams(**window).build_selection()

    assert (error.value.code, error.value.message) == ("BAD_WINDOW", message)

"""What tools make of their arguments."""

from math import inf, nan

import pytest

from agents.tools.products import ProductSearchParams, to_cents
from webapp.adapters.search.port import SearchFilters, SearchRequest, Sort
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
            categories=("Kitchen",), min_price=9_99, max_price=49_90, in_stock=True
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

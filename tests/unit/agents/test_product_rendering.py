"""What a shopper reads about products."""

from typing import Any

import pytest

from agents.local.support.product_rendering import (
    render_product,
    render_product_line,
    render_search_results,
    render_variants,
)
from tests.support.tool_results import (
    build_details,
    build_product,
    build_search_result,
    build_variant,
)
from webapp.catalog.views import ProductSummaryView

HINT_MANY = (
    "Say “add the second one” to put it in your cart, or ask me about one of them."
)
KETTLES = [build_product("Copper Kettle"), build_product("Glass Kettle", price=29_00)]


def render_line(name: str = "Kettle", **values: Any) -> str:
    product = build_product(name, **values)
    return render_product_line(product.model_dump(mode="json"))


def render_results(
    *products: ProductSummaryView, query: str = "kettle", skip: int = 0, **result: Any
) -> str:
    return render_search_results(
        build_search_result(*products, **result), {"query": query}, skip=skip
    )


def test_several_results_are_numbered() -> None:
    assert render_results(*KETTLES) == (
        "I found 2 products for “kettle”.\n"
        "1. Copper Kettle: $49.00, in stock\n"
        "2. Glass Kettle: $29.00, in stock\n" + HINT_MANY
    )


def test_one_result_can_be_added_as_it() -> None:
    assert render_results(KETTLES[0]) == (
        "I found 1 product for “kettle”.\n"
        "1. Copper Kettle: $49.00, in stock\n"
        "Say “add it to my cart” if you like it."
    )


def test_the_first_of_many_results_are_counted() -> None:
    assert render_results(*KETTLES, total=12) == (
        "I found 12 products for “kettle”. Here are 2.\n"
        "1. Copper Kettle: $49.00, in stock\n"
        "2. Glass Kettle: $29.00, in stock\n" + HINT_MANY
    )


def test_a_total_below_what_is_shown_is_not_believed() -> None:
    assert render_results(*KETTLES, total=0).startswith("I found 2 products for")


@pytest.mark.parametrize(
    ("skip", "expected"),
    [
        (
            1,
            (
                "Here are 2.\n"
                "2. Glass Kettle: $29.00, in stock\n"
                "3. Iron Kettle: $49.00, in stock\n"
            ),
        ),
        (2, "Here is 1.\n3. Iron Kettle: $49.00, in stock\n"),
    ],
)
def test_further_results_keep_their_numbers(skip: int, expected: str) -> None:
    products = [*KETTLES, build_product("Iron Kettle")]

    assert render_results(*products, skip=skip) == (
        f"I found 3 products for “kettle”. {expected}{HINT_MANY}"
    )


@pytest.mark.parametrize(
    ("arguments", "criteria"),
    [
        ({"query": ""}, ""),
        ({"query": "kettle"}, " for “kettle”"),
        ({"query": "kettle", "min_price": 20.0}, " for “kettle” from $20.00"),
        ({"query": "kettle", "max_price": 40.5}, " for “kettle” up to $40.50"),
        (
            {"query": "kettle", "min_price": 20.0, "max_price": 40.0},
            " for “kettle” between $20.00 and $40.00",
        ),
        ({"query": "kettle", "in_stock": True}, " for “kettle” in stock"),
        ({"query": "", "max_price": 40.0, "in_stock": True}, " up to $40.00 in stock"),
    ],
)
def test_the_conditions_of_a_search_are_repeated(
    arguments: dict[str, Any], criteria: str
) -> None:
    found = render_search_results(build_search_result(*KETTLES), arguments)
    nothing = render_search_results(build_search_result(), arguments)

    assert found.startswith(f"I found 2 products{criteria}.\n1. ")
    assert nothing == (
        f"I found nothing{criteria}. Try other words, or a wider price range."
    )


def test_limits_are_in_the_currency_of_the_products() -> None:
    result = build_search_result(build_product("Kettle", currency="EUR"))

    text = render_search_results(result, {"query": "kettle", "max_price": 40.0})

    assert text.startswith("I found 1 product for “kettle” up to €40.00.\n1. ")


def test_a_corrected_query_is_shown_instead() -> None:
    text = render_results(*KETTLES, query="ketle", corrected_query="kettle")

    assert text.startswith("I found 2 products for “kettle”.\n1. ")


def test_products_without_a_word_of_the_query_are_only_the_nearest() -> None:
    assert render_results(*KETTLES, query="teapot") == (
        "I found nothing called “teapot”. This comes nearest:\n"
        "1. Copper Kettle: $49.00, in stock\n"
        "2. Glass Kettle: $29.00, in stock"
    )


@pytest.mark.parametrize("query", ["kettles please", "NORDLYS", "kitchen", ""])
def test_a_word_of_name_brand_or_category_is_enough(query: str) -> None:
    other = build_product("Wool Scarf", category="Clothing")
    kettle = build_product("Kettle", brand="Nordlys", category="Kitchen")

    assert render_results(other, kettle, query=query).startswith("I found 2 products")


def test_a_product_without_a_brand_matches_no_word_by_it() -> None:
    assert render_results(*KETTLES, query="none").startswith("I found nothing called")


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({}, "Kettle: $49.00, in stock"),
        ({"brand": "Nordlys"}, "Kettle by Nordlys: $49.00, in stock"),
        (
            {"name": "Nordlys Kettle", "brand": "Nordlys"},
            "Nordlys Kettle: $49.00, in stock",
        ),
        ({"has_variants": True}, "Kettle: from $49.00, in stock"),
        ({"price": 1_234_50, "currency": "GBP"}, "Kettle: £1,234.50, in stock"),
        ({"stock": 4}, "Kettle: $49.00, in stock"),
        ({"stock": 3}, "Kettle: $49.00, only 3 left"),
        ({"stock": 1}, "Kettle: $49.00, only 1 left"),
        ({"stock": 0}, "Kettle: $49.00, out of stock"),
    ],
)
def test_a_product_is_one_line(values: dict[str, Any], line: str) -> None:
    assert render_line(**values) == line


def test_details_are_line_description_attributes_and_variants() -> None:
    details = build_details(
        "Kettle",
        description="It whistles.",
        attributes={"Material": "Copper", "Volume": "1 l"},
        variants=[
            build_variant("Kettle", "Color=Blue", "Size=S", stock=1),
            build_variant("Kettle", "Color=Red", "Size=L", stock=0),
            build_variant("Kettle"),
        ],
    )

    assert render_product(details["product"]) == (
        "Kettle: from $49.00, in stock.\n"
        "It whistles.\n"
        "Material: Copper; Volume: 1 l\n"
        "It comes as Blue / S, Red / L (out of stock) and standard."
    )


def test_what_a_product_does_not_have_is_left_out() -> None:
    details = build_details("Kettle", description="")

    assert render_product(details["product"]) == "Kettle: $49.00, in stock."


def test_six_attributes_are_shown() -> None:
    attributes = {f"A{n}": n for n in range(1, 8)}
    details = build_details("Kettle", description="", attributes=attributes)

    assert render_product(details["product"]) == (
        "Kettle: $49.00, in stock.\nA1: 1; A2: 2; A3: 3; A4: 4; A5: 5; A6: 6"
    )


def test_variants_are_numbered_with_their_prices() -> None:
    details = build_details(
        "Kettle",
        currency="EUR",
        variants=[
            build_variant("Kettle", "Color=Blue", price=49_00),
            build_variant("Kettle", "Color=Red", price=59_00, stock=0),
        ],
    )

    assert render_variants(details["product"]) == (
        "1. Blue, €49.00\n2. Red (out of stock), €59.00"
    )

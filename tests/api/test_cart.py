from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from tests.support.api_client import ApiClient
from webapp.bootstrap import Runtime
from webapp.catalog.models import Product, Variant

OnSale = Callable[..., UUID]


def test_the_cart_adds_up_with_tax(customer: ApiClient, on_sale: OnSale) -> None:
    kettle = on_sale(price_minor=2500, stock=5)

    cart = customer.expect_ok(
        "POST", "/cart", {"productId": str(kettle), "quantity": 2}
    )

    [line] = cart["items"]
    assert (line["productId"], line["quantity"], line["stock"]) == (str(kettle), 2, 5)
    assert (line["price"], line["lineTotal"]) == (25.0, 50.0)
    assert (cart["subtotal"], cart["tax"], cart["totalAmount"]) == (50.0, 4.0, 54.0)
    assert (cart["currency"], cart["issues"]) == ("USD", [])
    assert customer.expect_ok("GET", "/cart") == cart


def test_posting_again_sets_the_quantity(customer: ApiClient, on_sale: OnSale) -> None:
    kettle = str(on_sale())
    customer.expect_ok("POST", "/cart", {"productId": kettle, "quantity": 5})

    cart = customer.expect_ok("POST", "/cart", {"productId": kettle, "quantity": 2})

    assert [line["quantity"] for line in cart["items"]] == [2]


def test_more_than_is_in_stock_is_refused_with_the_available_quantity(
    customer: ApiClient, on_sale: OnSale
) -> None:
    kettle = on_sale(stock=3)

    response = customer.call("POST", "/cart", {"productId": str(kettle), "quantity": 4})

    assert response.status_code == 409
    error = response.get_json()["error"]
    assert error["code"] == "NOT_ENOUGH_STOCK"
    assert (error["details"]["wanted"], error["details"]["available"]) == (4, 3)
    assert customer.expect_ok("GET", "/cart")["items"] == []


def test_one_of_several_variants_must_be_named(
    customer: ApiClient, on_sale: OnSale
) -> None:
    shirt = str(on_sale(variants=2))
    response = customer.call("POST", "/cart", {"productId": shirt})
    assert response.get_json()["error"]["code"] == "VARIANT_NEEDED"
    [_, second] = response.get_json()["error"]["details"]["variantIds"]

    cart = customer.expect_ok(
        "POST", "/cart", {"productId": shirt, "variantId": second}
    )

    assert [line["variantId"] for line in cart["items"]] == [second]


def test_carts_are_private(
    customer: ApiClient, other: ApiClient, on_sale: OnSale
) -> None:
    customer.expect_ok("POST", "/cart", {"productId": str(on_sale())})

    assert other.expect_ok("GET", "/cart")["items"] == []


def test_removing_and_emptying(customer: ApiClient, on_sale: OnSale) -> None:
    kettle, lamp, rake = (str(on_sale()) for _ in range(3))
    for product in (kettle, lamp, rake):
        customer.expect_ok("POST", "/cart", {"productId": product})

    cart = customer.expect_ok("DELETE", "/cart", productId=lamp)

    assert [line["productId"] for line in cart["items"]] == [kettle, rake]
    again = customer.expect_error("DELETE", "/cart", productId=lamp)
    assert again == (404, "NOT_IN_CART")
    assert customer.expect_ok("DELETE", "/cart")["items"] == []


def test_one_of_two_variants_is_removed(customer: ApiClient, on_sale: OnSale) -> None:
    shirt, kettle = str(on_sale(variants=2)), str(on_sale())
    response = customer.call("POST", "/cart", {"productId": shirt})
    small, medium = response.get_json()["error"]["details"]["variantIds"]

    def fill() -> None:
        customer.expect_ok("POST", "/cart", {"productId": kettle})
        for variant in (small, medium):
            customer.expect_ok(
                "POST", "/cart", {"productId": shirt, "variantId": variant}
            )

    def remove(**query: str) -> set[str]:
        cart = customer.expect_ok("DELETE", "/cart", **query)
        return {line["variantId"] for line in cart["items"]}

    fill()
    [one] = remove(productId=shirt)
    fill()
    assert remove(variantId=small) == {one, medium}
    fill()
    assert remove(productId=shirt, variantId=medium) == {one, small}
    for not_in_cart in (
        {"variantId": medium},
        {"productId": kettle, "variantId": small},
        {"productId": str(uuid4())},
    ):
        assert customer.expect_error("DELETE", "/cart", **not_in_cart) == (
            404,
            "NOT_IN_CART",
        )
    assert len(customer.expect_ok("GET", "/cart")["items"]) == 2


@pytest.mark.parametrize("misspelled", ["product_id", "variantID", "id", "force"])
def test_a_misspelled_parameter_does_not_empty_the_cart(
    customer: ApiClient, on_sale: OnSale, misspelled: str
) -> None:
    kettle = str(on_sale())
    customer.expect_ok("POST", "/cart", {"productId": kettle})

    response = customer.call("DELETE", "/cart", query={misspelled: kettle})

    assert response.status_code == 400
    assert misspelled in response.get_json()["error"]["message"]
    assert len(customer.expect_ok("GET", "/cart")["items"]) == 1


def test_changes_since_adding_are_reported_as_issues(
    customer: ApiClient, on_sale: OnSale, runtime: Runtime
) -> None:
    customer.expect_ok(
        "POST", "/cart", {"productId": str(on_sale(price_minor=1000)), "quantity": 3}
    )
    with runtime.db.unit_of_work() as session:
        session.execute(update(Variant).values(price_minor=1200, on_hand=2))

    cart = customer.expect_ok("GET", "/cart")

    assert cart["subtotal"] == 36.0
    assert [issue["code"] for issue in cart["issues"]] == [
        "NOT_ENOUGH_STOCK",
        "PRICE_CHANGED",
    ]
    assert [issue["blocksCheckout"] for issue in cart["issues"]] == [True, False]
    [line] = cart["items"]
    assert {issue["variantId"] for issue in cart["issues"]} == {line["variantId"]}
    assert "$10.00 when added and costs $12.00 now" in cart["issues"][1]["message"]


def test_a_cart_has_one_currency(customer: ApiClient, on_sale: OnSale) -> None:
    customer.expect_ok("POST", "/cart", {"productId": str(on_sale(currency="USD"))})
    pounds = str(on_sale(currency="GBP"))

    error = customer.expect_error("POST", "/cart", {"productId": pounds})

    assert error == (409, "MIXED_CURRENCIES")


def test_only_lines_in_the_carts_currency_are_added_up(
    customer: ApiClient, on_sale: OnSale, runtime: Runtime
) -> None:
    kettle, lamp = on_sale(price_minor=1000), on_sale(name="Lamp", price_minor=500)
    for product in (kettle, lamp):
        customer.expect_ok("POST", "/cart", {"productId": str(product)})
    with runtime.db.unit_of_work() as session:
        session.execute(
            update(Product).where(Product.id == lamp).values(currency="EUR")
        )

    cart = customer.expect_ok("GET", "/cart")

    assert [(i["currency"], i["price"]) for i in cart["items"]] == [
        ("USD", 10.0),
        ("EUR", 5.0),
    ]
    assert (cart["currency"], cart["subtotal"]) == ("USD", 10.0)
    [issue] = cart["issues"]
    assert (issue["code"], issue["productId"]) == ("MIXED_CURRENCIES", str(lamp))
    assert issue["message"] == "Lamp costs EUR; the cart is in USD"


@pytest.mark.parametrize("length", [1, 20])
def test_a_cart_costs_one_statement_whatever_its_length(
    customer: ApiClient, on_sale: OnSale, statements: list[str], length: int
) -> None:
    for _ in range(length):
        customer.expect_ok("POST", "/cart", {"productId": str(on_sale())})
    statements.clear()

    cart = customer.expect_ok("GET", "/cart")

    assert len(cart["items"]) == length
    assert len(statements) == 1

from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

import pytest

from tests.support.api_client import ApiClient
from tests.support.checkout import ADDRESS, VISA
from webapp.config import Settings

OnSale = Callable[..., UUID]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    table = {"US-CA": Decimal("7.25"), "DE": Decimal(19)}
    return settings.model_copy(update={"tax_table": table})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("country", "state", "tax"),
    [
        ("US", "ca", 3.63),
        ("United States", "California", 3.63),
        ("Germany", "", 9.5),
        ("DEUTSCHLAND", "", 9.5),
        ("France", "", 4.0),
    ],
)
def test_the_cart_shows_what_the_order_will_cost(
    paying_customer: ApiClient, on_sale: OnSale, country: str, state: str, tax: float
) -> None:
    body = {"productId": str(on_sale(price_minor=2500)), "quantity": 2}
    filled = paying_customer.expect_ok(
        "POST", "/cart", body, country=country, state=state
    )
    cart = paying_customer.expect_ok("GET", "/cart", country=country, state=state)

    address = ADDRESS | {"country": country, "state": state}
    order = paying_customer.expect_ok(
        "POST", "/orders", {"paymentMethodId": VISA, "shippingAddress": address}
    )

    assert (cart["tax"], filled) == (tax, cart)
    assert (order["tax"], order["totalAmount"]) == (tax, cart["totalAmount"])


def test_the_rest_of_the_cart_is_taxed_by_destination_too(
    customer: ApiClient, on_sale: OnSale
) -> None:
    kettle, lamp = (str(on_sale(price_minor=1000)) for _ in range(2))
    for product in (kettle, lamp):
        customer.expect_ok("POST", "/cart", {"productId": product})

    cart = customer.expect_ok(
        "DELETE", "/cart", productId=lamp, country="us", state="California"
    )

    assert cart["tax"] == 0.73


@pytest.mark.parametrize(
    ("destination", "problem"),
    [
        ({"country": ""}, "country: "),
        ({"country": " "}, "country: must not be blank"),
        ({"country": "Germny"}, "country: Germny is no country; did you mean Germany?"),
        ({"country": "US", "state": "Californa"}, "state: Californa is no state"),
        ({"state": "CA"}, "state: which country is CA in?"),
        ({"state": "x" * 201}, "state: "),
    ],
)
def test_an_invalid_destination_is_refused(
    customer: ApiClient, destination: dict[str, str], problem: str
) -> None:
    response = customer.call("GET", "/cart", query=destination)

    assert response.status_code == 400
    assert response.get_json()["error"]["message"].startswith(problem)

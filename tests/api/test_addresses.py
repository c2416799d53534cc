"""Shipping addresses: what a country's needs, what is refused, and where it is shown."""

from collections.abc import Callable
from uuid import UUID

import pytest

from tests.support.api_client import ApiClient
from tests.support.checkout import ADDRESS, VISA
from tests.support.factories import RowFactory
from webapp.bootstrap import Runtime
from webapp.orders.status import OrderStatus, PaymentStatus

OnSale = Callable[..., UUID]


@pytest.fixture
def buyer(paying_customer: ApiClient, on_sale: OnSale) -> ApiClient:
    paying_customer.expect_ok("POST", "/cart", {"productId": str(on_sale())})
    return paying_customer


def order_body(address: object) -> dict[str, object]:
    return {"paymentMethodId": VISA, "shippingAddress": address}


@pytest.mark.parametrize(
    ("country", "city", "code"),
    [
        ("Hong Kong", "Central", "HK"),
        ("Ireland", "Cork", "IE"),
        ("United Arab Emirates", "Dubai", "AE"),
        ("Panamá", "Colón", "PA"),
    ],
)
def test_a_country_without_postal_codes_needs_none(
    buyer: ApiClient, country: str, city: str, code: str
) -> None:
    address = {"street": "1 Harbour Road", "city": city, "country": country}

    response = buyer.call("POST", "/orders", order_body(address))

    assert response.status_code == 201, response.text
    shown = response.get_json()["shippingAddress"]
    assert shown == address | {"country": code, "state": "", "zipCode": ""}


def test_a_missing_field_has_its_name_of_the_api(buyer: ApiClient) -> None:
    address = {"street": "Gasse 1", "city": "Ulm", "country": "DE"}

    response = buyer.call("POST", "/orders", order_body(address))

    problems = response.get_json()["error"]["details"]["problems"]
    assert [problem["field"] for problem in problems] == ["shippingAddress.zipCode"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"street": " "}, "street: must not be blank"),
        ({"city": " "}, "city: an address in United States needs a city"),
        ({"country": " "}, "country: must not be blank"),
        ({"country": "Narnia"}, "country: Narnia is no country; did you mean Armenia?"),
        ({"country": "Germny"}, "country: Germny is no country; did you mean Germany?"),
        ({"state": ""}, "state: an address in United States needs a state"),
        ({"state": "Californa"}, "state: Californa is no state of United States"),
        ({"zipCode": ""}, "zipCode: an address in United States needs a postal code"),
        ({"zipCode": "ABC"}, "zipCode: ABC is no postal code of United States; write"),
        ({"street": "1 Main\r\nBcc: x"}, "street: must be one line"),
        ({"phone": "no"}, "phone: no is no phone number"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused(
    buyer: ApiClient, changed: dict[str, str], message: str
) -> None:
    response = buyer.call("POST", "/orders", order_body(ADDRESS | changed))

    assert response.status_code == 400
    error = response.get_json()["error"]
    assert error["message"].startswith(f"shippingAddress.{message}")
    assert len(error["details"]["problems"]) == 1
    assert buyer.expect_ok("GET", "/orders")["items"] == []


def test_who_and_where_exactly_is_kept_and_shown(
    buyer: ApiClient, admin: ApiClient
) -> None:
    address = ADDRESS | {
        "name": "Ada Park",
        "company": "Park & Co.",
        "street2": "Floor 2",
        "phone": "+1 (217) 555-0100 ext. 7",
    }

    order = buyer.expect_ok("POST", "/orders", order_body(address))

    assert order["shippingAddress"] == address
    path = f"/orders/{order['orderId']}"
    assert buyer.expect_ok("GET", path)["shippingAddress"] == address
    [listed] = admin.expect_ok("GET", "/admin/orders")["items"]
    assert listed["shippingAddress"] == address


def test_orders_of_all_ages_show_one_code_of_a_country(
    admin: ApiClient, runtime: Runtime
) -> None:
    with runtime.db.unit_of_work() as session:
        for country in ("Germany", "Deutschland", "DE"):
            RowFactory(session).order(
                customer_id=None,
                status=OrderStatus.DELIVERED,
                payment_status=PaymentStatus.PAID,
                currency="EUR",
                subtotal_minor=100,
                tax_minor=0,
                total_minor=100,
                shipping_address={"city": "Ulm", "country": country},
            )

    orders = admin.expect_ok("GET", "/admin/orders")["items"]

    address = {"city": "Ulm", "country": "DE"}
    assert [order["shippingAddress"] for order in orders] == [address] * 3

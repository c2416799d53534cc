"""From an anonymous visitor to a paid and fulfilled order, through the real processes."""

import re
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.support.platform import PlatformProcess
from tests.support.platform_client import PlatformClient
from tests.support.waiting import eventually
from webapp.devtools.prove.buyer import ADDRESS

pytestmark = [pytest.mark.ray, pytest.mark.slow, pytest.mark.timeout(400)]


def order(visitor: PlatformClient, card: str, **headers: str) -> httpx.Response:
    body = {"paymentMethodId": card, "shippingAddress": ADDRESS}
    return visitor.call("POST", "/orders", json=body, headers=headers)


def put_in_cart(visitor: PlatformClient, query: str = "kettle") -> dict[str, Any]:
    product = visitor.find_product(query)
    body = {"productId": product["productId"], "quantity": 1}
    visitor.expect_ok("POST", "/cart", json=body)
    return product


def status(visitor: PlatformClient, order_id: str) -> str:
    return str(visitor.get_with_retry(f"/orders/{order_id}")["status"])


def test_a_new_customer_from_registering_to_the_confirmation(
    visitor: PlatformClient, platform: PlatformProcess
) -> None:
    email, password = f"{uuid4()}@example.com", "Good-Pass1"
    registration = {"email": email, "password": password, "name": "Ada"}
    visitor.expect_ok("POST", "/auth/register", json=registration)

    def find_mail(subject: str) -> str | None:
        mails = (m for m in platform.read_mails() if email in m)
        return next((m for m in mails if re.search(subject, m)), None)

    code_mail = eventually(lambda: find_mail(r"Subject: \d{6} is your"))
    [code] = re.findall(r"Subject: (\d{6}) is your", code_mail)
    verification = {"email": email, "code": code, "password": password}
    visitor.expect_ok("POST", "/auth/verify", json=verification)
    visitor.sign_in(email=email, password=password)

    product = put_in_cart(visitor)
    placed = order(visitor, "pm_card_visa", **{"Idempotency-Key": "k1"})
    again = order(visitor, "pm_card_visa", **{"Idempotency-Key": "k1"})

    assert placed.status_code == 201
    assert again.json() == placed.json()
    order_id = placed.json()["orderId"]
    eventually(lambda: status(visitor, order_id) == "PROCESSING")
    number = placed.json()["number"]
    confirmation = eventually(lambda: find_mail(f"Thank you for order {number}"))
    assert product["name"] in confirmation.replace("=\n", "")
    after = visitor.expect_ok("GET", f"/products/{product['productId']}")
    assert after["stock"] == product["stock"] - 1


def test_a_sign_in_is_refreshed(
    visitor: PlatformClient, platform: PlatformProcess
) -> None:
    account = platform.accounts["customer"]
    first = visitor.expect_ok("POST", "/auth/login", json=account)

    again = {"refreshToken": first["refreshToken"]}
    refreshed = visitor.expect_ok("POST", "/auth/refresh", json=again)

    bearer = {"Authorization": f"Bearer {refreshed['accessToken']}"}
    me = visitor.expect_ok("GET", "/auth/me", headers=bearer)
    assert me["email"] == account["email"]


def test_a_declined_card_costs_nothing(customer: PlatformClient) -> None:
    product = put_in_cart(customer)

    declined = order(customer, "pm_card_chargeDeclined")

    assert declined.status_code == 402
    assert declined.json()["error"]["code"] == "PAYMENT_DECLINED"
    path = f"/products/{product['productId']}"
    assert customer.expect_ok("GET", path)["stock"] == product["stock"]
    customer.expect_ok("DELETE", "/cart")


def test_3d_secure_is_completed_by_the_webhook(customer: PlatformClient) -> None:
    put_in_cart(customer)
    waiting = order(customer, "pm_card_threeDSecure2Required")
    assert waiting.status_code == 202
    page = waiting.json()["actionUrl"]

    # Submit the page's form as a browser does.
    assert 'value="authenticate"' in httpx.get(page).text
    answered = httpx.post(page, data={"answer": "authenticate"})

    assert answered.status_code < 400
    order_id = waiting.json()["orderId"]
    eventually(lambda: status(customer, order_id) in {"PAID", "PROCESSING"})


def test_browsing_and_searching(visitor: PlatformClient) -> None:
    page = visitor.expect_ok("GET", "/products", params={"limit": 5})
    categories = visitor.expect_ok("GET", "/categories")["items"]
    found = visitor.expect_ok(
        "GET", "/search", params={"q": "headphnes", "maxPrice": 120}
    )

    assert len(page["items"]) == 5
    assert page["lastKey"]
    assert len(categories) == 12
    assert found["total"] > 0
    assert all(item["price"] <= 120 for item in found["items"])


def test_every_picture_of_a_page_is_served(
    visitor: PlatformClient, platform: PlatformProcess
) -> None:
    items = visitor.expect_ok("GET", "/products", params={"limit": 20})["items"]

    for item in items:
        picture = httpx.get(f"{platform.address}{item['imageUrl']}")
        assert picture.headers["Content-Type"].startswith("image/svg+xml")

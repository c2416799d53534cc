from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import update

from tests.api.conftest import signed_in
from tests.support.api_client import ApiClient
from tests.support.checkout import ADDRESS, VISA
from tests.support.stripe import simulated_stripe
from webapp.app import create_app
from webapp.bootstrap import Runtime
from webapp.orders.models import Order

OnSale = Callable[..., UUID]


@pytest.fixture
def shop(runtime: Runtime, tmp_path: Path) -> Iterator[Flask]:
    """One that has a Stripe to charge."""
    with simulated_stripe(tmp_path) as (_, gateway):
        yield create_app(replace(runtime, payments=gateway))


@pytest.fixture
def buyer(shop: Flask, runtime: Runtime) -> ApiClient:
    return signed_in(shop, runtime)


@pytest.fixture
def desk(shop: Flask, runtime: Runtime) -> ApiClient:
    return signed_in(shop, runtime, admin=True)


def bought(buyer: ApiClient, on_sale: OnSale, **product: object) -> dict[str, object]:
    buyer.expect_ok("POST", "/cart", {"productId": str(on_sale(**product))})
    body = {"paymentMethodId": VISA, "shippingAddress": ADDRESS}
    order: dict[str, object] = buyer.expect_ok("POST", "/orders", body)
    return order


def test_an_admin_finds_an_order_by_what_people_say(
    buyer: ApiClient, desk: ApiClient, on_sale: OnSale
) -> None:
    order = bought(buyer, on_sale)
    bought(buyer, on_sale)
    email = buyer.expect_ok("GET", "/auth/me")["email"]

    for words, count in (
        (str(order["number"]), 1),
        (f"#{order['number']}", 1),
        (str(order["orderId"]), 1),
        (email.upper(), 2),
        ("nothing of the kind", 0),
    ):
        found = desk.expect_ok("GET", "/admin/orders", q=words)["items"]
        assert len(found) == count, words
    [seen] = desk.expect_ok("GET", "/admin/orders", q=str(order["number"]))["items"]
    assert seen["email"] == email
    assert seen["paymentId"] == order["paymentId"]
    assert seen["riskScore"] >= 0
    assert seen["needsReview"] is False


def test_lists_narrow_by_status_and_time(
    buyer: ApiClient, desk: ApiClient, on_sale: OnSale
) -> None:
    bought(buyer, on_sale)

    assert len(desk.expect_ok("GET", "/admin/orders", status="PAID")["items"]) == 1
    assert desk.expect_ok("GET", "/admin/orders", status="SHIPPED")["items"] == []
    future = {"from": "2100-01-01T00:00:00Z"}
    assert desk.expect_ok("GET", "/admin/orders", **future)["items"] == []
    assert desk.expect_error("GET", "/admin/orders", status="GONE")[0] == 400


def test_an_order_goes_its_way(
    buyer: ApiClient, desk: ApiClient, on_sale: OnSale
) -> None:
    path = f"/admin/orders/{bought(buyer, on_sale)['orderId']}"
    desk.expect_ok("PUT", path, {"status": "PROCESSING"})

    shipped = desk.expect_ok(
        "PUT", path, {"status": "SHIPPED", "trackingNumber": "1Z9"}
    )

    assert shipped["trackingNumber"] == "1Z9"
    assert desk.expect_ok("PUT", path, {"status": "DELIVERED"})["status"] == "DELIVERED"
    events = [event["type"] for event in desk.expect_ok("GET", path)["events"]]
    assert events[-3:] == ["order.shipped", "order.tracking", "order.delivered"]
    late = desk.expect_error("PUT", path, {"status": "CANCELLED"})
    assert late == (409, "STATUS_NOT_ALLOWED")


def test_an_admin_cancels_and_the_money_goes_back(
    buyer: ApiClient, desk: ApiClient, on_sale: OnSale
) -> None:
    path = f"/admin/orders/{bought(buyer, on_sale)['orderId']}"

    cancelled = desk.expect_ok("PUT", path, {"status": "CANCELLED"})

    assert (cancelled["status"], cancelled["paymentStatus"]) == (
        "CANCELLED",
        "REFUNDED",
    )
    assert cancelled["events"][-2] == {
        "type": "order.cancelled",
        "actor": "admin",
        "timestamp": cancelled["events"][-2]["timestamp"],
    }


def test_what_waits_for_review_is_listed_until_it_is_decided(
    buyer: ApiClient, desk: ApiClient, on_sale: OnSale, runtime: Runtime
) -> None:
    waiting, unwanted = bought(buyer, on_sale), bought(buyer, on_sale)
    bought(buyer, on_sale)
    ids = [waiting["orderId"], unwanted["orderId"]]
    with runtime.db.unit_of_work() as session:
        session.execute(
            update(Order).where(Order.id.in_(ids)).values(needs_review=True)
        )

    def listed(needs_review: str) -> int:
        orders = desk.expect_ok("GET", "/admin/orders", needsReview=needs_review)[
            "items"
        ]
        return len(orders)

    assert (listed("true"), listed("false")) == (2, 1)
    desk.expect_ok(
        "PUT", f"/admin/orders/{waiting['orderId']}", {"status": "PROCESSING"}
    )
    desk.expect_ok(
        "PUT", f"/admin/orders/{unwanted['orderId']}", {"status": "CANCELLED"}
    )
    assert (listed("true"), listed("false")) == (0, 3)


@pytest.mark.parametrize("status", ["PROCESSING", "SHIPPED"])
def test_an_order_whose_money_is_back_is_not_sent(
    buyer: ApiClient, desk: ApiClient, on_sale: OnSale, status: str
) -> None:
    order_id = bought(buyer, on_sale)["orderId"]
    path = f"/admin/orders/{order_id}"
    if status == "SHIPPED":
        desk.expect_ok("PUT", path, {"status": "PROCESSING"})
    desk.expect_ok(
        "POST", "/payment/refund", {"orderId": order_id, "reason": "all of it"}
    )

    assert desk.expect_error("PUT", path, {"status": status}) == (409, "ORDER_REFUNDED")
    assert desk.expect_ok("PUT", path, {"status": "CANCELLED"})["status"] == "CANCELLED"


def test_refunds_in_parts_never_exceed_the_charge(
    buyer: ApiClient, desk: ApiClient, on_sale: OnSale
) -> None:
    order_id = bought(buyer, on_sale, price_minor=10_000)["orderId"]
    part = {"orderId": order_id, "amount": 58, "reason": "one was broken"}

    first = desk.expect_ok("POST", "/payment/refund", part)

    assert first["paymentStatus"] == "PARTIALLY_REFUNDED"
    too_much = desk.expect_error("POST", "/payment/refund", part)
    assert too_much == (409, "REFUND_TOO_LARGE")
    rest = desk.expect_ok(
        "POST", "/payment/refund", {"orderId": order_id, "reason": "rest"}
    )
    assert (rest["amount"], rest["paymentStatus"]) == (50.0, "REFUNDED")
    nothing = desk.expect_error("POST", "/payment/refund", part)
    assert nothing == (409, "NOTHING_TO_REFUND")


def test_customers_have_no_desk(buyer: ApiClient, on_sale: OnSale) -> None:
    order_id = bought(buyer, on_sale)["orderId"]

    for method, path, body in (
        ("GET", "/admin/orders", None),
        ("GET", f"/admin/orders/{order_id}", None),
        ("PUT", f"/admin/orders/{order_id}", {"status": "SHIPPED"}),
        ("POST", "/payment/refund", {"orderId": order_id, "reason": "x"}),
    ):
        assert buyer.expect_error(method, path, body) == (403, "ADMIN_ONLY")

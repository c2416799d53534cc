from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests.api.conftest import signed_in
from tests.support.api_client import ApiClient
from tests.support.checkout import ADDRESS, VISA
from tests.support.factories import RowFactory
from tests.support.stripe import simulated_stripe
from tests.support.web_apps import AppFactory
from webapp.bootstrap import Runtime
from webapp.orders.models import Order
from webapp.payments.models import RefundItem

OnSale = Callable[..., UUID]


@pytest.fixture
def shop(runtime: Runtime, tmp_path: Path, create_app: AppFactory) -> Iterator[Flask]:
    """A shop that charges the Stripe simulator."""
    with simulated_stripe(tmp_path) as (_, gateway):
        yield create_app(replace(runtime, payments=gateway))


@pytest.fixture
def buyer(shop: Flask, runtime: Runtime) -> ApiClient:
    return signed_in(shop, runtime)


@pytest.fixture
def admin(shop: Flask, runtime: Runtime) -> ApiClient:
    return signed_in(shop, runtime, admin=True)


def place_order(buyer: ApiClient, on_sale: OnSale, **product: object) -> dict[str, Any]:
    buyer.expect_ok("POST", "/cart", {"productId": str(on_sale(**product))})
    body = {"paymentMethodId": VISA, "shippingAddress": ADDRESS}
    order: dict[str, Any] = buyer.expect_ok("POST", "/orders", body)
    return order


def test_an_admin_finds_an_order_by_number_id_or_email(
    buyer: ApiClient, admin: ApiClient, on_sale: OnSale
) -> None:
    order = place_order(buyer, on_sale)
    place_order(buyer, on_sale)
    email = buyer.expect_ok("GET", "/auth/me")["email"]

    for query, count in (
        (str(order["number"]), 1),
        (f"#{order['number']}", 1),
        (str(order["orderId"]), 1),
        (email.upper(), 2),
        ("no such order", 0),
    ):
        found = admin.expect_ok("GET", "/admin/orders", q=query)["items"]
        assert len(found) == count, query
    [view] = admin.expect_ok("GET", "/admin/orders", q=str(order["number"]))["items"]
    assert view["email"] == email
    assert view["paymentId"] == order["paymentId"]
    assert view["riskScore"] >= 0
    assert view["needsReview"] is False
    assert view["channel"] == "web"


def test_an_imported_order_shows_its_references_and_its_rate(
    admin: ApiClient, runtime: Runtime
) -> None:
    with runtime.db.unit_of_work() as session:
        order_id = (
            RowFactory(session)
            .order(
                customer_ref="C-1",
                external_ref="shopify:7",
                base_currency="USD",
                exchange_rate=Decimal("0.92"),
                rounding="HALF_UP_PER_UNIT",
                tax_percent=Decimal("7.25"),
                risk_score=10,
                risk_reasons=["first order"],
                needs_review=True,
            )
            .id
        )

    shown = admin.expect_ok("GET", f"/admin/orders/{order_id}")

    for_admins = {
        "email": None,
        "customerRef": "C-1",
        "externalRef": "shopify:7",
        "baseCurrency": "USD",
        "exchangeRate": "0.92000000",
        "rounding": "HALF_UP_PER_UNIT",
        "taxPercent": "7.2500",
        "riskScore": 10,
        "riskReasons": ["first order"],
        "needsReview": True,
    }
    assert {name: shown.get(name) for name in for_admins} == for_admins


def test_lists_are_filtered_by_status_and_time(
    buyer: ApiClient, admin: ApiClient, on_sale: OnSale
) -> None:
    place_order(buyer, on_sale)

    assert len(admin.expect_ok("GET", "/admin/orders", status="PAID")["items"]) == 1
    assert admin.expect_ok("GET", "/admin/orders", status="SHIPPED")["items"] == []
    paid = admin.expect_ok("GET", "/admin/orders", paymentStatus="PAID")["items"]
    assert len(paid) == 1
    assert (
        admin.expect_ok("GET", "/admin/orders", paymentStatus="UNPAID")["items"] == []
    )
    future = "2100-01-01T00:00:00Z"
    for bound, count in (("from", 0), ("to", 1)):
        found = admin.expect_ok("GET", "/admin/orders", **{bound: future})["items"]
        assert len(found) == count
    past = {"to": "2000-01-01T00:00:00Z"}
    assert admin.expect_ok("GET", "/admin/orders", **past)["items"] == []
    assert admin.expect_error("GET", "/admin/orders", status="GONE")[0] == 400


def test_an_order_is_processed_shipped_and_delivered(
    buyer: ApiClient, admin: ApiClient, on_sale: OnSale
) -> None:
    path = f"/admin/orders/{place_order(buyer, on_sale)['orderId']}"
    admin.expect_ok("PUT", path, {"status": "PROCESSING"})

    shipped = admin.expect_ok(
        "PUT", path, {"status": "SHIPPED", "trackingNumber": "1Z9"}
    )

    assert shipped["trackingNumber"] == "1Z9"
    assert (
        admin.expect_ok("PUT", path, {"status": "DELIVERED"})["status"] == "DELIVERED"
    )
    events = [event["type"] for event in admin.expect_ok("GET", path)["events"]]
    assert events[-3:] == ["order.shipped", "order.tracking", "order.delivered"]
    late = admin.expect_error("PUT", path, {"status": "CANCELLED"})
    assert late == (409, "STATUS_NOT_ALLOWED")


def test_an_admin_cancels_and_the_payment_is_refunded(
    buyer: ApiClient, admin: ApiClient, on_sale: OnSale
) -> None:
    path = f"/admin/orders/{place_order(buyer, on_sale)['orderId']}"

    canceled = admin.expect_ok("PUT", path, {"status": "CANCELLED"})

    assert (canceled["status"], canceled["paymentStatus"]) == (
        "CANCELLED",
        "REFUNDED",
    )
    assert canceled["events"][-2] == {
        "type": "order.cancelled",
        "actor": "admin",
        "timestamp": canceled["events"][-2]["timestamp"],
    }


def test_an_order_that_waits_for_review_is_listed_until_it_is_decided(
    buyer: ApiClient, admin: ApiClient, on_sale: OnSale, runtime: Runtime
) -> None:
    approved, rejected = place_order(buyer, on_sale), place_order(buyer, on_sale)
    place_order(buyer, on_sale)
    ids = [approved["orderId"], rejected["orderId"]]
    with runtime.db.unit_of_work() as session:
        session.execute(
            update(Order).where(Order.id.in_(ids)).values(needs_review=True)
        )

    def listed(needs_review: str) -> int:
        orders = admin.expect_ok("GET", "/admin/orders", needsReview=needs_review)[
            "items"
        ]
        return len(orders)

    assert (listed("true"), listed("false")) == (2, 1)
    admin.expect_ok(
        "PUT", f"/admin/orders/{approved['orderId']}", {"status": "PROCESSING"}
    )
    admin.expect_ok(
        "PUT", f"/admin/orders/{rejected['orderId']}", {"status": "CANCELLED"}
    )
    assert (listed("true"), listed("false")) == (0, 3)


@pytest.mark.parametrize("status", ["PROCESSING", "SHIPPED"])
def test_a_fully_refunded_order_is_not_shipped(
    buyer: ApiClient, admin: ApiClient, on_sale: OnSale, status: str
) -> None:
    order_id = place_order(buyer, on_sale)["orderId"]
    path = f"/admin/orders/{order_id}"
    if status == "SHIPPED":
        admin.expect_ok("PUT", path, {"status": "PROCESSING"})
    admin.expect_ok(
        "POST", "/payment/refund", {"orderId": order_id, "reason": "all of it"}
    )

    response = admin.call("PUT", path, {"status": status})
    error = response.get_json()["error"]
    assert (response.status_code, error["code"]) == (409, "ORDER_REFUNDED")
    assert error["details"]["orderId"] == order_id
    assert (
        admin.expect_ok("PUT", path, {"status": "CANCELLED"})["status"] == "CANCELLED"
    )


@pytest.mark.parametrize("amount", [0, 0.0, "0", -1])
def test_a_refund_of_nothing_is_refused_by_name(
    buyer: ApiClient, admin: ApiClient, on_sale: OnSale, amount: object
) -> None:
    order_id = place_order(buyer, on_sale)["orderId"]

    refund = {"orderId": order_id, "amount": amount, "reason": "x"}
    response = admin.call("POST", "/payment/refund", refund)

    assert response.status_code == 400
    [problem] = response.get_json()["error"]["details"]["problems"]
    assert problem["field"] == "amount"


def test_partial_refunds_never_exceed_the_charge(
    buyer: ApiClient, admin: ApiClient, on_sale: OnSale
) -> None:
    order_id = place_order(buyer, on_sale, price_minor=10_000)["orderId"]
    part = {"orderId": order_id, "amount": 58, "reason": "one was broken"}

    first = admin.expect_ok("POST", "/payment/refund", part)

    assert first["paymentStatus"] == "PARTIALLY_REFUNDED"
    too_much = admin.expect_error("POST", "/payment/refund", part)
    assert too_much == (409, "REFUND_TOO_LARGE")
    rest = admin.expect_ok(
        "POST", "/payment/refund", {"orderId": order_id, "reason": "rest"}
    )
    assert (rest["amount"], rest["paymentStatus"]) == (50.0, "REFUNDED")
    nothing = admin.expect_error("POST", "/payment/refund", part)
    assert nothing == (409, "NOTHING_TO_REFUND")


def list_refund_items(runtime: Runtime) -> list[tuple[int, int]]:
    with runtime.db.unit_of_work() as session:
        rows = session.scalars(select(RefundItem).order_by(RefundItem.id))
        return [(row.quantity, row.amount_minor) for row in rows]


def test_a_refund_names_the_lines_that_it_is_for(
    buyer: ApiClient, admin: ApiClient, on_sale: OnSale, runtime: Runtime
) -> None:
    kettle = str(on_sale(price_minor=1000))
    buyer.expect_ok("POST", "/cart", {"productId": kettle, "quantity": 3})
    order = place_order(buyer, on_sale, price_minor=500)
    [kettles, other] = [item["itemId"] for item in order["items"]]
    refund = {"orderId": order["orderId"], "reason": "one was broken"}

    first = admin.expect_ok(
        "POST",
        "/payment/refund",
        {**refund, "items": [{"itemId": kettles, "quantity": 1}]},
    )
    second = admin.expect_ok(
        "POST",
        "/payment/refund",
        {
            **refund,
            "amount": 7.5,
            "items": [
                {"itemId": kettles, "quantity": 1, "amount": 2.5},
                {"itemId": other, "quantity": 1},
            ],
        },
    )

    assert (first["amount"], first["items"]) == (
        10.8,
        [{"itemId": kettles, "quantity": 1, "amount": 10.8}],
    )
    assert second["amount"] == 7.5
    assert [item["amount"] for item in second["items"]] == [2.5, 5.0]
    assert list_refund_items(runtime) == [(1, 1080), (1, 250), (1, 500)]


def test_a_refund_without_lines_is_for_none(
    buyer: ApiClient, admin: ApiClient, on_sale: OnSale, runtime: Runtime
) -> None:
    order_id = place_order(buyer, on_sale)["orderId"]

    made = admin.expect_ok(
        "POST", "/payment/refund", {"orderId": order_id, "reason": "all of it"}
    )

    assert made["items"] == []
    assert list_refund_items(runtime) == []


def test_lines_that_cannot_be_refunded_are_refused_by_name(
    buyer: ApiClient, admin: ApiClient, on_sale: OnSale, runtime: Runtime
) -> None:
    other = place_order(buyer, on_sale, price_minor=1000)["items"][0]["itemId"]
    order = place_order(buyer, on_sale, price_minor=1000)
    own = order["items"][0]["itemId"]

    def refuse(*items: dict[str, object], **changed: object) -> tuple[int, str, str]:
        body = {"orderId": order["orderId"], "reason": "x", "items": items, **changed}
        response = admin.call("POST", "/payment/refund", body)
        error = response.get_json()["error"]
        details = error["details"]
        field = details.get("field") or details["problems"][0]["field"]
        return response.status_code, error["code"], field

    one = {"itemId": own, "quantity": 1}
    assert refuse({**one, "itemId": other}) == (
        *(400, "BAD_REFUND_ITEM"),
        "items.0.itemId",
    )
    assert refuse({**one, "amount": 3}, amount=2) == (400, "BAD_REFUND_ITEM", "items")
    assert refuse({**one, "quantity": 2}) == (
        *(409, "REFUND_ITEM_TOO_LARGE"),
        "items.0.quantity",
    )
    assert refuse({**one, "amount": 11}) == (
        *(409, "REFUND_ITEM_TOO_LARGE"),
        "items.0.amount",
    )
    assert refuse(one, one) == (400, "INVALID_REQUEST", "items")
    assert refuse() == (400, "INVALID_REQUEST", "items")
    assert refuse({**one, "quantity": 0}) == (
        *(400, "INVALID_REQUEST"),
        "items.0.quantity",
    )
    assert list_refund_items(runtime) == []


def test_customers_have_no_access_to_the_admin_routes(
    buyer: ApiClient, on_sale: OnSale
) -> None:
    order_id = place_order(buyer, on_sale)["orderId"]

    for method, path, body in (
        ("GET", "/admin/orders", None),
        ("GET", f"/admin/orders/{order_id}", None),
        ("PUT", f"/admin/orders/{order_id}", {"status": "SHIPPED"}),
        ("POST", "/payment/refund", {"orderId": order_id, "reason": "x"}),
    ):
        assert buyer.expect_error(method, path, body) == (403, "ADMIN_ONLY")

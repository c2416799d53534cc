from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from tests.support.api_client import ApiClient
from tests.support.checkout import ADDRESS, DECLINED, POLICY, THREE_D_SECURE, VISA
from webapp.bootstrap import Runtime
from webapp.catalog.models import Variant
from webapp.checkout.placement import CheckoutRequest, create_order
from webapp.kit.clock import utc_now

OnSale = Callable[..., UUID]


def order_body(card: str = VISA) -> dict[str, object]:
    return {"paymentMethodId": card, "shippingAddress": ADDRESS}


def show_payment(buyer: ApiClient, order_id: object) -> object:
    return buyer.expect_ok("GET", "/payment/status", orderId=str(order_id))


@pytest.fixture
def buyer(paying_customer: ApiClient, on_sale: OnSale) -> ApiClient:
    """With two kettles of $25 in the cart."""
    kettle = str(on_sale(name="Kettle", price_minor=2500, stock=5))
    paying_customer.expect_ok("POST", "/cart", {"productId": kettle, "quantity": 2})
    return paying_customer


def test_an_order_is_paid_shown_and_listed(buyer: ApiClient) -> None:
    response = buyer.call("POST", "/orders", order_body())

    assert response.status_code == 201
    order = response.get_json()
    assert (order["status"], order["paymentStatus"]) == ("PAID", "PAID")
    assert (order["subtotal"], order["tax"], order["totalAmount"]) == (50.0, 4.0, 54.0)
    assert order["userId"] == str(buyer.customer_id)
    assert order["shippingAddress"] == ADDRESS
    assert order["paymentId"].startswith("pi_")
    assert [item["name"] for item in order["items"]] == ["Kettle"]
    assert [e["type"] for e in order["events"]] == ["order.placed", "order.paid"]
    assert "clientSecret" not in order
    shown = buyer.expect_ok("GET", f"/orders/{order['orderId']}")
    assert shown == order
    assert buyer.expect_ok("GET", "/orders")["items"] == [shown]
    assert buyer.expect_ok("GET", "/cart")["items"] == []


@pytest.mark.parametrize("method", ["", " ", "pm_card\nvisa", "\u200b"])
def test_a_payment_method_of_nothing_to_see_leaves_no_order(
    buyer: ApiClient, method: str
) -> None:
    assert buyer.expect_error("POST", "/orders", order_body(method)) == (
        400,
        "INVALID_REQUEST",
    )
    assert buyer.expect_ok("GET", "/orders")["items"] == []


def test_blanks_around_a_payment_method_are_trimmed(buyer: ApiClient) -> None:
    order = buyer.call("POST", "/orders", order_body(f" {VISA} \n")).get_json()

    assert order["paymentStatus"] == "PAID"


def test_a_list_takes_the_same_number_of_statements_for_any_length(
    paying_customer: ApiClient, on_sale: OnSale, statements: list[str]
) -> None:
    counts = []
    for count in (1, 2, 3):
        paying_customer.expect_ok("POST", "/cart", {"productId": str(on_sale())})
        paying_customer.expect_ok("POST", "/orders", order_body())
        statements.clear()
        items = paying_customer.expect_ok("GET", "/orders")["items"]
        counts.append(len(statements))
        assert [item["paymentId"][:3] for item in items] == ["pi_"] * count

    assert len(set(counts)) == 1


@pytest.mark.parametrize(("count", "expected"), [(1, 11), (2, 13), (6, 13)])
def test_an_order_is_eleven_or_thirteen_statements_for_any_number_of_items(
    paying_customer: ApiClient,
    on_sale: OnSale,
    statements: list[str],
    count: int,
    expected: int,
) -> None:
    """Decision 0014: the statements of an order limit the throughput. For several variants,
    each move of units takes one more statement, which locks them."""
    for _ in range(count):
        paying_customer.expect_ok("POST", "/cart", {"productId": str(on_sale())})
    statements.clear()

    order = paying_customer.expect_ok("POST", "/orders", order_body())

    assert (len(order["items"]), len(statements)) == (count, expected)


def test_a_declined_card_is_402_and_the_cart_stays(buyer: ApiClient) -> None:
    response = buyer.call("POST", "/orders", order_body(DECLINED))

    error = response.get_json()["error"]
    assert (response.status_code, error["code"]) == (402, "PAYMENT_DECLINED")
    assert len(buyer.expect_ok("GET", "/cart")["items"]) == 1
    [failed] = buyer.expect_ok("GET", "/orders")["items"]
    assert failed["status"] == "PAYMENT_FAILED"
    assert error["details"] == {
        "orderId": failed["orderId"],
        "declineCode": "generic_decline",
        "timestamp": error["details"]["timestamp"],
        "requestId": error["details"]["requestId"],
    }
    assert show_payment(buyer, failed["orderId"]) == {
        "orderId": failed["orderId"],
        "status": "PAYMENT_FAILED",
        "paymentStatus": "UNPAID",
        "paymentId": failed["paymentId"],
        "intentStatus": "requires_payment_method",
        "amount": 54.0,
        "refunded": 0.0,
        "currency": "USD",
        "declineCode": "generic_decline",
    }


@pytest.mark.parametrize("card", ["pm_unknown", "tok_visa", "4242424242424242", "pm_Ω"])
def test_a_payment_method_that_stripe_does_not_know_is_400(
    buyer: ApiClient, card: str
) -> None:
    response = buyer.call("POST", "/orders", order_body(card))

    error = response.get_json()["error"]
    assert (response.status_code, error["code"]) == (400, "PAYMENT_METHOD_UNKNOWN")
    assert card in error["message"]
    [failed] = buyer.expect_ok("GET", "/orders")["items"]
    assert error["details"]["orderId"] == failed["orderId"]
    assert failed["status"] == "PAYMENT_FAILED"
    assert len(buyer.expect_ok("GET", "/cart")["items"]) == 1


def test_3d_secure_is_202_with_what_the_customer_needs(buyer: ApiClient) -> None:
    response = buyer.call("POST", "/orders", order_body(THREE_D_SECURE))

    assert response.status_code == 202
    order = response.get_json()
    assert order["status"] == "REQUIRES_ACTION"
    assert order["clientSecret"].startswith(order["paymentId"])
    status = show_payment(buyer, order["orderId"])
    assert status == {
        "orderId": order["orderId"],
        "status": "REQUIRES_ACTION",
        "paymentStatus": "UNPAID",
        "paymentId": order["paymentId"],
        "intentStatus": "requires_action",
        "amount": 54.0,
        "refunded": 0.0,
        "currency": "USD",
        "clientSecret": order["clientSecret"],
        "actionUrl": order["actionUrl"],
    }
    body = {"orderId": order["orderId"]}
    assert buyer.expect_ok("POST", "/payment", body) == status


def test_a_payment_that_is_over_shows_no_client_secret(buyer: ApiClient) -> None:
    order = buyer.expect_ok("POST", "/orders", order_body())
    buyer.expect_ok("POST", f"/orders/{order['orderId']}/cancel")

    assert show_payment(buyer, order["orderId"]) == {
        "orderId": order["orderId"],
        "status": "CANCELLED",
        "paymentStatus": "REFUNDED",
        "paymentId": order["paymentId"],
        "intentStatus": "succeeded",
        "amount": 54.0,
        "refunded": 54.0,
        "currency": "USD",
    }
    response = buyer.call("POST", "/payment", {"orderId": order["orderId"]})
    error = response.get_json()["error"]
    assert (response.status_code, error["code"]) == (409, "NOT_AWAITING_PAYMENT")
    assert error["details"]["orderId"] == order["orderId"]
    assert error["details"]["status"] == "CANCELLED"


def test_an_order_that_is_not_charged_yet_has_no_payment(
    buyer: ApiClient, runtime: Runtime
) -> None:
    assert buyer.customer_id is not None
    with runtime.db.unit_of_work() as session:
        request = CheckoutRequest(buyer.customer_id, VISA, ADDRESS)
        order_id = create_order(session, request, policy=POLICY, now=utc_now()).id

    assert show_payment(buyer, order_id) == {
        "orderId": str(order_id),
        "status": "PENDING",
        "paymentStatus": "UNPAID",
        "amount": 54.0,
        "refunded": 0.0,
        "currency": "USD",
    }


def test_an_empty_cart_cannot_be_ordered(paying_customer: ApiClient) -> None:
    error = paying_customer.expect_error("POST", "/orders", order_body())

    assert error == (400, "CART_EMPTY")


@pytest.mark.parametrize("card", [VISA, DECLINED])
def test_the_same_key_runs_once_and_answers_the_same(
    buyer: ApiClient, card: str
) -> None:
    key = {"Idempotency-Key": "order-1"}
    first = buyer.call("POST", "/orders", order_body(card), headers=key)

    again = buyer.call("POST", "/orders", order_body(card), headers=key)

    assert (again.status_code, again.get_json()) == (
        first.status_code,
        first.get_json(),
    )
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(buyer.expect_ok("GET", "/orders")["items"]) == 1


@pytest.mark.parametrize(("currency", "total"), [("USD", 64.8), ("EUR", 59.62)])
def test_a_total_that_the_customer_was_not_shown_is_not_charged(
    buyer: ApiClient, runtime: Runtime, currency: str, total: float
) -> None:
    with runtime.db.unit_of_work() as session:
        session.execute(update(Variant).values(price_minor=3000))
    body = order_body() | {"currency": currency, "expectedTotal": 54.0}

    response = buyer.call("POST", "/orders", body)

    assert response.status_code == 409
    error = response.get_json()["error"]
    assert error["code"] == "TOTAL_CHANGED"
    assert (error["details"]["totalAmount"], error["details"]["currency"]) == (
        total,
        currency,
    )
    assert buyer.expect_ok("GET", "/orders")["items"] == []
    with runtime.db.unit_of_work() as session:
        assert session.scalars(select(Variant.held)).all() == [0]
    order = buyer.expect_ok("POST", "/orders", body | {"expectedTotal": total})
    assert (order["totalAmount"], order["currency"]) == (total, currency)


def test_a_repeated_order_is_not_checked_against_the_current_total(
    buyer: ApiClient,
) -> None:
    key, body = {"Idempotency-Key": "order-1"}, order_body() | {"expectedTotal": 54.0}
    first = buyer.call("POST", "/orders", body, headers=key)
    assert first.status_code == 201

    again = buyer.call("POST", "/orders", body, headers=key)

    assert again.get_json() == first.get_json()


def test_the_same_key_for_another_request_is_rejected(buyer: ApiClient) -> None:
    key = {"Idempotency-Key": "order-1"}
    buyer.call("POST", "/orders", order_body(), headers=key)

    other = buyer.call("POST", "/orders", order_body(DECLINED), headers=key)

    assert other.status_code == 422


def test_an_error_without_effect_leaves_the_key_free(
    paying_customer: ApiClient, on_sale: OnSale
) -> None:
    key = {"Idempotency-Key": "order-1"}
    empty = paying_customer.call("POST", "/orders", order_body(), headers=key)
    assert empty.status_code == 400
    paying_customer.expect_ok("POST", "/cart", {"productId": str(on_sale())})

    placed = paying_customer.call("POST", "/orders", order_body(), headers=key)

    assert placed.status_code == 201


def test_another_customers_order_is_not_found(
    buyer: ApiClient, other: ApiClient
) -> None:
    order_id = buyer.expect_ok("POST", "/orders", order_body())["orderId"]

    for method, path in (
        ("GET", f"/orders/{order_id}"),
        ("POST", f"/orders/{order_id}/cancel"),
        ("GET", f"/payment/status?orderId={order_id}"),
    ):
        assert other.expect_error(method, path) == (404, "ORDER_NOT_FOUND")


def test_an_order_is_canceled_once(buyer: ApiClient) -> None:
    order_id = buyer.expect_ok("POST", "/orders", order_body())["orderId"]

    canceled = buyer.expect_ok("POST", f"/orders/{order_id}/cancel")

    assert (canceled["status"], canceled["paymentStatus"]) == (
        "CANCELLED",
        "REFUNDED",
    )
    assert canceled["paymentId"].startswith("pi_")
    again = buyer.expect_error("POST", f"/orders/{order_id}/cancel")
    assert again == (409, "STATUS_NOT_ALLOWED")


def test_a_repeated_request_whose_order_is_canceled_gets_an_error(
    buyer: ApiClient, runtime: Runtime
) -> None:
    assert buyer.customer_id is not None
    # The process of the first request died, and the order's hold has expired since.
    request = CheckoutRequest(
        buyer.customer_id, VISA, ADDRESS, idempotency_key="order-1"
    )
    policy = replace(POLICY, hold_duration=timedelta(0))
    with runtime.db.unit_of_work() as session:
        order_id = create_order(session, request, policy=policy, now=utc_now()).id
    key = {"Idempotency-Key": "order-1"}

    late = buyer.call("POST", "/orders", order_body(), headers=key)
    again = buyer.call("POST", "/orders", order_body(), headers=key)

    error = late.get_json()["error"]
    assert (late.status_code, error["code"]) == (409, "ORDER_CANCELLED")
    assert error["details"]["orderId"] == str(order_id)
    assert (again.status_code, again.get_json()) == (409, late.get_json())


def test_a_webhook_that_stripe_did_not_sign_is_rejected(nobody: ApiClient) -> None:
    error = nobody.expect_error("POST", "/payment/webhook", {"type": "charge.refunded"})

    assert error == (400, "BAD_SIGNATURE")


def test_an_unknown_order_is_not_found(customer: ApiClient) -> None:
    unknown = customer.expect_error("GET", f"/orders/{uuid4()}")
    assert unknown == (404, "ORDER_NOT_FOUND")

"""What no card can be charged: free orders are placed without, others are refused first."""

from uuid import UUID

import pytest

from tests.support.checkout import POLICY, THREE_D_SECURE, CheckoutHarness
from webapp.checkout import steps
from webapp.checkout.errors import (
    AmountTooLarge,
    AmountTooSmall,
    PaymentMethodRequired,
)
from webapp.checkout.placement import CheckoutRequest, create_order
from webapp.kit.clock import utc_now
from webapp.orders.models import Order
from webapp.orders.status import Actor, OrderStatus, PaymentStatus
from webapp.payments.errors import NothingToRefund


def fill_cart(shop: CheckoutHarness, price_minor: int) -> tuple[UUID, UUID]:
    """A buyer, and the variant of which one is in the cart."""
    buyer, sample = shop.customer(), shop.variant(price_minor=price_minor, stock=5)
    shop.fill_cart(buyer, sample)
    return buyer, sample


@pytest.mark.parametrize("card", [None, "pm_unknown", THREE_D_SECURE])
def test_a_free_order_is_placed_without_a_charge(
    shop: CheckoutHarness, card: str | None
) -> None:
    buyer, sample = fill_cart(shop, 0)

    order = shop.place(buyer, card=card)

    assert (order.status, order.payment_status) == (
        OrderStatus.PAID,
        PaymentStatus.PAID,
    )
    assert shop.stock_levels(sample) == (4, 0)
    assert shop.cart_quantities(buyer) == []
    assert shop.notified_events() == ["order.confirmed"]
    assert "orders.fulfil" in shop.due_jobs()
    assert shop.sum_payments(order.id) == (0, 0, 0)


def create_unfinished(shop: CheckoutHarness) -> tuple[Order, UUID]:
    """A free order whose process has died after its first transaction."""
    buyer, sample = fill_cart(shop, 0)
    request = CheckoutRequest(buyer, None, {"country": "US"})
    with shop.db.unit_of_work() as session:
        return create_order(session, request, policy=POLICY, now=utc_now()), sample


def test_a_free_order_is_finished_by_the_safety_net(shop: CheckoutHarness) -> None:
    order, sample = create_unfinished(shop)

    for _ in range(2):
        assert shop.charge(order.id).status == OrderStatus.PAID
        assert shop.stock_levels(sample) == (4, 0)
    assert shop.notified_events() == ["order.confirmed"]


def test_an_unfinished_free_order_expires(shop: CheckoutHarness) -> None:
    order, sample = create_unfinished(shop)

    assert shop.expire(order.id).status == OrderStatus.CANCELLED
    assert shop.stock_levels(sample) == (5, 0)
    assert shop.charge(order.id).status == OrderStatus.CANCELLED
    assert shop.sum_payments(order.id) == (0, 0, 0)


def test_a_free_order_is_canceled_and_has_nothing_to_refund(
    shop: CheckoutHarness,
) -> None:
    buyer, sample = fill_cart(shop, 0)
    order = shop.place(buyer, card=None)
    with shop.db.unit_of_work() as session, pytest.raises(NothingToRefund):
        steps.refund(session, order_id=order.id, amount_minor=None, reason="asked")

    with shop.db.unit_of_work() as session:
        steps.cancel_order(session, order_id=order.id, actor=Actor.CUSTOMER)

    canceled = shop.abort(order.id)
    assert (canceled.status, canceled.payment_status) == (
        OrderStatus.CANCELLED,
        PaymentStatus.VOIDED,
    )
    assert shop.stock_levels(sample) == (5, 0)
    assert shop.refunds(order.id) == []


@pytest.mark.parametrize(
    ("price_minor", "currency", "error", "code"),
    [
        (10, None, AmountTooSmall, "AMOUNT_TOO_SMALL"),
        (45, None, AmountTooSmall, "AMOUNT_TOO_SMALL"),
        (46, "EUR", AmountTooSmall, "AMOUNT_TOO_SMALL"),
        (99_999_999, None, AmountTooLarge, "AMOUNT_TOO_LARGE"),
    ],
)
def test_what_cannot_be_charged_is_refused_before_anything_is_held(
    shop: CheckoutHarness,
    price_minor: int,
    currency: str | None,
    error: type[Exception],
    code: str,
) -> None:
    buyer, sample = fill_cart(shop, price_minor)

    with pytest.raises(error) as raised:
        shop.place(buyer, currency=currency)

    assert raised.value.code == code  # type: ignore[attr-defined]
    assert raised.value.details["currency"] == (currency or "USD")  # type: ignore[attr-defined]
    assert shop.count_orders() == 0
    assert shop.stock_levels(sample) == (5, 0)


@pytest.mark.parametrize("price_minor", [46, 92_592_591])
def test_the_smallest_and_the_largest_amount_are_charged(
    shop: CheckoutHarness, price_minor: int
) -> None:
    buyer, _ = fill_cart(shop, price_minor)

    order = shop.place(buyer)

    assert order.total_minor in {50, 99_999_998}
    assert shop.sum_payments(order.id) == (1, order.total_minor, 0)


def test_only_a_free_order_needs_no_payment_method(shop: CheckoutHarness) -> None:
    buyer, sample = fill_cart(shop, 100)

    with pytest.raises(PaymentMethodRequired):
        shop.place(buyer, card=None)
    assert shop.stock_levels(sample) == (5, 0)

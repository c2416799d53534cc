"""One cart becomes one order, with or without idempotency keys: a second request replaces an
order that waits for its customer, or learns of the order that there is."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from tests.support.checkout import (
    ADDRESS,
    POLICY,
    THREE_D_SECURE,
    VISA,
    CheckoutHarness,
)
from tests.support.locks import count_lock_waiters
from tests.support.waiting import eventually
from webapp.checkout.errors import CartAlreadyOrdered, CartEmpty
from webapp.checkout.placement import CheckoutRequest, create_order
from webapp.kit.clock import utc_now
from webapp.orders.models import Order
from webapp.orders.status import OrderStatus


@pytest.fixture
def kettle(shop: CheckoutHarness) -> UUID:
    return shop.variant(stock=10)


@pytest.fixture
def buyer(shop: CheckoutHarness, kettle: UUID) -> UUID:
    """With one kettle in the cart."""
    buyer = shop.customer()
    shop.fill_cart(buyer, kettle)
    return buyer


def list_orders(shop: CheckoutHarness) -> list[tuple[UUID, OrderStatus]]:
    with shop.db.unit_of_work() as session:
        rows = session.execute(select(Order.id, Order.status).order_by(Order.number))
        return [(row.id, OrderStatus(row.status)) for row in rows]


def count_charges(shop: CheckoutHarness) -> int:
    return sum(shop.sum_payments(order_id)[0] for order_id, _ in list_orders(shop))


@pytest.mark.parametrize("has_keys", [False, True])
def test_presses_at_once_make_one_order_and_the_others_learn_of_it(
    shop: CheckoutHarness, buyer: UUID, has_keys: bool
) -> None:
    def press(number: int) -> UUID:
        key = f"press-{number}" if has_keys else None
        try:
            return shop.place(buyer, idempotency_key=key).id
        except CartAlreadyOrdered as error:
            return error.order.id

    with ThreadPoolExecutor(6) as pool:
        learned = list(pool.map(press, range(6)))

    [(order_id, status)] = list_orders(shop)
    assert (status, set(learned)) == (OrderStatus.PAID, {order_id})
    assert count_charges(shop) == 1


def test_an_order_that_waits_for_a_payment_does_not_read_the_cart_as_it_was(
    shop: CheckoutHarness, buyer: UUID
) -> None:
    request = CheckoutRequest(buyer, VISA, ADDRESS)
    with shop.db.unit_of_work() as session:
        order = create_order(session, request, policy=POLICY, now=utc_now())
    outcome = shop.checkout.charge(order.id)

    with ThreadPoolExecutor(1) as pool:
        with shop.db.unit_of_work() as session:
            shop.checkout.record(session, outcome)
            second = pool.submit(shop.place, buyer)
            eventually(lambda: count_lock_waiters(shop.db))
        with pytest.raises(CartAlreadyOrdered) as error:
            second.result(timeout=10)

    assert error.value.order.id == order.id
    assert list_orders(shop) == [(order.id, OrderStatus.PAID)]


def test_another_card_replaces_an_order_that_waits_for_its_customer(
    shop: CheckoutHarness, buyer: UUID, kettle: UUID
) -> None:
    left_open = shop.place(buyer, card=THREE_D_SECURE)

    replacing = shop.place(buyer)

    assert replacing.status == OrderStatus.PAID
    assert shop.order(left_open.id).status == OrderStatus.CANCELLED
    assert shop.stock_levels(kettle) == (9, 0)
    intent = shop.gateway.retrieve_intent(shop.order(left_open.id).payment_id or "")
    assert intent.is_canceled
    assert count_charges(shop) == 1


def test_the_last_unit_is_held_for_the_order_that_is_replaced(
    shop: CheckoutHarness,
) -> None:
    buyer, last_one = shop.customer(), shop.variant(stock=1)
    shop.fill_cart(buyer, last_one)
    shop.place(buyer, card=THREE_D_SECURE)

    assert shop.place(buyer).status == OrderStatus.PAID
    assert shop.stock_levels(last_one) == (0, 0)


def test_an_order_that_was_authenticated_meanwhile_is_not_replaced(
    shop: CheckoutHarness, buyer: UUID
) -> None:
    first = shop.place(buyer, card=THREE_D_SECURE)
    # The customer has confirmed, and Stripe's webhook is still under way.
    shop.simulator.authenticate(first.payment_id or "", succeeds=True)

    with pytest.raises(CartAlreadyOrdered) as error:
        shop.place(buyer)

    assert error.value.order.id == first.id
    assert error.value.details["status"] == OrderStatus.PAID
    assert list_orders(shop) == [(first.id, OrderStatus.PAID)]
    assert shop.cart_quantities(buyer) == []
    assert count_charges(shop) == 1


@pytest.mark.parametrize("first_card", [VISA, THREE_D_SECURE])
def test_while_stripe_does_not_answer_there_is_no_second_order(
    shop: CheckoutHarness, buyer: UUID, first_card: str
) -> None:
    if first_card == VISA:
        shop.arm_fault("drop_reply", target="payment_intents.create", count=10)
    first = shop.place(buyer, card=first_card)
    shop.arm_fault("error_before", target="payment_intents.cancel", count=10)

    with pytest.raises(CartAlreadyOrdered) as error:
        shop.place(buyer)

    assert error.value.order.id == first.id
    assert [order_id for order_id, _ in list_orders(shop)] == [first.id]


def test_a_press_after_the_payment_learns_of_the_order(
    shop: CheckoutHarness, buyer: UUID
) -> None:
    order = shop.place(buyer)

    with pytest.raises(CartAlreadyOrdered) as error:
        shop.place(buyer)

    assert error.value.details == {"order_id": order.id, "status": OrderStatus.PAID}
    assert str(order.number) in error.value.message


def test_an_old_or_canceled_order_does_not_explain_an_empty_cart(
    shop: CheckoutHarness, buyer: UUID, kettle: UUID
) -> None:
    shop.place(buyer)
    with shop.db.unit_of_work() as session:
        long_ago = func.now() - POLICY.hold_duration - timedelta(seconds=1)
        session.execute(update(Order).values(placed_at=long_ago))
    with pytest.raises(CartEmpty):
        shop.place(buyer)

    shop.fill_cart(buyer, kettle)
    canceled = shop.place(buyer, card=THREE_D_SECURE)
    shop.abort(canceled.id)
    shop.fill_cart(buyer, kettle)
    second = shop.place(buyer)
    with shop.db.unit_of_work() as session:
        session.execute(
            update(Order)
            .where(Order.id == second.id)
            .values(status=OrderStatus.CANCELLED)
        )
    with pytest.raises(CartEmpty):
        shop.place(buyer)


def test_what_is_added_after_a_payment_is_a_new_cart(
    shop: CheckoutHarness, buyer: UUID, kettle: UUID
) -> None:
    shop.place(buyer)
    shop.fill_cart(buyer, kettle)

    shop.place(buyer)

    assert [status for _, status in list_orders(shop)] == [OrderStatus.PAID] * 2
    assert count_charges(shop) == 2

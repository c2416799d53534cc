"""One order, at most one charge, one decrement: whoever dies, repeats or comes late."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.support.checkout import (
    ADDRESS,
    POLICY,
    THREE_D_SECURE,
    VISA,
    CheckoutHarness,
)
from webapp.catalog.repository import find_product, lock_variants
from webapp.checkout import steps
from webapp.checkout.errors import OutOfStock
from webapp.checkout.placement import CheckoutRequest, create_order
from webapp.imports.references import build_own_reference
from webapp.imports.repository import find_products_by_ref
from webapp.kit.clock import utc_now
from webapp.kit.ids import new_id
from webapp.orders.errors import OrderNotFound
from webapp.orders.models import Order, OrderItem
from webapp.orders.status import Actor, OrderStatus, PaymentStatus, StatusNotAllowed


class Killed(BaseException):
    """What a killed process does: nothing after this line."""


def die(_session: Session, _order: Order) -> None:
    raise Killed


def opened(shop: CheckoutHarness, owner: UUID) -> UUID:
    """An order whose process died before the charge."""
    with shop.db.unit_of_work() as session:
        placing = CheckoutRequest(owner, VISA, ADDRESS)
        return create_order(session, placing, policy=POLICY, now=utc_now()).id


def test_death_before_the_charge_is_finished_by_the_job(shop: CheckoutHarness) -> None:
    owner, kettle = shop.customer(), shop.variant(stock=5)
    shop.fill_cart(owner, kettle)
    order_id = opened(shop, owner)

    order = shop.checkout.charge(order_id)

    assert order.status == OrderStatus.PAID
    assert shop.sum_payments(order_id)[0] == 1


def test_death_between_charge_and_settling_charges_once(shop: CheckoutHarness) -> None:
    owner, kettle = shop.customer(), shop.variant(stock=5)
    shop.fill_cart(owner, kettle)
    with pytest.raises(Killed):
        shop.place(owner, idempotency_key="k", before_commit=die)

    order = shop.place(owner, idempotency_key="k")

    assert order.status == OrderStatus.PAID
    assert shop.count_orders() == 1
    assert shop.sum_payments(order.id) == (1, order.total_minor, 0)
    assert shop.stock_levels(kettle) == (4, 0)


@pytest.mark.parametrize("kind", ["drop_reply", "error_after"])
def test_a_lost_reply_charges_once(shop: CheckoutHarness, kind: str) -> None:
    owner, kettle = shop.customer(), shop.variant(stock=5)
    shop.fill_cart(owner, kettle)
    # Every answer of this request and of the SDK's own repetitions is lost.
    shop.arm_fault(kind, target="payment_intents.create", count=10)

    order = shop.place(owner)
    assert order.status == OrderStatus.PENDING
    shop.simulator.faults.clear()
    order = shop.checkout.charge(order.id)

    assert order.status == OrderStatus.PAID
    assert shop.sum_payments(order.id)[0] == 1
    assert shop.stock_levels(kettle) == (4, 0)


def test_the_same_news_again_changes_nothing(shop: CheckoutHarness) -> None:
    owner, kettle = shop.customer(), shop.variant(stock=5)
    shop.fill_cart(owner, kettle)
    order = shop.place(owner)
    intent = shop.gateway.find_intent_by_order(str(order.id), since=order.placed_at)
    assert intent is not None

    for _ in range(3):
        shop.checkout.apply_intent(order.id, intent)

    assert shop.stock_levels(kettle) == (4, 0)
    assert shop.due_jobs() == ["notifications.tell", "orders.fulfil"]


def test_two_at_once_settle_once(shop: CheckoutHarness) -> None:
    owner, kettle = shop.customer(), shop.variant(stock=5)
    shop.fill_cart(owner, kettle)
    order_id, ready = opened(shop, owner), Barrier(2)

    def charge() -> Order:
        ready.wait(timeout=5)
        return shop.checkout.charge(order_id)

    with ThreadPoolExecutor(2) as pool:
        results = [pool.submit(charge) for _ in range(2)]
    statuses = {result.result().status for result in results if not result.exception()}

    assert statuses <= {OrderStatus.PAID, OrderStatus.PENDING}
    assert shop.checkout.charge(order_id).status == OrderStatus.PAID
    assert shop.sum_payments(order_id)[0] == 1
    assert shop.stock_levels(kettle) == (4, 0)


def test_of_eight_buyers_of_three_units_three_get_one(shop: CheckoutHarness) -> None:
    kettle, ready = shop.variant(stock=3), Barrier(8)
    buyers = [shop.customer() for _ in range(8)]
    for buyer in buyers:
        shop.fill_cart(buyer, kettle)

    def buy(buyer: UUID) -> bool:
        ready.wait(timeout=10)
        try:
            return shop.place(buyer).status == OrderStatus.PAID
        except OutOfStock:
            return False

    with ThreadPoolExecutor(8) as pool:
        bought = list(pool.map(buy, buyers))

    assert sum(bought) == 3
    assert shop.stock_levels(kettle) == (0, 0)
    assert shop.count_orders() == 3


def edited(session: Session, product_id: UUID) -> None:
    lock_variants(session, product_id)
    find_product(session, product_id, for_update=True)


def imported(session: Session, product_id: UUID) -> None:
    assert find_products_by_ref(
        session, [build_own_reference(product_id)], for_update=True
    )


@pytest.mark.parametrize("locked", [edited, imported])
def test_the_lines_of_an_order_do_not_wait_for_who_changes_a_product(
    shop: CheckoutHarness, locked: Callable[[Session, UUID], None]
) -> None:
    owner, kettle = shop.customer(), shop.variant(stock=5)
    shop.fill_cart(owner, kettle)
    order = shop.place(owner)
    [sold] = order.items
    assert sold.product_id is not None
    line = {
        column.key: getattr(sold, column.key)
        for column in OrderItem.__table__.columns
        if column.key not in {"id", "position", "created_at"}
    }

    with shop.db.unit_of_work() as changing, shop.db.unit_of_work() as writing:
        locked(changing, sold.product_id)
        # They come in the cart's order, before the units are held in that of their ids.
        writing.execute(text("SET LOCAL lock_timeout = '1s'"))
        writing.add(OrderItem(**line, id=new_id(), position=1))
        writing.flush()


def test_an_expired_order_gives_its_units_back(shop: CheckoutHarness) -> None:
    owner, kettle = shop.customer(), shop.variant(stock=5)
    shop.fill_cart(owner, kettle)
    order = shop.place(owner, card=THREE_D_SECURE)

    shop.checkout.expire(order.id)

    over = shop.order(order.id)
    assert (over.status, over.payment_status) == (
        OrderStatus.CANCELLED,
        PaymentStatus.VOIDED,
    )
    assert shop.stock_levels(kettle) == (5, 0)
    assert shop.notified_events() == ["order.cancelled"]


def test_expiry_finds_the_money_that_nobody_wrote_down(shop: CheckoutHarness) -> None:
    owner, kettle = shop.customer(), shop.variant(stock=5)
    shop.fill_cart(owner, kettle)
    with pytest.raises(Killed):
        shop.place(owner, before_commit=die)
    with shop.db.unit_of_work() as session:
        [order_id] = [o.id for o in session.query(Order)]

    shop.checkout.expire(order_id)

    assert shop.order(order_id).status == OrderStatus.PAID
    assert shop.stock_levels(kettle) == (4, 0)


def test_money_for_an_order_that_is_over_goes_back(shop: CheckoutHarness) -> None:
    owner, kettle = shop.customer(), shop.variant(stock=5)
    shop.fill_cart(owner, kettle)
    order_id = opened(shop, owner)
    with shop.db.unit_of_work() as session:
        steps.cancel_unpaid(session, order_id=order_id)
    intent = shop.gateway.charge(
        order_id=str(order_id),
        amount_minor=2700,
        currency="USD",
        payment_method_id=VISA,
        idempotency_key=str(order_id),
    )

    shop.checkout.apply_intent(order_id, intent)
    order = shop.checkout.apply_intent(order_id, intent)

    assert order.status == OrderStatus.CANCELLED
    assert order.payment_status == PaymentStatus.REFUNDED
    assert shop.stock_levels(kettle) == (5, 0)
    assert shop.due_jobs().count("payments.refund") == 1
    assert shop.notified_events() == ["order.cancelled", "order.refunded"]


def test_cancelling_a_paid_order_gives_units_and_money_back(
    shop: CheckoutHarness,
) -> None:
    owner, kettle = shop.customer(), shop.variant(stock=5)
    shop.fill_cart(owner, kettle, 2)
    order = shop.place(owner)

    with shop.db.unit_of_work() as session:
        steps.cancel_order(session, order_id=order.id, actor=Actor.CUSTOMER)

    assert shop.order(order.id).payment_status == PaymentStatus.REFUNDED
    assert shop.stock_levels(kettle) == (5, 0)
    assert "payments.refund" in shop.due_jobs()
    assert shop.notified_events() == [
        "order.confirmed",
        "order.refunded (webhook)",
        "order.cancelled",
    ]
    with (
        pytest.raises(StatusNotAllowed),
        shop.db.unit_of_work() as session,
    ):
        steps.cancel_order(session, order_id=order.id, actor=Actor.CUSTOMER)
    assert shop.stock_levels(kettle) == (5, 0)


def test_an_order_nobody_has_cannot_be_charged(shop: CheckoutHarness) -> None:
    with pytest.raises(OrderNotFound):
        shop.checkout.charge(shop.customer())

"""One order, at most one charge, one stock decrement: after crashes, retries and late events."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from tests.support.checkout import (
    ADDRESS,
    POLICY,
    THREE_D_SECURE,
    VISA,
    CheckoutHarness,
)
from webapp.adapters.payments.port import PaymentUnavailable
from webapp.catalog.references import build_own_reference
from webapp.catalog.repository import (
    find_product_for_update,
    find_products_by_reference,
    lock_variants,
)
from webapp.checkout import steps
from webapp.checkout.errors import OutOfStock
from webapp.checkout.placement import CheckoutRequest, create_order
from webapp.checkout.workflow import PaymentOutcome
from webapp.db.outbox import OutboxMessage
from webapp.kit.clock import utc_now
from webapp.kit.ids import new_id
from webapp.orders.errors import OrderNotFound
from webapp.orders.models import Order, OrderItem
from webapp.orders.status import Actor, OrderStatus, PaymentStatus, StatusNotAllowed


class Killed(BaseException):
    """Simulates a killed process: no code after it runs."""


def create_unpaid_order(shop: CheckoutHarness, owner: UUID) -> UUID:
    """An order whose process died before the charge."""
    with shop.db.unit_of_work() as session:
        request = CheckoutRequest(owner, VISA, ADDRESS)
        return create_order(session, request, policy=POLICY, now=utc_now()).id


def order_and_die_before_commit(
    shop: CheckoutHarness, owner: UUID, *, idempotency_key: str | None = None
) -> None:
    """Order and charge in a process that is killed before it has committed the outcome."""
    request = CheckoutRequest(owner, VISA, ADDRESS, idempotency_key=idempotency_key)
    outcome = shop.checkout.place(request, policy=POLICY)
    with pytest.raises(Killed):
        record_and_die(shop, outcome)


def record_and_die(shop: CheckoutHarness, outcome: PaymentOutcome) -> None:
    with shop.db.unit_of_work() as session:
        shop.checkout.record(session, outcome)
        raise Killed


def test_a_crash_before_the_charge_is_recovered_by_the_job(
    shop: CheckoutHarness,
) -> None:
    owner, kettle = shop.customer(), shop.variant(stock=5)
    shop.fill_cart(owner, kettle)
    order_id = create_unpaid_order(shop, owner)

    order = shop.charge(order_id)

    assert order.status == OrderStatus.PAID
    assert shop.sum_payments(order_id)[0] == 1


def test_an_order_is_charged_after_half_a_minute_and_expires_with_its_hold(
    shop: CheckoutHarness,
) -> None:
    owner, kettle = shop.customer(), shop.variant(stock=5)
    shop.fill_cart(owner, kettle)
    before = utc_now()

    create_unpaid_order(shop, owner)

    after = utc_now()
    with shop.db.unit_of_work() as session:
        messages = session.execute(select(OutboxMessage.job, OutboxMessage.due_at))
        due = dict(messages.all())
    delays = {
        "payments.charge": timedelta(seconds=30),
        "orders.expire": timedelta(minutes=15),
    }
    assert due.keys() == delays.keys()
    for job, delay in delays.items():
        assert before <= due[job] - delay <= after


def test_a_crash_between_charge_and_commit_charges_once(shop: CheckoutHarness) -> None:
    owner, kettle = shop.customer(), shop.variant(stock=5)
    shop.fill_cart(owner, kettle)
    order_and_die_before_commit(shop, owner, idempotency_key="k")

    order = shop.place(owner, idempotency_key="k")

    assert order.status == OrderStatus.PAID
    assert shop.count_orders() == 1
    assert shop.sum_payments(order.id) == (1, order.total_minor, 0)
    assert shop.stock_levels(kettle) == (4, 0)


@pytest.mark.parametrize("kind", ["drop_reply", "error_after"])
def test_a_lost_response_charges_once(shop: CheckoutHarness, kind: str) -> None:
    owner, kettle = shop.customer(), shop.variant(stock=5)
    shop.fill_cart(owner, kettle)
    # Every response to this request and to the SDK's own retries is lost.
    shop.arm_fault(kind, target="payment_intents.create", count=10)

    order = shop.place(owner)
    assert order.status == OrderStatus.PENDING
    shop.simulator.faults.clear()
    order = shop.charge(order.id)

    assert order.status == OrderStatus.PAID
    assert shop.sum_payments(order.id)[0] == 1
    assert shop.stock_levels(kettle) == (4, 0)


def test_applying_the_same_intent_again_changes_nothing(shop: CheckoutHarness) -> None:
    owner, kettle = shop.customer(), shop.variant(stock=5)
    shop.fill_cart(owner, kettle)
    order = shop.place(owner)
    intent = shop.gateway.find_intent_by_order(str(order.id), since=order.placed_at)
    assert intent is not None

    for _ in range(3):
        shop.apply_intent(order.id, intent)

    assert shop.stock_levels(kettle) == (4, 0)
    assert shop.due_jobs() == ["notifications.tell", "orders.fulfil"]


def test_two_concurrent_charges_charge_once(shop: CheckoutHarness) -> None:
    owner, kettle = shop.customer(), shop.variant(stock=5)
    shop.fill_cart(owner, kettle)
    order_id, ready = create_unpaid_order(shop, owner), Barrier(2)

    def charge() -> Order:
        ready.wait(timeout=5)
        return shop.charge(order_id)

    with ThreadPoolExecutor(2) as pool:
        results = [pool.submit(charge) for _ in range(2)]
    errors = [error for result in results if (error := result.exception())]
    statuses = {result.result().status for result in results if not result.exception()}

    # One of the two may be turned away while the other's request is in progress.
    assert all(isinstance(error, PaymentUnavailable) for error in errors)
    assert statuses == {OrderStatus.PAID}
    assert shop.charge(order_id).status == OrderStatus.PAID
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


def lock_as_editor(session: Session, product_id: UUID) -> None:
    lock_variants(session, product_id)
    find_product_for_update(session, product_id)


def lock_as_import(session: Session, product_id: UUID) -> None:
    assert find_products_by_reference(
        session, [build_own_reference(product_id)], for_update=True
    )


@pytest.mark.parametrize("lock", [lock_as_editor, lock_as_import])
def test_inserting_order_items_does_not_wait_for_a_product_change(
    shop: CheckoutHarness, lock: Callable[[Session, UUID], None]
) -> None:
    owner, kettle = shop.customer(), shop.variant(stock=5)
    shop.fill_cart(owner, kettle)
    order = shop.place(owner)
    [sold] = order.items
    assert sold.product_id is not None
    values = {
        column.key: getattr(sold, column.key)
        for column in OrderItem.__table__.columns
        if column.key not in {"id", "position", "created_at"}
    }

    with shop.db.unit_of_work() as changing, shop.db.unit_of_work() as writing:
        lock(changing, sold.product_id)
        # Items are inserted in the cart's order, before the variants are locked in id order.
        writing.execute(text("SET LOCAL lock_timeout = '1s'"))
        writing.add(OrderItem(**values, id=new_id(), position=1))
        writing.flush()


def test_an_expired_order_releases_its_units(shop: CheckoutHarness) -> None:
    owner, kettle = shop.customer(), shop.variant(stock=5)
    shop.fill_cart(owner, kettle)
    order = shop.place(owner, card=THREE_D_SECURE)

    shop.expire(order.id)

    closed = shop.order(order.id)
    assert (closed.status, closed.payment_status) == (
        OrderStatus.CANCELLED,
        PaymentStatus.VOIDED,
    )
    assert shop.stock_levels(kettle) == (5, 0)
    assert shop.notified_events() == ["order.cancelled"]


def test_an_order_that_is_paid_does_not_expire(shop: CheckoutHarness) -> None:
    owner, kettle = shop.customer(), shop.variant(stock=5)
    shop.fill_cart(owner, kettle)
    order = shop.place(owner)

    expired = shop.expire(order.id)

    assert (expired.id, expired.status) == (order.id, OrderStatus.PAID)
    assert shop.sum_payments(order.id) == (1, 2700, 0)
    assert shop.stock_levels(kettle) == (4, 0)


def test_expiry_finds_a_payment_that_was_not_recorded(shop: CheckoutHarness) -> None:
    owner, kettle = shop.customer(), shop.variant(stock=5)
    shop.fill_cart(owner, kettle)
    order_and_die_before_commit(shop, owner)
    with shop.db.unit_of_work() as session:
        [order_id] = [o.id for o in session.query(Order)]

    shop.expire(order_id)

    assert shop.order(order_id).status == OrderStatus.PAID
    assert shop.stock_levels(kettle) == (4, 0)


def test_a_payment_for_a_closed_order_is_refunded(shop: CheckoutHarness) -> None:
    owner, kettle = shop.customer(), shop.variant(stock=5)
    shop.fill_cart(owner, kettle)
    order_id = create_unpaid_order(shop, owner)
    with shop.db.unit_of_work() as session:
        steps.cancel_unpaid(session, order_id=order_id)
    intent = shop.gateway.charge(
        order_id=str(order_id),
        amount_minor=2700,
        currency="USD",
        payment_method_id=VISA,
        idempotency_key=str(order_id),
    )

    shop.apply_intent(order_id, intent)
    order = shop.apply_intent(order_id, intent)

    assert order.status == OrderStatus.CANCELLED
    assert order.payment_status == PaymentStatus.REFUNDED
    assert shop.stock_levels(kettle) == (5, 0)
    assert shop.due_jobs().count("payments.refund") == 1
    assert shop.refund_reasons() == ["order_is_over"]
    assert shop.notified_events() == ["order.cancelled", "order.refunded"]


def test_canceling_a_paid_order_restocks_and_refunds_it(
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
    assert shop.refund_reasons() == ["cancelled"]
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


def test_an_unknown_order_cannot_be_charged(shop: CheckoutHarness) -> None:
    with pytest.raises(OrderNotFound):
        shop.charge(shop.customer())

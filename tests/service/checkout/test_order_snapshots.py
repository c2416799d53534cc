"""An order known from an earlier transaction is read again only if it has been changed."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from tests.support.checkout import POLICY, THREE_D_SECURE, CheckoutHarness
from webapp.checkout.placement import CheckoutRequest, create_order
from webapp.kit.clock import utc_now
from webapp.orders import service as orders
from webapp.orders.models import Order
from webapp.orders.status import Actor, OrderEventType, OrderStatus
from webapp.orders.views import OrderView


@pytest.fixture
def snapshot(shop: CheckoutHarness) -> Order:
    owner = shop.customer()
    shop.fill_cart(owner, shop.variant())
    request = CheckoutRequest(owner, THREE_D_SECURE, {"country": "US"})
    with shop.db.unit_of_work() as session:
        return create_order(session, request, policy=POLICY, now=utc_now())


def view(order: Order) -> dict[str, object]:
    return OrderView.from_order(order).model_dump()


def test_an_unchanged_snapshot_equals_the_stored_order_and_takes_one_statement(
    shop: CheckoutHarness, snapshot: Order, statements: list[str]
) -> None:
    with shop.db.unit_of_work() as session:
        read = view(orders.lock_order(session, order_id=snapshot.id))
    statements.clear()

    with shop.db.unit_of_work() as session:
        locked = orders.lock_order(session, order_id=snapshot.id, snapshot=snapshot)
        assert view(locked) == read

    assert len(statements) == 1


def record_event(_session: Session, order: Order) -> None:
    orders.record_event(order, type=OrderEventType.REVIEW, actor=Actor.ADMIN)


def cancel(_session: Session, order: Order) -> None:
    orders.change_status(order, to=OrderStatus.CANCELLED, actor=Actor.CUSTOMER)


def set_payment_id(_session: Session, order: Order) -> None:
    """As a webhook about an intent in progress does: no event, no change of status."""
    order.payment_id = "pi_of_the_webhook"


@pytest.mark.parametrize("change", [record_event, cancel, set_payment_id])
def test_a_changed_order_is_read_again(
    shop: CheckoutHarness, snapshot: Order, change: Callable[[Session, Order], None]
) -> None:
    with shop.db.unit_of_work() as session:
        changed = orders.lock_order(session, order_id=snapshot.id)
        change(session, changed)

    with shop.db.unit_of_work() as session:
        locked = orders.lock_order(session, order_id=snapshot.id, snapshot=snapshot)
        assert view(locked) == view(changed)
        assert locked.payment_id == changed.payment_id


def test_a_change_to_a_snapshot_is_written(
    shop: CheckoutHarness, snapshot: Order
) -> None:
    with shop.db.unit_of_work() as session:
        cancel(
            session, orders.lock_order(session, order_id=snapshot.id, snapshot=snapshot)
        )

    with shop.db.unit_of_work() as session:
        order = orders.require_order_unscoped(session, order_id=snapshot.id)
        assert order.status == OrderStatus.CANCELLED
        assert [event.type for event in order.events] == [
            "order.placed",
            "order.cancelled",
        ]

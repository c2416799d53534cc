"""An order that was seen before is read again only when somebody has touched it."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from tests.support.checkout import POLICY, THREE_D_SECURE, CheckoutHarness
from webapp.checkout.placement import CheckoutRequest, create_order
from webapp.kit.clock import utc_now
from webapp.orders import service as orders
from webapp.orders.models import Order
from webapp.orders.schemas import OrderView
from webapp.orders.status import Actor, OrderStatus


@pytest.fixture
def seen(shop: CheckoutHarness) -> Order:
    owner = shop.customer()
    shop.fill_cart(owner, shop.variant())
    placing = CheckoutRequest(owner, THREE_D_SECURE, {"country": "US"})
    with shop.db.unit_of_work() as session:
        return create_order(session, placing, policy=POLICY, now=utc_now())


def view(order: Order) -> dict[str, object]:
    return OrderView.from_order(order).model_dump()


def test_untouched_it_is_what_it_would_be_read_as_by_one_statement(
    shop: CheckoutHarness, seen: Order, statements: list[str]
) -> None:
    with shop.db.unit_of_work() as session:
        read = view(orders.lock_order(session, order_id=seen.id))
    statements.clear()

    with shop.db.unit_of_work() as session:
        locked = orders.lock_order(session, order_id=seen.id, snapshot=seen)
        assert view(locked) == read

    assert len(statements) == 1


def noted(_session: Session, order: Order) -> None:
    orders.record_event(order, type="order.review", actor=Actor.ADMIN)


def moved(_session: Session, order: Order) -> None:
    orders.change_status(order, to=OrderStatus.CANCELLED, actor=Actor.CUSTOMER)


def paid_elsewhere(_session: Session, order: Order) -> None:
    """As news of an intent that is under way does: no event, no change of status."""
    order.payment_id = "pi_of_the_webhook"


@pytest.mark.parametrize("touch", [noted, moved, paid_elsewhere])
def test_touched_it_is_read_again(
    shop: CheckoutHarness, seen: Order, touch: Callable[[Session, Order], None]
) -> None:
    with shop.db.unit_of_work() as session:
        touched = orders.lock_order(session, order_id=seen.id)
        touch(session, touched)

    with shop.db.unit_of_work() as session:
        locked = orders.lock_order(session, order_id=seen.id, snapshot=seen)
        assert view(locked) == view(touched)
        assert locked.payment_id == touched.payment_id


def test_what_is_changed_in_it_is_written(shop: CheckoutHarness, seen: Order) -> None:
    with shop.db.unit_of_work() as session:
        moved(session, orders.lock_order(session, order_id=seen.id, snapshot=seen))

    with shop.db.unit_of_work() as session:
        order = orders.require_order_unscoped(session, order_id=seen.id)
        assert order.status == OrderStatus.CANCELLED
        assert [event.type for event in order.events] == [
            "order.placed",
            "order.cancelled",
        ]

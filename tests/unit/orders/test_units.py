"""Units of an order, and its views, without a database."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from webapp.orders.models import Order, OrderEvent, OrderItem
from webapp.orders.service import count_units
from webapp.orders.status import (
    TRANSITIONS,
    OrderStatus,
    PaymentStatus,
    StatusNotAllowed,
    check_transition,
)
from webapp.orders.views import DatedOrderEventView, OrderDetailView, OrderItemView

LAMP, SHADE = UUID(int=1), UUID(int=2)


def test_units_of_a_variant_in_several_lines_add_up() -> None:
    lines = [(LAMP, 2), (SHADE, 1), (LAMP, 3), (None, 9)]
    order = Order(
        items=[
            OrderItem(variant_id=variant, quantity=count) for variant, count in lines
        ]
    )

    assert count_units(order) == {LAMP: 5, SHADE: 1}


def test_an_item_shows_what_was_bought() -> None:
    item = OrderItem(
        id=UUID(int=9),
        product_id=LAMP,
        variant_id=SHADE,
        name="Lamp",
        sku="L-1",
        image_url="/media/lamp.svg",
        quantity=2,
        unit_price_minor=500,
        line_total_minor=1000,
    )

    view = OrderItemView.from_item(item)

    assert (view.item_id, view.product_id, view.variant_id) == (item.id, LAMP, SHADE)
    assert (view.sku, view.image_url) == ("L-1", "/media/lamp.svg")


def test_an_event_shows_its_day() -> None:
    moment = datetime(2026, 3, 1, 23, 59, tzinfo=UTC)
    event = OrderEvent(type="order.shipped", actor="admin", created_at=moment)

    view = DatedOrderEventView.from_event(event)

    assert (view.type, view.actor, view.timestamp) == ("order.shipped", "admin", moment)
    assert view.on == date(2026, 3, 1)


def test_a_transition_that_is_not_allowed_says_which_are() -> None:
    with pytest.raises(StatusNotAllowed) as error:
        check_transition(OrderStatus.SHIPPED, OrderStatus.PENDING)

    assert error.value.message == "An order that is SHIPPED cannot become PENDING"
    assert error.value.details == {
        "before": OrderStatus.SHIPPED,
        "after": OrderStatus.PENDING,
        "allowed": sorted(TRANSITIONS[OrderStatus.SHIPPED]),
    }


def test_the_details_of_an_order_show_its_amounts_and_history() -> None:
    moment = datetime(2026, 3, 1, 23, 59, tzinfo=UTC)
    event = OrderEvent(type="order.placed", actor="customer", created_at=moment)
    order = Order(
        id=UUID(int=3),
        number=1042,
        status="PAID",
        payment_status="PARTIALLY_REFUNDED",
        subtotal_minor=10_00,
        tax_minor=80,
        total_minor=10_80,
        currency="EUR",
        placed_at=moment,
        items=[],
        events=[event],
    )

    view = OrderDetailView.from_order(order)

    assert view == OrderDetailView(
        order_id=UUID(int=3),
        number=1042,
        status=OrderStatus.PAID,
        payment_status=PaymentStatus.PARTIALLY_REFUNDED,
        subtotal=10_00,
        tax=80,
        total_amount=10_80,
        currency="EUR",
        timestamp=moment,
        placed_on=date(2026, 3, 1),
        tracking_number=None,
        items=[],
        events=[DatedOrderEventView.from_event(event)],
    )

"""`flush_at_once` must write what a flush would, only at once."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tests.support.factories import RowFactory
from webapp.db.bulk_flush import bulk_flush
from webapp.db.outbox import OutboxMessage, enqueue
from webapp.kit.ids import new_id
from webapp.orders.models import Order, OrderEvent, OrderItem, StockHold

PLACED = datetime(2026, 11, 27, 8, 30, 15, 123456, tzinfo=UTC)
WEIRD = 'a "quote", a \\ backslash, a \t tab, \u202e, 𝄞 and :colon {brace} %s'


@pytest.fixture
def variant_id(make: RowFactory) -> UUID:
    return make.variant_id()


def order_of(customer_id: UUID, variant_id: UUID, *, name: str = WEIRD) -> Order:
    """With something in every kind of column."""
    order_id = new_id()
    return Order(
        id=order_id,
        customer_id=customer_id,
        status="PENDING",
        payment_status="UNPAID",
        currency="EUR",
        exchange_rate=Decimal("0.91234567"),
        tax_percent=Decimal("8.0000"),
        subtotal_minor=2**40,
        tax_minor=0,
        total_minor=2**40,
        shipping_address={"street": name, "country": "US"},
        risk_reasons=["first order", name],
        placed_at=PLACED,
        items=[
            OrderItem(
                order_id=order_id,
                position=n,
                variant_id=variant_id,
                name=name,
                sku="A",
                category="",
                quantity=2,
                unit_price_minor=1,
                line_total_minor=2,
            )
            for n in range(3)
        ],
        events=[
            OrderEvent(
                order_id=order_id,
                type="order.placed",
                actor="customer",
                details={"nested": [name, None, 1.5, {"is": True}]},
            )
        ],
    )


def stored(session: Session, order: Order) -> dict[str, Any]:
    """Every column as it comes back from the database, but what names this very row."""
    order_id = order.id
    session.expunge_all()
    rows = [
        session.get_one(Order, order_id),
        *session.scalars(
            select(OrderItem)
            .where(OrderItem.order_id == order_id)
            .order_by(OrderItem.position)
        ),
        *session.scalars(select(OrderEvent).where(OrderEvent.order_id == order_id)),
    ]
    own = {"id", "order_id", "number", "created_at", "updated_at"}
    return {
        f"{row.__tablename__}[{n}].{column.key}": getattr(row, column.key)
        for n, row in enumerate(rows)
        for column in row.__mapper__.column_attrs
        if column.key not in own
    }


def test_rows_are_those_of_a_flush(
    session: Session, customer_id: UUID, variant_id: UUID
) -> None:
    flushed = order_of(customer_id, variant_id)
    session.add(flushed)
    session.flush()
    at_once = order_of(customer_id, variant_id)
    session.add(at_once)
    bulk_flush(session)

    assert stored(session, at_once) == stored(session, flushed)


def test_it_is_one_statement_and_leaves_the_flush_nothing(
    session: Session, customer_id: UUID, variant_id: UUID, statements: list[str]
) -> None:
    order = order_of(customer_id, variant_id)
    statements.clear()

    session.add(order)
    session.add(StockHold(order_id=order.id, variant_id=variant_id, quantity=1))
    enqueue(session, "payments.charge", after=timedelta(seconds=30), order_id=order.id)
    enqueue(session, "orders.fulfil", order_id=order.id)
    bulk_flush(session)
    session.flush()

    assert len(statements) == 1
    assert session.get(Order, order.id) is order


def test_what_the_database_fills_in_can_be_read(
    session: Session, customer_id: UUID, variant_id: UUID
) -> None:
    order = order_of(customer_id, variant_id)
    session.add(order)
    message = enqueue(session, "orders.fulfil", order_id=order.id)

    bulk_flush(session)

    assert order.number > 1000
    assert order.risk_score == 0
    assert message.due_at == message.created_at
    assert message.arguments == {"order_id": str(order.id)}


def test_a_change_afterwards_is_written(
    session: Session, customer_id: UUID, variant_id: UUID
) -> None:
    order = order_of(customer_id, variant_id)
    session.add(order)
    bulk_flush(session)

    order.status = "PAID"
    order.events.append(
        OrderEvent(order_id=order.id, type="order.paid", actor="system", details={})
    )
    session.flush()

    found = stored(session, order)
    assert found["orders[0].status"] == "PAID"
    assert found["order_events[5].type"] == "order.paid"


def change(order: Order) -> None:
    """Something in every kind of column."""
    order.status = "PAID"
    order.payment_id = WEIRD
    order.exchange_rate = Decimal("1.00000001")
    order.shipping_address = {"country": WEIRD}
    order.risk_reasons = []
    order.hold_expires_at = PLACED + timedelta(minutes=15)
    order.needs_review = True
    order.tax_percent = None


def test_changes_are_those_of_a_flush(
    session: Session, customer_id: UUID, variant_id: UUID
) -> None:
    flushed, at_once, bystander = (order_of(customer_id, variant_id) for _ in range(3))
    session.add_all([flushed, at_once, bystander])
    session.flush()

    change(flushed)
    session.flush()
    change(at_once)
    bulk_flush(session)

    as_it_was = order_of(customer_id, variant_id)
    session.add(as_it_was)
    session.flush()
    assert stored(session, at_once) == stored(session, flushed)
    assert stored(session, bystander) == stored(session, as_it_was)


@pytest.fixture
def order(session: Session, customer_id: UUID, variant_id: UUID) -> Order:
    """Written by a flush."""
    order = order_of(customer_id, variant_id)
    session.add(order)
    session.flush()
    return order


def test_new_rows_and_changes_are_one_statement(
    session: Session, order: Order, statements: list[str]
) -> None:
    number = order.number
    statements.clear()

    order.status = "PAID"
    order.events.append(
        OrderEvent(order_id=order.id, type="order.paid", actor="system", details={})
    )
    bulk_flush(session)
    session.flush()

    assert len(statements) == 1
    assert session.get(Order, order.id) is order
    assert [event.type for event in order.events] == ["order.placed", "order.paid"]
    assert (order.status, order.number) == ("PAID", number)


def test_what_was_set_to_what_it_was_is_not_written(
    session: Session, order: Order, statements: list[str]
) -> None:
    order.status = str(order.status)
    statements.clear()

    bulk_flush(session)

    assert statements == []


def test_nothing_new_is_no_statement(session: Session, statements: list[str]) -> None:
    statements.clear()
    bulk_flush(session)
    assert statements == []


def test_what_the_database_refuses_is_raised(
    session: Session, customer_id: UUID
) -> None:
    session.add(order_of(customer_id, variant_id=new_id()))

    with pytest.raises(IntegrityError, match="variant_id"):
        bulk_flush(session)


def test_the_relay_hears_of_it(session: Session) -> None:
    """Promises written this way are open and due like all others."""
    message = enqueue(session, "orders.fulfil", order_id="x")
    bulk_flush(session)

    session.expire_all()
    assert session.get_one(OutboxMessage, message.id).attempts == 0

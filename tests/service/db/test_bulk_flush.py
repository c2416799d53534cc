"""`bulk_flush` must write the same rows as a flush, in one statement."""

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


def build_order(customer_id: UUID, variant_id: UUID, *, name: str = WEIRD) -> Order:
    """Build an order with a value in every kind of column."""
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
    """Return every column as loaded from the database, except ids and times of the row."""
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
    row_specific = {"id", "order_id", "number", "created_at", "updated_at"}
    return {
        f"{row.__tablename__}[{n}].{column.key}": getattr(row, column.key)
        for n, row in enumerate(rows)
        for column in row.__mapper__.column_attrs
        if column.key not in row_specific
    }


def test_rows_equal_those_of_a_flush(
    session: Session, customer_id: UUID, variant_id: UUID
) -> None:
    flushed = build_order(customer_id, variant_id)
    session.add(flushed)
    session.flush()
    bulk_flushed = build_order(customer_id, variant_id)
    session.add(bulk_flushed)
    bulk_flush(session)

    assert stored(session, bulk_flushed) == stored(session, flushed)


def test_it_is_one_statement_and_leaves_nothing_to_flush(
    session: Session, customer_id: UUID, variant_id: UUID, statements: list[str]
) -> None:
    order = build_order(customer_id, variant_id)
    statements.clear()

    session.add(order)
    session.add(StockHold(order_id=order.id, variant_id=variant_id, quantity=1))
    enqueue(session, "payments.charge", after=timedelta(seconds=30), order_id=order.id)
    enqueue(session, "orders.fulfil", order_id=order.id)
    bulk_flush(session)
    session.flush()

    assert len(statements) == 1
    assert session.get(Order, order.id) is order


def test_values_generated_by_the_database_can_be_read(
    session: Session, customer_id: UUID, variant_id: UUID
) -> None:
    order = build_order(customer_id, variant_id)
    session.add(order)
    message = enqueue(session, "orders.fulfil", order_id=order.id)

    bulk_flush(session)

    assert order.number > 1000
    assert order.risk_score == 0
    assert message.due_at == message.created_at
    assert message.arguments == {"order_id": str(order.id)}


def test_a_later_change_is_written(
    session: Session, customer_id: UUID, variant_id: UUID
) -> None:
    order = build_order(customer_id, variant_id)
    session.add(order)
    bulk_flush(session)

    order.status = "PAID"
    order.events.append(
        OrderEvent(order_id=order.id, type="order.paid", actor="system", details={})
    )
    session.flush()

    columns = stored(session, order)
    assert columns["orders[0].status"] == "PAID"
    assert columns["order_events[5].type"] == "order.paid"


def change(order: Order) -> None:
    """Change every kind of column."""
    order.status = "PAID"
    order.payment_id = WEIRD
    order.exchange_rate = Decimal("1.00000001")
    order.shipping_address = {"country": WEIRD}
    order.risk_reasons = []
    order.hold_expires_at = PLACED + timedelta(minutes=15)
    order.needs_review = True
    order.tax_percent = None


def test_changes_equal_those_of_a_flush(
    session: Session, customer_id: UUID, variant_id: UUID
) -> None:
    flushed, bulk_flushed, bystander = (
        build_order(customer_id, variant_id) for _ in range(3)
    )
    session.add_all([flushed, bulk_flushed, bystander])
    session.flush()

    change(flushed)
    session.flush()
    change(bulk_flushed)
    bulk_flush(session)

    unchanged = build_order(customer_id, variant_id)
    session.add(unchanged)
    session.flush()
    assert stored(session, bulk_flushed) == stored(session, flushed)
    assert stored(session, bystander) == stored(session, unchanged)


@pytest.fixture
def order(session: Session, customer_id: UUID, variant_id: UUID) -> Order:
    """An order written by a flush."""
    order = build_order(customer_id, variant_id)
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


def test_a_value_set_to_itself_is_not_written(
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


def test_an_error_of_the_database_is_raised(
    session: Session, customer_id: UUID
) -> None:
    session.add(build_order(customer_id, variant_id=new_id()))

    with pytest.raises(IntegrityError, match="variant_id"):
        bulk_flush(session)


def test_messages_written_in_bulk_are_open_and_due(session: Session) -> None:
    message = enqueue(session, "orders.fulfil", order_id="x")
    bulk_flush(session)

    session.expire_all()
    assert session.get_one(OutboxMessage, message.id).attempts == 0

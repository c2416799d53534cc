from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import polars as pl
from sqlalchemy.orm import Session

from analytics import extract
from analytics.reports import run_order_trends
from analytics.schemas import ORDER_LINES
from analytics.window import Granularity, Selection
from tests.support.factories import RowFactory
from webapp.kit.ids import new_id
from webapp.orders.models import Order, OrderItem
from webapp.payments.models import Payment, Refund

NOON = datetime(2026, 1, 10, 12, 0, 0, 123456, tzinfo=UTC)


def insert_order(session: Session, **overrides: Any) -> Order:
    """An order of two mugs for 10.00 each, with 8 % tax."""
    defaults: dict[str, Any] = {
        "customer_ref": None,
        "status": "DELIVERED",
        "payment_status": "PAID",
        "currency": "USD",
        "subtotal_minor": 2000,
        "tax_minor": 160,
        "total_minor": 2160,
        "placed_at": NOON,
        "shipping_address": {},
    }
    order = RowFactory(session).order(**{**defaults, **overrides})
    session.add(
        OrderItem(
            id=new_id(),
            order_id=order.id,
            position=0,
            name='Mug, "large"\nblue',
            sku="MUG",
            category="",
            kind="SALE",
            quantity=2,
            unit_price_minor=1000,
            line_total_minor=2000,
        )
    )
    session.flush()
    return order


def insert_refunds(
    session: Session, order: Order, *amounts: int, at: datetime, confirmed: bool = True
) -> None:
    payment = Payment(
        id=new_id(),
        order_id=order.id,
        intent_id=f"pi_{order.id}",
        status="succeeded",
        amount_minor=order.total_minor,
        currency=order.currency,
        refunded_minor=sum(amounts),
    )
    session.add(payment)
    session.flush()
    for day, amount in enumerate(amounts):
        session.add(
            Refund(
                id=new_id(),
                payment_id=payment.id,
                amount_minor=amount,
                reason="",
                actor="admin",
                stripe_refund_id=f"re_{new_id()}" if confirmed else None,
                created_at=at + timedelta(days=day),
            )
        )
    session.flush()


def test_lines_are_read_completely_with_the_declared_schema(
    session: Session, customer_id: UUID
) -> None:
    account_order = insert_order(session, customer_id=customer_id)
    insert_order(session, customer_ref="acme:7")
    insert_order(session)

    lines = extract.extract_order_lines(session)

    assert lines.schema == ORDER_LINES
    assert lines.filter(pl.col("order_id") == str(account_order.id)).to_dicts() == [
        {
            "order_id": str(account_order.id),
            "at": NOON,
            "kind": "SALE",
            "status": "DELIVERED",
            "payment_status": "PAID",
            "currency": "USD",
            "customer": str(customer_id),
            "product_id": None,
            "sku": "MUG",
            "name": 'Mug, "large"\nblue',
            "category": "",
            "quantity": 2,
            "amount_minor": 2000,
        }
    ]
    assert set(lines["customer"]) == {str(customer_id), "acme:7", None}


def test_without_orders_the_frame_is_empty_but_has_the_schema(session: Session) -> None:
    assert extract.extract_order_lines(session).equals(ORDER_LINES.to_frame())


def test_a_window_includes_its_start_and_excludes_its_end(session: Session) -> None:
    for day in (0, 1, 2):
        insert_order(session, placed_at=NOON + timedelta(days=day))

    start, end = NOON, NOON + timedelta(days=2)
    lines = extract.extract_order_lines(session, start=start, end=end)

    assert sorted(lines["at"]) == [NOON, NOON + timedelta(days=1)]


def test_refunds_are_lines_of_their_own_without_tax(session: Session) -> None:
    order = insert_order(session, payment_status="PARTIALLY_REFUNDED")
    insert_refunds(session, order, 100, 541, at=NOON + timedelta(days=30))

    later = extract.extract_order_lines(session, start=NOON + timedelta(days=31))

    # 641 refunded of 2160 is 593.5 of 2000 without tax, and 92.6 were refunded before.
    assert later.select("kind", "amount_minor", "sku").rows() == [
        ("REFUND", -501, None)
    ]


def test_a_refund_that_stripe_has_not_confirmed_does_not_count_yet(
    session: Session,
) -> None:
    order = insert_order(session)
    insert_refunds(session, order, 500, at=NOON, confirmed=False)

    assert extract.extract_order_lines(session)["kind"].to_list() == ["SALE"]


def test_revenue_counts_shop_orders_and_refunds_by_their_own_months(
    session: Session,
) -> None:
    insert_order(session)
    refunded_order = insert_order(session, payment_status="REFUNDED")
    insert_refunds(session, refunded_order, 2160, at=NOON + timedelta(days=31))
    insert_order(session, status="CANCELLED", payment_status="REFUNDED")
    insert_order(session, status="PENDING", payment_status="UNPAID")

    facts = extract.load_order_facts(session)
    report = run_order_trends(
        facts, selection=Selection(), granularity=Granularity.MONTH
    )

    assert report.tables["trend"].select("orders", "revenue_minor").rows() == [
        (2, 4000),
        (0, -2000),
    ]
    assert (report.receipt.rows_read, report.receipt.rows_counted) == (5, 3)


def test_a_months_fingerprint_changes_with_every_change_in_it(session: Session) -> None:
    order = insert_order(session)
    insert_order(session, placed_at=NOON + timedelta(days=31))
    before = extract.compute_month_fingerprints(session)
    assert list(before) == ["2026-01", "2026-02"]

    order.updated_at = NOON
    session.flush()
    changed = extract.compute_month_fingerprints(session)
    insert_refunds(session, order, 100, at=NOON + timedelta(days=70))
    extended = extract.compute_month_fingerprints(session)

    assert changed["2026-01"] != before["2026-01"]
    assert changed["2026-02"] == before["2026-02"]
    assert list(extended) == ["2026-01", "2026-02", "2026-03"]

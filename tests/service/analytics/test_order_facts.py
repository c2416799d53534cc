from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from analytics.facts import database
from analytics.facts.schemas import ORDER_LINES
from analytics.semantic.execution import run_query
from tests.support.factories import RowFactory
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.insights.query.windows import AbsoluteWindow
from webapp.kit.ids import new_id
from webapp.orders.models import Order, OrderItem
from webapp.payments.models import Payment, Refund, RefundItem

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
    insert_item(session, order)
    return order


def insert_item(session: Session, order: Order, **overrides: Any) -> None:
    defaults: dict[str, Any] = {
        "id": new_id(),
        "order_id": order.id,
        "position": 0,
        "name": 'Mug, "large"\nblue',
        "sku": "MUG",
        "category": "",
        "brand": "Acme",
        "tags": ["new", 'a "gift", too'],
        "kind": "SALE",
        "quantity": 2,
        "unit_price_minor": 1000,
        "line_total_minor": 2000,
    }
    session.add(OrderItem(**{**defaults, **overrides}))
    session.flush()


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
    account_order = insert_order(session, customer_id=customer_id, channel="web")
    former = insert_order(session, customer_ref="acme:7")
    insert_order(session)

    lines = database.extract_order_lines(session, home_currency="USD")

    assert lines.schema == ORDER_LINES
    assert lines.filter(pl.col("order_id") == str(account_order.id)).to_dicts() == [
        {
            "order_id": str(account_order.id),
            "order_number": account_order.number,
            "at": NOON,
            "kind": "SALE",
            "status": "DELIVERED",
            "payment_status": "PAID",
            "currency": "USD",
            "customer": account_order.number,
            "customer_status": "new",
            "country": "",
            "state": "",
            "product_id": None,
            "sku": "MUG",
            "name": 'Mug, "large"\nblue',
            "category": "",
            "brand": "Acme",
            "tags": ["new", 'a "gift", too'],
            "channel": "web",
            "quantity": 2,
            "amount_minor": 2000,
            "tax_minor": 160,
            "home_amount_minor": 2000,
            "home_tax_minor": 160,
        }
    ]
    assert set(lines["customer"]) == {account_order.number, former.number, None}


def test_without_orders_the_frame_is_empty_but_has_the_schema(session: Session) -> None:
    assert database.extract_order_lines(session, home_currency="USD").equals(
        ORDER_LINES.to_frame()
    )


def test_a_window_includes_its_start_and_excludes_its_end(session: Session) -> None:
    for day in (0, 1, 2):
        insert_order(session, placed_at=NOON + timedelta(days=day))

    start, end = NOON, NOON + timedelta(days=2)
    lines = database.extract_order_lines(
        session, home_currency="USD", start=start, end=end
    )

    assert sorted(lines["at"]) == [NOON, NOON + timedelta(days=1)]


def test_refunds_are_lines_of_their_own_without_tax(session: Session) -> None:
    order = insert_order(session, payment_status="PARTIALLY_REFUNDED")
    insert_refunds(session, order, 100, 541, at=NOON + timedelta(days=30))

    later = database.extract_order_lines(
        session, home_currency="USD", start=NOON + timedelta(days=31)
    )

    # 641 refunded of 2160 is 593.5 of 2000 without tax, and 92.6 were refunded before.
    assert later.select("kind", "amount_minor", "sku").rows() == [
        ("REFUND", -501, None)
    ]


def test_what_was_not_recorded_is_not_what_there_was_none_of(session: Session) -> None:
    order = insert_order(session)
    insert_item(session, order, position=1, brand="", tags=[])
    insert_item(session, order, position=2, brand=None, tags=None)

    lines = database.extract_order_lines(session, home_currency="USD").sort("tags")

    recorded = set(zip(lines["brand"], map(repr, lines["tags"].to_list()), strict=True))
    assert recorded == {
        ("Acme", repr(["new", 'a "gift", too'])),
        ("", "[]"),
        (None, "None"),
    }
    assert lines["channel"].to_list() == [None] * 3


def test_a_refund_counts_for_the_lines_that_it_names(session: Session) -> None:
    """Whatever its items are, together they are as much without tax as the refund."""
    order = insert_order(session, subtotal_minor=3000, tax_minor=247, total_minor=3247)
    insert_item(
        session,
        order,
        position=1,
        sku="POT",
        brand="",
        tags=[],
        line_total_minor=1000,
    )
    items = session.scalars(select(OrderItem).order_by(OrderItem.position)).all()
    insert_refunds(session, order, 100, 1003, 200, at=NOON)
    refunds = session.scalars(select(Refund).order_by(Refund.created_at)).all()
    for item, amount in zip(items, (668, 335), strict=True):
        session.add(
            RefundItem(
                refund_id=refunds[1].id,
                order_item_id=item.id,
                quantity=1,
                amount_minor=amount,
            )
        )
    session.flush()

    lines = database.extract_order_lines(session, home_currency="USD")

    refund_lines = lines.filter(kind="REFUND").sort("at", "amount_minor")
    # 3000 / 3247 of 100, 768, 1103 and 1303 are 92.4, 709.6, 1019.1 and 1203.9.
    assert refund_lines.select("sku", "brand", "tags", "amount_minor").rows() == [
        (None, None, None, -92),
        ("MUG", "Acme", ["new", 'a "gift", too'], -618),
        ("POT", "", [], -309),
        (None, None, None, -185),
    ]
    assert refund_lines["amount_minor"].sum() == -1204
    assert (refund_lines["amount_minor"] + refund_lines["tax_minor"]).sum() == -1303
    assert refund_lines["quantity"].to_list() == [0] * 4


def test_a_refund_that_stripe_has_not_confirmed_does_not_count_yet(
    session: Session,
) -> None:
    order = insert_order(session)
    insert_refunds(session, order, 500, at=NOON, confirmed=False)

    assert database.extract_order_lines(session, home_currency="USD")[
        "kind"
    ].to_list() == ["SALE"]


def test_revenue_counts_shop_orders_and_refunds_by_their_own_months(
    session: Session,
) -> None:
    insert_order(session)
    refunded_order = insert_order(session, payment_status="REFUNDED")
    insert_refunds(session, refunded_order, 2160, at=NOON + timedelta(days=31))
    insert_order(session, status="CANCELLED", payment_status="REFUNDED")
    insert_order(session, status="PENDING", payment_status="UNPAID")

    facts = database.load_order_facts(session, home_currency="USD")
    until_february = AbsoluteWindow(last_day=date(2026, 2, 28))
    query = AnalyticsQuery(
        metrics=["orders", "net_revenue"], group_by=["month"], window=until_february
    )
    result = run_query(query, facts, home_currency="USD", zone=ZoneInfo("UTC"))

    figures = [(row["orders"], row["net_revenue"]) for row in result.rows]
    assert figures == [(2, 40.0), (0, -20.0)]
    assert (result.receipt.rows_read, result.receipt.rows_counted) == (5, 3)


@pytest.mark.parametrize(
    ("prices", "amount", "tax"),
    [
        ({"currency": "USD"}, 2000, 160),
        # 20.00 and 1.60 euros for 1.2345 euros a dollar.
        (
            {"currency": "EUR", "base_currency": "USD", "exchange_rate": "1.2345"},
            *(1620, 130),
        ),
        # The order is worth 10.80 dollars, for 21.60 paid.
        ({"currency": "EUR", "book_total_minor": 1080}, 1000, 80),
        ({"currency": "EUR"}, None, None),
        (
            {"currency": "EUR", "base_currency": "GBP", "exchange_rate": "1.2"},
            *(None, None),
        ),
    ],
)
def test_amounts_are_converted_at_the_rate_of_the_order(
    session: Session, prices: dict[str, Any], amount: int | None, tax: int | None
) -> None:
    order = insert_order(session, **prices)
    insert_refunds(session, order, 2160, at=NOON)

    lines = database.extract_order_lines(session, home_currency="USD").sort("kind")

    negative = [None if each is None else -each for each in (amount, tax)]
    assert lines.select("kind", "home_amount_minor", "home_tax_minor").rows() == [
        ("REFUND", *negative),
        ("SALE", amount, tax),
    ]


def test_half_a_cent_is_rounded_away_from_zero(session: Session) -> None:
    order = insert_order(
        session, currency="EUR", base_currency="USD", exchange_rate="0.8"
    )
    for position, amount in enumerate((2, -2, 1), start=1):
        insert_item(
            session,
            order,
            position=position,
            kind="ADJUSTMENT",
            line_total_minor=amount,
        )

    lines = database.extract_order_lines(session, home_currency="USD")

    adjusted = lines.filter(kind="ADJUSTMENT").sort("amount_minor")
    assert adjusted["home_amount_minor"].to_list() == [-3, 1, 3]


def test_tax_is_on_one_line_of_the_order_and_less_after_a_refund(
    session: Session,
) -> None:
    order = insert_order(session)
    insert_item(session, order, position=1)
    insert_refunds(session, order, 1080, at=NOON)

    lines = database.extract_order_lines(session, home_currency="USD")

    assert sorted(lines["tax_minor"]) == [-80, 0, 160]


def test_a_customer_is_new_until_the_first_counted_order(session: Session) -> None:
    for day, status in enumerate(("PAYMENT_FAILED", "DELIVERED", "SHIPPED")):
        insert_order(
            session,
            customer_ref="acme:7",
            status=status,
            payment_status="UNPAID" if status == "PAYMENT_FAILED" else "PAID",
            placed_at=NOON + timedelta(days=day),
            shipping_address={"country": "DE", "state": "Bayern"},
        )
    insert_order(session, placed_at=NOON + timedelta(days=9))

    lines = database.extract_order_lines(session, home_currency="USD").sort("at")

    assert lines["customer_status"].to_list() == ["new", "new", "returning", "guest"]
    assert lines["country"].to_list() == ["DE", "DE", "DE", ""]
    assert lines["state"].to_list() == ["Bayern"] * 3 + [""]


def test_the_first_order_is_known_whatever_the_window(session: Session) -> None:
    [first, _] = [
        insert_order(
            session, customer_ref="acme:7", placed_at=NOON + timedelta(days=day)
        )
        for day in (0, 40)
    ]

    lines = database.extract_order_lines(
        session, home_currency="USD", start=NOON + timedelta(days=30)
    )

    assert lines["customer_status"].to_list() == ["returning"]
    assert lines["customer"].to_list() == [first.number]

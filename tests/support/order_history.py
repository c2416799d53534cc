"""Random histories of a shop, in its database: orders, and what becomes of them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from tests.support.factories import RowFactory
from webapp.kit.ids import new_id
from webapp.orders.models import Order, OrderItem
from webapp.payments.models import Payment, Refund

START = datetime(2025, 12, 20, tzinfo=UTC)
MINUTES = 100 * 24 * 60
CATEGORIES = ("Kitchen", "kitchen", "Garden", "")


class OrderHistory:
    """Makes changes that the shop, its admins or an import may make, chosen by a seed."""

    def __init__(self, session: Session, seed: int) -> None:
        self._session = session
        self._random = Random(seed)  # noqa: S311

    def change(self, steps: int) -> None:
        for _ in range(steps):
            action = self._random.choice(
                [
                    *[self.place_order] * 4,
                    *[self.update_order, self.refund_order] * 2,
                    self.delete_order,
                    self.move_order,
                    self.change_lines,
                ]
            )
            action()
            self._session.flush()

    def place_order(self) -> None:
        order = RowFactory(self._session).order(
            customer_ref=self._random.choice([None, "ann", "bob", "cid"]),
            subtotal_minor=1000,
            tax_minor=170,
            total_minor=1170,
            placed_at=self._choose_time(),
            shipping_address=self._random.choice(
                [{}, {"country": "DE"}, {"country": "US", "state": "Texas"}]
            ),
            **self._choose_status(),
            **self._random.choice(CURRENCIES),
        )
        for position in range(self._random.randint(1, 3)):
            self._session.add(self._build_item(order, position))

    def update_order(self) -> None:
        if order := self._choose_order():
            for name, value in self._choose_status().items():
                setattr(order, name, value)

    def move_order(self) -> None:
        """To another customer or another time."""
        if order := self._choose_order():
            order.customer_ref = self._random.choice([None, "ann", "bob"])
            order.placed_at = self._choose_time()

    def change_lines(self) -> None:
        if order := self._choose_order():
            self._session.execute(delete(OrderItem).filter_by(order_id=order.id))
            self._session.add(self._build_item(order, 0))

    def refund_order(self) -> None:
        order = self._choose_order()
        if order is None:
            return
        payment = self._session.scalars(
            select(Payment).filter_by(order_id=order.id)
        ).first()
        if payment is None:
            payment = Payment(
                id=new_id(),
                order_id=order.id,
                intent_id=f"pi_{order.id}",
                status="succeeded",
                amount_minor=order.total_minor,
                currency=order.currency,
            )
            self._session.add(payment)
            self._session.flush()
        refund_id = new_id()
        self._session.add(
            Refund(
                id=refund_id,
                payment_id=payment.id,
                amount_minor=self._random.randint(1, 300),
                reason="",
                actor="admin",
                stripe_refund_id=self._random.choice([None, f"re_{refund_id}"]),
                created_at=order.placed_at
                + timedelta(days=self._random.randint(0, 70)),
            )
        )

    def delete_order(self) -> None:
        if order := self._choose_order():
            payments = select(Payment.id).filter_by(order_id=order.id)
            self._session.execute(delete(Refund).where(Refund.payment_id.in_(payments)))
            self._session.execute(delete(Payment).filter_by(order_id=order.id))
            self._session.execute(delete(Order).filter_by(id=order.id))

    def _choose_order(self) -> Order | None:
        orders: Sequence[Order] = self._session.scalars(
            select(Order).order_by(Order.number)
        ).all()
        return self._random.choice(orders) if orders else None

    def _choose_time(self) -> datetime:
        return START + timedelta(minutes=self._random.randint(0, MINUTES))

    def _choose_status(self) -> dict[str, Any]:
        statuses = ["DELIVERED", "DELIVERED", "SHIPPED", "CANCELLED", "PENDING"]
        payments = ["PAID", "PAID", "PARTIALLY_REFUNDED", "UNPAID"]
        return {
            "status": self._random.choice(statuses),
            "payment_status": self._random.choice(payments),
        }

    def _build_item(self, order: Order, position: int) -> OrderItem:
        kind = self._random.choice(["SALE", "SALE", "SALE", "RETURN", "ADJUSTMENT"])
        sku = self._random.choice(["MUG", "POT", "TEA"])
        sign = -1 if kind == "RETURN" else 1
        quantity, price = self._random.randint(1, 4), self._random.randint(1, 500)
        return OrderItem(
            id=new_id(),
            order_id=order.id,
            position=position,
            kind=kind,
            name=sku.title(),
            sku=sku,
            category=self._random.choice(CATEGORIES),
            quantity=sign * quantity,
            unit_price_minor=price,
            line_total_minor=sign * quantity * price,
        )


CURRENCIES: Sequence[dict[str, Any]] = (
    {"currency": "USD"},
    {"currency": "USD"},
    {"currency": "EUR", "base_currency": "USD", "exchange_rate": "0.8"},
    {"currency": "GBP"},
)

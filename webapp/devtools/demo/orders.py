"""A past order with its lines, totals and events. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from webapp.cart.pricing import Totals, price_lines
from webapp.devtools.demo.catalog import DemoProduct, DemoVariant
from webapp.devtools.demo.people import DemoBuyer
from webapp.orders.status import Actor, OrderEventType, OrderStatus, PaymentStatus

SHIPPED_AFTER = timedelta(days=2)
DELIVERED_AFTER = timedelta(days=5)
CANCELLED_AFTER = timedelta(minutes=40)


@dataclass(frozen=True)
class PastLine:
    product: DemoProduct
    variant: DemoVariant
    quantity: int
    """Negative for a return."""

    @property
    def kind(self) -> str:
        return "SALE" if self.quantity > 0 else "RETURN"

    @property
    def total_minor(self) -> int:
        return self.variant.price_minor * self.quantity


@dataclass(frozen=True)
class PastOrder:
    """An order or a return; a return is an order of its own with negative quantities."""

    reference: str
    buyer: DemoBuyer
    placed_at: datetime
    lines: tuple[PastLine, ...]
    status: OrderStatus
    payment_status: PaymentStatus
    tracking_number: str | None = None

    @property
    def is_return(self) -> bool:
        return self.lines[0].quantity < 0

    def compute_totals(self, tax_percent: Decimal) -> Totals:
        return price_lines(
            ((line.variant.price_minor, line.quantity) for line in self.lines),
            tax_percent=tax_percent,
        )

    def list_events(self) -> Iterator[tuple[datetime, OrderEventType, Actor]]:
        """Time, type and actor of each event in the order's history."""
        steps = _RETURN_STEPS if self.is_return else _STEPS[self.status]
        for delay, kind, actor in steps:
            yield self.placed_at + delay, kind, actor


_PLACED = (timedelta(), OrderEventType.PLACED, Actor.CUSTOMER)
_PAID = (timedelta(seconds=4), OrderEventType.PAID, Actor.SYSTEM)
_PROCESSING = (timedelta(seconds=9), OrderEventType.PROCESSING, Actor.SYSTEM)
_SHIPPED = (SHIPPED_AFTER, OrderEventType.SHIPPED, Actor.ADMIN)
_DELIVERED = (DELIVERED_AFTER, OrderEventType.DELIVERED, Actor.ADMIN)
_CANCELLED = (CANCELLED_AFTER, OrderEventType.CANCELLED, Actor.CUSTOMER)
_REFUNDED = (CANCELLED_AFTER, OrderEventType.PAYMENT_REFUNDED, Actor.CUSTOMER)

_RETURN_STEPS = ((timedelta(), OrderEventType.PAYMENT_REFUNDED, Actor.ADMIN),)
_STEPS = {
    OrderStatus.PROCESSING: (_PLACED, _PAID, _PROCESSING),
    OrderStatus.SHIPPED: (_PLACED, _PAID, _PROCESSING, _SHIPPED),
    OrderStatus.DELIVERED: (_PLACED, _PAID, _PROCESSING, _SHIPPED, _DELIVERED),
    OrderStatus.CANCELLED: (_PLACED, _PAID, _PROCESSING, _CANCELLED, _REFUNDED),
}

"""A past order with its lines, totals and events. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import accumulate, pairwise

from webapp.cart.pricing import Totals, price_lines
from webapp.checkout.policy import convert_amount
from webapp.devtools.demo.catalog import DemoProduct, DemoVariant
from webapp.devtools.demo.people import DemoBuyer
from webapp.orders.status import Actor, OrderEventType, OrderStatus, PaymentStatus
from webapp.payments.refund_items import divide_rounded

SHIPPED_AFTER = timedelta(days=2)
DELIVERED_AFTER = timedelta(days=5)
CANCELLED_AFTER = timedelta(minutes=40)


@dataclass(frozen=True)
class PastLine:
    product: DemoProduct
    variant: DemoVariant
    quantity: int
    """Negative for a return."""
    price_minor: int
    """Of a unit at the time, in the shop's currency."""

    @property
    def kind(self) -> str:
        return "SALE" if self.quantity > 0 else "RETURN"


@dataclass(frozen=True)
class PastRefund:
    """Money that was paid back for lines of an order, which the customer kept."""

    refunded_at: datetime
    reason: str
    positions: Sequence[int]
    """Of the lines, all units of each."""


@dataclass(frozen=True)
class PastOrder:
    """An order or a return; a return is an order of its own with negative quantities."""

    reference: str
    buyer: DemoBuyer
    placed_at: datetime
    lines: tuple[PastLine, ...]
    status: OrderStatus
    payment_status: PaymentStatus
    channel: str
    currency: str
    """That the customer paid in."""
    exchange_rate: Decimal
    """Units of it for one of the shop's."""
    tax_percent: Decimal
    tracking_number: str | None = None
    refund: PastRefund | None = None

    @property
    def is_return(self) -> bool:
        return self.lines[0].quantity < 0

    @cached_property
    def unit_prices(self) -> list[int]:
        """Of the lines, in the currency of the order, as the checkout converts them."""
        prices = [line.price_minor for line in self.lines]
        if self.exchange_rate == 1:
            return prices
        return [convert_amount(price, self.exchange_rate) for price in prices]

    @cached_property
    def totals(self) -> Totals:
        """In the currency of the order."""
        quantities = (line.quantity for line in self.lines)
        return price_lines(
            zip(self.unit_prices, quantities, strict=True), tax_percent=self.tax_percent
        )

    @property
    def book_totals(self) -> Totals:
        """In the shop's currency."""
        if self.exchange_rate == 1:
            return self.totals
        return price_lines(
            ((line.price_minor, line.quantity) for line in self.lines),
            tax_percent=self.tax_percent,
        )

    def list_payments(self) -> list[int]:
        """What was paid for each line, its tax included, as refunds share out a total."""
        untaxed = accumulate(
            price * line.quantity
            for price, line in zip(self.unit_prices, self.lines, strict=True)
        )
        sums = [
            divide_rounded(each * self.totals.total_minor, self.totals.subtotal_minor)
            for each in untaxed
        ]
        return [end - start for start, end in pairwise([0, *sums])]

    def list_events(self) -> Iterator[tuple[datetime, OrderEventType, Actor]]:
        """Time, type and actor of each event in the order's history."""
        steps = _RETURN_STEPS if self.is_return else _STEPS[self.status]
        for delay, kind, actor in steps:
            yield self.placed_at + delay, kind, actor
        if self.refund is not None:
            kind = OrderEventType.from_payment_status(self.payment_status)
            yield self.refund.refunded_at, kind, Actor.ADMIN


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

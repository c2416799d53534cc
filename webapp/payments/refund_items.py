"""What a refund pays back for each line of its order. Pure.

Amounts are with tax. A unit's default is its share of the order's total; shares are differences of
rounded running totals, so that refunds of all units add up to the total, to the cent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from uuid import UUID

from webapp.kit.money import format_money
from webapp.orders.models import Order, OrderItem
from webapp.payments.errors import BadRefundItem, RefundItemTooLarge


@dataclass(frozen=True)
class RequestedItem:
    """Units of an order line to pay back."""

    item_id: UUID
    quantity: int
    amount_minor: int | None = None
    """Their share of the refund when `None`."""


@dataclass(frozen=True)
class ItemAmount:
    """Units of an order line that are paid back, and what for them."""

    item_id: UUID
    quantity: int
    amount_minor: int


@dataclass(frozen=True)
class _Line:
    """A line of the order, what was paid for it, and what of that is left."""

    item: OrderItem
    paid_minor: int
    done: ItemAmount

    @property
    def left_minor(self) -> int:
        return self.paid_minor - self.done.amount_minor

    def compute_default(self, quantity: int) -> int:
        """The share of the next units, if so much is left."""
        before, after = (
            divide_rounded(self.paid_minor * units, self.item.quantity)
            for units in (self.done.quantity, self.done.quantity + quantity)
        )
        return min(after - before, self.left_minor)


def allocate_refund(
    order: Order,
    requested: Sequence[RequestedItem],
    *,
    amount_minor: int | None,
    refunded: Mapping[UUID, ItemAmount],
) -> list[ItemAmount]:
    """Decide the amount of each item; together they are `amount_minor`, if it is given.

    `refunded` is what earlier refunds have paid back, by order line. Raises `BadRefundItem` and
    `RefundItemTooLarge`.
    """
    known = _list_lines(order, refunded)
    lines = [_find_line(known, item, f"items.{n}") for n, item in enumerate(requested)]
    defaults = [
        line.compute_default(item.quantity)
        for line, item in zip(lines, requested, strict=True)
    ]
    amounts = (
        [
            default if item.amount_minor is None else item.amount_minor
            for item, default in zip(requested, defaults, strict=True)
        ]
        if amount_minor is None
        else _spread_amount(requested, defaults, amount_minor, order.currency)
    )
    for n, (line, amount) in enumerate(zip(lines, amounts, strict=True)):
        if amount > line.left_minor:
            raise RefundItemTooLarge(
                f"of what was paid for it {format_money(line.left_minor, order.currency)} "
                "are left to refund",
                field=f"items.{n}.amount",
            )
    if not sum(amounts):
        raise BadRefundItem("nothing was paid for these units", field="items")
    return [
        ItemAmount(item.item_id, item.quantity, amount)
        for item, amount in zip(requested, amounts, strict=True)
    ]


def _list_lines(
    order: Order, refunded: Mapping[UUID, ItemAmount]
) -> Mapping[UUID, _Line]:
    running = accumulate((item.line_total_minor for item in order.items), initial=0)
    totals = [
        divide_rounded(untaxed * order.total_minor, order.subtotal_minor)
        for untaxed in running
    ]
    return {
        item.id: _Line(
            item, end - start, refunded.get(item.id, ItemAmount(item.id, 0, 0))
        )
        for item, start, end in zip(order.items, totals, totals[1:], strict=False)
    }


def _find_line(known: Mapping[UUID, _Line], item: RequestedItem, field: str) -> _Line:
    line = known.get(item.item_id)
    if line is None:
        raise BadRefundItem("is no line of this order", field=f"{field}.itemId")
    left = line.item.quantity - line.done.quantity
    if item.quantity > left:
        raise RefundItemTooLarge(
            f"{left} of the {line.item.quantity} units bought are left to refund",
            field=f"{field}.quantity",
        )
    return line


def _spread_amount(
    requested: Sequence[RequestedItem],
    defaults: Sequence[int],
    amount_minor: int,
    currency: str,
) -> list[int]:
    """Give the items without an amount of their own the rest, in proportion to their defaults."""
    given = sum(item.amount_minor or 0 for item in requested)
    rest = amount_minor - given
    weights = [
        default if item.amount_minor is None else 0
        for item, default in zip(requested, defaults, strict=True)
    ]
    whole = sum(weights)
    if rest < 0 or (rest and not whole):
        raise BadRefundItem(
            f"their amounts add up to {format_money(given, currency)}, and the amount of the "
            f"refund is {format_money(amount_minor, currency)}",
            field="items",
        )
    shares = [
        divide_rounded(rest * running, whole)
        for running in accumulate(weights, initial=0)
    ]
    return [
        end - start if item.amount_minor is None else item.amount_minor
        for item, start, end in zip(requested, shares, shares[1:], strict=False)
    ]


def divide_rounded(dividend: int, divisor: int) -> int:
    """Round half a cent up; zero where there is nothing to divide."""
    return (2 * dividend + divisor) // (2 * divisor) if divisor else 0

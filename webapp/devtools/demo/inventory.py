"""Stock movements of the history: what was delivered, sold and put back. Pure.

They add up to what is on hand. Units were never held: orders of the past were paid at once.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from uuid import UUID

import numpy as np

from webapp.catalog.models import StockReason
from webapp.devtools.demo.catalog import DemoProduct
from webapp.devtools.demo.history_days import HistoryDays, Integers
from webapp.devtools.demo.orders import CANCELLED_AFTER, PastOrder
from webapp.devtools.demo.supply import SupplyPlan
from webapp.orders.status import OrderStatus

DELIVERY_TIME = time(17)
"""On the day before the first one on which they can be bought."""


@dataclass(frozen=True)
class PastMovement:
    at: datetime
    variant_id: UUID
    reason: StockReason
    units: int
    """Signed change of the units on hand."""
    order_reference: str | None = None


def list_movements(
    orders: Sequence[PastOrder],
    products: Sequence[DemoProduct],
    supply: SupplyPlan,
    *,
    days: HistoryDays,
    listed_at: Mapping[UUID, datetime],
) -> list[PastMovement]:
    """By time; `listed_at` is when a product was put up for sale, with its first units."""
    return sorted(
        [
            *_iterate_sales(orders),
            *_iterate_deliveries(orders, products, supply, days, listed_at),
        ],
        key=lambda movement: movement.at,
    )


def _iterate_sales(orders: Sequence[PastOrder]) -> Iterator[PastMovement]:
    """Returned goods are not sold again, those of canceled orders are."""
    for order in orders:
        if order.is_return:
            continue
        for line in order.lines:
            yield PastMovement(
                order.placed_at,
                line.variant.id,
                StockReason.SOLD,
                -line.quantity,
                order.reference,
            )
            if order.status == OrderStatus.CANCELLED:
                yield PastMovement(
                    order.placed_at + CANCELLED_AFTER,
                    line.variant.id,
                    StockReason.RETURNED,
                    line.quantity,
                    order.reference,
                )


def _iterate_deliveries(
    orders: Sequence[PastOrder],
    products: Sequence[DemoProduct],
    supply: SupplyPlan,
    days: HistoryDays,
    listed_at: Mapping[UUID, datetime],
) -> Iterator[PastMovement]:
    sold: Mapping[UUID, Integers] = defaultdict(
        lambda: np.zeros(len(days.dates), np.int64)
    )
    for order in orders:
        if order.is_return or order.status == OrderStatus.CANCELLED:
            continue
        day = days.find_index(order.placed_at.date())
        for line in order.lines:
            sold[line.variant.id][day] += line.quantity
    variants = [(each, variant) for each in products for variant in each.variants]
    for index, (product, variant) in enumerate(variants):
        deliveries = supply.plan_deliveries(index, sold[variant.id])
        cycles = supply.cycles[index]
        yield PastMovement(
            listed_at[product.id], variant.id, StockReason.OPENED, deliveries[0]
        )
        for cycle, units in zip(cycles[1:], deliveries[1:], strict=True):
            at = datetime.combine(days.dates[cycle.start - 1], DELIVERY_TIME, UTC)
            if units:
                yield PastMovement(at, variant.id, StockReason.COUNTED, units)

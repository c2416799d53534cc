"""Generates eighteen months of orders, day by day. Deterministic for a given `today`.

The number of orders of a day follows from the demand on it (`demand`), so that a season, a
launch or a declining category shows in the number of orders as well as in their content.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from random import Random

from webapp.devtools.demo.catalog import DemoProduct, DemoVariant
from webapp.devtools.demo.demand import compute_demand_weight, compute_traffic
from webapp.devtools.demo.orders import (
    CANCELLED_AFTER,
    DELIVERED_AFTER,
    SHIPPED_AFTER,
    PastLine,
    PastOrder,
)
from webapp.devtools.demo.people import (
    DemoBuyer,
    generate_guest,
    generate_returning_customers,
)
from webapp.devtools.demo.stories import BAD_WEEK, FAULTY_BATCH, HISTORY_DAYS
from webapp.orders.status import OrderStatus, PaymentStatus

SEED = 67
ORDERS_PER_DEMAND_WEIGHT = 0.0098
"""Calibrated to about ten orders a day at the beginning of the history."""
# Relative frequency of orders by hour of the day, with peaks at noon and in the evening.
HOURS = (
    2, 1, 1, 1, 1, 2, 4, 7, 10, 12, 13, 15, 18, 15, 13, 12, 12, 14, 17, 22, 24, 20, 12, 6,
)  # fmt: skip
BASKET_SIZES = (55, 27, 12, 6)
QUANTITIES = (87, 10, 3)
REFILL_QUANTITIES = (62, 28, 10)
MIN_SINGLE_UNIT_PRICE_MINOR = 100_00
REFILL_CATEGORIES = frozenset({"Coffee & Tea", "Beauty"})
GUEST_SHARE = 0.35
CANCELLED_SHARE = 0.02
RETURN_RATES = {"Clothing": 0.07, "Outdoor": 0.045, "Electronics": 0.035}
DEFAULT_RETURN_RATE = 0.015


def generate_history(
    products: Sequence[DemoProduct], *, today: date
) -> list[PastOrder]:
    """Orders and returns by time, up to and including yesterday."""
    random = Random(SEED)  # noqa: S311 deterministic on purpose, not a secret
    generator = HistoryGenerator(
        random, products, generate_returning_customers(random), today
    )
    bought = [
        order
        for days_ago in range(HISTORY_DAYS, 0, -1)
        for order in generator.generate_day(today - timedelta(days=days_ago))
    ]
    returned = [
        returned_order
        for order in bought
        if (returned_order := generator.generate_return(order))
    ]
    return sorted([*bought, *returned], key=lambda order: order.placed_at)


@dataclass(frozen=True)
class HistoryGenerator:
    random: Random
    products: Sequence[DemoProduct]
    returning_customers: Sequence[DemoBuyer]
    today: date

    def generate_day(self, day: date) -> Iterator[PastOrder]:
        demand_weights = [
            compute_demand_weight(product, day, today=self.today)
            for product in self.products
        ]
        expected = (
            sum(demand_weights)
            * ORDERS_PER_DEMAND_WEIGHT
            * compute_traffic(day, today=self.today)
        )
        # Close to a Poisson distribution at these numbers.
        count = max(0, round(self.random.gauss(expected, expected**0.5)))
        cumulative_weights = list(accumulate(demand_weights))
        for placed_at in sorted(self._random_time(day) for _ in range(count)):
            yield self._generate_order(placed_at, cumulative_weights)

    def generate_return(self, order: PastOrder) -> PastOrder | None:
        """The returned lines of a delivered order; `None` if there are none before today."""
        if order.status != OrderStatus.DELIVERED:
            return None
        days_ago = (self.today - order.placed_at.date()).days
        lines = tuple(
            PastLine(line.product, line.variant, -self.random.randint(1, line.quantity))
            for line in order.lines
            if self.random.random() < _return_rate(line.product, days_ago)
        )
        day = order.placed_at.date() + timedelta(days=self.random.randint(8, 24))
        if not lines or day >= self.today:
            return None
        return PastOrder(
            reference=f"{order.reference}:return",
            buyer=order.buyer,
            placed_at=self._random_time(day),
            lines=lines,
            status=OrderStatus.DELIVERED,
            payment_status=PaymentStatus.REFUNDED,
        )

    def _random_time(self, day: date) -> datetime:
        [hour] = self.random.choices(range(24), HOURS)
        at = time(hour, self.random.randrange(60), self.random.randrange(60))
        return datetime.combine(day, at, UTC)

    def _generate_order(
        self, placed_at: datetime, cumulative_weights: list[float]
    ) -> PastOrder:
        status = self._choose_status(placed_at)
        is_cancelled = status == OrderStatus.CANCELLED
        is_shipped = status in {OrderStatus.SHIPPED, OrderStatus.DELIVERED}
        return PastOrder(
            reference=f"demo:{self.random.getrandbits(48):012x}",
            buyer=self._choose_buyer(placed_at.date()),
            placed_at=placed_at,
            lines=tuple(self._fill_basket(cumulative_weights)),
            status=status,
            payment_status=PaymentStatus.REFUNDED
            if is_cancelled
            else PaymentStatus.PAID,
            tracking_number=generate_tracking_number(self.random)
            if is_shipped
            else None,
        )

    def _choose_status(self, placed_at: datetime) -> OrderStatus:
        is_bad_week = BAD_WEEK.includes(placed_at.date(), today=self.today)
        share = BAD_WEEK.cancelled_share if is_bad_week else CANCELLED_SHARE
        age = datetime.combine(self.today, time(), UTC) - placed_at
        if self.random.random() < share and age > CANCELLED_AFTER:
            return OrderStatus.CANCELLED
        if age > DELIVERED_AFTER:
            return OrderStatus.DELIVERED
        return OrderStatus.SHIPPED if age > SHIPPED_AFTER else OrderStatus.PROCESSING

    def _choose_buyer(self, day: date) -> DemoBuyer:
        """A guest or a returning customer; the pool of those grows from a third to all of them."""
        if self.random.random() < GUEST_SHARE:
            return generate_guest(self.random)
        age = HISTORY_DAYS - (self.today - day).days
        pool_size = len(self.returning_customers) * (1 + 2 * age / HISTORY_DAYS) / 3
        return self.returning_customers[int(pool_size * self.random.random() ** 1.5)]

    def _fill_basket(self, cumulative_weights: list[float]) -> Iterator[PastLine]:
        [size] = self.random.choices(range(1, len(BASKET_SIZES) + 1), BASKET_SIZES)
        chosen = self.random.choices(
            self.products, cum_weights=cumulative_weights, k=size
        )
        for product in dict.fromkeys(chosen):
            variant = self.random.choice(product.variants)
            weights = _quantity_weights(product, variant)
            [quantity] = self.random.choices(range(1, len(weights) + 1), weights)
            yield PastLine(product, variant, quantity)


def generate_tracking_number(random: Random) -> str:
    return f"E67{random.randrange(10**10):010}US"


def _quantity_weights(product: DemoProduct, variant: DemoVariant) -> tuple[int, ...]:
    """Relative frequencies of the quantities 1, 2 and 3."""
    if variant.price_minor >= MIN_SINGLE_UNIT_PRICE_MINOR:
        return (1,)
    return REFILL_QUANTITIES if product.category in REFILL_CATEGORIES else QUANTITIES


def _return_rate(product: DemoProduct, days_ago: int) -> float:
    if FAULTY_BATCH.includes(product.slug, days_ago):
        return FAULTY_BATCH.returned_share
    return RETURN_RATES.get(product.category, DEFAULT_RETURN_RATE)

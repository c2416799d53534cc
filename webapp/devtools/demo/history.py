"""Eighteen months of orders, made up day by day. Deterministic: the same day, the same past.

A day's orders follow from how much is wanted on it (`demand`), so that a season, a launch
or a fading category shows in the number of orders as well as in what is in them.
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
ORDERS_PER_APPETITE = 0.0098
"""Brings a day at the beginning to about ten orders."""
# From midnight: people shop at lunch and in the evening.
HOURS = (
    2, 1, 1, 1, 1, 2, 4, 7, 10, 12, 13, 15, 18, 15, 13, 12, 12, 14, 17, 22, 24, 20, 12, 6,
)  # fmt: skip
BASKET_SIZES = (55, 27, 12, 6)
QUANTITIES = (87, 10, 3)
REFILL_QUANTITIES = (62, 28, 10)
BOUGHT_SINGLY_MINOR = 100_00
REFILLED = frozenset({"Coffee & Tea", "Beauty"})
GUEST_SHARE = 0.35
CANCELLED_SHARE = 0.02
RETURNED_SHARE = {"Clothing": 0.07, "Outdoor": 0.045, "Electronics": 0.035}
RETURNED_SHARE_ELSE = 0.015


def generate_history(
    products: Sequence[DemoProduct], *, today: date
) -> list[PastOrder]:
    """Orders and returns in the order in which they came in, the last one yesterday."""
    random = Random(SEED)  # noqa: S311 repeatable on purpose, and no secret
    past = Past(random, products, generate_returning_customers(random), today)
    bought = [
        order
        for days_ago in range(HISTORY_DAYS, 0, -1)
        for order in past.day(today - timedelta(days=days_ago))
    ]
    returned = [back for order in bought if (back := past.return_of(order))]
    return sorted([*bought, *returned], key=lambda order: order.placed_at)


@dataclass(frozen=True)
class Past:
    random: Random
    products: Sequence[DemoProduct]
    regulars: Sequence[DemoBuyer]
    today: date

    def day(self, day: date) -> Iterator[PastOrder]:
        appetites = [
            compute_demand_weight(each, day, today=self.today) for each in self.products
        ]
        wanted = (
            sum(appetites)
            * ORDERS_PER_APPETITE
            * compute_traffic(day, today=self.today)
        )
        # Close to a Poisson distribution at these numbers.
        count = max(0, round(self.random.gauss(wanted, wanted**0.5)))
        weights = list(accumulate(appetites))
        for placed_at in sorted(self._moment(day) for _ in range(count)):
            yield self._order(placed_at, weights)

    def return_of(self, order: PastOrder) -> PastOrder | None:
        """What of a delivered order came back, and had time to."""
        if order.status != OrderStatus.DELIVERED:
            return None
        days_ago = (self.today - order.placed_at.date()).days
        lines = tuple(
            PastLine(line.product, line.variant, -self.random.randint(1, line.quantity))
            for line in order.lines
            if self.random.random() < _returned_share(line.product, days_ago)
        )
        day = order.placed_at.date() + timedelta(days=self.random.randint(8, 24))
        if not lines or day >= self.today:
            return None
        return PastOrder(
            reference=f"{order.reference}:return",
            buyer=order.buyer,
            placed_at=self._moment(day),
            lines=lines,
            status=OrderStatus.DELIVERED,
            payment_status=PaymentStatus.REFUNDED,
        )

    def _moment(self, day: date) -> datetime:
        [hour] = self.random.choices(range(24), HOURS)
        at = time(hour, self.random.randrange(60), self.random.randrange(60))
        return datetime.combine(day, at, UTC)

    def _order(self, placed_at: datetime, weights: list[float]) -> PastOrder:
        status = self._status(placed_at)
        cancelled = status == OrderStatus.CANCELLED
        sent = status in {OrderStatus.SHIPPED, OrderStatus.DELIVERED}
        return PastOrder(
            reference=f"demo:{self.random.getrandbits(48):012x}",
            buyer=self._buyer(placed_at.date()),
            placed_at=placed_at,
            lines=tuple(self._basket(weights)),
            status=status,
            payment_status=PaymentStatus.REFUNDED if cancelled else PaymentStatus.PAID,
            tracking_number=generate_tracking_number(self.random) if sent else None,
        )

    def _status(self, placed_at: datetime) -> OrderStatus:
        bad = BAD_WEEK.includes(placed_at.date(), today=self.today)
        share = BAD_WEEK.cancelled_share if bad else CANCELLED_SHARE
        age = datetime.combine(self.today, time(), UTC) - placed_at
        if self.random.random() < share and age > CANCELLED_AFTER:
            return OrderStatus.CANCELLED
        if age > DELIVERED_AFTER:
            return OrderStatus.DELIVERED
        return OrderStatus.SHIPPED if age > SHIPPED_AFTER else OrderStatus.PROCESSING

    def _buyer(self, day: date) -> DemoBuyer:
        """A guest, or one of those who know the shop by then: a third did at first."""
        if self.random.random() < GUEST_SHARE:
            return generate_guest(self.random)
        age = HISTORY_DAYS - (self.today - day).days
        known = len(self.regulars) * (1 + 2 * age / HISTORY_DAYS) / 3
        return self.regulars[int(known * self.random.random() ** 1.5)]

    def _basket(self, weights: list[float]) -> Iterator[PastLine]:
        [size] = self.random.choices(range(1, len(BASKET_SIZES) + 1), BASKET_SIZES)
        chosen = self.random.choices(self.products, cum_weights=weights, k=size)
        for product in dict.fromkeys(chosen):
            variant = self.random.choice(product.variants)
            odds = _quantities(product, variant)
            [quantity] = self.random.choices(range(1, len(odds) + 1), odds)
            yield PastLine(product, variant, quantity)


def generate_tracking_number(random: Random) -> str:
    return f"E67{random.randrange(10**10):010}US"


def _quantities(product: DemoProduct, variant: DemoVariant) -> tuple[int, ...]:
    """How often one, two or three of it are bought at once."""
    if variant.price_minor >= BOUGHT_SINGLY_MINOR:
        return (1,)
    return REFILL_QUANTITIES if product.category in REFILLED else QUANTITIES


def _returned_share(product: DemoProduct, days_ago: int) -> float:
    if FAULTY_BATCH.includes(product.slug, days_ago):
        return FAULTY_BATCH.returned_share
    return RETURNED_SHARE.get(product.category, RETURNED_SHARE_ELSE)

"""Draws all past orders at once, as columns: a Python loop over each draw would take longer than
all the rest of a first start. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from webapp.devtools.demo.baskets import BasketFiller, BasketLines, draw_basket_sizes
from webapp.devtools.demo.catalog import DemoProduct
from webapp.devtools.demo.demand import (
    compute_demand,
    compute_growth,
    compute_traffic,
    find_bad_days,
)
from webapp.devtools.demo.history_days import Flags, Floats, HistoryDays, Integers
from webapp.devtools.demo.purchases import (
    GUEST,
    PurchasePlanner,
    Purchases,
    find_collapsed,
    find_regulars,
)
from webapp.devtools.demo.stories import (
    BAD_WEEK,
    BREAKAGE,
    COUNTRY_COLLAPSE,
    FAULTY_BATCH,
    NEW_CHANNELS,
    UNUSUAL_DAY,
    Breakage,
    FaultyBatch,
)
from webapp.devtools.demo.supply import SupplyPlan
from webapp.orders.status import WEB_CHANNEL

# Relative frequency of orders by hour of the day, with peaks at noon and in the evening.
HOURS = (
    2, 1, 1, 1, 1, 2, 4, 7, 10, 12, 13, 15, 18, 15, 13, 12, 12, 14, 17, 22, 24, 20, 12, 6,
)  # fmt: skip
CHANNELS = (WEB_CHANNEL, *(channel.name for channel in NEW_CHANNELS))
TALKATIVE_CHANNEL = "chat"
"""Its assistant recommends more."""
RECOMMENDED_SHARE = 0.5
"""Of its orders, those that have one more product."""
CANCELLED_SHARE = 0.024
RETURN_RATES = {"Clothing": 0.07, "Outdoor": 0.045, "Electronics": 0.035}
DEFAULT_RETURN_RATE = 0.015
REFUND_RATE = 0.005


@dataclass(frozen=True)
class OrderColumns:
    """Orders by time, and their lines by order."""

    purchases: Purchases
    seconds: Integers
    """Of the day."""
    channels: Integers
    """Indices in `CHANNELS`."""
    is_cancelled: Flags
    lines: BasketLines
    is_returned: Flags
    """Of lines, if they were delivered."""
    is_refunded: Flags
    """Of lines, if they were delivered and not returned."""


@dataclass(frozen=True)
class OrderDrawer:
    generator: np.random.Generator
    products: Sequence[DemoProduct]
    days: HistoryDays
    supply: SupplyPlan

    def draw_orders(self) -> OrderColumns:
        demand = compute_demand(self.products, self.days)
        traffic = demand.sum(axis=1) * compute_traffic(self.days)
        planner = PurchasePlanner(self.generator, self.days, traffic, compute_growth())
        purchases, seconds = self._draw_times(planner.plan_purchases())
        channels = self._draw_channels(purchases)
        lines = self._fill_baskets(demand, purchases, channels)
        return OrderColumns(
            purchases,
            seconds,
            channels,
            self._draw_cancelled(purchases, lines),
            lines,
            is_returned=self._draw_of_lines(
                purchases, lines, self._list_return_rates()
            ),
            is_refunded=self._draw_of_lines(
                purchases, lines, self._list_refund_rates()
            ),
        )

    def _draw_times(self, purchases: Purchases) -> tuple[Purchases, Integers]:
        count = len(purchases.days)
        hours = self.generator.choice(24, count, p=np.array(HOURS) / sum(HOURS))
        seconds = hours * 3600 + self.generator.integers(3600, size=count)
        order = np.lexsort((seconds, purchases.days))
        return Purchases(*(column[order] for column in purchases)), seconds[order]

    def _draw_channels(self, purchases: Purchases) -> Integers:
        shares = np.array(
            [
                [channel.compute_share(int(ago)) for channel in NEW_CHANNELS]
                for ago in self.days.days_ago
            ]
        )
        bounds = np.cumsum(shares, axis=1)[purchases.days]
        drawn = self.generator.random((len(purchases.days), 1))
        # Beyond all bounds is the shop itself, the first of the channels.
        channels: Integers = ((drawn > bounds).sum(axis=1) + 1) % len(CHANNELS)
        return channels

    def _fill_baskets(
        self, demand: Floats, purchases: Purchases, channels: Integers
    ) -> BasketLines:
        variants = [len(product.variants) for product in self.products]
        by_variant = np.repeat(demand / variants, variants, axis=1)
        sizes = draw_basket_sizes(self.generator, len(purchases.days))
        is_recommended = self.generator.random(len(sizes)) < RECOMMENDED_SHARE
        sizes += is_recommended & (channels == CHANNELS.index(TALKATIVE_CHANNEL))
        is_regular = find_regulars(purchases.customers)
        on_the_day = purchases.days == len(self.days.dates) - UNUSUAL_DAY.days_ago
        guests = np.flatnonzero(on_the_day & (purchases.customers == GUEST))
        return BasketFiller(
            self.generator,
            self.products,
            by_variant * self.supply.is_available,
            purchases.days,
        ).fill_baskets(
            sizes,
            by_regulars=np.flatnonzero(is_regular),
            recommended=guests[-UNUSUAL_DAY.extra_orders :],
        )

    def _draw_cancelled(self, purchases: Purchases, lines: BasketLines) -> Flags:
        share = np.full(len(purchases.days), CANCELLED_SHARE)
        is_bad = find_bad_days(self.days)[purchases.days]
        share[is_bad] = BAD_WEEK.cancelled_share
        share[find_collapsed(purchases, self.days)] = COUNTRY_COLLAPSE.cancelled_share
        drawn = self.generator.random(len(share)) < share
        return self._keep_suppliable(drawn, purchases, lines)

    def _keep_suppliable(
        self, is_cancelled: Flags, purchases: Purchases, lines: BasketLines
    ) -> Flags:
        """Without those whose units, for which nothing was delivered, would not have been there.

        Every order that is kept makes more units be delivered: one look at each is enough.
        """
        days = purchases.days[lines.orders]
        of_cancelled = is_cancelled[lines.orders]
        sold = np.zeros(self.supply.is_available.shape, np.int64)
        borrowed = np.zeros_like(sold)
        np.add.at(
            sold, (days, lines.variants), np.where(of_cancelled, 0, lines.quantities)
        )
        np.add.at(
            borrowed,
            (days, lines.variants),
            np.where(of_cancelled, lines.quantities, 0),
        )
        suppliable = is_cancelled.copy()
        for line in np.flatnonzero(of_cancelled):
            day, variant = int(days[line]), int(lines.variants[line])
            spare = self.supply.count_spare_units(variant, day, sold[:, variant])
            if spare < borrowed[day, variant]:
                suppliable[lines.orders[line]] = False
        return suppliable

    def _draw_of_lines(
        self, purchases: Purchases, lines: BasketLines, rates: Floats
    ) -> Flags:
        """Whether something happens to a line; `rates` are by day (row) and variant (column)."""
        drawn = self.generator.random(len(lines.orders))
        chosen: Flags = drawn < rates[purchases.days[lines.orders], lines.variants]
        return chosen

    def _list_return_rates(self) -> Floats:
        usual = [
            RETURN_RATES.get(product.category, DEFAULT_RETURN_RATE)
            for product in self.products
            for _ in product.variants
        ]
        return self._with_incident(
            np.array(usual), FAULTY_BATCH, FAULTY_BATCH.returned_share
        )

    def _list_refund_rates(self) -> Floats:
        usual = np.full(self.supply.is_available.shape[1], REFUND_RATE)
        return self._with_incident(usual, BREAKAGE, BREAKAGE.refunded_share)

    def _with_incident(
        self, usual: Floats, incident: FaultyBatch | Breakage, rate: float
    ) -> Floats:
        slugs = [product.slug for product in self.products for _ in product.variants]
        columns = np.flatnonzero(np.array(slugs) == incident.slug)
        days = [
            incident.includes(incident.slug, int(ago)) for ago in self.days.days_ago
        ]
        rates = np.tile(usual, (len(days), 1))
        rates[np.ix_(np.flatnonzero(days), columns)] = rate
        return rates

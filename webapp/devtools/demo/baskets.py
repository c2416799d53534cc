"""What is in the baskets of past orders, as columns of lines. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from webapp.devtools.demo.catalog import DemoProduct
from webapp.devtools.demo.history_days import Flags, Floats, Integers
from webapp.devtools.demo.stories import BOUGHT_TOGETHER, REGULARS, UNUSUAL_DAY

BASKET_SIZES = (55, 27, 12, 6)
"""Relative frequencies of baskets with 1, 2, 3 and 4 products."""
QUANTITIES = (0.87, 0.97)
"""Of lines, those with one unit, and with no more than two; the others have three."""
REFILL_QUANTITIES = (0.62, 0.9)
SINGLE_QUANTITIES = (1, 1)
MIN_SINGLE_UNIT_PRICE_MINOR = 100_00
REFILL_CATEGORIES = frozenset({"Coffee & Tea", "Beauty"})


class BasketLines(NamedTuple):
    """Columns of lines, by order."""

    orders: Integers
    """Indices of their orders."""
    variants: Integers
    """Indices of variants, in the order of the products."""
    quantities: Integers


@dataclass(frozen=True)
class BasketFiller:
    generator: np.random.Generator
    products: Sequence[DemoProduct]
    demand: Floats
    """By day (row) and variant (column); 0 where it is not sold."""
    days: Integers
    """Of the orders."""

    def fill_baskets(
        self, sizes: Integers, *, by_regulars: Integers, recommended: Integers
    ) -> BasketLines:
        """`sizes` are the products in each basket; by the orders of regular customers and of those
        to whom a product was recommended, the first one is decided."""
        orders = np.repeat(np.arange(len(sizes)), sizes)
        firsts = np.cumsum(sizes) - sizes
        variants = self._draw_variants(self.demand, self.days[orders])
        for chosen, wanted in (
            (by_regulars, [each.brand == REGULARS.brand for each in self.products]),
            (recommended, self._is_product(UNUSUAL_DAY.slug)),
        ):
            demand = self.demand * np.array(wanted)[self._product_indices]
            on_sale = chosen[demand.sum(axis=1)[self.days[chosen]] > 0]
            variants[firsts[on_sale]] = self._draw_variants(demand, self.days[on_sale])
        extra_orders, extra_variants = self._draw_companions(orders, variants)
        return self._build_lines(
            np.concatenate([orders, extra_orders]),
            np.concatenate([variants, extra_variants]),
        )

    @cached_property
    def _product_indices(self) -> Integers:
        """Of each variant, the index of its product."""
        counts = [len(product.variants) for product in self.products]
        return np.repeat(np.arange(len(counts)), counts)

    def _is_product(self, slug: str) -> list[bool]:
        return [each.slug == slug for each in self.products]

    def _draw_variants(self, demand: Floats, days: Integers) -> Integers:
        """One for each of the days, on which something must be sold."""
        sums = np.cumsum(demand, axis=1)
        offsets = np.concatenate([[0], np.cumsum(sums[:, -1])])
        # One ascending column of all days; the last value of a day is never reached.
        ladder = (sums + offsets[:-1, np.newaxis]).ravel()
        heights = offsets[days] + self.generator.random(len(days)) * sums[days, -1]
        places = np.searchsorted(ladder, heights, side="right")
        variants: Integers = places - days * demand.shape[1]
        return variants

    def _draw_companions(
        self, orders: Integers, variants: Integers
    ) -> tuple[Integers, Integers]:
        """Orders that have another product, too, as they have one, and its variants."""
        bought = np.array(self._is_product(BOUGHT_TOGETHER.slug))
        wanted = np.array(self._is_product(BOUGHT_TOGETHER.other_slug))
        with_it = np.unique(orders[bought[self._product_indices[variants]]])
        demand = self.demand * wanted[self._product_indices]
        on_sale = demand.sum(axis=1)[self.days[with_it]] > 0
        takes_both = self.generator.random(len(with_it)) < BOUGHT_TOGETHER.share
        chosen = with_it[on_sale & takes_both]
        return chosen, self._draw_variants(demand, self.days[chosen])

    def _build_lines(self, orders: Integers, variants: Integers) -> BasketLines:
        """Each product once in an order, in the order in which it was chosen."""
        keys = orders * len(self.products) + self._product_indices[variants]
        _, kept = np.unique(keys, return_index=True)
        kept = kept[np.lexsort((kept, orders[kept]))]
        return BasketLines(
            orders[kept], variants[kept], self._draw_quantities(variants[kept])
        )

    def _draw_quantities(self, variants: Integers) -> Integers:
        bounds = np.array(
            [
                _choose_quantities(product, variant.price_minor)
                for product in self.products
                for variant in product.variants
            ]
        )[variants]
        above: Flags = self.generator.random((len(variants), 1)) >= bounds
        quantities: Integers = 1 + above.sum(axis=1)
        return quantities


def draw_basket_sizes(generator: np.random.Generator, count: int) -> Integers:
    shares = np.array(BASKET_SIZES) / sum(BASKET_SIZES)
    return 1 + generator.choice(len(shares), count, p=shares)


def _choose_quantities(product: DemoProduct, price_minor: int) -> tuple[float, float]:
    if price_minor >= MIN_SINGLE_UNIT_PRICE_MINOR:
        return SINGLE_QUANTITIES
    is_refilled = product.category in REFILL_CATEGORIES
    return REFILL_QUANTITIES if is_refilled else QUANTITIES

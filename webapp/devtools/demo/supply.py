"""When variants are out of stock, and how many units are delivered when. Pure.

The demand decides what is delivered: between two times without stock, each delivery brings what is
sold until the next one, and a few units more. So a variant is sold out exactly when it should be,
and what is delivered less what is sold is what is on hand today.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from webapp.devtools.demo.catalog import DemoProduct, DemoVariant
from webapp.devtools.demo.history_days import Flags, HistoryDays, Integers
from webapp.devtools.demo.stories import HISTORY_DAYS, SOLD_OUT

SOLD_OUT_SHARE = 0.25
"""Of the variants, those that were out of stock once."""
SOLD_OUT_DAYS = (4, 19)
"""How long, at least and at most."""
CYCLE_DAYS = 42
"""Between two deliveries."""
SAFETY_UNITS = 6
"""Left of a delivery when the next one comes, if they are sold later."""


class Outage(NamedTuple):
    """Days on which a variant is not sold, for want of units."""

    start: int
    """Index of a day."""
    end: int
    """The day after the last one."""


class SupplyCycle(NamedTuple):
    """Days that one delivery is for. It arrives the day before the first one."""

    start: int
    end: int
    ends_sold_out: bool
    """Whether nothing must be left in the end."""


@dataclass(frozen=True)
class SupplyPlan:
    outages: Sequence[Sequence[Outage]]
    """Of each variant, by time."""
    launches: Sequence[int]
    """Of each variant, the first day on which it is sold."""
    final_units: Integers
    """On hand today."""

    @cached_property
    def is_available(self) -> Flags:
        """By day (row) and variant (column)."""
        available = np.ones((HISTORY_DAYS, len(self.outages)), bool)
        for column, outages in enumerate(self.outages):
            for outage in outages:
                available[outage.start : outage.end, column] = False
        return available

    @cached_property
    def cycles(self) -> Sequence[Sequence[SupplyCycle]]:
        """Of each variant, by time."""
        return [
            _divide_days(launch, outages, offset=7 * variant % CYCLE_DAYS)
            for variant, (launch, outages) in enumerate(
                zip(self.launches, self.outages, strict=True)
            )
        ]

    def plan_deliveries(self, variant: int, sold: Integers) -> list[int]:
        """Units that are delivered for each cycle of a variant; `sold` are those of each day."""
        cycles = self.cycles[variant]
        needs = [int(sold[cycle.start : cycle.end].sum()) for cycle in cycles]
        left = self._plan_remainders(variant, needs)
        return [
            need + after - before
            for need, before, after in zip(needs, [0, *left], left, strict=False)
        ]

    def _plan_remainders(self, variant: int, needs: Sequence[int]) -> list[int]:
        """Units that are left at the end of each cycle: no more than is sold of them later."""
        left = int(self.final_units[variant])
        remainders: list[int] = []
        for cycle, need in zip(
            reversed(self.cycles[variant]), reversed(needs), strict=True
        ):
            left = 0 if cycle.ends_sold_out else left
            remainders.append(left)
            left = min(SAFETY_UNITS, need + left)
        return remainders[::-1]

    def count_spare_units(self, variant: int, day: int, sold: Integers) -> int:
        """Units that are certainly there at the end of a day: those that are sold later."""
        cycles = self.cycles[variant]
        needs = [int(sold[cycle.start : cycle.end].sum()) for cycle in cycles]
        for cycle, left in zip(
            cycles, self._plan_remainders(variant, needs), strict=True
        ):
            if cycle.start <= day < cycle.end:
                return left + int(sold[day + 1 : cycle.end].sum())
        return 0


def plan_supply(
    generator: np.random.Generator,
    products: Sequence[DemoProduct],
    days: HistoryDays,
    *,
    always_available: frozenset[str],
) -> SupplyPlan:
    """`always_available` are slugs of products that are never out of stock."""
    variants = [(each, variant) for each in products for variant in each.variants]
    launches = [_find_launch(product, days) for product, _ in variants]
    outages = [
        []
        if product.slug in always_available
        else _draw_outages(generator, product, variant, launch)
        for (product, variant), launch in zip(variants, launches, strict=True)
    ]
    units = np.array([variant.stock for _, variant in variants])
    return SupplyPlan(outages, launches, units)


def _find_launch(product: DemoProduct, days: HistoryDays) -> int:
    if product.launched_days_ago is None:
        return 0
    return max(0, len(days.dates) - product.launched_days_ago + 1)


def _draw_outages(
    generator: np.random.Generator,
    product: DemoProduct,
    variant: DemoVariant,
    launch: int,
) -> list[Outage]:
    """One that lasts until today, for a variant that is sold out; that of the story; or by
    chance. The numbers that are drawn do not depend on which."""
    is_chosen = generator.random() < SOLD_OUT_SHARE
    length = int(generator.integers(*SOLD_OUT_DAYS, endpoint=True))
    start = int(generator.integers(launch + CYCLE_DAYS, HISTORY_DAYS - CYCLE_DAYS))
    if product.slug == SOLD_OUT.slug:
        first = HISTORY_DAYS - SOLD_OUT.from_days_ago
        return [Outage(first, first + SOLD_OUT.days)]
    if not variant.stock and product.is_active:
        return [Outage(HISTORY_DAYS - length, HISTORY_DAYS)]
    return [Outage(start, start + length)] if is_chosen and product.is_active else []


def _divide_days(
    launch: int, outages: Sequence[Outage], *, offset: int
) -> list[SupplyCycle]:
    """The days without those out of stock, in cycles; the first one is shorter by the offset."""
    cycles = []
    starts = [launch, *(outage.end for outage in outages)]
    ends = [*(outage.start for outage in outages), HISTORY_DAYS]
    for start, end in zip(starts, ends, strict=True):
        bounds = [start, *range(start + CYCLE_DAYS - offset, end, CYCLE_DAYS), end]
        cycles += [
            SupplyCycle(first, last, ends_sold_out=last == end and end != HISTORY_DAYS)
            for first, last in pairwise(bounds)
            if first < last
        ]
    return cycles

"""Sales variances: how much of a change of sales is price, volume and mix. Pure, whole numbers.

The variances of cost accounting (Horngren, Datar, Rajan: Cost Accounting, "Flexible budgets",
"Sales-mix and sales-quantity variances"), with the earlier window in the place of the budget, and
variants that are sold in one window only apart, as they have no price to compare. With q and r the
units and sales of a variant in the earlier window, q' and r' in the later one, Q and R their sums:

    price  = sum of r' - q' * r / q
    volume = (Q' - Q) * R / Q
    mix    = (R' - R) - price - volume = sum of q' * r / q  -  Q' * R / Q
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from webapp.kit.money import divide_rounded

Sales = tuple[int, int]
"""Units and amount of a variant in a window."""


@dataclass(frozen=True)
class PriceVariance:
    key: str
    price_before: int
    price_now: int
    units_now: int
    effect: int


@dataclass(frozen=True)
class SalesVariances:
    """Minor units. They add up to the change of sales."""

    price: int
    volume: int
    mix: int
    new: int
    """Sales of variants that were not sold before."""
    discontinued: int
    """Less the sales of those that are not sold any more."""
    by_variant: Sequence[PriceVariance]
    """The greatest effect of a price first."""


def split_sales(
    before: Mapping[str, Sales], now: Mapping[str, Sales]
) -> SalesVariances:
    """Variants without units have no price; they count as not sold."""
    old = {key: sales for key, sales in before.items() if sales[0] > 0}
    new = {key: sales for key, sales in now.items() if sales[0] > 0}
    both = sorted(old.keys() & new.keys())
    effects = [_compare_prices(key, old[key], new[key]) for key in both]
    effects.sort(key=lambda each: (-abs(each.effect), each.key))
    units = sum(old[key][0] for key in both)
    amount = sum(old[key][1] for key in both)
    more_units = sum(new[key][0] for key in both) - units
    more_amount = sum(new[key][1] for key in both) - amount
    volume = divide_rounded(more_units * amount, units) if units else 0
    price = sum(each.effect for each in effects)
    return SalesVariances(
        price=price,
        volume=volume,
        mix=more_amount - price - volume,
        new=sum(now[key][1] for key in now if key not in both),
        discontinued=-sum(before[key][1] for key in before if key not in both),
        by_variant=effects,
    )


def _compare_prices(key: str, before: Sales, now: Sales) -> PriceVariance:
    units_before, amount_before = before
    units_now, amount_now = now
    return PriceVariance(
        key=key,
        price_before=divide_rounded(amount_before, units_before),
        price_now=divide_rounded(amount_now, units_now),
        units_now=units_now,
        effect=amount_now - divide_rounded(units_now * amount_before, units_before),
    )

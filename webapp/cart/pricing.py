"""Cart arithmetic. Pure: no session, no clock, no network."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from webapp.kit.money import percent_of


@dataclass(frozen=True)
class Totals:
    """Minor units."""

    subtotal_minor: int
    tax_minor: int

    @property
    def total_minor(self) -> int:
        return self.subtotal_minor + self.tax_minor


def price_lines(lines: Iterable[tuple[int, int]], *, tax_percent: Decimal) -> Totals:
    """Add up `(unit price, quantity)` pairs, with tax on the sum.

    Half a cent of tax rounds away from zero.
    """
    subtotal = sum(price * quantity for price, quantity in lines)
    return Totals(subtotal, percent_of(subtotal, tax_percent))

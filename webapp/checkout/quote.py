"""What an order costs: computed once, before anything is written. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from webapp.cart.pricing import Totals, price_lines
from webapp.cart.read_models import CartRow
from webapp.checkout.policy import CheckoutPolicy, convert_amount


@dataclass(frozen=True)
class QuoteLine:
    row: CartRow
    unit_price_minor: int
    """In the currency to pay in."""

    @property
    def total_minor(self) -> int:
        return self.unit_price_minor * self.row.quantity


@dataclass(frozen=True)
class Quote:
    """The prices of a cart's contents for one address and currency.

    A total is a property of `Totals`, which the cart, the order and the book total share: a
    discount becomes one more amount there.
    """

    lines: tuple[QuoteLine, ...]
    totals: Totals
    """In the currency to pay in; sums of the rounded prices."""
    tax_percent: Decimal
    currency: str
    """Currency to pay in."""
    base_currency: str
    """Currency of the prices."""
    exchange_rate: Decimal
    """Units of `currency` for one unit of `base_currency`."""
    book_total_minor: int
    """The total in the book currency, whatever the currency to pay in."""

    @classmethod
    def from_cart(
        cls,
        rows: Sequence[CartRow],
        *,
        policy: CheckoutPolicy,
        shipping_address: Mapping[str, str],
        currency: str | None = None,
    ) -> Self:
        """Price the rows, of which there is at least one, in `currency` or, when it is `None`,
        in the currency of the prices. Raises `CurrencyNotOffered`."""
        rates, base = policy.exchange_rates, rows[0].currency
        rate = rates.get_rate(base, currency or base)
        lines = tuple(
            QuoteLine(row, convert_amount(row.price_minor, rate)) for row in rows
        )
        tax_percent = policy.taxes.find_percent(
            country=shipping_address["country"],
            state=shipping_address.get("state", ""),
        )
        base_totals = price_lines(
            ((row.price_minor, row.quantity) for row in rows), tax_percent=tax_percent
        )
        return cls(
            lines=lines,
            totals=price_lines(
                ((line.unit_price_minor, line.row.quantity) for line in lines),
                tax_percent=tax_percent,
            ),
            tax_percent=tax_percent,
            currency=currency or base,
            base_currency=base,
            exchange_rate=rate,
            book_total_minor=convert_amount(
                base_totals.total_minor, rates.get_rate(base, rates.base)
            ),
        )

    @property
    def is_converted(self) -> bool:
        return self.currency != self.base_currency

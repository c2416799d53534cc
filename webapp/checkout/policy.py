"""The shop's rules for orders, read from settings: taxes, exchange rates, reviews, alerts. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

from webapp.cart.taxes import TaxTable
from webapp.config import Settings
from webapp.kit.errors import Invalid
from webapp.kit.money import divide_rounded, to_minor

RATE_DIGITS = Decimal("0.00000001")
"""A rate is rounded to eight decimals before use: the stored rate is the one that was used."""
ROUNDING = "HALF_UP_PER_UNIT"
"""Stored with the rate, because the rounding rule may change one day."""


class CurrencyNotOffered(Invalid):
    code = "CURRENCY_NOT_OFFERED"


@dataclass(frozen=True)
class ExchangeRates:
    """Units of each currency for one unit of the base currency."""

    base: str
    rates: Mapping[str, Decimal]

    def get_rate(self, source: str, target: str) -> Decimal:
        """Return the units of `target` for one unit of `source`. Raises `CurrencyNotOffered`."""
        if source == target:
            return Decimal(1)
        rate = self._rate_from_base(target) / self._rate_from_base(source)
        return rate.quantize(RATE_DIGITS, ROUND_HALF_UP)

    def _rate_from_base(self, currency: str) -> Decimal:
        if currency == self.base:
            return Decimal(1)
        if currency not in self.rates:
            raise CurrencyNotOffered(f"Prices in {currency} are not offered here")
        return self.rates[currency]


def convert_amount(minor: int, rate: Decimal) -> int:
    """Convert minor units at a rate; half a unit rounds away from zero."""
    numerator, denominator = rate.as_integer_ratio()
    return divide_rounded(minor * numerator, denominator)


@dataclass(frozen=True)
class CheckoutPolicy:
    """The shop's rules for a new order."""

    taxes: TaxTable
    exchange_rates: ExchangeRates
    hold_duration: timedelta
    review_threshold: int
    """Risk score from which an order waits for a manual review."""

    @classmethod
    def from_settings(cls, settings: Settings) -> "CheckoutPolicy":
        return cls(
            taxes=TaxTable.from_settings(settings),
            exchange_rates=ExchangeRates(settings.currency, settings.exchange_rates),
            hold_duration=timedelta(seconds=settings.hold_seconds),
            review_threshold=settings.review_threshold,
        )


@dataclass(frozen=True)
class AlertThresholds:
    """From which a sale alerts the shop's staff."""

    low_stock: int
    """Units left of a variant: the sale that reaches it alerts, no later one."""
    high_value_minor: int
    """Total of an order in the book currency, whatever currency it is paid in."""

    @classmethod
    def from_settings(cls, settings: Settings) -> "AlertThresholds":
        return cls(
            settings.low_stock_threshold, to_minor(settings.high_value_threshold)
        )

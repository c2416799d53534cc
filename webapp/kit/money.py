"""Money is an integer of minor units (cents, pence) with its currency.

All currencies of the shop have two decimals (ISO 4217); `to_minor` rejects more, so that no amount
is rounded silently.
"""

from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Self

from webapp.kit.errors import Invalid

MAX_AMOUNT_MINOR = 99_999_999_99
"""The limit of an amount that somebody gives, such as a price or a refund."""
MAX_EXPONENT = 20  # decimal exponent: above any sum, far below what is slow to compute


class Currency(StrEnum):
    """By its ISO code in any case: `Currency("usd")` is `USD`."""

    USD = "USD"
    EUR = "EUR"
    GBP = "GBP"
    AUD = "AUD"
    CAD = "CAD"

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        code = value.strip().upper() if isinstance(value, str) else ""
        return cls.__members__.get(code)


class NotAnAmount(Invalid):
    code = "NOT_AN_AMOUNT"


def to_minor(amount: Decimal | int | str) -> int:
    """Convert major units to minor: `"12.50"` → 1250.

    Raises `NotAnAmount` for text that is no finite number or has fractions of a cent.
    """
    try:
        number = Decimal(amount)
    except (InvalidOperation, ValueError) as error:
        raise NotAnAmount(f"{amount!s:.40} is not an amount of money") from error
    # The 8 characters of 1e999990 would become a million digits.
    if not number.is_finite() or number.adjusted() > MAX_EXPONENT:
        raise NotAnAmount(f"{amount!s:.40} is not an amount of money")
    minor = number * 100
    whole = int(minor)
    if minor != whole:
        raise NotAnAmount(f"{amount!s:.40} is finer than a cent")
    return whole


def to_major(minor: int) -> Decimal:
    return Decimal(minor).scaleb(-2)


def percent_of(minor: int, percent: Decimal) -> int:
    """Compute a percentage of an amount; half a cent rounds away from zero."""
    numerator, denominator = percent.as_integer_ratio()
    return divide_rounded(minor * numerator, 100 * denominator)


def divide_rounded(dividend: int, divisor: int) -> int:
    """Divide and round to the nearest integer, halves away from zero. Divisor positive."""
    quotient = (2 * abs(dividend) + divisor) // (2 * divisor)
    return quotient if dividend >= 0 else -quotient


def format_money(minor: int, currency: str) -> str:
    """Format an amount for display: `$1,234.50`, `-£3.00`."""
    symbol = {"USD": "$", "EUR": "€", "GBP": "£", "AUD": "A$", "CAD": "C$"}[currency]
    return f"{'-' if minor < 0 else ''}{symbol}{abs(to_major(minor)):,.2f}"

"""Money is an integer of minor units (cents, pence) with its currency.

All currencies of the shop have two decimals (ISO 4217); `to_minor` refuses more, so that
nothing is ever rounded behind the owner's back.
"""

from decimal import Decimal, InvalidOperation
from enum import StrEnum

from webapp.kit.errors import Invalid

MOST_DIGITS = 20  # before the point: above any sum, far below what takes time


class Currency(StrEnum):
    USD = "USD"
    EUR = "EUR"
    GBP = "GBP"
    AUD = "AUD"
    CAD = "CAD"


class NotAnAmount(Invalid):
    code = "NOT_AN_AMOUNT"


def to_minor(amount: Decimal | int | str) -> int:
    """Major units to minor: `"12.50"` → 1250.

    Raises `NotAnAmount` for what is not a finite number or is finer than a cent.
    """
    try:
        number = Decimal(amount)
    except (InvalidOperation, ValueError) as problem:
        raise NotAnAmount(f"{amount!s:.40} is not an amount of money") from problem
    # The few characters of 1e999990 would become a million digits.
    if not number.is_finite() or number.adjusted() > MOST_DIGITS:
        raise NotAnAmount(f"{amount!s:.40} is not an amount of money")
    minor = number * 100
    whole = int(minor)
    if minor != whole:
        raise NotAnAmount(f"{amount!s:.40} is finer than a cent")
    return whole


def to_major(minor: int) -> Decimal:
    return Decimal(minor).scaleb(-2)


def percent_of(minor: int, percent: Decimal) -> int:
    """A share of an amount; half a cent rounds away from zero."""
    numerator, denominator = percent.as_integer_ratio()
    return divide_rounded(minor * numerator, 100 * denominator)


def divide_rounded(dividend: int, divisor: int) -> int:
    """Integer division to the nearest; a half rounds away from zero. Divisor positive."""
    quotient = (2 * abs(dividend) + divisor) // (2 * divisor)
    return quotient if dividend >= 0 else -quotient


def format_money(minor: int, currency: str) -> str:
    """For people: `$1,234.50`, `-£3.00`."""
    symbol = {"USD": "$", "EUR": "€", "GBP": "£", "AUD": "A$", "CAD": "C$"}[currency]
    return f"{'-' if minor < 0 else ''}{symbol}{abs(to_major(minor)):,.2f}"

"""Parses values of a file into those the shop stores. Pure; raises `RowRejected`."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal
from zoneinfo import ZoneInfo

from webapp.imports.columns import Column, RowValues
from webapp.imports.errors import RowRejected
from webapp.imports.numbers import (
    DecimalSeparator,
    Money,
    NotANumber,
    parse_money,
    parse_number,
)
from webapp.imports.row import CellError
from webapp.kit.clock import from_unix_ms
from webapp.kit.money import Currency, NotAnAmount, to_minor

MAX_DIGITS = 13  # of an amount or a count: far above any shop, far below BIGINT
MAX_MINOR = 10 ** (MAX_DIGITS + 3)
YEARS = range(1900, 2200)
MAX_TEXT_LENGTH = 100_000
MAX_REFERENCE_LENGTH = 500
"""Of another shop's ids: they are indexed, and PostgreSQL indexes at most 2,700 bytes."""


def parse_text(
    value: Any, field: str, *, max_length: int = MAX_TEXT_LENGTH
) -> str | None:
    """Return trimmed text, `None` when it is empty. A list is joined by commas."""
    if value is None:
        return None
    if isinstance(value, list):
        value = ", ".join(str(part) for part in value)
    reject_cell_error(value, field)
    if isinstance(value, dict):
        raise RowRejected(f"{field} is an object, not a text")
    text = str(value).strip()
    if not text.isascii() or "\0" in text:
        _reject_unstorable(text, field)
    reject_longer(text, field, max_length)
    return text or None


def reject_cell_error(value: Any, field: str) -> None:
    if isinstance(value, CellError):
        raise RowRejected(
            f"{field}: {value} is an error that the spreadsheet shows: mend its formula, or "
            "write the value in its place"
        )


def reject_longer(text: str, field: str, max_length: int) -> None:
    if len(text) > max_length:
        raise RowRejected(f"{field} is longer than {max_length:,} characters")


def require_text(value: Any, field: str, *, max_length: int = MAX_TEXT_LENGTH) -> str:
    text = parse_text(value, field, max_length=max_length)
    if text is None:
        raise RowRejected(f"{field} is empty")
    return text


def extract_text(
    column: Column | None,
    row: RowValues,
    field: str,
    *,
    max_length: int = MAX_TEXT_LENGTH,
) -> str | None:
    """Return the text of a mapped column, `None` when it is empty or not mapped."""
    if column is None:
        return None
    return parse_text(column.extract_value(row), field, max_length=max_length)


def extract_reference(column: Column | None, row: RowValues, field: str) -> str | None:
    """Return the id that another shop gave something, `None` when it is empty."""
    return extract_text(column, row, field, max_length=MAX_REFERENCE_LENGTH)


def require_reference(value: Any, field: str) -> str:
    return require_text(value, field, max_length=MAX_REFERENCE_LENGTH)


def _reject_unstorable(text: str, field: str) -> None:
    """Reject the two kinds of text that PostgreSQL cannot store."""
    if "\0" in text:
        raise RowRejected(f"{field} contains a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise RowRejected(f"{field} contains half of a character") from error


@dataclass(frozen=True, slots=True)
class Price:
    minor: int
    currencies: frozenset[Currency] | None
    """Those that a sign beside the number may mean; `None` without a sign."""


def parse_price(
    value: Any,
    field: str,
    *,
    decimal: DecimalSeparator | None,
    unit: Literal["major", "minor"] = "major",
) -> Price:
    """Parse an amount. Rejects one finer than a cent, what may be two amounts, and what is none."""
    if value is None or value == "":
        raise RowRejected(f"{field} is empty")
    try:
        money = (
            parse_money(value, decimal)
            if isinstance(value, str)
            else Money(_read_number(value), None)
        )
        minor = to_minor(money.amount.scaleb(-2) if unit == "minor" else money.amount)
    except NotAnAmount as error:
        raise RowRejected(f"{field}: {error.message}") from error
    except NotANumber as error:
        raise RowRejected(f"{field}: {error}") from error
    if abs(minor) > MAX_MINOR:
        raise RowRejected(f"{field}: {value!s:.40} is not an amount of money")
    return Price(minor, money.currencies)


def parse_integer(
    value: Any, field: str, *, decimal: DecimalSeparator | None = None
) -> int:
    """Parse a whole number: `6`, `6.0`, 6.0."""
    if value is None or value == "":
        raise RowRejected(f"{field} is empty")
    try:
        number = (
            parse_number(value, decimal)
            if isinstance(value, str)
            else _read_number(value)
        )
    except NotANumber as error:
        raise RowRejected(f"{field}: {error}") from error
    if number.adjusted() > MAX_DIGITS or number != number.to_integral_value():
        raise RowRejected(f"{field}: {value!s:.40} is not a whole number")
    return int(number)


def _read_number(value: Any) -> Decimal:
    """Read a number that the file has as one, not as text. Raises `NotANumber`."""
    if isinstance(value, date):
        msg = (
            f"{value:%Y-%m-%d} is a date, as the spreadsheet has it: make the column one of "
            "numbers and write the value again"
        )
        raise NotANumber(msg)
    number = (
        Decimal(str(value))
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool)
        else None
    )
    if number is None or not number.is_finite() or number.adjusted() > MAX_DIGITS:
        msg = f"{value!s:.40} is not a number"
        raise NotANumber(msg)
    return number


def choose_currency(
    price: Price, given: Currency | None, *, default: Currency
) -> Currency | None:
    """Choose the currency of a price whose sign must agree with the `given` one, that of the row.

    Without either it is `None`. `default`, the shop's own, tells which dollar a `$` is. Raises
    `RowRejected`.
    """
    if price.currencies is None or given in price.currencies:
        return given
    meant = ", ".join(sorted(price.currencies))
    if given is not None:
        raise RowRejected(f"price: is in {meant}, and currency is {given}")
    if len(price.currencies) == 1 or default in price.currencies:
        return default if default in price.currencies else next(iter(price.currencies))
    raise RowRejected(f"price: may be in {meant}: give the currency")


def parse_datetime(value: Any, column: Column, field: str) -> datetime:
    """Parse a time into UTC. One without a zone is in the mapping's time zone."""
    if value is None:
        raise RowRejected(f"{field} is empty")
    try:
        if isinstance(value, datetime):
            local = value
        elif isinstance(value, int):
            local = from_unix_ms(value)
        else:
            return _parse_datetime(str(value), column.format, column.time_zone)
        return _in_utc(local, column.time_zone)
    except (ValueError, OverflowError, OSError) as error:
        expected = column.format or "ISO 8601"
        raise RowRejected(
            f"{field}: {value!s:.40} is not a date ({expected})"
        ) from error


@lru_cache(maxsize=4_096)  # the lines of an order share their time
def _parse_datetime(written: str, pattern: str | None, zone: str) -> datetime:
    written = written.strip()
    if pattern is not None:
        return _in_utc(datetime.strptime(written, pattern), zone)  # noqa: DTZ007
    if written.isdigit() and len(written) > len("20260301"):
        return from_unix_ms(int(written))
    return _in_utc(datetime.fromisoformat(written), zone)


def _in_utc(local: datetime, zone: str) -> datetime:
    if local.year not in YEARS:
        msg = "the year is out of range"
        raise ValueError(msg)
    if local.tzinfo is None:
        local = local.replace(tzinfo=ZoneInfo(zone))
    return local.astimezone(UTC)


def parse_currency(value: Any) -> Currency:
    try:
        return Currency(str(value))
    except ValueError as error:
        supported = ", ".join(Currency)
        raise RowRejected(f"currency: {value!s:.40} is none of {supported}") from error

"""Parses values of a file into those the shop stores. Pure; raises `RowRejected`."""

from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from webapp.imports.columns import Column, RowValues
from webapp.imports.errors import RowRejected
from webapp.kit.clock import from_unix_ms
from webapp.kit.money import Currency, NotAnAmount, to_minor

MAX_DIGITS = 13  # of an amount or a count: far above any shop, far below BIGINT
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
    if isinstance(value, dict):
        raise RowRejected(f"{field} is an object, not a text")
    text = str(value).strip()
    if not text.isascii() or "\0" in text:
        _reject_unstorable(text, field)
    reject_longer(text, field, max_length)
    return text or None


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


def parse_amount(value: Any, column: Column, field: str) -> int:
    """Parse minor units. Rejects an amount finer than a cent, and what is no number."""
    if value is None:
        raise RowRejected(f"{field} is empty")
    try:
        return _parse_amount(str(value), column.unit, column.decimal)
    except (NotAnAmount, ArithmeticError) as error:
        reason = error.message if isinstance(error, NotAnAmount) else "not a number"
        raise RowRejected(f"{field}: {reason}") from error


# A shop has few different prices and many lines: 6 MB for twice the speed.
@lru_cache(maxsize=65_536)
def _parse_amount(written: str, unit: str, decimal: str) -> int:
    number = Decimal(written.strip().replace(decimal, "."))
    if not number.is_finite() or number.adjusted() > MAX_DIGITS:
        raise NotAnAmount(f"{written:.40} is not an amount of money")
    return to_minor(number.scaleb(-2) if unit == "minor" else number)


def parse_integer(value: Any, field: str) -> int:
    """Parse a whole number in any notation: `6`, `6.0`, 6.0."""
    if value is None:
        raise RowRejected(f"{field} is empty")
    number = _parse_decimal(str(value), field)
    if number.adjusted() > MAX_DIGITS or number != number.to_integral_value():
        raise RowRejected(f"{field}: {value!s:.40} is not a whole number")
    return int(number)


def _parse_decimal(written: str, field: str) -> Decimal:
    try:
        number = Decimal(written.strip())
    except ArithmeticError as error:
        raise RowRejected(f"{field}: {written:.40} is not a number") from error
    if not number.is_finite():
        raise RowRejected(f"{field}: {written:.40} is not a number")
    return number


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
        return Currency(str(value).strip().upper())
    except ValueError as error:
        supported = ", ".join(Currency)
        raise RowRejected(f"currency: {value!s:.40} is none of {supported}") from error


def parse_bool(value: Any) -> bool:
    return str(value).strip().lower() in {"true", "yes", "y", "1", "active"}

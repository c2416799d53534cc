"""From what files write to what the shop stores. Pure; what does not fit is `Unusable`."""

from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from webapp.imports.columns import Column
from webapp.imports.errors import RowRejected
from webapp.kit.clock import from_unix_ms
from webapp.kit.money import Currency, NotAnAmount, to_minor

MOST_DIGITS = 13  # of an amount or a count: far above any shop, far below BIGINT
YEARS = range(1900, 2200)
MAX_TEXT_LENGTH = 100_000


def parse_text(
    value: Any, field: str, *, max_length: int = MAX_TEXT_LENGTH
) -> str | None:
    """Trimmed; `None` when there is nothing. A list is joined by commas."""
    if value is None:
        return None
    if isinstance(value, list):
        value = ", ".join(str(part) for part in value)
    if isinstance(value, dict):
        raise RowRejected(f"{field} is an object, not a text")
    words = str(value).strip()
    if not words.isascii() or "\0" in words:
        _refuse_unstorable(words, field)
    if len(words) > max_length:
        raise RowRejected(f"{field} is longer than {max_length:,} characters")
    return words or None


def require_text(value: Any, field: str, *, max_length: int = MAX_TEXT_LENGTH) -> str:
    words = parse_text(value, field, max_length=max_length)
    if words is None:
        raise RowRejected(f"{field} is empty")
    return words


def _refuse_unstorable(words: str, field: str) -> None:
    """PostgreSQL stores every text but these two."""
    if "\0" in words:
        raise RowRejected(f"{field} contains a NUL character")
    try:
        words.encode()
    except UnicodeEncodeError as problem:
        raise RowRejected(f"{field} contains half of a character") from problem


def parse_amount(value: Any, column: Column, field: str) -> int:
    """Minor units. Finer than a cent, or no number at all, is refused."""
    if value is None:
        raise RowRejected(f"{field} is empty")
    try:
        return _amount(str(value), column.unit, column.decimal)
    except (NotAnAmount, ArithmeticError) as problem:
        reason = problem.message if isinstance(problem, NotAnAmount) else "no number"
        raise RowRejected(f"{field}: {reason}") from problem


@lru_cache(
    maxsize=65_536
)  # a shop has few prices and many lines: 6 MB for twice the speed
def _amount(written: str, unit: str, decimal: str) -> int:
    number = Decimal(written.strip().replace(decimal, "."))
    if not number.is_finite() or number.adjusted() > MOST_DIGITS:
        raise NotAnAmount(f"{written:.40} is not an amount of money")
    return to_minor(number.scaleb(-2) if unit == "minor" else number)


def parse_integer(value: Any, field: str) -> int:
    """A whole number, however written: `6`, `6.0`, 6.0."""
    if value is None:
        raise RowRejected(f"{field} is empty")
    number = _decimal(str(value), field)
    if number.adjusted() > MOST_DIGITS or number != number.to_integral_value():
        raise RowRejected(f"{field}: {value!s:.40} is not a whole number")
    return int(number)


def _decimal(written: str, field: str) -> Decimal:
    try:
        number = Decimal(written.strip())
    except ArithmeticError as problem:
        raise RowRejected(f"{field}: {written:.40} is not a number") from problem
    if not number.is_finite():
        raise RowRejected(f"{field}: {written:.40} is not a number")
    return number


def parse_datetime(value: Any, column: Column, field: str) -> datetime:
    """UTC. A time without a zone is one of the mapping's."""
    if value is None:
        raise RowRejected(f"{field} is empty")
    try:
        if isinstance(value, datetime):
            local = value
        elif isinstance(value, int):
            local = from_unix_ms(value)
        else:
            return _moment(str(value), column.format, column.time_zone)
        return _in_utc(local, column.time_zone)
    except (ValueError, OverflowError, OSError) as problem:
        expected = column.format or "ISO 8601"
        raise RowRejected(
            f"{field}: {value!s:.40} is not a date ({expected})"
        ) from problem


@lru_cache(maxsize=4_096)  # the lines of an order share their time
def _moment(written: str, pattern: str | None, zone: str) -> datetime:
    written = written.strip()
    if pattern is not None:
        return _in_utc(datetime.strptime(written, pattern), zone)  # noqa: DTZ007
    if written.isdigit() and len(written) > len("20260301"):
        return from_unix_ms(int(written))
    return _in_utc(datetime.fromisoformat(written), zone)


def _in_utc(local: datetime, zone: str) -> datetime:
    if local.year not in YEARS:
        msg = "outside of the years a shop can mean"
        raise ValueError(msg)
    if local.tzinfo is None:
        local = local.replace(tzinfo=ZoneInfo(zone))
    return local.astimezone(UTC)


def parse_currency(value: Any) -> Currency:
    try:
        return Currency(str(value).strip().upper())
    except ValueError as problem:
        known = ", ".join(Currency)
        raise RowRejected(f"currency: {value!s:.40} is none of {known}") from problem


def parse_bool(value: Any) -> bool:
    return str(value).strip().lower() in {"true", "yes", "y", "1", "active"}

"""Time in the forms the shop uses: aware UTC inside, unix milliseconds in JSON."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    return datetime.now(UTC)


def to_unix_ms(moment: datetime) -> int:
    """Whole milliseconds since 1970; the half-open end of an hour belongs to the next."""
    return int(moment.timestamp() * 1000)


def from_unix_ms(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def format_iso(moment: datetime) -> str:
    """ISO 8601 with a `Z`, to the second: `2026-03-01T09:30:00Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

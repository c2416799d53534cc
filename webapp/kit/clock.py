"""Time conversions: aware UTC datetimes inside, unix milliseconds in JSON."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    return datetime.now(UTC)


def to_unix_ms(time: datetime) -> int:
    """Return whole milliseconds since 1970, rounded down."""
    return int(time.timestamp() * 1000)


def from_unix_ms(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def format_iso(time: datetime) -> str:
    """ISO 8601 with a `Z`, to the second: `2026-03-01T09:30:00Z`."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

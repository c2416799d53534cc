"""Row identifiers: UUID version 7 (RFC 9562), so that new rows sort last in an index."""

import os
import time
from datetime import UTC, datetime
from uuid import UUID

_VERSION = 0x7 << 76
_VARIANT = 0b10 << 62
_NS_PER_MS = 1_000_000


def new_id() -> UUID:
    """Generate an id: 48 bits of unix milliseconds, 12 of their fraction, then 62 random bits.

    The fraction (method 3 of section 6.2) keeps rows of one transaction in their order.
    """
    milliseconds, rest = divmod(time.time_ns(), _NS_PER_MS)
    fraction = (rest << 12) // _NS_PER_MS
    return _build_id(milliseconds, fraction, int.from_bytes(os.urandom(8)))


def id_at(milliseconds: int, random: int) -> UUID:
    """Build the id of a given time from 80 random bits."""
    return _build_id(milliseconds, random >> 68, random)


def read_id_time(row_id: UUID) -> datetime:
    """Return when an id was generated, to the millisecond."""
    return datetime.fromtimestamp((row_id.int >> 80) / 1000, UTC)


def _build_id(milliseconds: int, fraction: int, random: int) -> UUID:
    tail = random & ((1 << 62) - 1)
    return UUID(int=milliseconds << 80 | _VERSION | fraction << 64 | _VARIANT | tail)

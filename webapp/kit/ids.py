"""Row identifiers: UUID version 7 (RFC 9562), so that new rows sort last in an index."""

import os
import time
from uuid import UUID

_VERSION = 0x7 << 76
_VARIANT = 0b10 << 62


def new_id() -> UUID:
    """48 bits of unix milliseconds, then 74 random bits."""
    random = int.from_bytes(os.urandom(10))
    stamp = (time.time_ns() // 1_000_000) << 80
    upper = (random >> 68) << 64  # 12 random bits beside the version
    lower = random & ((1 << 62) - 1)
    return UUID(int=stamp | _VERSION | upper | _VARIANT | lower)

"""Cursor paging: a page ends at a row, and the next one begins after that row.

The cursor (`lastKey` in JSON) is the sort key of the last row, so that rows inserted or deleted
meanwhile neither repeat nor hide others.
"""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from webapp.kit.errors import Invalid
from webapp.kit.text import is_storable_text

MAX_INTEGER = 2**63 - 1
Row = TypeVar("Row")
SortKey = list[str | int]

DEFAULT_LIMIT = 20
MAX_LIMIT = 100


class BadCursor(Invalid):
    code = "BAD_LAST_KEY"


@dataclass(frozen=True)
class Page(Generic[Row]):
    items: Sequence[Row]
    last_key: str | None


def cut_page(
    rows: Sequence[Row], *, limit: int, key: Callable[[Row], SortKey]
) -> Page[Row]:
    """Build a page from `limit + 1` fetched rows; the extra one only shows that there is more."""
    items = rows[:limit]
    has_more = len(rows) > limit
    return Page(items, encode_cursor(key(items[-1])) if has_more else None)


def encode_cursor(key: SortKey) -> str:
    packed = json.dumps(key, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def decode_cursor(last_key: str, *, shape: tuple[type, ...]) -> SortKey:
    """Return the sort key in a cursor. Raises `BadCursor` for a cursor we did not issue."""
    try:
        padded = last_key + "=" * (-len(last_key) % 4)
        key = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError) as error:
        raise BadCursor("lastKey is not one that this list gave out") from error
    if not isinstance(key, list) or tuple(type(part) for part in key) != shape:
        raise BadCursor("lastKey is not one that this list gave out")
    if not all(map(_is_storable, key)):
        raise BadCursor("lastKey is not one that this list gave out")
    return key


def _is_storable(part: str | int) -> bool:
    return is_storable_text(part) if isinstance(part, str) else abs(part) <= MAX_INTEGER


def decode_time_and_id(last_key: str) -> tuple[datetime, UUID]:
    """Decode the cursor of a list sorted by time and then by id."""
    time, text = decode_time_and_text(last_key)
    try:
        return time, UUID(text)
    except ValueError as error:
        raise BadCursor("lastKey is not one that this list gave out") from error


def decode_time_and_text(last_key: str) -> tuple[datetime, str]:
    """Decode the cursor of a list sorted by time and then by a text."""
    time, text = decode_cursor(last_key, shape=(str, str))
    try:
        return datetime.fromisoformat(str(time)), str(text)
    except ValueError as error:
        raise BadCursor("lastKey is not one that this list gave out") from error


def decode_id(last_key: str) -> UUID:
    """Decode the cursor of a list sorted by id alone; ids increase with time."""
    [row_id] = decode_cursor(last_key, shape=(str,))
    try:
        return UUID(str(row_id))
    except ValueError as error:
        raise BadCursor("lastKey is not one that this list gave out") from error

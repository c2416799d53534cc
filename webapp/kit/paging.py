"""Cursor paging: a page ends at a row, and the next one begins after that row.

The cursor (`lastKey` in JSON) is the sort key of the last row, so that rows coming and going
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
    """A page from `limit + 1` fetched rows; the extra one only says that there is more."""
    items = rows[:limit]
    more = len(rows) > limit
    return Page(items, encode_cursor(key(items[-1])) if more else None)


def encode_cursor(key: SortKey) -> str:
    packed = json.dumps(key, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def decode_cursor(last_key: str, *, shape: tuple[type, ...]) -> SortKey:
    """The sort key inside a cursor. Raises `BadCursor` for anything we did not issue."""
    try:
        padded = last_key + "=" * (-len(last_key) % 4)
        key = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError) as problem:
        raise BadCursor("lastKey is not one that this list gave out") from problem
    if not isinstance(key, list) or tuple(type(part) for part in key) != shape:
        raise BadCursor("lastKey is not one that this list gave out")
    return key


def decode_time_and_id(last_key: str) -> tuple[datetime, UUID]:
    """The cursor of lists sorted by time and, within the same instant, by id."""
    moment, row_id = decode_cursor(last_key, shape=(str, str))
    try:
        return datetime.fromisoformat(str(moment)), UUID(str(row_id))
    except ValueError as problem:
        raise BadCursor("lastKey is not one that this list gave out") from problem


def decode_id(last_key: str) -> UUID:
    """The cursor of lists sorted by id alone, whose newest rows have the greatest."""
    [given] = decode_cursor(last_key, shape=(str,))
    try:
        return UUID(str(given))
    except ValueError as problem:
        raise BadCursor("lastKey is not one that this list gave out") from problem

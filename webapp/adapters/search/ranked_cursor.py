"""Where a page of hits in order of relevance ended."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from webapp.kit.paging import BadCursor, decode_cursor, encode_cursor

MAX_OFFSET = 10_000
"""Paging by relevance ends here: a page costs as much as all the hits before it."""
MAX_DRIFT = 50
"""How far the hits of a page may have moved by the time the next page is read."""
_BYTES = 4
"""Of each id; ids are random in their last bytes."""


@dataclass(frozen=True)
class RankedCursor:
    """Scores are no position: the change of one product changes those of all. The cursor has the
    hits of its page instead, and the next page begins where most of them are now."""

    offset: int
    """Of the first hit after the page."""
    shown: tuple[bytes, ...]
    """Ends of the ids of its hits."""

    @classmethod
    def after(cls, offset: int, page: Sequence[UUID]) -> Self:
        return cls(offset, tuple(map(_shorten_id, page)))

    @classmethod
    def decode(cls, last_key: str | None) -> Self:
        """Raises `BadCursor`; without a key, it is the start of the list."""
        if last_key is None:
            return cls(0, ())
        offset, packed = decode_cursor(last_key, shape=(int, str))
        try:
            shown = urlsafe_b64decode(str(packed))
        except ValueError as error:
            raise BadCursor("lastKey is not one that this list gave out") from error
        if not 0 < int(offset) < MAX_OFFSET or not shown or len(shown) % _BYTES:
            raise BadCursor("lastKey is not one that this list gave out")
        starts = range(0, len(shown), _BYTES)
        return cls(
            int(offset), tuple(shown[start : start + _BYTES] for start in starts)
        )

    def encode(self) -> str:
        return encode_cursor(
            [self.offset, urlsafe_b64encode(b"".join(self.shown)).decode()]
        )

    @property
    def window_start(self) -> int:
        """Offset from which the hits of the page are looked for."""
        return max(0, self.offset - len(self.shown) - MAX_DRIFT)

    def find_next(self, ids: Sequence[UUID]) -> list[int]:
        """Indexes of the hits that follow the page, among the ids from `window_start` on.

        Of hits that were edited some are elsewhere now, so that neither the first nor the last
        tells where the page is; the one in the middle does while most stay in their order. What
        follows it and was shown already is left out.
        """
        places = [
            place for place, each in enumerate(ids) if _shorten_id(each) in self.shown
        ]
        if places:
            start = places[(len(places) - 1) // 2]
        else:
            start = max(0, self.offset - len(self.shown)) - self.window_start
        shown = set(places)
        return [place for place in range(start, len(ids)) if place not in shown]


def _shorten_id(product_id: UUID) -> bytes:
    return product_id.bytes[-_BYTES:]

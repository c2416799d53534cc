"""The part of a request that asks for a page, and the cursor of the next one."""

from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

from webapp.adapters.search.ranked_cursor import MAX_DRIFT, MAX_OFFSET, RankedCursor
from webapp.kit.paging import BadCursor, decode_cursor, encode_cursor

Json = dict[str, Any]
CutPage = tuple[list[Json], str | None]
MAX_LONG = 2**63


@dataclass(frozen=True)
class SortedPages:
    """Pages sorted by a value of the products: a cursor is that of the last hit, and its id."""

    after: tuple[int, str] | None

    @classmethod
    def resume(cls, last_key: str | None) -> Self:
        """Raises `BadCursor`."""
        if last_key is None:
            return cls(None)
        value, product_id = decode_cursor(last_key, shape=(int, str))
        try:
            after = int(value), str(UUID(str(product_id)))
        except ValueError as error:
            raise BadCursor("lastKey is not one that this list gave out") from error
        if not 0 <= after[0] < MAX_LONG:
            raise BadCursor("lastKey is not one that this list gave out")
        return cls(after)

    def request_page(self, limit: int) -> Json:
        after = {"search_after": list(self.after)} if self.after else {}
        return {"size": limit + 1} | after

    def cut_page(self, hits: list[Json], limit: int) -> CutPage:
        page = hits[:limit]
        more = len(hits) > limit
        return page, encode_cursor(page[-1]["sort"]) if more else None


@dataclass(frozen=True)
class RankedPages:
    """Pages in order of relevance."""

    cursor: RankedCursor

    @classmethod
    def resume(cls, last_key: str | None) -> Self:
        """Raises `BadCursor`."""
        return cls(RankedCursor.decode(last_key))

    def request_page(self, limit: int) -> Json:
        start = self.cursor.window_start
        end = self.cursor.offset + MAX_DRIFT + limit + 1
        return {"from": start, "size": min(end, MAX_OFFSET) - start}

    def cut_page(self, hits: list[Json], limit: int) -> CutPage:
        places = self.cursor.find_next([UUID(hit["_id"]) for hit in hits])
        page = [hits[place] for place in places[:limit]]
        if len(places) <= limit:
            return page, None
        end = self.cursor.window_start + places[limit]
        shown = [UUID(hit["_id"]) for hit in page]
        return page, RankedCursor.after(end, shown).encode()

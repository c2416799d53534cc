"""What was read out of a search text: the words that are left, and its parts that became filters.
Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from webapp.adapters.search.port import SearchFilters, SizeRange


class PartKind(StrEnum):
    PRICE = "price"
    SIZE = "size"
    EXCLUSION = "exclusion"


@dataclass(frozen=True)
class ReadPart:
    """A part of the text, and the filter that it is."""

    kind: PartKind
    start: int
    end: int
    min_price: int | None = None
    max_price: int | None = None
    """In minor units, both inclusive."""
    size: SizeRange | None = None
    without: tuple[str, ...] = ()
    """What no product is to have: each a word, or words of which it must not have all."""

    def narrow_filters(self, filters: SearchFilters) -> SearchFilters:
        """With this part besides; of two bounds of a price, the closer one."""
        lows = [
            each for each in (filters.min_price, self.min_price) if each is not None
        ]
        highs = [
            each for each in (filters.max_price, self.max_price) if each is not None
        ]
        return replace(
            filters,
            min_price=max(lows, default=None),
            max_price=min(highs, default=None),
            sizes=(*filters.sizes, *([self.size] if self.size else [])),
            without=(*filters.without, *self.without),
        )


@dataclass(frozen=True)
class QueryReading:
    text: str
    """As it was typed."""
    parts: Sequence[ReadPart] = ()
    """In the order of the text."""

    @property
    def remaining_text(self) -> str:
        return self.cut_parts(self.parts)

    def cut_parts(self, parts: Sequence[ReadPart]) -> str:
        """The text without these parts."""
        kept, at = [], 0
        for part in sorted(parts, key=lambda each: each.start):
            kept.append(self.text[at : part.start])
            at = max(at, part.end)
        return " ".join(" ".join([*kept, self.text[at:]]).split())

    def quote_part(self, part: ReadPart) -> str:
        """As it was typed."""
        return " ".join(self.text[part.start : part.end].split())

    def take_sizes_as_words(self) -> "QueryReading":
        kept = [each for each in self.parts if each.kind is not PartKind.SIZE]
        return replace(self, parts=kept)

    def narrow_filters(self, filters: SearchFilters) -> SearchFilters:
        for part in self.parts:
            filters = part.narrow_filters(filters)
        return filters

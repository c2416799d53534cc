from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl

from webapp.kit.weeks import WeekStart


@dataclass(frozen=True)
class FactRequest:
    """What a query needs of a family of facts."""

    zone: ZoneInfo
    """In which its days begin."""
    now: datetime
    ranges: Sequence[tuple[datetime | None, datetime | None]]
    """Instants from and, not included, up to which facts are needed; `None` leaves that side
    open."""
    grouped: frozenset[str]
    """The dimensions that rows are of."""
    filtered: frozenset[str]
    metrics: frozenset[str] = frozenset()
    week_start: WeekStart = WeekStart.MONDAY

    @property
    def dimensions(self) -> frozenset[str]:
        return self.grouped | self.filtered


@dataclass(frozen=True)
class FamilyFacts:
    """Facts of a family that is recorded by day, as far as a query needs them."""

    rows: pl.LazyFrame
    """With `at`, the time that a row counts for, and columns for measures and dimensions."""
    first: datetime | None
    """The start of the first day of which there are facts, ever; none where there are none."""
    spellings: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    """Of the dimensions that are filtered by and whose values are not all known, their keys in the
    column `key`, with what people call them in others: of all times."""
    whole_until: datetime | None = None
    """Days that begin before it count as a whole: a range that ends within one has all of it."""
    weight: str | None = None
    """The column with the number of facts that a row stands for; each is one without it."""

"""Which stretch of time, which part of the shop, in whose calendar."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

import polars as pl


class Granularity(StrEnum):
    DAY = "day"
    WEEK = "week"
    """Monday to Sunday."""
    MONTH = "month"

    @property
    def interval(self) -> str:
        return {"day": "1d", "week": "1w", "month": "1mo"}[self]


@dataclass(frozen=True)
class Selection:
    """Lines from `start` up to, not including, `end`; an open side takes all there is."""

    start: datetime | None = None
    end: datetime | None = None
    time_zone: str = "UTC"
    """Whose midnight begins a day: an IANA name."""
    category: str | None = None
    currency: str | None = None

    def __post_init__(self) -> None:
        ZoneInfo(self.time_zone)
        for moment in (self.start, self.end):
            if moment is not None and moment.tzinfo is None:
                msg = "a window begins and ends at aware moments"
                raise ValueError(msg)

    def filter_lines(self, lines: pl.LazyFrame) -> pl.LazyFrame:
        wanted = [
            pl.col(name) == value
            for name in ("category", "currency")
            if (value := getattr(self, name)) is not None
        ]
        if self.start is not None:
            wanted.append(pl.col("at") >= self.start)
        if self.end is not None:
            wanted.append(pl.col("at") < self.end)
        return lines.filter(wanted) if wanted else lines

    def to_local_time(self, moment: datetime) -> datetime:
        """The wall clock in this calendar, without a zone."""
        return moment.astimezone(ZoneInfo(self.time_zone)).replace(tzinfo=None)

    def describe(self) -> str:
        parts = [
            f"from {self.start.isoformat()}" if self.start else "from the first line",
            f"until {self.end.isoformat()}" if self.end else "until the last line",
        ]
        if self.category is not None:
            parts.append(f"category {self.category}")
        if self.currency is not None:
            parts.append(f"currency {self.currency}")
        return ", ".join(parts)

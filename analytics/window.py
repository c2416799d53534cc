"""Selection of a report's lines: time range, time zone, category and currency."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

import polars as pl

from analytics.label_keys import build_label_keys
from webapp.insights.query.errors import BadWindow
from webapp.kit.text import label_key


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
    """Lines from `start` up to, not including, `end`; `None` leaves that side open.

    Raises `BadWindow` when it is built with an end that is not after the start.
    """

    start: datetime | None = None
    end: datetime | None = None
    time_zone: str = "UTC"
    """IANA name of the zone at whose midnight a day begins."""
    category: str | None = None
    """In any spelling: people write it as it comes."""
    currency: str | None = None

    def __post_init__(self) -> None:
        ZoneInfo(self.time_zone)
        for timestamp in (self.start, self.end):
            if timestamp is not None and timestamp.tzinfo is None:
                msg = "start and end of a window must be timezone-aware"
                raise ValueError(msg)
        if self.start and self.end and self.end <= self.start:
            raise BadWindow("The window ends before it begins")

    def filter_lines(self, lines: pl.LazyFrame) -> pl.LazyFrame:
        conditions = []
        if self.category is not None:
            conditions.append(build_label_keys("category") == label_key(self.category))
        if self.currency is not None:
            conditions.append(pl.col("currency") == self.currency)
        if self.start is not None:
            conditions.append(pl.col("at") >= self.start)
        if self.end is not None:
            conditions.append(pl.col("at") < self.end)
        return lines.filter(conditions) if conditions else lines

    def to_local_time(self, timestamp: datetime) -> datetime:
        """The local time in `time_zone`, as a naive datetime."""
        return timestamp.astimezone(ZoneInfo(self.time_zone)).replace(tzinfo=None)

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

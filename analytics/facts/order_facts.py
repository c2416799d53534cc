from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

import polars as pl

from analytics.facts.changes import DatabaseSnapshot
from analytics.facts.current_categories import add_current_categories
from analytics.facts.customer_segments import add_customer_segments
from analytics.facts.line_columns import LINE_COLUMNS, derive_columns
from analytics.facts.schemas import ORDER_LINES


@dataclass(frozen=True)
class StoredMonth:
    """The lines of one month (UTC), in a Parquet file."""

    url: str
    rows: int
    first_at: datetime
    last_at: datetime
    currencies: Sequence[str]
    spellings_url: str
    """The file of its spellings (`analytics.semantic.spellings`)."""
    outdated: pl.Series
    """The numbers of orders that have changed since: their lines do not count."""
    is_rewritten: bool
    """Whether anything of these orders may have changed, and not only whether the customers of
    some are new."""


@dataclass(frozen=True)
class LineBlock:
    """Lines, and what is known of their times."""

    lines: pl.LazyFrame
    first_at: datetime | None = None
    """No line is before it; None where nothing is known."""
    last_at: datetime | None = None
    """No line is after it."""
    rows: int | None = None
    """The number of lines, where it is known without reading them."""

    def select_times(self, start: datetime | None, end: datetime | None) -> Self:
        """The lines from a time on and before another: times are not read where all lines are, or
        none is."""
        if self.last_at is not None and start is not None and self.last_at < start:
            return self.with_lines(self.lines.clear(), rows=0)
        if self.first_at is not None and end is not None and self.first_at >= end:
            return self.with_lines(self.lines.clear(), rows=0)
        lines = self.lines
        if start is not None and (self.first_at is None or self.first_at < start):
            lines = lines.filter(pl.col("at") >= start)
        if end is not None and (self.last_at is None or self.last_at >= end):
            lines = lines.filter(pl.col("at") < end)
        return self if lines is self.lines else self.with_lines(lines)

    def drop_times(self, start: datetime, end: datetime) -> Self:
        """Without the lines from a time on and before another."""
        is_before = self.last_at is not None and self.last_at < start
        if is_before or (self.first_at is not None and self.first_at >= end):
            return self
        at = pl.col("at")
        return self.with_lines(self.lines.filter((at < start) | (at >= end)))

    def with_lines(self, lines: pl.LazyFrame, *, rows: int | None = None) -> Self:
        """Some of the lines; `rows` is their number, if it is known."""
        return replace(self, lines=lines, rows=rows)


@dataclass(frozen=True)
class OrderFacts:
    """Order lines (`schemas.ORDER_LINES`), their source, and the time they reflect."""

    lines: pl.LazyFrame
    """Lines that no file has: all of them without a dataset."""
    as_of: datetime
    source: str
    months: Sequence[StoredMonth] = ()
    spelled: str = ""
    """What the files of spellings are of."""
    storage_options: dict[str, str] = field(default_factory=dict)
    snapshot: DatabaseSnapshot | None = None
    """What they show, where they were read from the database."""
    current_categories: pl.DataFrame | None = None
    """The categories of the catalog with their keys (`current_categories`), for what names them."""
    customer_segments: pl.DataFrame | None = None
    """The segment of each customer (`facts.customer_segments`), for what names them."""

    @classmethod
    def without_any(cls, snapshot: DatabaseSnapshot) -> Self:
        """For a query of other facts."""
        lines = ORDER_LINES.to_frame().lazy()
        return cls(lines, as_of=snapshot.taken_at, source="database", snapshot=snapshot)

    @property
    def stored_rows(self) -> int:
        return sum(month.rows for month in self.months)

    @property
    def has_lines_to_come(self) -> bool:
        """Whether a line is dated after the time that the facts reflect."""
        last = self.lines.select(pl.col("at").max()).collect().item()
        times = [month.last_at for month in self.months]
        return max([*times, last or self.as_of]) > self.as_of

    def scan(self) -> pl.LazyFrame:
        """All lines with `line_columns.LINE_COLUMNS`, in no particular order, and the keys of the
        current category and of the customer segment where these are known."""
        return self._scan_months(self.months, [derive_columns(self.lines)])

    def scan_blocks(self, times: Iterable[datetime]) -> list[LineBlock]:
        """All lines: those of months that lie between two of the times in a block of them, and
        before these all others, if there are any."""
        bounds = sorted(times)
        blocks: dict[int, list[StoredMonth]] = {}
        cut = []
        for month in self.months:
            place = bisect_right(bounds, month.first_at)
            if place == bisect_right(bounds, month.last_at):
                blocks.setdefault(place, []).append(month)
            else:
                cut.append(month)
        stored = [self._scan_block(months) for months in blocks.values()]
        if stored and not cut and self.lines.head(1).collect().is_empty():
            return stored
        others = self._scan_months(cut, [derive_columns(self.lines)])
        return [LineBlock(others), *stored]

    def _scan_block(self, months: Sequence[StoredMonth]) -> LineBlock:
        is_whole = all(month.outdated.is_empty() for month in months)
        return LineBlock(
            self._scan_months(months),
            first_at=min(month.first_at for month in months),
            last_at=max(month.last_at for month in months),
            rows=sum(month.rows for month in months) if is_whole else None,
        )

    def _scan_months(
        self, months: Sequence[StoredMonth], frames: Sequence[pl.LazyFrame] = ()
    ) -> pl.LazyFrame:
        current = [month for month in months if month.outdated.is_empty()]
        changed = [month for month in months if not month.outdated.is_empty()]
        found = [*frames, *([self._scan_files(current)] if current else [])]
        if changed:
            # What has changed since an export is outdated in every file: one join is enough.
            outdated = pl.concat([month.outdated for month in changed]).unique()
            numbers = outdated.to_frame("order_number").lazy()
            stored = self._scan_files(changed)
            found.append(stored.join(numbers, on="order_number", how="anti"))
        lines = pl.concat(found) if len(found) > 1 else found[0]
        if self.current_categories is not None:
            lines = add_current_categories(lines, self.current_categories)
        if self.customer_segments is not None:
            lines = add_customer_segments(lines, self.customer_segments)
        return lines

    def _scan_files(self, months: Sequence[StoredMonth]) -> pl.LazyFrame:
        scanned = pl.scan_parquet(
            [month.url for month in months],
            hive_partitioning=False,
            storage_options=self.storage_options,
        )
        return scanned.select(LINE_COLUMNS.names())

    def scan_spellings(self) -> pl.LazyFrame:
        """The rows of the files of spellings, instead of those of the lines."""
        return pl.scan_parquet(
            [month.spellings_url for month in self.months],
            hive_partitioning=False,
            storage_options=self.storage_options,
        )

    def select_months(
        self, ranges: Iterable[tuple[datetime | None, datetime | None]]
    ) -> "OrderFacts":
        """Without the files that have no line in any of the ranges, of which the ends are not part
        and may be open."""
        wanted = list(ranges)
        return self.with_months(
            [
                month
                for month in self.months
                if any(
                    (start is None or month.last_at >= start)
                    and (end is None or month.first_at < end)
                    for start, end in wanted
                )
            ]
        )

    def with_months(self, months: Sequence[StoredMonth]) -> "OrderFacts":
        return replace(self, months=months)

    def without_lines(self) -> "OrderFacts":
        """The files alone."""
        return replace(self, lines=ORDER_LINES.to_frame().lazy())

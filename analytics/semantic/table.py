"""The table of a query: its rows in their order, and the row of totals. Amounts in minor units."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import polars as pl

from analytics.semantic.aggregation import Aggregated
from analytics.semantic.dimension_keys import key_name
from analytics.semantic.figures import FamilyFigures, list_measures
from analytics.semantic.labels import RowLabels
from analytics.semantic.query_windows import QueryWindows
from analytics.semantic.result_table import (
    RowOrder,
    add_derived,
    add_metrics,
    add_whole_row_columns,
    compare_metrics,
    fill_rows,
    join_comparison,
    join_families,
)
from analytics.semantic.row_limits import RowLimit
from analytics.semantic.stock_measures import hide_unknown
from webapp.insights.query.analytics_query import AnalyticsQuery, DimensionFilter
from webapp.insights.query.columns import list_columns
from webapp.insights.query.definitions import (
    DIMENSIONS,
    NUMBERS,
    DimensionKind,
    Unit,
)
from webapp.insights.query.periods import Period, find_period_start
from webapp.insights.query.windows import TimeRange, to_local

LOCAL = pl.Datetime("us")
MIDDLE = timedelta(days=3)
"""From the first day of a week on."""


@dataclass(frozen=True)
class QueryTable:
    """Builds the table from the figures."""

    query: AnalyticsQuery
    parts: Sequence[FamilyFigures]
    windows: QueryWindows
    labels: RowLabels
    rows_in_home: bool
    """Whether amounts of the rows are converted to the shop's currency."""
    totals_in_home: bool

    def build_totals(self) -> pl.DataFrame:
        """One row, over all lines of the window."""
        in_home = self.totals_in_home
        totals = join_families(
            [part.figures.totals.total([], in_home=in_home) for part in self.parts], []
        )
        before = [part.figures.totals_before for part in self.parts]
        if self.windows.compared is not None:
            earlier = [each.total([], in_home=in_home) for each in before if each]
            joined = join_families(earlier, [])
            totals = join_comparison(totals, joined, [], joined.columns)
        for part in self.parts:
            if part.family.has_unrecorded and not part.knows(self.windows.window):
                names = list_measures(part.query)
                totals = totals.with_columns(
                    pl.lit(None, pl.Int64).alias(name) for name in names
                )
        return self._add_metrics(hide_unknown(totals))

    def build_rows(self, totals: pl.DataFrame) -> pl.DataFrame:
        """All rows that pass the conditions, in their order."""
        rows = self._add_metrics(hide_unknown(self._compare_rows()))
        order = RowOrder(self._period_key, self._other_keys)
        rows = add_derived(rows, self.query.derived, order)
        rows = self._cut_lookback(rows)
        rows = add_whole_row_columns(rows, self.query.derived, order, totals)
        return self._sort_rows(self._apply_conditions(rows))

    def build_limit(self) -> RowLimit:
        """Which of the rows are shown."""
        query = self.query
        keys = {name: self._build_limit_key(name) for name in query.limit_by}
        sorted_by = [key for key in query.sort if key.by in keys]
        order = [(self._sort_column(key.by), key.descending) for key in sorted_by]
        order += [
            (key, False)
            for name, key in keys.items()
            if DIMENSIONS[name].kind is not DimensionKind.TEXT
            and name not in {each.by for each in sorted_by}
        ]
        return RowLimit(query.offset or 0, query.limit, tuple(keys.values()), order)

    def _build_limit_key(self, name: str) -> pl.Expr:
        """The key of a dimension of the rows, or of the longer period that their period lies in."""
        period = self.windows.period
        if name in self.query.group_by or period is None:
            return pl.col(key_name(name))
        find = partial(self._find_longer, longer=Period(name))
        starts = pl.col(key_name(period))
        return starts.map_batches(find, return_dtype=LOCAL, is_elementwise=True)

    def _find_longer(self, starts: pl.Series, longer: Period) -> pl.Series:
        """The starts of the longer periods that periods of the rows lie in."""
        period, zone = self.windows.period, self.windows.zone
        distinct = starts.unique()
        found = []
        for start in distinct:
            local = to_local(start, zone) if period is Period.HOUR else start
            # A week counts to the year that its middle, by ISO 8601 a Thursday, is in.
            day = local + MIDDLE if period is Period.WEEK else local
            found.append(find_period_start(day, longer))
        return starts.replace_strict(distinct, pl.Series(found, dtype=LOCAL))

    @property
    def _keys(self) -> list[str]:
        return [key_name(name) for name in self.query.group_by]

    @property
    def _period_key(self) -> str | None:
        period = self.windows.period
        return None if period is None else key_name(period)

    @property
    def _other_keys(self) -> tuple[str, ...]:
        return tuple(key for key in self._keys if key != self._period_key)

    def _add_metrics(self, frame: pl.DataFrame) -> pl.DataFrame:
        frame = add_metrics(frame, self.query.metrics)
        if self.query.compare_to is None:
            return frame
        known = {
            name
            for part in self.parts
            if part.knows(self.windows.compared)
            for name in part.query.metrics
        }
        return compare_metrics(frame, self.query.metrics, known=known)

    def _compare_rows(self) -> pl.DataFrame:
        windows = self.windows
        rows = self._fill_rows(
            [each.figures.rows for each in self.parts], windows.lookback
        )
        measures = rows.columns[len(self._keys) :]
        compared = windows.compared
        if compared is None:
            return self._hide_unrecorded(rows, "", windows.lookback, windows.lookback)
        found = [each.figures.before for each in self.parts]
        before = self._fill_rows([each for each in found if each], compared)
        if self._period_key is not None:
            before = self._align_periods(before, self._period_key, compared)
        joined = join_comparison(rows, before, self._keys, measures)
        joined = self._hide_unrecorded(joined, "", windows.lookback, windows.lookback)
        return self._hide_unrecorded(joined, "_before", windows.window, compared)

    def _hide_unrecorded(
        self, rows: pl.DataFrame, suffix: str, shown: TimeRange, window: TimeRange
    ) -> pl.DataFrame:
        """What lies before the first of the facts is null in columns of a window, whose periods
        are those of the window that the rows show, in their order."""
        for part in self.parts:
            if part.family.has_unrecorded:
                is_known = self._is_recorded(part, shown, window)
                names = [f"{name}{suffix}" for name in list_measures(part.query)]
                rows = rows.with_columns(
                    pl.when(is_known).then(pl.col(name)).alias(name) for name in names
                )
        return rows

    def _is_recorded(
        self, part: FamilyFigures, shown: TimeRange, window: TimeRange
    ) -> pl.Expr:
        """Whether a row has a day of the window since the first fact."""
        if part.first is None or not part.knows(window):
            return pl.lit(value=False)
        first = to_local(part.first, self.windows.zone)
        is_known = pl.lit(value=True)
        if self._period_key is not None and self.windows.period is not None:
            since = find_period_start(
                first, self.windows.period, self.windows.week_start
            )
            pairs = zip(
                self._list_periods(shown), self._list_periods(window), strict=False
            )
            early = [row for row, start in pairs if start < since]
            is_known &= ~pl.col(self._period_key).is_in(early)
        if "weekday" in self.query.group_by:
            days = self.windows.list_weekdays(window, since=first)
            is_known &= pl.col(key_name("weekday")).is_in(days)
        return is_known

    def _align_periods(
        self, before: pl.DataFrame, key: str, compared: TimeRange
    ) -> pl.DataFrame:
        """Give each period of the window compared with the key of that in the same place."""
        theirs = self._list_periods(compared)
        ours = self._list_periods(self.windows.window)
        pairs = list(zip(theirs, ours, strict=False))
        mapping = pl.DataFrame(
            {key: [their for their, _ in pairs], "aligned": [our for _, our in pairs]},
            schema={key: before.schema[key], "aligned": before.schema[key]},
        )
        joined = before.join(mapping, on=key, how="inner")
        return joined.drop(key).rename({"aligned": key}).select(before.columns)

    def _fill_rows(
        self, figures: Sequence[Aggregated], window: TimeRange
    ) -> pl.DataFrame:
        rows = join_families(
            [each.total(self._keys, in_home=self.rows_in_home) for each in figures],
            self._keys,
        )
        if not self._keys:
            return rows
        known: dict[str, Sequence[Any]] = {
            key_name(name): self._list_numbers(name)
            for name in self.query.group_by
            if name in NUMBERS
        }
        if self._period_key is not None:
            known[self._period_key] = self._list_periods(window)
        return fill_rows(rows, self._keys, known) if known else rows

    def _list_numbers(self, name: str) -> list[int]:
        return [
            value
            for value in NUMBERS[name]
            if all(
                _passes_filter(value, each)
                for each in self.query.filters
                if each.dimension == name
            )
        ]

    def _list_periods(self, window: TimeRange) -> list[datetime]:
        """The periods of a window that can have lines at all, by the filters."""
        periods = self.windows.list_periods(window)
        filters = [each for each in self.query.filters if each.dimension in NUMBERS]
        if self.windows.period not in {Period.HOUR, Period.DAY}:
            return list(periods)
        return [each for each in periods if self._passes_filters(each, filters)]

    def _passes_filters(
        self, key: datetime, filters: Sequence[DimensionFilter]
    ) -> bool:
        is_hour = self.windows.period is Period.HOUR
        local = key.astimezone(self.windows.zone) if is_hour else key
        values = {"weekday": local.isoweekday()}
        if is_hour:
            values["hour_of_day"] = local.hour
        return all(
            _passes_filter(values[each.dimension], each)
            for each in filters
            if each.dimension in values
        )

    def _cut_lookback(self, rows: pl.DataFrame) -> pl.DataFrame:
        if self._period_key is None:
            return rows
        periods = self._list_periods(self.windows.window)
        return rows.filter(pl.col(self._period_key).is_in(periods))

    def _apply_conditions(self, rows: pl.DataFrame) -> pl.DataFrame:
        units = {column.name: column.unit for column in list_columns(self.query)}
        for condition in self.query.having:
            factor = 100 if units[condition.by] is Unit.MONEY else 1
            value = pl.col(condition.by)
            if condition.at_least is not None:
                rows = rows.filter(value >= condition.at_least * factor)
            if condition.at_most is not None:
                rows = rows.filter(value <= condition.at_most * factor)
            if condition.more_than is not None:
                rows = rows.filter(value > condition.more_than * factor)
            if condition.less_than is not None:
                rows = rows.filter(value < condition.less_than * factor)
        return rows

    def _sort_rows(self, rows: pl.DataFrame) -> pl.DataFrame:
        by = [
            (self._sort_column(key.by), key.descending) for key in self.query.sort
        ] or self._list_default_order()
        by += [(self._sort_column(name), False) for name in self.query.group_by]
        if not by:
            return rows
        columns, descending = zip(*by, strict=True)
        return rows.sort(list(columns), descending=list(descending), nulls_last=True)

    def _list_default_order(self) -> list[tuple[pl.Expr, bool]]:
        in_order = [
            (self._sort_column(name), False)
            for name in self.query.group_by
            if DIMENSIONS[name].kind is not DimensionKind.TEXT
        ]
        return [*in_order, (pl.col(self.query.metrics[0]), True)]

    def _sort_column(self, name: str) -> pl.Expr:
        if name not in DIMENSIONS:
            return pl.col(name)
        if name == "weekday":
            first = self.windows.week_start.weekday
            return (pl.col(key_name(name)) + 7 - first) % 7
        return self.labels.map_key(name, pl.col(key_name(name)))


def _passes_filter(value: int, each: DimensionFilter) -> bool:
    return (
        (each.any_of is None or value in map(int, each.any_of))
        and (each.none_of is None or value not in map(int, each.none_of))
        and (each.at_least is None or value >= each.at_least)
        and (each.at_most is None or value <= each.at_most)
    )

"""From aggregated measures to the rows of a result: ratios, periods without orders, comparisons,
derived columns. Frames in, frames out; amounts in minor units.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from analytics.semantic.query_windows import LOOKING_BACK
from webapp.insights.query.analytics_query import DerivedColumn, DerivedKind
from webapp.insights.query.definitions import METRICS, Metric, Unit

DECIMALS = 2
"""Of percentages and ratios."""


def add_metrics(frame: pl.DataFrame, metrics: Sequence[str]) -> pl.DataFrame:
    """Compute the ratios from the measures of the same row."""
    ratios = [
        _divide_measures(METRICS[name]).alias(name)
        for name in metrics
        if METRICS[name].ratio_of
    ]
    return frame.with_columns(ratios)


def _divide_measures(metric: Metric) -> pl.Expr:
    numerator, denominator = map(pl.col, metric.components)
    return divide_exactly(numerator, denominator, metric.unit)


def divide_exactly(numerator: pl.Expr, denominator: pl.Expr, unit: Unit) -> pl.Expr:
    """The quotient of whole numbers in a unit, rounded half away from zero: amounts to the minor
    unit, others to `DECIMALS`; null where the denominator is not positive."""
    factor = {Unit.MONEY: 1, Unit.PERCENT: 100 * 10**DECIMALS}.get(unit, 10**DECIMALS)
    divisor = denominator.cast(pl.Int128)
    doubled = 2 * numerator.abs().cast(pl.Int128) * factor + divisor
    quotient = (doubled // (2 * divisor)).cast(pl.Int64) * numerator.sign()
    value = quotient if unit is Unit.MONEY else quotient / 10**DECIMALS
    return pl.when(denominator > 0).then(value)


def fill_rows(
    frame: pl.DataFrame, keys: Sequence[str], known: Mapping[str, Sequence[Any]]
) -> pl.DataFrame:
    """A row for every combination of the values of all keys, with zeros where nothing happened.
    `known` has the values of the keys whose values are all known, such as the periods of the
    window; others have those that there are."""
    others = [name for name in keys if name not in known]
    rows = frame.select(others).unique() if others else pl.DataFrame({"": [0]})
    for name, values in known.items():
        column = pl.Series(name, values, frame.schema[name]).to_frame()
        rows = rows.join(column, how="cross")
    filled = rows.select(keys).join(frame, on=list(keys), how="left")
    return filled.with_columns(pl.exclude(keys).fill_null(0))


def join_families(frames: Sequence[pl.DataFrame], keys: Sequence[str]) -> pl.DataFrame:
    """The rows of all families of facts side by side, zero where one has no such row."""
    if not keys:
        return pl.concat(frames, how="horizontal")
    joined = frames[0]
    for frame in frames[1:]:
        joined = joined.join(frame, on=list(keys), how="full", coalesce=True)
    return joined.with_columns(pl.exclude(keys).fill_null(0))


def join_comparison(
    rows: pl.DataFrame,
    before: pl.DataFrame,
    keys: Sequence[str],
    measures: Sequence[str],
) -> pl.DataFrame:
    """Both windows side by side, zero where a row is in one of them only: `<measure>_before`."""
    renamed = before.rename({name: f"{name}_before" for name in measures})
    if not keys:
        return pl.concat([rows, renamed], how="horizontal")
    joined = rows.join(renamed, on=list(keys), how="full", coalesce=True)
    figures = [*measures, *(f"{name}_before" for name in measures)]
    return joined.with_columns(pl.col(figures).fill_null(0))


def compare_metrics(
    frame: pl.DataFrame, metrics: Sequence[str], *, known: Collection[str]
) -> pl.DataFrame:
    """Add to each metric the one before, and the change: absolute, and in percent of it. Of metrics
    that are not `known` of the time before, it is null, not zero."""
    before = _strip_suffix(frame, "_before")
    earlier = add_metrics(before, metrics)
    frame = frame.with_columns(
        pl.when(pl.lit(name in known)).then(earlier[name]).alias(f"{name}_before")
        for name in metrics
    )
    return frame.with_columns(
        expression for name in metrics for expression in _build_change(name)
    )


def _strip_suffix(frame: pl.DataFrame, suffix: str) -> pl.DataFrame:
    names = [name for name in frame.columns if name.endswith(suffix)]
    return frame.select(pl.col(name).alias(name.removesuffix(suffix)) for name in names)


def _build_change(name: str) -> list[pl.Expr]:
    change = pl.col(name) - pl.col(f"{name}_before")
    return [
        _round_unit(change, name).alias(f"{name}_change"),
        percent_change(pl.col(name), pl.col(f"{name}_before")).alias(
            f"{name}_change_percent"
        ),
    ]


def percent_change(now: pl.Expr, before: pl.Expr) -> pl.Expr:
    """In percent of what was before; null where that is not positive."""
    return pl.when(before > 0).then(_round_decimals((now - before) * 100 / before))


def _round_unit(value: pl.Expr, metric: str) -> pl.Expr:
    """As figures of the metric are; others than these are whole numbers."""
    has_decimals = METRICS[metric].unit in {Unit.PERCENT, Unit.RATIO}
    return _round_decimals(value) if has_decimals else value


def _round_decimals(value: pl.Expr) -> pl.Expr:
    return value.round(DECIMALS, mode="half_away_from_zero")


@dataclass(frozen=True)
class RowOrder:
    """The columns that rows are of: the period, if there is one, and the others."""

    period: str | None
    others: tuple[str, ...]

    def along_periods(self, expression: pl.Expr) -> pl.Expr:
        """Evaluate along the periods, for each value of the other dimensions apart."""
        return expression.over(list(self.others) or pl.lit(1), order_by=self.period)


def add_derived(
    frame: pl.DataFrame, derived: Sequence[DerivedColumn], order: RowOrder
) -> pl.DataFrame:
    """Add the derived columns that look along the periods; those of rows before the window are
    needed for some."""
    columns = [
        _build_along_periods(each, order).alias(each.name)
        for each in derived
        if each.kind in LOOKING_BACK
    ]
    return frame.with_columns(columns)


def _build_along_periods(derived: DerivedColumn, order: RowOrder) -> pl.Expr:
    metric = METRICS[derived.metric]
    if derived.kind is DerivedKind.CHANGE:
        before = order.along_periods(pl.col(metric.name).shift(1))
        return percent_change(pl.col(metric.name), before)
    length = derived.length or 1

    def add_up(name: str) -> pl.Expr:
        return order.along_periods(pl.col(name).rolling_sum(length))

    if metric.unit is Unit.RATIO and metric.ratio_of is None:
        return _round_decimals(add_up(metric.name) / length)
    if metric.ratio_of is None:
        unit = Unit.MONEY if metric.unit is Unit.MONEY else Unit.RATIO
        return divide_exactly(add_up(metric.name), pl.lit(length), unit)
    # Of quotients neither sums nor averages mean anything: the quotient of the sums does.
    numerator, denominator = map(add_up, metric.ratio_of)
    return divide_exactly(numerator, denominator, metric.unit)


def add_whole_row_columns(
    frame: pl.DataFrame,
    derived: Sequence[DerivedColumn],
    order: RowOrder,
    totals: pl.DataFrame,
) -> pl.DataFrame:
    """Add shares, ranks and running totals: of the rows of the window alone."""
    columns = []
    for each in derived:
        value = pl.col(each.metric)
        if each.kind is DerivedKind.SHARE:
            total = totals[each.metric][0]
            is_whole = total is not None and total > 0
            share = _round_decimals(value * 100 / total) if is_whole else pl.lit(None)
            columns.append(share.cast(pl.Float64).alias(each.name))
        elif each.kind is DerivedKind.RANK:
            rank = value.rank("min", descending=True).cast(pl.Int64)
            columns.append(rank.alias(each.name))
        elif each.kind is DerivedKind.RUNNING_TOTAL:
            total = order.along_periods(value.cum_sum())
            columns.append(_round_unit(total, each.metric).alias(each.name))
    return frame.with_columns(columns)

"""The rows of a result as a frame that files are written from: amounts as decimals."""

from collections.abc import Callable, Sequence
from decimal import Decimal

import polars as pl
from polars.datatypes import DataTypeClass

from webapp.insights.query.analytics_query import AnalyticsQuery, DerivedKind
from webapp.insights.query.definitions import DIMENSIONS, DimensionKind, Unit
from webapp.insights.query.results import (
    AnalyticsResult,
    ResultColumn,
    ResultRow,
)
from webapp.kit.money import to_major

FrameType = pl.DataType | DataTypeClass
MONEY = pl.Decimal(18, 2)
UNIT_TYPES: dict[Unit | None, FrameType] = {
    Unit.MONEY: MONEY,
    Unit.COUNT: pl.Int64,
    Unit.PERCENT: pl.Float64,
    Unit.RATIO: pl.Float64,
}


def build_frame(
    result: AnalyticsResult, format_text: Callable[[str], str] = str
) -> pl.DataFrame:
    """The columns of a result in their order. Their types depend on the query alone."""
    return pl.DataFrame(
        [
            _build_series(
                result.rows, column, choose_type(column, result.query), format_text
            )
            for column in result.columns
        ]
    )


def build_table_frame(
    columns: Sequence[ResultColumn],
    rows: Sequence[ResultRow],
    format_text: Callable[[str], str],
) -> pl.DataFrame:
    """Of a table that no query tells the types of: they are those of its values."""
    return pl.DataFrame(
        [
            _build_series(rows, column, _find_type(column, rows), format_text)
            for column in columns
        ]
    )


def _find_type(column: ResultColumn, rows: Sequence[ResultRow]) -> FrameType:
    kinds = {type(row.get(column.name)) for row in rows} - {type(None)}
    if kinds == {int} and column.unit in {None, Unit.COUNT}:
        return pl.Int64
    if column.unit is None or str in kinds:
        return pl.String
    return MONEY if column.unit is Unit.MONEY else pl.Float64


def _build_series(
    rows: Sequence[ResultRow],
    column: ResultColumn,
    kind: FrameType,
    format_text: Callable[[str], str],
) -> pl.Series:
    values: Sequence[object] = [row.get(column.name) for row in rows]
    if kind == MONEY:
        values = [_to_decimal(value) for value in values]
    elif kind == pl.String:
        values = [
            None if value is None else format_text(str(value)) for value in values
        ]
    return pl.Series(column.name, values, dtype=kind)


def choose_type(column: ResultColumn, query: AnalyticsQuery) -> FrameType:
    if column.unit is None:
        dimension = DIMENSIONS.get(column.name)
        is_number = dimension is not None and dimension.kind is DimensionKind.NUMBER
        return pl.Int64 if is_number else pl.String
    if column.unit is Unit.COUNT and _is_average(column, query):
        return pl.Float64
    return UNIT_TYPES[column.unit]


def _is_average(column: ResultColumn, query: AnalyticsQuery) -> bool:
    return any(
        each.name == column.name and each.kind is DerivedKind.MOVING_AVERAGE
        for each in query.derived
    )


def _to_decimal(value: object) -> Decimal | None:
    """To the cent: a double has none of its own."""
    return to_major(round(value * 100)) if isinstance(value, int | float) else None

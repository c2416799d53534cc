"""Builds the result of a query from its figures: the table, the totals, notes and the receipt."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from analytics.semantic.aggregation import PAID_IN
from analytics.semantic.figures import FamilyFigures, list_measures
from analytics.semantic.labels import RowLabels
from analytics.semantic.measures import MEASURES
from analytics.semantic.notes import (
    iterate_currency_notes,
    iterate_notes,
    note_ties,
)
from analytics.semantic.query_windows import QueryWindows
from analytics.semantic.result_table import add_metrics
from analytics.semantic.stock_measures import STOCK_MEASURES
from analytics.semantic.table import QueryTable
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.insights.query.charts import build_chart
from webapp.insights.query.columns import list_columns
from webapp.insights.query.definitions import ORDERS, Unit
from webapp.insights.query.descriptions import describe_query
from webapp.insights.query.receipts import build_receipt
from webapp.insights.query.results import (
    AnalyticsResult,
    ResultColumn,
    ResultRow,
)
from webapp.kit.json import to_json_amount


def build_result(
    query: AnalyticsQuery,
    parts: Sequence[FamilyFigures],
    windows: QueryWindows,
    *,
    home_currency: str,
    source: str,
) -> AnalyticsResult:
    """`parts` are the figures of each family of facts that the query is of."""
    columns = list_columns(query)
    with_money = [part for part in parts if has_money(part.query)]
    currencies = _list_currencies(with_money)
    is_mixed = len(currencies) > 1
    labels = RowLabels(query.group_by, _join_spellings(parts), windows.zone)
    table = QueryTable(
        query,
        parts,
        windows,
        labels,
        rows_in_home=is_mixed and "currency" not in query.group_by,
        totals_in_home=is_mixed,
    )
    totals = table.build_totals()
    rows = table.build_rows(totals)
    limit = table.build_limit()
    shown = limit.take_rows(rows)
    notes = [
        *iterate_notes(query, parts, windows),
        *note_ties(query, limit, rows),
    ]
    unconverted = _list_unconverted(with_money) if is_mixed else []
    if is_mixed:
        notes[:0] = iterate_currency_notes(currencies, home_currency, unconverted)
    title = describe_query(query, windows.window, windows.compared)
    built = [
        labels.build_row(row) | _build_figures(columns, row)
        for row in shown.iter_rows(named=True)
    ]
    currency = _name_currency(query, currencies, home_currency) if with_money else None
    return AnalyticsResult(
        query=query.model_copy(
            update={
                "time_zone": windows.zone.key,
                "week_start": windows.week_start,
                "as_of": windows.now,
            }
        ),
        title=title,
        columns=columns,
        rows=built,
        row_count=rows.height,
        totals=_build_figures(columns, totals.row(0, named=True)),
        currency=currency,
        by_currency=_list_by_currency(query, with_money) if is_mixed else [],
        unconverted=unconverted,
        notes=notes,
        chart=build_chart(
            query, title=title, row_count=len(built), currency=currency, rows=built
        ),
        receipt=build_receipt(
            query.metrics,
            windows.window,
            week_start=windows.week_start,
            as_of=windows.now,
            rows_read=sum(part.figures.rows_read for part in parts),
            rows_counted=sum(part.figures.totals.lines for part in parts),
            currencies=sorted(
                {
                    code
                    for part in parts
                    if part.family.name == ORDERS
                    for code in part.figures.totals.list_currencies()
                }
            ),
            source=source,
        ),
    )


def has_money(query: AnalyticsQuery) -> bool:
    names = list_measures(query)
    return any((MEASURES.get(each) or STOCK_MEASURES[each]).is_money for each in names)


def _list_currencies(parts: Sequence[FamilyFigures]) -> list[str]:
    """What their amounts are in."""
    return sorted({code for part in parts for code in part.figures.currencies})


def _join_spellings(parts: Sequence[FamilyFigures]) -> Mapping[str, pl.DataFrame]:
    names = dict.fromkeys(name for part in parts for name in part.figures.spellings)
    return {
        name: pl.concat(
            part.figures.spellings[name]
            for part in parts
            if name in part.figures.spellings
        )
        for name in names
    }


def _name_currency(
    query: AnalyticsQuery, currencies: Sequence[str], home_currency: str
) -> str:
    if query.currency is not None:
        return query.currency.value
    return currencies[0] if len(currencies) == 1 else home_currency


def _build_figures(
    columns: Sequence[ResultColumn], row: Mapping[str, Any]
) -> ResultRow:
    """The columns of figures that the row has."""
    return {
        column.name: _build_value(row[column.name], column.unit)
        for column in columns
        if column.unit is not None and column.name in row
    }


def _build_value(value: Any, unit: Unit | None) -> float | int | None:
    if value is None or unit is not Unit.MONEY:
        figure: float | int | None = value
        return figure
    return to_json_amount(int(value))


def _list_by_currency(
    query: AnalyticsQuery, parts: Sequence[FamilyFigures]
) -> list[ResultRow]:
    if "currency" in query.group_by:
        return []
    return [
        row
        for part in parts
        for row in _build_currency_rows(
            part.query, part.figures.totals.total([PAID_IN], in_home=False)
        )
    ]


def _list_unconverted(parts: Sequence[FamilyFigures]) -> list[ResultRow]:
    return [
        row
        for part in parts
        for row in _build_currency_rows(
            part.query, part.figures.totals.total_unconverted()
        )
    ]


def _build_currency_rows(query: AnalyticsQuery, frame: pl.DataFrame) -> list[ResultRow]:
    """Totals by currency, as paid."""
    rows = add_metrics(frame, query.metrics).sort(PAID_IN)
    columns = list_columns(query)
    return [
        {"currency": row[PAID_IN], **_build_figures(columns, row)}
        for row in rows.iter_rows(named=True)
    ]

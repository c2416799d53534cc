"""Builds the result of a query from its figures: the table, the totals, notes and the receipt."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from analytics.semantic.aggregation import PAID_IN
from analytics.semantic.figures import QueryFigures, list_measures
from analytics.semantic.labels import RowLabels
from analytics.semantic.measures import MEASURES
from analytics.semantic.notes import iterate_currency_notes, iterate_notes
from analytics.semantic.query_windows import QueryWindows
from analytics.semantic.receipts import build_receipt
from analytics.semantic.result_table import add_metrics
from analytics.semantic.table import QueryTable
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.insights.query.charts import build_chart
from webapp.insights.query.columns import list_columns
from webapp.insights.query.definitions import Unit
from webapp.insights.query.descriptions import describe_query
from webapp.insights.query.results import (
    AnalyticsResult,
    ResultColumn,
    ResultRow,
)
from webapp.kit.json import to_json_amount


def build_result(
    query: AnalyticsQuery,
    figures: QueryFigures,
    windows: QueryWindows,
    *,
    home_currency: str,
    source: str,
) -> AnalyticsResult:
    columns = list_columns(query)
    has_money = any(MEASURES[name].is_money for name in list_measures(query))
    is_mixed = has_money and len(figures.currencies) > 1
    is_split = "currency" in query.group_by
    labels = RowLabels(query.group_by, figures.spellings, windows.zone)
    table = QueryTable(
        query,
        figures,
        windows,
        labels,
        rows_in_home=is_mixed and not is_split,
        totals_in_home=is_mixed,
    )
    totals = table.build_totals()
    rows = table.build_rows(totals)
    shown = rows.head(query.limit) if query.limit else rows
    notes = list(iterate_notes(query, figures, windows))
    unconverted = figures.totals.total_unconverted()
    if is_mixed:
        notes[:0] = iterate_currency_notes(
            figures.currencies, home_currency, unconverted
        )
    title = describe_query(query, windows.window, windows.compared)
    currency = _name_currency(query, figures, home_currency) if has_money else None
    return AnalyticsResult(
        query=query.model_copy(
            update={"time_zone": windows.zone.key, "as_of": windows.now}
        ),
        title=title,
        columns=columns,
        rows=[
            labels.build_row(row) | _build_figures(columns, row)
            for row in shown.iter_rows(named=True)
        ],
        row_count=rows.height,
        totals=_build_figures(columns, totals.row(0, named=True)),
        currency=currency,
        by_currency=_list_by_currency(query, figures) if is_mixed else [],
        unconverted=_build_currency_rows(query, unconverted) if is_mixed else [],
        notes=notes,
        chart=build_chart(
            query, title=title, row_count=shown.height, currency=currency
        ),
        receipt=build_receipt(
            query.metrics,
            windows.window,
            as_of=windows.now,
            rows_read=figures.rows_read,
            rows_counted=figures.totals.lines,
            currencies=figures.totals.list_currencies(),
            source=source,
        ),
    )


def _name_currency(
    query: AnalyticsQuery, figures: QueryFigures, home_currency: str
) -> str:
    if query.currency is not None:
        return query.currency.value
    only = figures.currencies
    return only[0] if len(only) == 1 else home_currency


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


def _list_by_currency(query: AnalyticsQuery, figures: QueryFigures) -> list[ResultRow]:
    if "currency" in query.group_by:
        return []
    return _build_currency_rows(query, figures.totals.total([PAID_IN], in_home=False))


def _build_currency_rows(query: AnalyticsQuery, frame: pl.DataFrame) -> list[ResultRow]:
    """Totals by currency, as paid."""
    rows = add_metrics(frame, query.metrics).sort(PAID_IN)
    columns = list_columns(query)
    return [
        {"currency": row[PAID_IN], **_build_figures(columns, row)}
        for row in rows.iter_rows(named=True)
    ]

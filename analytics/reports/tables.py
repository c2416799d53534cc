"""The tables of a report, of queries and of analyses alike. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from analytics.exports.file_names import name_analysis_file, name_file
from webapp.insights.analyses.results import AnalysisResult
from webapp.insights.query.definitions import Unit
from webapp.insights.query.periods import Period, find_period_start, format_period
from webapp.insights.query.results import (
    AnalyticsResult,
    ColumnRole,
    ResultColumn,
    ResultRow,
)
from webapp.insights.reports.document import ReportSection

CURRENCY_COLUMN = ResultColumn(
    name="currency", label="currency", role=ColumnRole.DIMENSION
)


@dataclass(frozen=True)
class ReportTable:
    stem: str
    """Of the name of its file."""
    title: str
    columns: Sequence[ResultColumn]
    rows: Sequence[ResultRow]
    row_count: int
    """Before the limit of the query."""
    is_limited: bool = False
    """Whether a limit was asked for."""
    currency: str | None = None
    is_as_paid: bool = False
    """Whether the amounts of a row are in the currency that it names; else all are converted."""
    totals: ResultRow | None = None
    totals_have_more: bool = False
    """Whether they are of rows, too, that a condition has left out."""
    chart: Mapping[str, Any] | None = None
    partial_periods: Sequence[str] = ()
    """Those that begin before the window of the query, or are not over by its end, as its rows name
    them."""

    def find_currency(self, row: ResultRow) -> str | None:
        paid_in = row.get("currency") if self.is_as_paid else None
        return paid_in if isinstance(paid_in, str) else self.currency

    @property
    def has_money(self) -> bool:
        return any(column.unit is Unit.MONEY for column in self.columns)


def list_tables(section: ReportSection) -> list[ReportTable]:
    if section.result is not None:
        return list(_iterate_query_tables(section.result))
    if section.analysis is not None:
        return list(_iterate_analysis_tables(section.analysis))
    return []


def _iterate_query_tables(result: AnalyticsResult) -> Iterator[ReportTable]:
    query = result.query
    main = ReportTable(
        stem=_drop_extension(name_file(result, "csv")),
        title=result.title,
        columns=result.columns,
        rows=result.rows,
        row_count=result.row_count,
        is_limited=query.limit is not None or query.offset is not None,
        currency=result.currency,
        is_as_paid="currency" in query.group_by,
        chart=result.chart,
        partial_periods=list(_iterate_partial_periods(result)),
    )
    if query.group_by and (result.row_count > 1 or query.having):
        main = replace(main, totals=result.totals, totals_have_more=bool(query.having))
    yield main
    for rows, name, title in (
        (result.by_currency, "as-paid", "As paid, by currency"),
        (
            result.unconverted,
            "unconverted",
            "Not part of the other figures, as their orders store no rate",
        ),
    ):
        if rows:
            yield ReportTable(
                stem=f"{main.stem}-{name}",
                title=title,
                columns=_list_paid_columns(result.columns, rows),
                rows=rows,
                row_count=len(rows),
                is_as_paid=True,
            )


def _iterate_partial_periods(result: AnalyticsResult) -> Iterator[str]:
    receipt = result.receipt
    zone = ZoneInfo(receipt.time_zone)
    edges = [
        datetime.fromisoformat(each).astimezone(zone).replace(tzinfo=None)
        for each in (receipt.window_start, receipt.window_end)
        if each is not None
    ]
    for name in result.query.group_by:
        if name not in set(Period):
            continue
        named = list(dict.fromkeys(str(row[name]) for row in result.rows))
        for edge in edges:
            start = find_period_start(edge, Period(name), receipt.week_start)
            label = format_period(start, Period(name))
            if start != edge:
                # Those of hours say their offset, too.
                yield from (each for each in named if each.startswith(label))


def _list_paid_columns(
    columns: Sequence[ResultColumn], rows: Sequence[ResultRow]
) -> list[ResultColumn]:
    figures = [
        column
        for column in columns
        if column.unit is not None and any(column.name in row for row in rows)
    ]
    return [CURRENCY_COLUMN, *figures]


def _iterate_analysis_tables(result: AnalysisResult) -> Iterator[ReportTable]:
    for table in result.tables:
        yield ReportTable(
            stem=_drop_extension(name_analysis_file(result, table, "csv")),
            title=table.title,
            columns=table.columns,
            rows=table.rows,
            row_count=table.row_count,
            is_limited="limit" in result.request.model_fields_set,
            currency=result.currency,
            chart=table.chart,
        )


def _drop_extension(name: str) -> str:
    return name.rpartition(".")[0]

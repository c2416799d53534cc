"""Builds the result of an analysis from what was found."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from analytics.analyses.context import AnalysisContext, CurrencyChoice
from analytics.semantic.notes import note_conversion
from webapp.insights.analyses.charts import ChartForm, build_chart
from webapp.insights.analyses.methods import METHODS
from webapp.insights.analyses.requests import AnalysisRequest
from webapp.insights.analyses.results import (
    AnalysisResult,
    AnalysisTable,
    Findings,
)
from webapp.insights.query.definitions import METRICS, Unit
from webapp.insights.query.descriptions import describe_scope, join_words
from webapp.insights.query.receipts import build_receipt
from webapp.insights.query.results import (
    ColumnRole,
    ResultColumn,
)
from webapp.insights.query.windows import TimeRange
from webapp.kit.json import to_json_amount

Row = Mapping[str, Any]


@dataclass(frozen=True)
class AnalysisReport:
    """What an analysis has found, before it is a result."""

    context: AnalysisContext
    request: AnalysisRequest
    lead: str
    """The beginning of the title."""
    findings: Findings
    tables: Sequence[AnalysisTable]
    money: CurrencyChoice
    metrics: Sequence[str]
    notes: Iterable[str] = ()
    looked_at: TimeRange | None = None
    """If it is another window than that of the request."""
    compared: TimeRange | None = None
    charts: Mapping[str, ChartForm] = field(default_factory=dict)
    """Which tables are drawn, by name, and in which form."""

    @property
    def window(self) -> TimeRange:
        return self.looked_at or self.context.window

    def build_result(self) -> AnalysisResult:
        has_money = any(METRICS[name].unit is Unit.MONEY for name in self.metrics)
        scope = describe_scope(self.context.request, self.window, self.compared)
        title = f"{self.lead}, {scope}"
        counts = self.money.counts
        return AnalysisResult(
            request=self.request.model_copy(
                update={
                    "time_zone": self.context.zone.key,
                    "week_start": self.context.week_start,
                    "as_of": self.context.now,
                }
            ),
            title=title,
            method=METHODS[self.request.analysis].method,
            findings=self.findings,
            tables=[self._add_chart(each, title) for each in self.tables],
            currency=self.money.code if has_money else None,
            notes=[*(_note_currencies(self.money) if has_money else ()), *self.notes],
            receipt=build_receipt(
                self.metrics,
                self.window,
                week_start=self.context.week_start,
                as_of=self.context.now,
                rows_read=counts.rows_read,
                rows_counted=counts.rows_counted,
                currencies=counts.currencies,
                source=self.context.facts.source,
            ),
        )

    def _add_chart(self, table: AnalysisTable, title: str) -> AnalysisTable:
        form = self.charts.get(table.name)
        if form is None:
            return table
        chart = build_chart(table, form, subtitle=title, currency=self.money.code)
        return table.model_copy(update={"chart": chart})


def _note_currencies(money: CurrencyChoice) -> Iterator[str]:
    if not money.is_mixed:
        return
    yield note_conversion(money.counts.currencies, money.home_currency)
    if codes := money.counts.without_rate:
        yield f"Orders paid in {join_words(codes)} that store no rate are left out"


def dimension_column(name: str, label: str | None = None) -> ResultColumn:
    return ResultColumn(
        name=name,
        label=label or name.replace("_", " "),
        role=ColumnRole.DIMENSION,
    )


def figure_column(name: str, unit: Unit, label: str | None = None) -> ResultColumn:
    return ResultColumn(
        name=name,
        label=label or name.replace("_percent", " in percent").replace("_", " "),
        role=ColumnRole.METRIC,
        unit=unit,
    )


def build_table(
    name: str,
    title: str,
    columns: Sequence[ResultColumn],
    rows: Iterable[Row],
    *,
    row_count: int | None = None,
) -> AnalysisTable:
    """Of rows with amounts in minor units. Columns that no row has are left out."""
    shown = list(rows)
    used = [
        column
        for column in columns
        if not shown or any(column.name in row for row in shown)
    ]
    return AnalysisTable(
        name=name,
        title=title,
        columns=used,
        rows=[
            {
                column.name: to_figure(row.get(column.name), column.unit)
                for column in used
            }
            for row in shown
        ],
        row_count=len(shown) if row_count is None else row_count,
    )


def to_figure(value: Any, unit: Unit | None) -> Any:
    """As JSON has it: amounts in major units."""
    is_amount = unit is Unit.MONEY and isinstance(value, int)
    return to_json_amount(value) if is_amount else value


def round_share(part: float, whole: float) -> float | None:
    """In percent, to two decimals; none of nothing."""
    # Zero has no sign here.
    return round(100 * part / whole, 2) + 0.0 if whole else None

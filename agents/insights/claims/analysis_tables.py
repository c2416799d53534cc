"""Tables of figures from the result of an analysis: what claims are checked against. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from agents.insights.claims.query_windows import resolve_query_windows
from agents.insights.claims.tables import (
    EvidenceTable,
    FigureColumn,
    FigureKind,
    TableRow,
    fold_value,
)
from agents.local.language.period_labels import parse_period
from agents.local.language.readings import DaySpan
from webapp.insights.analyses.requests import (
    AnalysisBody,
    AnalysisRequest,
    ExplainChangeRequest,
)
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.insights.query.definitions import METRICS, PERIODS, Metric, Unit
from webapp.kit.weeks import WeekStart

KINDS = {
    "before": FigureKind.BEFORE,
    "change": FigureKind.CHANGE,
    "mainChange": FigureKind.CHANGE,
    "outcomeChange": FigureKind.CHANGE,
    "driver_change": FigureKind.CHANGE,
    "changePercent": FigureKind.CHANGE_PERCENT,
    **dict.fromkeys(
        (
            *("effect", "rate_effect", "mix_effect", "rate_effect_of_all"),
            *("mix_effect_of_all", "mainRateEffect", "mainMixEffect"),
            *("numeratorEffect", "denominatorEffect"),
        ),
        FigureKind.EFFECT,
    ),
}
"""Of columns and findings; others are values."""
LABELS = {
    **{name: name for name in ("before", "now", "change")},
    "mainRateEffect": "rate effect",
    "mainMixEffect": "mix effect",
    "numeratorEffect": "numerator effect",
    "denominatorEffect": "denominator effect",
    "clickRate": "click rate",
    "conversionRate": "conversion",
}
"""Of findings, what is written right before their figures."""
COMPONENT_FIGURES = {
    "Before": (FigureKind.BEFORE, "before"),
    "Now": (FigureKind.VALUE, ""),
    "Change": (FigureKind.CHANGE, "change"),
    "ChangePercent": (FigureKind.CHANGE_PERCENT, ""),
}
"""Of the numerator and the denominator of a quotient, by what follows these words: the kind, and
what is written right before."""
ORDER_COUNTS: Mapping[str, tuple[FigureKind, str | None]] = {
    "placedOrdersBefore": (FigureKind.BEFORE, "placed_orders"),
    "placedOrdersNow": (FigureKind.VALUE, "placed_orders"),
    "outcomeOrdersBefore": (FigureKind.BEFORE, None),
    "outcomeOrdersNow": (FigureKind.VALUE, None),
}
"""Of findings, counts of orders placed, and of those that came to something."""
OF_METRIC = {*KINDS, "now", "forecast", "expected"}
"""Figures of the metric that was analyzed."""
PERIOD_COLUMNS = {*PERIODS, "cohort"}


def is_analysis(result: Mapping[str, Any]) -> bool:
    return {"request", "findings", "tables", "receipt"} <= result.keys()


def build_analysis_tables(
    result: Mapping[str, Any], number: int
) -> list[EvidenceTable]:
    """One for the findings, and one for each table of the result."""
    request = AnalysisBody.model_validate(result["request"]).root
    receipt = result["receipt"]
    window = DaySpan(_parse_day(receipt["firstDay"]), _parse_day(receipt["lastDay"]))
    compared = _find_compared(request)
    as_of = date.fromisoformat(receipt["asOf"][:10])

    def build(
        columns: Sequence[FigureColumn],
        rows: Sequence[TableRow],
        totals: TableRow,
        table: Mapping[str, Any] | None = None,
    ) -> EvidenceTable:
        labels = [
            *_iterate_filters(request),
            *(_iterate_labels(table) if table else ()),
        ]
        return EvidenceTable(
            number,
            tuple(columns),
            tuple(rows),
            totals,
            dimensions=_list_dimensions(table) if table else (),
            labels=tuple(labels),
            is_complete=table is None or table["rowCount"] == len(rows),
            window=window,
            compared=compared,
            as_of=as_of,
            currency=result["currency"],
            is_converted=True,
            counts=frozenset(map(Decimal, _list_counts(result, table))),
            is_query=True,
            week_start=WeekStart(receipt["weekStart"]),
        )

    metric = getattr(request, "metric", None)
    findings = {
        name: Decimal(str(value))
        for name, value in result["findings"].items()
        if isinstance(value, int | float)
    }
    columns = [_build_finding(name, metric) for name in findings]
    tables = [build(columns, (), TableRow({}, findings))]
    for table in result["tables"]:
        if "component" in _list_dimensions(table):
            continue  # Its figures are among the findings, and no row of it is a name.
        columns = [
            _build_column(each["name"], metric, Unit(each["unit"]), each["label"])
            for each in table["columns"]
            if each["role"] != "dimension"
        ]
        rows = [_build_row(row, table, columns) for row in table["rows"]]
        tables.append(build(columns, rows, TableRow({}, {}), table))
    return tables


def _parse_day(written: str | None) -> date | None:
    return None if written is None else date.fromisoformat(written)


def _find_compared(request: AnalysisRequest) -> DaySpan | None:
    if not isinstance(request, ExplainChangeRequest):
        return None
    query = AnalyticsQuery(
        metrics=[request.metric],
        window=request.window,
        compare_to=request.compare_to,
        time_zone=request.time_zone,
        as_of=request.as_of,
    )
    return resolve_query_windows(query).compared


def _build_finding(name: str, metric: str | None) -> FigureColumn:
    if name in ORDER_COUNTS:
        kind, counted = ORDER_COUNTS[name]
        return FigureColumn(name, kind, counted, Unit.COUNT)
    if metric is not None and METRICS[metric].ratio_of is not None:
        return _build_ratio_finding(name, METRICS[metric])
    return _build_column(name, metric, None, LABELS.get(name, ""))


def _build_ratio_finding(name: str, metric: Metric) -> FigureColumn:
    """Of a quotient, also the figures of its numerator and its denominator."""
    parts = zip(metric.components, ("numerator", "denominator"), strict=True)
    for component, part in parts:
        if found := COMPONENT_FIGURES.get(name.removeprefix(part)):
            kind, label = found
            is_percent = kind is FigureKind.CHANGE_PERCENT
            unit = Unit.PERCENT if is_percent else METRICS[component].unit
            return FigureColumn(name, kind, component, unit, label=label)
    if name == "mainChange":
        return FigureColumn(name, FigureKind.EFFECT, metric.name, label="effect")
    return _build_column(name, metric.name, None, LABELS.get(name, ""))


def _build_column(
    name: str, metric: str | None, unit: Unit | None, label: str
) -> FigureColumn:
    kind = KINDS.get(name, FigureKind.VALUE)
    if name in METRICS and label == METRICS[name].label:
        label = ""  # It is the figure itself, which other tables have, too.
    of = metric if name in OF_METRIC else name if name in METRICS else None
    return FigureColumn(name, kind, of, unit, label=label)


def _build_row(
    row: Mapping[str, Any], table: Mapping[str, Any], columns: Sequence[FigureColumn]
) -> TableRow:
    values = {
        name: fold_value(row[name])
        for name in _list_dimensions(table)
        if row[name] is not None
    }
    periods = [parse_period(values[name]) for name in PERIOD_COLUMNS & values.keys()]
    return TableRow(
        values,
        {
            each.name: Decimal(str(row[each.name]))
            for each in columns
            if isinstance(row[each.name], int | float)
        },
        period=next((each for each in periods if each), None),
    )


def _list_dimensions(table: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(
        each["name"] for each in table["columns"] if each["role"] == "dimension"
    )


def _iterate_labels(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in _list_dimensions(table):
        for row in table["rows"]:
            if row[name] is not None:
                yield name, str(row[name])


def _iterate_filters(request: AnalysisRequest) -> Iterator[tuple[str, str]]:
    for each in request.filters:
        for value in [*(each.any_of or ()), *(each.none_of or ())]:
            yield each.dimension, value


def _list_counts(
    result: Mapping[str, Any], table: Mapping[str, Any] | None
) -> list[int]:
    counts = [result["receipt"]["rowsRead"], result["receipt"]["rowsCounted"]]
    if table is None:
        return counts
    numbered = [
        row[name]
        for name in _list_dimensions(table)
        for row in table["rows"]
        if isinstance(row[name], int)
    ]
    return [*counts, table["rowCount"], len(table["rows"]), *numbered]

"""Tables of figures from the results of a turn: what claims are checked against. Pure.

The result of a query is a table with units and windows. Of any other tool's result each list of
records is a table, and all other figures are the totals of one; their units are not known.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from agents.insights.claims.query_windows import ComparedWindows, resolve_query_windows
from agents.local.language.period_labels import parse_period
from agents.local.language.readings import DaySpan
from webapp.insights.query.analytics_query import AnalyticsQuery, DerivedKind
from webapp.insights.query.definitions import (
    DIMENSIONS,
    METRICS,
    PERIODS,
    DimensionKind,
    Unit,
)
from webapp.insights.query.descriptions import find_ranking
from webapp.kit.weeks import WeekStart


class FigureKind(StrEnum):
    """What a column of figures says of its metric."""

    VALUE = "value"
    BEFORE = "before"
    CHANGE = "change"
    CHANGE_PERCENT = "change_percent"
    SHARE = "share"
    RANK = "rank"
    RUNNING_TOTAL = "running_total"
    MOVING_AVERAGE = "moving_average"
    EFFECT = "effect"
    """A part of the change of another figure than that of its row: of the whole."""


CHANGES = frozenset({FigureKind.CHANGE, FigureKind.CHANGE_PERCENT})
DERIVED_KINDS = {
    DerivedKind.SHARE: FigureKind.SHARE,
    DerivedKind.RANK: FigureKind.RANK,
    DerivedKind.CHANGE: FigureKind.CHANGE_PERCENT,
    DerivedKind.RUNNING_TOTAL: FigureKind.RUNNING_TOTAL,
    DerivedKind.MOVING_AVERAGE: FigureKind.MOVING_AVERAGE,
}


@dataclass(frozen=True)
class FigureColumn:
    name: str
    kind: FigureKind
    metric: str | None = None
    """None where it is not known."""
    unit: Unit | None = None
    is_derived: bool = False
    label: str = ""


@dataclass(frozen=True)
class TableRow:
    values: Mapping[str, str]
    """By dimension, the folded value."""
    figures: Mapping[str, Decimal]
    period: DaySpan | None = None
    period_before: DaySpan | None = None
    """What its comparison is of."""


@dataclass(frozen=True)
class EvidenceTable:
    result: int
    """Which result of the turn it is from."""
    columns: tuple[FigureColumn, ...]
    rows: tuple[TableRow, ...]
    totals: TableRow
    dimensions: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    """The values of rows and filters as they are written, each with its dimension."""
    filtered: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By dimension, the folded values that all rows are of."""
    is_complete: bool = True
    """Whether no row was left out."""
    limit: int | None = None
    """How many rows are shown, of each group if they are grouped."""
    limit_by: frozenset[str] = frozenset()
    """The dimensions of each of whose values the first rows are shown: a row is no total of it."""
    sort: tuple[str, bool] | None = None
    """The column that rows are sorted by, and whether the greatest comes first."""
    window: DaySpan | None = None
    compared: DaySpan | None = None
    as_of: date | None = None
    currency: str | None = None
    is_converted: bool = False
    """Whether rows by currency are in that of the table, too."""
    counts: frozenset[Decimal] = frozenset()
    """Numbers that are no figures: of rows, of a limit, in the title and the notes."""
    is_query: bool = False
    week_start: WeekStart = WeekStart.MONDAY

    @property
    def main_metric(self) -> str | None:
        """The metric that rows are sorted by, else the first one."""
        by = [each for each in self.columns if self.sort and each.name == self.sort[0]]
        return next((each.metric for each in [*by, *self.columns]), None)

    @property
    def period_dimension(self) -> str | None:
        return next((name for name in self.dimensions if name in PERIODS), None)

    def shows_part_of(self, dimensions: Collection[str]) -> bool:
        """Whether its rows are only the first ones of each value of one of the dimensions."""
        return not self.is_complete and not self.limit_by.isdisjoint(dimensions)

    def list_columns(
        self, kinds: frozenset[FigureKind], metrics: frozenset[str] | None = None
    ) -> list[FigureColumn]:
        """Those of the metrics; a column whose metric is not known is of any."""
        return [
            each
            for each in self.columns
            if each.kind in kinds
            and (metrics is None or each.metric is None or each.metric in metrics)
        ]


def fold_value(value: object) -> str:
    """A value as it is compared: without case, and without doubled spaces."""
    return " ".join(str(value).casefold().split())


def build_tables(result: Mapping[str, Any], number: int) -> list[EvidenceTable]:
    """The tables of the result with this number in its turn."""
    if is_query_result(result):
        return _build_query_tables(result, number)
    return list(_build_other_tables(result, number))


def is_query_result(result: Mapping[str, Any]) -> bool:
    return {"query", "columns", "rows", "totals", "receipt"} <= result.keys()


def _build_query_tables(result: Mapping[str, Any], number: int) -> list[EvidenceTable]:
    query = AnalyticsQuery.model_validate(result["query"])
    columns = tuple(_iterate_columns(result["columns"], query))
    windows = resolve_query_windows(query)
    dimensions = tuple(
        each["name"] for each in result["columns"] if each["role"] == "dimension"
    )
    rows = tuple(_build_row(row, dimensions, columns) for row in result["rows"])
    main = EvidenceTable(
        number,
        columns,
        tuple(_add_period(row, windows) for row in rows),
        _build_row(result["totals"], (), columns),
        dimensions=dimensions,
        labels=tuple(_iterate_labels(result["rows"], dimensions, query)),
        filtered={
            each.dimension: frozenset(map(fold_value, each.any_of))
            for each in query.filters
            if each.any_of
        },
        is_complete=result["rowCount"] == len(rows) and not query.having,
        limit=query.limit,
        limit_by=frozenset(query.limit_by),
        sort=_find_sort(query),
        window=windows.window,
        compared=windows.compared,
        as_of=query.as_of.date() if query.as_of else None,
        currency=result["currency"],
        counts=frozenset(_iterate_counts(result)),
        is_query=True,
        week_start=query.first_weekday,
    )
    return [main, *_build_currency_tables(main, result)]


def _build_currency_tables(
    main: EvidenceTable, result: Mapping[str, Any]
) -> Iterator[EvidenceTable]:
    """The totals by currency, as paid, and those that could not be converted."""
    for name in ("byCurrency", "unconverted"):
        if records := result[name]:
            rows = tuple(
                _build_row(row, ("currency",), main.columns) for row in records
            )
            yield replace(
                main,
                rows=rows,
                dimensions=("currency",),
                totals=TableRow({}, {}),
                labels=tuple(("currency", row["currency"]) for row in records),
                is_complete=True,
                sort=None,
                currency=None,
            )


def _iterate_columns(
    columns: Sequence[Mapping[str, Any]], query: AnalyticsQuery
) -> Iterator[FigureColumn]:
    derived = {each.name: each for each in query.derived}
    for each in columns:
        name, unit = each["name"], str(each.get("unit"))
        match each["role"]:
            case "metric":
                yield FigureColumn(name, FigureKind.VALUE, name, Unit(unit))
            case "comparison":
                metric = max((m for m in METRICS if name.startswith(f"{m}_")), key=len)
                kind = FigureKind(name.removeprefix(f"{metric}_"))
                yield FigureColumn(name, kind, metric, Unit(unit), label=each["label"])
            case "derived":
                kind = DERIVED_KINDS[derived[name].kind]
                metric = derived[name].metric
                yield FigureColumn(
                    name, kind, metric, Unit(unit), is_derived=True, label=each["label"]
                )


def _build_row(
    row: Mapping[str, Any], dimensions: Sequence[str], columns: Sequence[FigureColumn]
) -> TableRow:
    return TableRow(
        {name: fold_value(row[name]) for name in dimensions},
        {
            each.name: Decimal(str(row[each.name]))
            for each in columns
            if row.get(each.name) is not None
        },
    )


def _add_period(row: TableRow, windows: ComparedWindows) -> TableRow:
    for name in PERIODS:
        if name in row.values and (days := parse_period(row.values[name])):
            return replace(row, period=days, period_before=windows.find_before(days))
    return row


def _iterate_labels(
    rows: Sequence[Mapping[str, Any]],
    dimensions: Sequence[str],
    query: AnalyticsQuery,
) -> Iterator[tuple[str, str]]:
    for name in dimensions:
        yield from ((name, str(row[name])) for row in rows)
    for each in query.filters:
        named = [*(each.any_of or ()), *(each.none_of or ())]
        if each.contains is not None:
            named.append(each.contains)
        yield from ((each.dimension, value) for value in named)


def _find_sort(query: AnalyticsQuery) -> tuple[str, bool] | None:
    """Of rows that begin with the first of all, or of their group."""
    if query.offset is not None or query.limit_by:
        ranking = find_ranking(query) if query.offset is None else None
        return None if ranking is None else (ranking.by, ranking.descending)
    if query.sort:
        return query.sort[0].by, query.sort[0].descending
    first = query.group_by[0] if query.group_by else None
    if first is None or DIMENSIONS[first].kind is not DimensionKind.TEXT:
        return None
    return query.metrics[0], True


def _iterate_counts(result: Mapping[str, Any]) -> Iterator[Decimal]:
    query, receipt = result["query"], result["receipt"]
    yield from map(Decimal, (len(result["rows"]), result["rowCount"]))
    yield from map(Decimal, (receipt["rowsRead"], receipt["rowsCounted"]))
    yield from (Decimal(len({row[name] for row in result["rows"]}))
                for name in query["groupBy"])  # fmt: skip
    for name in ("limit", "offset"):
        if query.get(name):
            yield Decimal(query[name])
    for condition in [*query["having"], *query["filters"]]:
        for bound in ("atLeast", "atMost", "moreThan", "lessThan"):
            if condition.get(bound) is not None:
                yield Decimal(str(condition[bound]))
    for derived in query["derived"]:
        if derived.get("length"):
            yield Decimal(derived["length"])


def _build_other_tables(
    result: Mapping[str, Any], number: int
) -> Iterator[EvidenceTable]:
    scalars, lists = _split_result(result)
    columns = tuple(FigureColumn(name, FigureKind.VALUE) for name in scalars)
    yield EvidenceTable(number, columns, (), TableRow({}, scalars))
    for records in lists:
        dimensions = tuple(
            dict.fromkeys(
                name
                for record in records
                for name, value in record.items()
                if isinstance(value, str)
            )
        )
        figures = [_collect_figures(record) for record in records]
        names = dict.fromkeys(name for row in figures for name in row)
        yield EvidenceTable(
            number,
            tuple(FigureColumn(name, FigureKind.VALUE) for name in names),
            tuple(
                TableRow(
                    {name: fold_value(record.get(name, "")) for name in dimensions}, row
                )
                for record, row in zip(records, figures, strict=True)
            ),
            TableRow({}, {}),
            dimensions=dimensions,
            labels=tuple(
                (name, record[name])
                for record in records
                for name in dimensions
                if isinstance(record.get(name), str)
            ),
            counts=frozenset({Decimal(len(records))}),
        )


def _collect_figures(record: Mapping[str, Any]) -> dict[str, Decimal]:
    return {
        name: Decimal(str(value))
        for name, value in record.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }


def _split_result(
    result: Mapping[str, Any], prefix: str = ""
) -> tuple[dict[str, Decimal], list[list[Mapping[str, Any]]]]:
    """The figures outside lists, and the lists of records."""
    scalars = {f"{prefix}{n}": v for n, v in _collect_figures(result).items()}
    lists: list[list[Mapping[str, Any]]] = []
    for name, value in result.items():
        if isinstance(value, dict):
            inner, more = _split_result(value, f"{prefix}{name}.")
            scalars |= inner
            lists += more
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            lists.append([each for each in value if isinstance(each, dict)])
    return scalars, lists

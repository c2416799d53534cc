"""What the tools of a turn returned, as what claims are checked against. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Flag, auto
from typing import Any

from agents.insights.claims.analysis_tables import build_analysis_tables, is_analysis
from agents.insights.claims.dates import Calendar, build_calendar, is_same
from agents.insights.claims.mentions import ClaimScope, NameMention, PeriodMention
from agents.insights.claims.names import FoundValue, NameIndex, build_name_index
from agents.insights.claims.own_renderings import (
    list_column_labels,
    render_sentences,
)
from agents.insights.claims.tables import (
    EvidenceTable,
    FigureColumn,
    FigureKind,
    TableRow,
    build_tables,
    fold_value,
)
from agents.local.language.readings import DaySpan
from webapp.insights.query.values import MatchKind

Support = frozenset[int]
"""The results that bear a claim out."""
NO_SUPPORT: Support = frozenset()


class Side(Flag):
    """Which columns of a row are about the time that is spoken of."""

    NOW = auto()
    BEFORE = auto()
    BOTH = NOW | BEFORE


@dataclass(frozen=True)
class SelectedRow:
    table: EvidenceTable
    row: TableRow
    side: Side = Side.BOTH

    def iterate_figures(
        self, kinds: frozenset[FigureKind], metrics: frozenset[str] | None = None
    ) -> Iterator[tuple[FigureColumn, Decimal]]:
        for column in self.table.list_columns(kinds, metrics):
            side = Side.BEFORE if column.kind is FigureKind.BEFORE else Side.NOW
            if side in self.side and column.name in self.row.figures:
                yield column, self.row.figures[column.name]


@dataclass(frozen=True)
class Evidence:
    tables: tuple[EvidenceTable, ...]
    names: NameIndex
    calendar: Calendar
    sayings: frozenset[str]
    """Folded texts of the results that may be repeated: titles, notes, definitions."""
    renderings: Mapping[str, Support]
    """Folded sentences that the platform itself writes of results, with the results they are of:
    whatever a name or a label in them reads like, they say what the result says."""
    errors: tuple[str, ...] = ()
    """What tools said that could not do what they were asked: theirs to say, in any sentence."""

    @property
    def results(self) -> frozenset[int]:
        return frozenset(table.result for table in self.tables)

    @property
    def has_figures(self) -> bool:
        return any(table.is_query for table in self.tables)

    @property
    def metrics(self) -> frozenset[str]:
        """Those that a table has a column of."""
        return frozenset(
            column.metric
            for table in self.tables
            for column in table.columns
            if column.metric is not None
        )

    @property
    def has_forecast(self) -> bool:
        return any(
            column.name == "forecast"
            for table in self.tables
            for column in table.columns
        )

    def list_rows(self, table: EvidenceTable) -> list[SelectedRow]:
        return [SelectedRow(table, row) for row in table.rows]

    def select_rows(self, scope: ClaimScope) -> list[SelectedRow]:
        """The rows whose figures may be those of what a scope is about."""
        return [
            row
            for table in self.tables
            for row in select_rows(table, scope, self.calendar)
            if row.row is table.totals or not _has_parts_alone(table, scope)
        ]


def build_evidence(
    results: Sequence[Mapping[str, Any]],
    *,
    today: date,
    message: str = "",
    errors: Sequence[str] = (),
) -> Evidence:
    """`errors` are what tools said that could not do what they were asked."""
    tables = [
        table
        for number, result in enumerate(results)
        for table in _build_tables(result, number)
    ]
    return Evidence(
        tuple(tables),
        build_name_index(
            [label for table in tables for label in table.labels],
            message,
            found=[each for result in results for each in _list_found_values(result)],
            column_labels=list_column_labels(results),
        ),
        build_calendar(tables, today),
        frozenset(map(fold_saying, [*_iterate_sayings(results), *errors])),
        _index_renderings(results),
        tuple(errors),
    )


def _index_renderings(results: Sequence[Mapping[str, Any]]) -> Mapping[str, Support]:
    index: dict[str, Support] = {}
    for number, result in enumerate(results):
        for sentence in render_sentences(result):
            folded = fold_saying(sentence)
            index[folded] = index.get(folded, NO_SUPPORT) | {number}
    index.pop("", None)
    return index


def _build_tables(result: Mapping[str, Any], number: int) -> list[EvidenceTable]:
    if is_analysis(result):
        return build_analysis_tables(result, number)
    if _is_of_found_values(result):
        return []  # Its numbers are places in a text, and its words no values of a dimension.
    return build_tables(result, number)


def _is_of_found_values(result: Mapping[str, Any]) -> bool:
    return result.keys() == {"matches"}


def _list_found_values(result: Mapping[str, Any]) -> list[FoundValue]:
    return [
        FoundValue(
            str(each.get("dimension", "")),
            str(each["value"]),
            is_whole=each.get("kind", MatchKind.WHOLE) == MatchKind.WHOLE,
        )
        for each in result.get("matches", ())
        if isinstance(each, dict) and "value" in each
    ]


def _iterate_sayings(results: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for result in results:
        yield str(result.get("title", ""))
        yield from result.get("notes", ())
        if is_analysis(result):
            yield from (table["title"] for table in result["tables"])
            yield str(result["findings"].get("reversal", ""))
        for metric in result.get("receipt", {}).get("metrics", ()):
            yield metric["definition"]


def fold_saying(text: str) -> str:
    """A sentence as it is compared: without case, markup, and what stands around it."""
    return fold_value(text.replace("*", "").replace("_", " ")).strip(" .:;-()#>|")


def select_rows(
    table: EvidenceTable, scope: ClaimScope, calendar: Calendar
) -> Iterator[SelectedRow]:
    """The rows that a scope is about; the totals, if it is about no row in particular."""
    names = [each for each in scope.names if each.targets]
    for row in table.rows:
        is_named = all(_covers_name(table, row, each) for each in names)
        side = _find_side(table, row, scope.period, calendar)
        if is_named and side and _is_narrowed(row, names, scope):
            yield SelectedRow(table, row, side)
    side = _find_window_side(table, scope.period, calendar)
    if side and all(_covers_name(table, table.totals, each) for each in names):
        yield SelectedRow(table, table.totals, side)


def _covers_name(table: EvidenceTable, row: TableRow, name: NameMention) -> bool:
    return any(
        row.values.get(dimension) == value
        or table.filtered.get(dimension) == frozenset({value})
        for dimension, value in name.targets
    )


def _is_narrowed(
    row: TableRow, names: Sequence[NameMention], scope: ClaimScope
) -> bool:
    """Whether the scope is about this row and not about the whole table."""
    if any(row.values.get(d) == value for each in names for d, value in each.targets):
        return True
    return scope.period is not None and row.period is not None


def _has_parts_alone(table: EvidenceTable, scope: ClaimScope) -> bool:
    """Whether the scope is about whole groups of which only the first rows are known: of "Kitchen",
    the figures of its best product are none."""
    named = [
        {dimension for dimension, _ in each.targets}
        for each in scope.names
        if each.targets
    ]
    if scope.period is not None and table.period_dimension is not None:
        named.append({table.period_dimension})
    return bool(named) and all(map(table.shows_part_of, named))


def _find_side(
    table: EvidenceTable,
    row: TableRow,
    period: PeriodMention | None,
    calendar: Calendar,
) -> Side | None:
    if period is None:
        return Side.BOTH
    if row.period is None:
        return _find_window_side(table, period, calendar)
    return _match_side(period, row.period, row.period_before, calendar)


def _find_window_side(
    table: EvidenceTable, period: PeriodMention | None, calendar: Calendar
) -> Side | None:
    if period is None or not table.is_query:
        return Side.BOTH
    return _match_side(period, table.window, table.compared, calendar)


def _match_side(
    period: PeriodMention,
    now: DaySpan | None,
    before: DaySpan | None,
    calendar: Calendar,
) -> Side | None:
    """Which of two times is meant."""
    if any(is_same(span, now, calendar) for span in period.candidates):
        return Side.NOW
    is_before = any(is_same(span, before, calendar) for span in period.candidates)
    return Side.BEFORE if is_before or (period.is_previous and before) else None

"""Values of rows for claims that compare them. Pure."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from agents.insights.claims.evidence import SelectedRow, Support
from agents.insights.claims.mentions import ClaimScope, NameMention, Subject
from agents.insights.claims.sentence import ParsedSentence
from agents.insights.claims.tables import EvidenceTable, FigureKind

VALUE = frozenset({FigureKind.VALUE})
VALUE_OR_BEFORE = frozenset({FigureKind.VALUE, FigureKind.BEFORE})


def build_scope(member: Subject, names: Sequence[NameMention] = ()) -> ClaimScope:
    if isinstance(member, NameMention):
        return ClaimScope((*names, member))
    return ClaimScope(tuple(names), member)


def choose_metrics(
    table: EvidenceTable, metrics: frozenset[str] | None
) -> frozenset[str] | None:
    """The metrics that a claim names, else that of the table."""
    if metrics or table.main_metric is None:
        return metrics
    return frozenset({table.main_metric})


def find_value(
    row: SelectedRow, metrics: frozenset[str] | None
) -> tuple[str | None, Decimal] | None:
    """The value of a row, for the time that is spoken of, with its metric."""
    figures = row.iterate_figures(VALUE_OR_BEFORE, choose_metrics(row.table, metrics))
    return next(((column.metric, figure) for column, figure in figures), None)


def group_by_table(
    rows: Sequence[SelectedRow],
) -> Iterator[tuple[EvidenceTable, list[SelectedRow]]]:
    tables = {id(row.table): row.table for row in rows}
    for table in tables.values():
        yield table, [row for row in rows if row.table is table]


def pair_values(
    now: Sequence[SelectedRow],
    before: Sequence[SelectedRow],
    metrics: frozenset[str] | None,
) -> Iterator[tuple[EvidenceTable, str | None, Decimal, Decimal]]:
    """For each table that has one row of each kind, its metric and both values."""
    others = {id(table): rows for table, rows in group_by_table(before)}
    for table, rows in group_by_table(now):
        rivals = others.get(id(table), [])
        if len(rows) != 1 or len(rivals) != 1:
            continue
        one, two = find_value(rows[0], metrics), find_value(rivals[0], metrics)
        if one is not None and two is not None:
            yield table, one[0], one[1], two[1]


def intersect_support(parts: Sequence[Support]) -> Support:
    """What bears out a claim with several parts, if each is borne out."""
    return frozenset().union(*parts) if parts and all(parts) else frozenset()


def widen_scope(sentence: ParsedSentence, scope: ClaimScope) -> tuple[ClaimScope, ...]:
    """A scope; if it is of nothing in particular, those of the sentence before as well."""
    return (scope, *sentence.context.scopes) if scope.is_open else (scope,)

"""Whether "from $3,000 to $4,000" are two figures of one thing, the earlier one first. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from agents.insights.claims.evidence import Evidence, SelectedRow, Support
from agents.insights.claims.mentions import ClaimScope
from agents.insights.claims.numbers import StatedNumber
from agents.insights.claims.row_values import VALUE, VALUE_OR_BEFORE, widen_scope
from agents.insights.claims.sentence import ParsedSentence, list_scopes

FROM = re.compile(r"(?i)\bfrom\s+(?:(?!to\b)[a-z]+\s+){0,2}$")
TO = re.compile(r"(?i)\b(?:to|at)\s+(?:[a-z]+\s+){0,2}$")


@dataclass(frozen=True)
class StatedRange:
    earlier: StatedNumber
    later: StatedNumber


def find_range(sentence: ParsedSentence, at: int) -> StatedRange | None:
    """The range of the clause, if it has one: of "was $4,000, up from $3,000" as well."""
    low, high = sentence.find_clause(at)
    earlier = later = None
    for number in sentence.numbers:
        if low <= number.start < high:
            before = sentence.rest[: number.start]
            if FROM.search(before):
                earlier = number
            elif TO.search(before):
                later = number
    if earlier is None:
        return None
    if later is None:
        done = [n for n in sentence.numbers if n.end <= at and n.kind is earlier.kind]
        later = done[-1] if done else None
    return StatedRange(earlier, later) if later else None


def check_range(
    sentence: ParsedSentence,
    evidence: Evidence,
    pair: StatedRange,
    metrics: frozenset[str] | None,
) -> Support:
    start, end = pair.earlier.start, pair.earlier.end
    return frozenset(
        result
        for scopes in list_scopes(sentence, start, end, is_change=True)
        for scope in scopes
        for each in widen_scope(sentence, ClaimScope(scope.names))
        for result in _iterate_results(evidence, each, pair, metrics)
    )


def _iterate_results(
    evidence: Evidence,
    scope: ClaimScope,
    pair: StatedRange,
    metrics: frozenset[str] | None,
) -> Iterator[int]:
    rows = evidence.select_rows(scope)
    if not scope.names:
        rows += [
            SelectedRow(table, row)
            for table in evidence.tables
            for row in table.rows
            if row.period and len(table.dimensions) == 1
        ]
    for row in rows:
        for column, figure in row.iterate_figures(VALUE, metrics):
            is_later = pair.later.is_rounding_of(figure)
            if is_later and any(
                pair.earlier.is_rounding_of(before)
                for other in rows
                for same, before in other.iterate_figures(VALUE_OR_BEFORE, metrics)
                if same.metric == column.metric and _is_earlier(other, row)
            ):
                yield row.table.result


def _is_earlier(other: SelectedRow, row: SelectedRow) -> bool:
    if row.table is not other.table:
        return False
    if row.row is other.row:
        return True
    if row.row.period is None or other.row.period is None:
        return False
    return str(other.row.period.first) < str(row.row.period.first)

"""Whether what is said to rise, fall or stay did so. Pure.

The columns that compare decide: of the rows that the claim is about, or of the totals. Without such
columns two periods that the sentence names do, or the rows of a table by period.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, auto
from itertools import pairwise

from agents.insights.claims.dates import Calendar, is_same
from agents.insights.claims.evidence import NO_SUPPORT, Evidence, SelectedRow, Support
from agents.insights.claims.lexicon import WORDS, compile_terms
from agents.insights.claims.mentions import ClaimScope, PeriodMention, Reference
from agents.insights.claims.names import MASK, hide_matches
from agents.insights.claims.proportions import FRACTION
from agents.insights.claims.ranges import check_range, find_range
from agents.insights.claims.row_values import (
    choose_metrics,
    find_value,
    group_by_table,
    intersect_support,
    pair_values,
    widen_scope,
)
from agents.insights.claims.sentence import (
    ParsedSentence,
    find_metrics,
    find_object,
    list_scopes,
)
from agents.insights.claims.tables import (
    CHANGES,
    EvidenceTable,
    FigureKind,
    TableRow,
)
from agents.local.language.readings import DaySpan
from webapp.insights.query.definitions import METRICS

UP = compile_terms("directions", "up", "better")
DOWN = compile_terms("directions", "down", "worse")
FLAT = compile_terms("directions", "flat")
VALUED = compile_terms("directions", "better", "worse")
IDIOM = compile_terms("directions", "idioms")
COMPARISON = compile_terms("comparisons", "above", "below", "better", "worse", "equal")
FUTURE = re.compile(
    rf"\b(?:{'|'.join(WORDS['unsupported']['future'])})\s+(?:\w+\s+){{0,3}}$"
)
NEGATED = re.compile(
    r"(?i)(?:\b(?:not|never|no|without|neither|nor|failed to|hardly)"
    r"|n['\u2019]t)\s+(?:\w+\s+){0,2}$|\bneither\b.*$"
)
CHANGE_OF_CHANGE = re.compile(
    r"(?i)\b(?:growth|decline|increase|decrease|drop|rise)\s+(?:\w+\s+)?$"
)
"""No column says whether a change itself became faster."""
FLAT_PERCENT = Decimal(2)
BAD_METRICS = frozenset({
    "returns", "refunds", "returned_units", "refund_rate", "return_rate", "refunded_orders",
    "canceled_orders", "cancellation_rate",
})  # fmt: skip
"""Of which more is worse."""


class Trend(Enum):
    UP = auto()
    DOWN = auto()
    FLAT = auto()


@dataclass(frozen=True)
class DirectionClaim:
    start: int
    end: int
    trend: Trend
    is_valued: bool = False
    """Whether it says better or worse, rather than more or less."""
    is_negated: bool = False

    @property
    def kinds(self) -> frozenset[FigureKind]:
        """The columns that show it: how flat a change is shows in percent only."""
        if self.trend is Trend.FLAT:
            return frozenset({FigureKind.CHANGE_PERCENT})
        return CHANGES

    def holds_for(self, change: Decimal, metric: str | None) -> bool:
        is_flipped = self.is_valued and metric in BAD_METRICS
        signed = -change if is_flipped else change
        holds = {
            Trend.UP: signed > 0,
            Trend.DOWN: signed < 0,
            Trend.FLAT: abs(change) <= FLAT_PERCENT,
        }[self.trend]
        return holds is not self.is_negated


def find_directions(sentence: ParsedSentence) -> list[DirectionClaim]:
    hidden = hide_matches(FRACTION, hide_matches(IDIOM, sentence.rest))
    for match in COMPARISON.finditer(hidden):
        if find_object(sentence, match.end()) is not None:
            masked = MASK * len(match[0])
            hidden = f"{hidden[: match.start()]}{masked}{hidden[match.end() :]}"
    return [
        DirectionClaim(
            *match.span(),
            trend,
            is_valued=VALUED.fullmatch(match[0]) is not None,
            is_negated=is_negated(sentence, match.start()),
        )
        for pattern, trend in ((UP, Trend.UP), (DOWN, Trend.DOWN), (FLAT, Trend.FLAT))
        for match in pattern.finditer(hidden)
    ]


def is_negated(sentence: ParsedSentence, at: int) -> bool:
    return NEGATED.search(sentence.rest[:at]) is not None


def check_directions(sentence: ParsedSentence, evidence: Evidence) -> Iterator[Support]:
    for claim in find_directions(sentence):
        before = sentence.rest[: claim.start]
        if FUTURE.search(before) or CHANGE_OF_CHANGE.search(before):
            yield NO_SUPPORT
        else:
            yield check_direction(sentence, evidence, claim)


def check_direction(
    sentence: ParsedSentence, evidence: Evidence, claim: DirectionClaim
) -> Support:
    if pair := find_range(sentence, claim.start):
        change = pair.later.value - pair.earlier.value
        metrics = find_metrics(sentence, claim.start, claim.end, frozenset(METRICS))
        if not claim.holds_for(change, next(iter(metrics or ()), None)):
            return NO_SUPPORT
        return check_range(sentence, evidence, pair, metrics)
    found = NO_SUPPORT
    for scopes in list_scopes(sentence, claim.start, claim.end, is_change=True):
        parts = [_check_scope(sentence, evidence, claim, scope) for scope in scopes]
        found |= intersect_support(parts)
    return found


def _check_scope(
    sentence: ParsedSentence,
    evidence: Evidence,
    claim: DirectionClaim,
    scope: ClaimScope,
) -> Support:
    metrics = find_metrics(sentence, claim.start, claim.end, frozenset(METRICS))
    for period in sentence.periods:
        if period.is_range and period.reference is Reference.COMPARED:
            return _check_trend(sentence, evidence, claim, period, metrics)
    for each in widen_scope(sentence, scope):
        rows = evidence.select_rows(each)
        found = _check_changes(sentence, evidence, claim, rows, metrics)
        found = found or _check_periods(sentence, evidence, claim, each, metrics)
        if found:
            return found
    is_range = scope.period is not None and scope.period.is_range
    if (scope.is_open or is_range) and not scope.names:
        return _check_trend(sentence, evidence, claim, scope.period, metrics)
    return NO_SUPPORT


def _check_changes(
    sentence: ParsedSentence,
    evidence: Evidence,
    claim: DirectionClaim,
    rows: Sequence[SelectedRow],
    metrics: frozenset[str] | None,
) -> Support:
    """By the columns that compare: all changes of the rows must agree with the claim."""
    supported = set()
    for table, named in group_by_table(rows):
        changes = [
            (change, column.metric)
            for row in named
            for column, change in row.iterate_figures(
                claim.kinds, choose_metrics(table, metrics)
            )
            if _is_compared_with(
                sentence, evidence.calendar, row, is_derived=column.is_derived
            )
        ]
        if changes and all(claim.holds_for(*each) for each in changes):
            supported.add(table.result)
    return frozenset(supported)


def _is_compared_with(
    sentence: ParsedSentence, calendar: Calendar, row: SelectedRow, *, is_derived: bool
) -> bool:
    """Whether a change is one on the time that the sentence says, if it says one."""
    references = _list_references(sentence)
    before = row.row.period_before or row.table.compared
    base = _find_previous_period(row) if is_derived else before
    return not references or any(
        is_same(span, base, calendar) for each in references for span in each.candidates
    )


def _list_references(sentence: ParsedSentence) -> list[PeriodMention]:
    return [
        each
        for each in sentence.periods
        if each.reference is Reference.COMPARED
        and each.candidates
        and not each.is_range
    ]


def _find_previous_period(row: SelectedRow) -> DaySpan | None:
    """The period of the rows before this one."""
    starts = {
        str(each.period.first): each.period for each in row.table.rows if each.period
    }
    at = str(row.row.period.first) if row.row.period else ""
    earlier = [start for start in starts if start < at]
    return starts[max(earlier)] if earlier else None


def _check_periods(
    sentence: ParsedSentence,
    evidence: Evidence,
    claim: DirectionClaim,
    scope: ClaimScope,
    metrics: frozenset[str] | None,
) -> Support:
    """By two periods that the sentence names: "September was higher than August"."""
    return frozenset(
        table.result
        for reference in _list_references(sentence)
        for table, metric, value, base in pair_values(
            evidence.select_rows(scope),
            evidence.select_rows(ClaimScope(scope.names, reference)),
            metrics,
        )
        if claim.holds_for((value - base) * 100 / (abs(base) or 1), metric)
    )


def _check_trend(
    sentence: ParsedSentence,
    evidence: Evidence,
    claim: DirectionClaim,
    period: PeriodMention | None,
    metrics: frozenset[str] | None,
) -> Support:
    """By the rows of a table by period: each step must follow the claim; of a range that is
    named, its end against its beginning."""
    if _list_references(sentence):
        return NO_SUPPORT
    supported = set()
    for table in evidence.tables:
        values = list(_iterate_values(table, period, metrics))
        steps = [b - a for a, b in pairwise(values)]
        if period is not None and len(values) > 1:
            steps = [values[-1] - values[0]]
        if steps and all(claim.holds_for(step, table.main_metric) for step in steps):
            supported.add(table.result)
    return frozenset(supported)


def _iterate_values(
    table: EvidenceTable, period: PeriodMention | None, metrics: frozenset[str] | None
) -> Iterator[Decimal]:
    """In the order of their periods."""
    if table.dimensions != (table.period_dimension,):
        return
    rows = [row for row in table.rows if row.period and _is_in_range(row, period)]
    for row in sorted(rows, key=lambda each: str(each.period and each.period.first)):
        if found := find_value(SelectedRow(table, row), metrics):
            yield found[1]


def _is_in_range(row: TableRow, period: PeriodMention | None) -> bool:
    if period is None or row.period is None or row.period.first is None:
        return True
    return any(
        (span.first is None or row.period.first >= span.first)
        and (span.last is None or row.period.first <= span.last)
        for span in period.candidates
    )

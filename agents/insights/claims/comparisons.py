"""Whether a row that is said to be ahead of another is so. Pure."""

import re
from collections.abc import Iterator

from agents.insights.claims.directions import (
    DirectionClaim,
    Trend,
    check_direction,
    is_negated,
)
from agents.insights.claims.evidence import NO_SUPPORT, Evidence, Support
from agents.insights.claims.lexicon import compile_terms
from agents.insights.claims.mentions import (
    ClaimScope,
    NameMention,
    PeriodMention,
    Reference,
)
from agents.insights.claims.row_values import (
    build_scope,
    find_value,
    intersect_support,
    pair_values,
)
from agents.insights.claims.sentence import (
    Group,
    ParsedSentence,
    find_metrics,
    find_object,
    find_rival,
)
from webapp.insights.query.definitions import METRICS

ABOVE = compile_terms("comparisons", "above", "better")
BELOW = compile_terms("comparisons", "below", "worse")
EQUAL = compile_terms("comparisons", "equal")
VALUED = compile_terms("comparisons", "better", "worse")
ACTIVE = compile_terms("comparisons", "active")
"""Verbs that say nothing without what they compare with."""
COUNTED = re.compile(r"(?i)(?:more|fewer|less)\b")
MULTIPLIED = re.compile(r"(?i)(?:twice|times|half|double|x)\s*$")
OF_CHANGES = re.compile(r"(?i)\b(?:growth|decline|increase|decrease|rise|drop)\s+$")


def check_comparisons(
    sentence: ParsedSentence, evidence: Evidence
) -> Iterator[Support]:
    """Of rows with others: "Kitchen is ahead of Garden"."""
    for pattern, trend in ((ABOVE, Trend.UP), (BELOW, Trend.DOWN), (EQUAL, Trend.FLAT)):
        for match in pattern.finditer(sentence.rest):
            before = sentence.rest[: match.start()]
            if MULTIPLIED.search(before):
                continue
            is_active = ACTIVE.fullmatch(match[0]) is not None
            is_counted = COUNTED.match(match[0]) is not None
            other = find_object(
                sentence, match.end(), with_periods=is_active or is_counted
            )
            if other is not None:
                claim = DirectionClaim(
                    *match.span(),
                    trend,
                    is_valued=VALUED.fullmatch(match[0]) is not None,
                    is_negated=is_negated(sentence, match.start()),
                )
                is_known = not OF_CHANGES.search(before)
                is_time = isinstance(other.members[0], PeriodMention)
                if is_time and not is_active:
                    yield check_direction(sentence, evidence, claim)
                else:
                    found = _compare_groups(sentence, evidence, claim, other)
                    yield found if is_known else NO_SUPPORT
            elif is_active:
                yield NO_SUPPORT


def _compare_groups(
    sentence: ParsedSentence, evidence: Evidence, claim: DirectionClaim, other: Group
) -> Support:
    subject = find_rival(sentence, claim.start, other)
    metrics = find_metrics(sentence, claim.start, claim.end, frozenset(METRICS))
    names, period = _find_constraints(sentence, other)
    ours = (
        [_narrow_to(build_scope(each, names), period) for each in subject.members]
        if subject
        else sentence.context.scopes
    )
    parts = []
    for scope in ours:
        for member in other.members:
            theirs = _narrow_to(build_scope(member, names), period)
            parts.append(
                _compare_scopes(sentence, evidence, claim, (scope, theirs), metrics)
            )
    return intersect_support(parts)


def _find_constraints(
    sentence: ParsedSentence, other: Group
) -> tuple[list[NameMention], PeriodMention | None]:
    """What both sides have in common: the time of names, the names of times."""
    if isinstance(other.members[0], PeriodMention):
        return [each for each in sentence.names if each.targets], None
    subjects = (p for p in sentence.periods if p.reference is Reference.SUBJECT)
    return [], next(subjects, None)


def _narrow_to(scope: ClaimScope, period: PeriodMention | None) -> ClaimScope:
    return scope if period is None else ClaimScope(scope.names, period)


def _compare_scopes(
    sentence: ParsedSentence,
    evidence: Evidence,
    claim: DirectionClaim,
    scopes: tuple[ClaimScope, ClaimScope],
    metrics: frozenset[str] | None,
) -> Support:
    ours, theirs = map(evidence.select_rows, scopes)
    found = frozenset(
        table.result
        for table, metric, value, base in pair_values(ours, theirs, metrics)
        if claim.holds_for((value - base) * 100 / (abs(base) or 1), metric)
    )
    if sentence.rest[claim.start : claim.end].casefold() == "followed by":
        found -= _find_rows_between(sentence, evidence, metrics)
    return found


def _find_rows_between(
    sentence: ParsedSentence, evidence: Evidence, metrics: frozenset[str] | None
) -> Support:
    """Results with a row that the sentence leaves out of an order."""
    between = set()
    for table in evidence.tables:
        named = [
            row
            for each in sentence.names
            for row in evidence.select_rows(ClaimScope((each,)))
            if row.table is table
        ]
        values = [found[1] for row in named if (found := find_value(row, metrics))]
        others = [row for row in evidence.list_rows(table)
                  if not any(row.row is each.row for each in named)]  # fmt: skip
        if values and any(
            min(values) < found[1] < max(values)
            for row in others
            if (found := find_value(row, metrics))
        ):
            between.add(table.result)
    return frozenset(between)

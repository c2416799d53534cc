"""Whether what is said to rise, fall or lead another did so. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, auto

from agents.insights.claims.dates import Calendar, is_same
from agents.insights.claims.evidence import Evidence, SelectedRow
from agents.insights.claims.figures import NO_SUPPORT, Support
from agents.insights.claims.lexicon import WORDS, compile_terms, compile_words
from agents.insights.claims.mentions import (
    NameMention,
    PeriodMention,
    Reference,
    Scope,
)
from agents.insights.claims.numbers import StatedNumber
from agents.insights.claims.sentence import (
    Group,
    ParsedSentence,
    find_metrics,
    is_ahead,
    list_scopes,
)
from agents.insights.claims.tables import (
    CHANGES,
    EvidenceTable,
    FigureKind,
    TableRow,
)
from webapp.insights.query.definitions import METRICS

UP = compile_terms("directions", "up", "better")
DOWN = compile_terms("directions", "down", "worse")
FLAT = compile_terms("directions", "flat")
VALUED = compile_terms("directions", "better", "worse")
IDIOM = compile_terms("directions", "idioms")
FUTURE = re.compile(rf"\b(?:{'|'.join(WORDS['unsupported']['future'])})\s+(?:\w+\s+){{0,3}}$")
NEGATED = re.compile(r"(?i)\b(?:not|n['\u2019]t|never|no|without|neither|nor|failed to|hardly)\s+(?:\w+\s+){0,2}$|n['\u2019]t\s+(?:\w+\s+){0,2}$")
ABOVE = compile_terms("comparisons", "above", "better")
BELOW = compile_terms("comparisons", "below", "worse")
EQUAL = compile_terms("comparisons", "equal")
BAD_METRICS = frozenset({
    "returns", "refunds", "returned_units", "refund_rate", "return_rate", "refunded_orders",
    "canceled_orders", "cancellation_rate",
})  # fmt: skip
"""Of which more is worse."""
MULTIPLE = re.compile(
    r"(?i)(?P<about>(?:more than|over|less than|under|nearly|almost|about|around|roughly|just over|just under|well over)\s+)?"
    r"\b(?:(?P<word>doubl(?:e|ed|es|ing)|twice|two times|tripl(?:e|ed|es|ing)|three times|thrice|quadrupl(?:e|ed|es|ing)|halv(?:e|ed|es|ing)|(?:cut|fell|dropped) (?:in|by) half|half as (?:much|many))"
    r"|(?P<number>\d+(?:\.\d+)?)(?:\s?times|x\b|-?fold))"
)
FRACTION = re.compile(
    r"(?i)(?P<about>(?:more than|well over|over|less than|under|nearly|almost|about|around|roughly|just over|just under)\s+)?"
    r"\b(?:(?:a |one[- ])(?P<part>third|fifth|tenth)|(?:a |one[- ]|the )?(?P<word>half|majority)|(?P<quarter>a quarter(?= of)|one quarter)|(?P<two>two[- ]thirds)|(?P<three>three[- ]quarters)|(?P<bulk>(?<!the )most(?= (?:of|orders|revenue|sales|units|customers|refunds|returns|net)\b)|the bulk of|the lion['\u2019]s share))\b(?!-)"
)
FACTORS = {"doubl": 2, "twice": 2, "two": 2, "tripl": 3, "three": 3, "thric": 3, "quadr": 4}
FRACTIONS = {"half": 50, "third": Decimal(100) / 3, "fifth": 20, "tenth": 10}
SLACK = Decimal("0.03")
FLAT_PERCENT = Decimal(2)
CHANGE_COLUMNS = CHANGES
VALUE_ONLY = frozenset({FigureKind.VALUE})


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
    rest = sentence.rest
    hidden = IDIOM.sub(lambda match: "\u00a4" * len(match[0]), rest)
    for pattern in (ABOVE, BELOW, EQUAL):
        for match in pattern.finditer(hidden):
            if _find_object(sentence, match.end()) is not None:
                hidden = _hide(hidden, match.span())
    return [
        DirectionClaim(
            *match.span(),
            trend,
            is_valued=VALUED.fullmatch(match[0]) is not None,
            is_negated=NEGATED.search(rest[: match.start()]) is not None,
        )
        for pattern, trend in ((UP, Trend.UP), (DOWN, Trend.DOWN), (FLAT, Trend.FLAT))
        for match in pattern.finditer(hidden)
    ]


def _hide(text: str, span: tuple[int, int]) -> str:
    return text[: span[0]] + "\u00a4" * (span[1] - span[0]) + text[span[1] :]


def check_directions(
    sentence: ParsedSentence, evidence: Evidence
) -> Iterator[Support]:
    for claim in find_directions(sentence):
        if FUTURE.search(sentence.rest[: claim.start]):
            yield NO_SUPPORT
        else:
            yield _check_direction(sentence, evidence, claim)


def _check_direction(
    sentence: ParsedSentence, evidence: Evidence, claim: DirectionClaim
) -> Support:
    if pair := _find_from_to(sentence, claim):
        return _check_from_to(sentence, evidence, claim, pair)
    found = NO_SUPPORT
    for scopes in list_scopes(sentence, claim.start, claim.end, is_change=True):
        parts = [_check_scope(sentence, evidence, claim, scope) for scope in scopes]
        if all(parts):
            found = found.union(*parts)
    return found


def _check_scope(
    sentence: ParsedSentence, evidence: Evidence, claim: DirectionClaim, scope: Scope
) -> Support:
    metrics = find_metrics(sentence, claim.start, claim.end, frozenset(METRICS))
    scopes = [scope]
    if scope.is_open:
        scopes += sentence.context
    for each in scopes:
        rows = evidence.select_rows(each)
        found = _check_changes(sentence, evidence, claim, rows, metrics)
        found = found or _check_two_rows(sentence, evidence, claim, each, metrics)
        if found:
            return found
    if scope.is_open or (scope.period and scope.period.is_range):
        return _check_trend(sentence, evidence, claim, scope, metrics)
    return NO_SUPPORT


def _check_changes(
    sentence: ParsedSentence,
    evidence: Evidence,
    claim: DirectionClaim,
    rows: list[SelectedRow],
    metrics: frozenset[str] | None,
) -> Support:
    """By the columns that compare: all changes of the rows must agree with the claim."""
    supported = set()
    for table in {id(row.table): row.table for row in rows}.values():
        chosen = metrics or _default_metrics(table)
        changes = [
            (change, column.metric)
            for row in rows
            if row.table is table
            for column, change in row.iterate_figures(CHANGES, chosen)
            if _is_compared_with(sentence, evidence.calendar, row, column.is_derived)
        ]
        if changes and all(claim.holds_for(*each) for each in changes):
            supported.add(table.result)
    return frozenset(supported)


def _default_metrics(table: EvidenceTable) -> frozenset[str] | None:
    return frozenset({table.main_metric}) if table.main_metric else None


def _list_references(sentence: ParsedSentence) -> list[PeriodMention]:
    return [
        each
        for each in sentence.periods
        if each.reference is Reference.COMPARED and each.candidates
    ]


def _is_compared_with(
    sentence: ParsedSentence, calendar: Calendar, row: SelectedRow, is_derived: bool
) -> bool:
    """Whether a change is one on the time that the sentence says, if it says one."""
    references = _list_references(sentence)
    if not references:
        return True
    if is_derived:
        base = _find_previous_period(row)
    else:
        base = row.row.period_before or row.table.compared
    return any(
        is_same(span, base, calendar) for each in references for span in each.candidates
    )


def _find_previous_period(row: SelectedRow):  # type: ignore[no-untyped-def]
    periods = sorted(
        {each.period for each in row.table.rows if each.period},
        key=lambda days: str(days.first),
    )
    if row.row.period not in periods:
        return None
    at = periods.index(row.row.period)
    return periods[at - 1] if at else None


def _check_two_rows(
    sentence: ParsedSentence,
    evidence: Evidence,
    claim: DirectionClaim,
    scope: Scope,
    metrics: frozenset[str] | None,
) -> Support:
    """By two periods that the sentence names: "September was higher than August"."""
    for reference in _list_references(sentence):
        before = evidence.select_rows(Scope(scope.names, reference))
        now = evidence.select_rows(scope)
        if found := _compare_rows(claim, now, before, metrics):
            return found
    return NO_SUPPORT


def _compare_rows(
    claim: DirectionClaim,
    now: list[SelectedRow],
    before: list[SelectedRow],
    metrics: frozenset[str] | None,
) -> Support:
    supported = set()
    for table in {id(row.table): row.table for row in now}.values():
        chosen = metrics or _default_metrics(table)
        later = [f for row in now if row.table is table for f in _list_values(row, chosen)]
        earlier = [f for row in before if row.table is table for f in _list_values(row, chosen)]
        if len(later) == len(earlier) == 1:
            (metric, value), (_, base) = later[0], earlier[0]
            percent = (value - base) * 100 / abs(base) if base else value - base
            if claim.holds_for(percent, metric):
                supported.add(table.result)
    return frozenset(supported)


def _list_values(
    row: SelectedRow, metrics: frozenset[str] | None
) -> list[tuple[str | None, Decimal]]:
    kinds = frozenset({FigureKind.VALUE, FigureKind.BEFORE})
    values = [
        (column.metric, figure) for column, figure in row.iterate_figures(kinds, metrics)
    ]
    return values[:1]


def _check_trend(
    sentence: ParsedSentence,
    evidence: Evidence,
    claim: DirectionClaim,
    scope: Scope,
    metrics: frozenset[str] | None,
) -> Support:
    """Over the rows of periods, each of which must follow the claim."""
    if _list_references(sentence):
        return NO_SUPPORT
    supported = set()
    for table in evidence.tables:
        chosen = metrics or _default_metrics(table)
        rows = [
            row
            for row in table.rows
            if row.period and _is_in_range(row, scope.period)
        ]
        rows.sort(key=lambda row: str(row.period and row.period.first))
        if len(table.dimensions) != 1 or len(rows) < 2 or scope.names:
            continue
        values = [v for row in rows for _, v in _list_values(SelectedRow(table, row), chosen)]
        steps = [b - a for a, b in zip(values, values[1:], strict=False)]
        if scope.period is not None and scope.period.is_range:
            steps = [values[-1] - values[0]] if values else []
        if steps and all(claim.holds_for(step, table.main_metric) for step in steps):
            supported.add(table.result)
    return frozenset(supported)


def _is_in_range(row: TableRow, period: PeriodMention | None) -> bool:
    if period is None or row.period is None:
        return True
    return any(
        (span.first is None or (row.period.first and row.period.first >= span.first))
        and (span.last is None or (row.period.first and row.period.first <= span.last))
        for span in period.candidates
    )


FROM_TO = re.compile(r"(?i)\bfrom\b[^.;]*?\bto\b")


def _find_from_to(
    sentence: ParsedSentence, claim: DirectionClaim
) -> tuple[StatedNumber, StatedNumber] | None:
    """The numbers of "rose from $3,000 to $4,000", the earlier one first."""
    low, high = sentence.find_clause(claim.start)
    earlier, later = None, None
    for number in sentence.numbers:
        if not low <= number.start < high:
            continue
        before = sentence.rest[: number.start]
        if re.search(r"(?i)\bfrom\s+(?:\w+\s+){0,2}$", before):
            earlier = number
        elif re.search(r"(?i)\b(?:to|at)\s+(?:\w+\s+){0,2}$", before):
            later = number
    if later is None:
        done = [each for each in sentence.numbers if each.end <= claim.start]
        later = next((n for n in done[::-1] if earlier and n.kind is earlier.kind), None)
    return (earlier, later) if earlier and later else None


def _check_from_to(
    sentence: ParsedSentence,
    evidence: Evidence,
    claim: DirectionClaim,
    pair: tuple[StatedNumber, StatedNumber],
) -> Support:
    """Two figures of one thing, the earlier of an earlier time."""
    earlier, later = pair
    if not claim.holds_for(later.value - earlier.value, None):
        metrics = find_metrics(sentence, claim.start, claim.end, frozenset(METRICS))
        is_bad = bool(metrics and metrics <= BAD_METRICS)
        if not (claim.is_valued and is_bad):
            return NO_SUPPORT
    metrics = find_metrics(sentence, claim.start, claim.end, frozenset(METRICS))
    found = NO_SUPPORT
    for scopes in list_scopes(sentence, claim.start, claim.end, is_change=True):
        for scope in scopes:
            named = Scope(scope.names)
            wide = [named, *(sentence.context if named.is_open else ())]
            for each in wide:
                found |= _find_pairs(evidence, each, pair, metrics)
    return found


def _find_pairs(
    evidence: Evidence,
    scope: Scope,
    pair: tuple[StatedNumber, StatedNumber],
    metrics: frozenset[str] | None,
) -> Support:
    earlier, later = pair
    rows = evidence.select_rows(scope)
    if not scope.names:
        rows += [
            SelectedRow(table, row)
            for table in evidence.tables
            for row in table.rows
            if row.period and len(table.dimensions) == 1
        ]
    now = [
        (row, column.metric)
        for row in rows
        for column, figure in row.iterate_figures(VALUE_ONLY, metrics)
        if later.is_rounding_of(figure)
    ]
    before = [
        (row, column.metric)
        for row in rows
        for column, figure in row.iterate_figures(
            frozenset({FigureKind.BEFORE, FigureKind.VALUE}), metrics
        )
        if earlier.is_rounding_of(figure)
    ]
    return frozenset(
        one.table.result
        for one, metric in now
        for other, same in before
        if metric == same and _is_earlier(other, one)
    )


def _is_earlier(other: SelectedRow, one: SelectedRow) -> bool:
    if one.table is not other.table:
        return False
    if one.row is other.row:
        return True
    if one.row.period is None or other.row.period is None:
        return False
    return str(other.row.period.first) < str(one.row.period.first)


def _find_object(sentence: ParsedSentence, end: int) -> Group | None:
    """The rows that a comparison compares with: those right behind it."""
    for group in sentence.groups:
        if group.start >= end:
            gap = sentence.rest[end : group.start]
            is_near = re.fullmatch(r"(?i)\s*(?:(?:that|those|in|of|for|the|from|with|by|both)\s+){0,3}", gap)
            first = group.members[0]
            return group if is_near and isinstance(first, NameMention) else None
    return None


def check_comparisons(
    sentence: ParsedSentence, evidence: Evidence
) -> Iterator[Support]:
    """Of rows with others: "Kitchen is ahead of Garden"."""
    for pattern, trend in ((ABOVE, Trend.UP), (BELOW, Trend.DOWN), (EQUAL, Trend.FLAT)):
        for match in pattern.finditer(sentence.rest):
            other = _find_object(sentence, match.end())
            if other is not None:
                claim = DirectionClaim(
                    *match.span(), trend, is_valued="er than" in match[0] and match[0].startswith(("bett", "wors")),
                    is_negated=NEGATED.search(sentence.rest[: match.start()]) is not None,
                )  # fmt: skip
                yield _compare_groups(sentence, evidence, claim, other)
            elif _needs_object(match[0]):
                yield NO_SUPPORT


def _needs_object(words: str) -> bool:
    return words.casefold() in {
        "outsold", "beat", "beats", "exceeded", "exceeds", "surpassed", "overtook", "outperformed", "topped",
    }  # fmt: skip


def _compare_groups(
    sentence: ParsedSentence, evidence: Evidence, claim: DirectionClaim, other: Group
) -> Support:
    subject = _find_subject(sentence, claim, other)
    periods = sentence.periods[:1] if sentence.periods else []
    period = next((p for p in periods if p.reference is Reference.SUBJECT), None)
    ours = (
        [Scope((each,), period) for each in subject.members if isinstance(each, NameMention)]
        if subject
        else list(sentence.context)
    )
    metrics = find_metrics(sentence, claim.start, claim.end, frozenset(METRICS))
    found = NO_SUPPORT
    for each in ours:
        for member in other.members:
            if not isinstance(member, NameMention):
                continue
            theirs = evidence.select_rows(Scope((member,), period))
            part = _compare_rows(claim, evidence.select_rows(each), theirs, metrics)
            if sentence.rest[claim.start : claim.end].casefold() == "followed by":
                part -= _find_rows_between(sentence, evidence, each, metrics)
            if not part:
                return NO_SUPPORT
            found |= part
    return found


def _find_rows_between(
    sentence: ParsedSentence,
    evidence: Evidence,
    scope: Scope,
    metrics: frozenset[str] | None,
) -> Support:
    """Results with a row that the sentence leaves out of an order."""
    named = [Scope((each,)) for each in sentence.names if each.targets]
    rows = [row for each in named for row in evidence.select_rows(each)]
    between = set()
    for row in evidence.select_rows(scope):
        chosen = metrics or _default_metrics(row.table)
        known = [r for r in rows if r.table is row.table]
        figures = [f for r in known for _, f in _list_values(r, chosen)]
        between |= {
            row.table.result
            for other in row.table.rows
            if not any(other is each.row for each in known)
            for _, f in _list_values(SelectedRow(row.table, other), chosen)
            if figures and min(figures) < f < max(figures)
        }
    return frozenset(between)


def _find_subject(
    sentence: ParsedSentence, claim: DirectionClaim, other: Group
) -> Group | None:
    """What is compared: of the same kind as what it is compared with."""
    first = other.members[0]
    assert isinstance(first, NameMention)
    same = [
        group
        for group in sentence.groups
        if group is not other
        and isinstance(group.members[0], NameMention)
        and group.members[0].dimensions & first.dimensions
    ]
    before = [group for group in same if group.end <= claim.start]
    after = [group for group in same if group.start >= other.end]
    return (before[-1:] or after[:1] or [None])[0]


def check_multiples(
    sentence: ParsedSentence, evidence: Evidence
) -> Iterator[Support]:
    """"Doubled", "twice as much as", "3 times"."""
    for match in MULTIPLE.finditer(sentence.rest):
        factor = _read_factor(match)
        claim = DirectionClaim(*match.span(), Trend.UP)
        metrics = find_metrics(sentence, claim.start, claim.end, frozenset(METRICS))
        other = _find_multiple_object(sentence, match.end())
        found = NO_SUPPORT
        if other is not None:
            subject = _find_subject(sentence, claim, other)
            if subject:
                found = _check_ratio_of_rows(evidence, subject, other, metrics, match)
        else:
            for scopes in list_scopes(sentence, *match.span(), is_change=True):
                for scope in scopes:
                    wide = [scope, *(sentence.context if scope.is_open else ())]
                    for each in wide:
                        found |= _check_growth(evidence, each, metrics, factor, match)
        yield found


def _read_factor(match: re.Match[str]) -> Decimal:
    if match["number"]:
        return Decimal(match["number"])
    word = match["word"].casefold()
    return Decimal(next((n for stem, n in FACTORS.items() if word.startswith(stem)), 0)) or Decimal("0.5")


def _find_multiple_object(sentence: ParsedSentence, end: int) -> Group | None:
    for group in sentence.groups:
        if group.start >= end and isinstance(group.members[0], NameMention):
            gap = sentence.rest[end : group.start]
            if re.fullmatch(r"(?i)\s*(?:as (?:much|many|high|large|big)\s*(?:\w+\s+){0,3}as\s*(?:in |for |from )?|(?:that|those) of\s*|the (?:\w+\s+){1,3}of\s*|\s*)(?:the\s+)?", gap):
                return group
    return None


def _check_ratio_of_rows(
    evidence: Evidence,
    subject: Group,
    other: Group,
    metrics: frozenset[str] | None,
    match: re.Match[str],
) -> Support:
    one, two = subject.members[-1], other.members[0]
    if not (isinstance(one, NameMention) and isinstance(two, NameMention)):
        return NO_SUPPORT
    supported = set()
    for table in evidence.tables:
        chosen = metrics or _default_metrics(table)
        pairs = [
            [v for row in evidence.select_rows(Scope((each,))) if row.table is table for _, v in _list_values(row, chosen)]
            for each in (one, two)
        ]
        if all(len(each) == 1 for each in pairs) and _is_multiple(pairs[0][0], pairs[1][0], match):
            supported.add(table.result)
    return frozenset(supported)


def _check_growth(
    evidence: Evidence,
    scope: Scope,
    metrics: frozenset[str] | None,
    factor: Decimal,
    match: re.Match[str],
) -> Support:
    del factor
    supported = set()
    for row in evidence.select_rows(scope):
        chosen = metrics or _default_metrics(row.table)
        for name in chosen or ():
            value, before = row.row.figures.get(name), row.row.figures.get(f"{name}_before")
            if value is not None and before and _is_multiple(value, before, match):
                supported.add(row.table.result)
        for column, change in row.iterate_figures(frozenset({FigureKind.CHANGE_PERCENT}), chosen):
            if column.is_derived and _is_multiple(change + 100, Decimal(100), match):
                supported.add(row.table.result)
    return frozenset(supported)


def _is_multiple(value: Decimal, base: Decimal, match: re.Match[str]) -> bool:
    factor = _read_factor(match)
    if base <= 0:
        return False
    ratio = value / base
    return _is_about(ratio, factor, SLACK * factor, match["about"])


def _is_about(value: Decimal, stated: Decimal, slack: Decimal, words: str | None) -> bool:
    """Whether a value is what is stated: exactly but for the slack, or as the words before say."""
    how = (words or "").strip().casefold()
    if how in {"more than", "over", "just over", "well over"}:
        return stated < value <= stated + 5 * slack
    if how in {"less than", "under", "nearly", "almost", "just under"}:
        return stated - 5 * slack <= value < stated
    return abs(value - stated) <= (2 * slack if how else slack)


def check_fractions(
    sentence: ParsedSentence, evidence: Evidence
) -> Iterator[Support]:
    """"Half of revenue", "most orders": by the share, or by the value and the total."""
    for match in FRACTION.finditer(sentence.rest):
        if MULTIPLE.search(sentence.rest, match.start(), min(len(sentence.rest), match.end() + 12)):
            continue
        metrics = find_metrics(sentence, *match.span(), frozenset(METRICS))
        found = NO_SUPPORT
        for scopes in list_scopes(sentence, *match.span()):
            for wide in _widen_scopes(sentence, scopes):
                found |= _check_share(evidence, wide, metrics, match)
        yield found


def _widen_scopes(
    sentence: ParsedSentence, scopes: list[Scope]
) -> Iterator[list[Scope]]:
    yield scopes
    if all(scope.is_open for scope in scopes):
        yield from ([scope] for scope in sentence.context)


def _check_share(
    evidence: Evidence,
    scopes: list[Scope],
    metrics: frozenset[str] | None,
    match: re.Match[str],
) -> Support:
    """By the shares of all rows together that are named."""
    supported = set()
    rows = [row for scope in scopes for row in evidence.select_rows(scope)]
    for table in {id(row.table): row.table for row in rows}.values():
        chosen = metrics or _default_metrics(table)
        shares = [
            _find_share(row, chosen) for row in rows if row.table is table
        ]
        if shares and None not in shares and len(shares) == len(scopes):
            if _is_fraction(sum(filter(None, shares), Decimal()), match):
                supported.add(table.result)
    return frozenset(supported)


def _find_share(row: SelectedRow, metrics: frozenset[str] | None) -> Decimal | None:
    shares = [s for _, s in row.iterate_figures(frozenset({FigureKind.SHARE}), metrics)]
    return next(iter(shares or _iterate_shares(row, metrics)), None)


def _iterate_shares(
    row: SelectedRow, metrics: frozenset[str] | None
) -> Iterator[Decimal]:
    """Of a metric whose rows add up to the total."""
    for name in metrics or ():
        total = row.table.totals.figures.get(name)
        value = row.row.figures.get(name)
        is_whole = name in METRICS and METRICS[name].additivity == "sum"
        if is_whole and total and value is not None and row.row is not row.table.totals:
            yield value * 100 / total


def _is_fraction(share: Decimal, match: re.Match[str]) -> bool:
    if match["bulk"] or (match["word"] or "").casefold() == "majority":
        return share > 50
    stated = Decimal(25)
    if word := match["word"] or match["part"]:
        stated = Decimal(FRACTIONS[word.casefold()])
    elif match["two"]:
        stated = Decimal(200) / 3
    elif match["three"]:
        stated = Decimal(75)
    return _is_about(share, stated, Decimal("1.5"), match["about"])


__all__ = [
    "check_comparisons",
    "check_directions",
    "check_fractions",
    "check_multiples",
    "find_directions",
    "is_ahead",
]

"""Whether what is called best, top or second is so by the rows. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from agents.insights.claims.directions import BAD_METRICS, DOWN, UP
from agents.insights.claims.evidence import NO_SUPPORT, Evidence, Support, select_rows
from agents.insights.claims.lexicon import compile_terms, compile_words
from agents.insights.claims.mentions import (
    ClaimScope,
    NameMention,
    PeriodMention,
    Reference,
)
from agents.insights.claims.names import MASK, hide_matches
from agents.insights.claims.numbers import NUMBER_WORDS, NumberKind
from agents.insights.claims.proportions import FRACTION
from agents.insights.claims.sentence import Group, ParsedSentence, find_metrics
from agents.insights.claims.tables import (
    CHANGES,
    EvidenceTable,
    FigureColumn,
    FigureKind,
    TableRow,
)
from webapp.insights.query.definitions import METRICS

HIGH = compile_terms("rankings", "high")
LOW = compile_terms("rankings", "low")
BEST = compile_terms("rankings", "best")
WORST = compile_terms("rankings", "worst")
IDIOM = compile_terms("rankings", "idioms")
ORDINAL_NAMES = {
    "second": 2, "third": 3, "fourth": 4, "fifth": 5, "2nd": 2, "3rd": 3, "4th": 4, "5th": 5,
    "1st": 1, "runner-up": 2, "#2": 2, "#3": 3, "no. 2": 2, "number two": 2, "number three": 3,
}  # fmt: skip
ORDINAL = re.compile(
    r"(?i)(?<![\w-])(?:(?P<place>second|third|fourth|fifth|2nd|3rd|4th|5th|1st)"
    r"(?=[- ](?:best|largest|biggest|highest|most|strongest|place"
    r"|lowest|worst|smallest|busiest|weakest|top)|\s+(?:with|at"
    r"|by|in|overall|on)\b|[.,;:)]|\s*$)"
    r"|(?:comes|came|is|was|ranks|ranked|finished|sits) (?:in )?(?P<verb>second"
    r"|third|fourth|fifth|2nd|3rd|4th|5th)\b"
    r"|runner-up|#2|#3|number two|number three)"
)
SUPERLATIVE_AFTER = re.compile(
    r"(?i)[- ](?:best|largest|biggest|highest|most|strongest|busiest|top)"
)
LOW_AFTER = re.compile(r"(?i)[- ](?:lowest|worst|smallest|weakest|fewest|least)")
TOP_COUNT = re.compile(rf"(?i)\s+(?P<count>\d+|{'|'.join(NUMBER_WORDS)})\b")
BY_GROWTH = re.compile(r"(?i)\b(?:in terms of|by|for) (?:\w+ )?growth\b")
OF_SHOWN = re.compile(
    r"(?i)\b(?:of|among) (?:the|these|those) (?:two|three|four|five"
    r"|\d+|shown|listed|above)\b"
)
CHANGE_NOUN = compile_words(
    ["movers?", "change", "gainers?", "losers?", "winners?", "swing"]
)


class End(StrEnum):
    HIGH = "high"
    LOW = "low"


@dataclass(frozen=True)
class RankingClaim:
    start: int
    end: int
    at: End
    place: int = 1
    count: int = 1
    """How many share the claim: "the top three"."""
    is_valued: bool = False
    is_of_shown: bool = False
    """Whether it is about the rows that are shown: "the most of the three"."""
    change: End | None = None
    """Whether it is about the greatest rise or fall."""
    change_kinds: frozenset[FigureKind] = CHANGES
    """In what: a percentage beside it says that it is in percent."""


def find_rankings(sentence: ParsedSentence) -> list[RankingClaim]:
    rest = sentence.rest
    hidden = hide_matches(FRACTION, hide_matches(IDIOM, rest))
    claims = []
    for match in ORDINAL.finditer(hidden):
        groups = match.groupdict()
        word = (groups.get("place") or groups.get("verb") or match[0]).casefold()
        tail = hidden[match.end() : match.end() + 12]
        span = SUPERLATIVE_AFTER.match(tail) or LOW_AFTER.match(tail)
        end = match.end() + (span.end() if span else 0)
        at = End.LOW if LOW_AFTER.match(tail) else End.HIGH
        claims.append(RankingClaim(match.start(), end, at, ORDINAL_NAMES[word]))
        hidden = hidden[: match.start()] + MASK * (end - match.start()) + hidden[end:]
    for pattern, at, is_valued in (
        (HIGH, End.HIGH, False),
        (LOW, End.LOW, False),
        (BEST, End.HIGH, True),
        (WORST, End.LOW, True),
    ):  # fmt: skip
        for match in pattern.finditer(hidden):
            counted = TOP_COUNT.match(hidden, match.end())
            claims.append(
                RankingClaim(
                    *match.span(),
                    at,
                    count=_read_count(counted),
                    is_valued=is_valued,
                    is_of_shown=OF_SHOWN.search(hidden, match.end()) is not None,
                    change=_find_change(hidden, *match.span()),
                    change_kinds=_find_change_kinds(sentence),
                )
            )
    return sorted(claims, key=lambda claim: claim.start)


def _find_change_kinds(sentence: ParsedSentence) -> frozenset[FigureKind]:
    if any(number.kind is NumberKind.PERCENT for number in sentence.numbers):
        return frozenset({FigureKind.CHANGE_PERCENT})
    return CHANGES


def _read_count(match: re.Match[str] | None) -> int:
    if match is None:
        return 1
    count = match["count"]
    return int(count) if count.isdigit() else NUMBER_WORDS[count.casefold()]


def _find_change(rest: str, start: int, end: int) -> End | None:
    """Of "fell most", "the biggest increase", "fastest-growing"."""
    after = re.match(r"(?i)[\s-]+(?:[a-z]+[\s-]+){0,2}", rest[end : end + 30])
    before = re.search(
        r"(?i)(?:[a-z]+\s+){1,2}(?:the\s+)?$", rest[max(0, start - 24) : start]
    )
    for text in (rest[end : end + 24] if after else "", before[0] if before else ""):
        near = text.split(",")[0]
        if DOWN.search(near):
            return End.LOW
        if UP.search(near) or CHANGE_NOUN.search(near):
            return End.HIGH
    return End.HIGH if BY_GROWTH.search(rest) else None


def check_rankings(sentence: ParsedSentence, evidence: Evidence) -> Iterator[Support]:
    for claim in find_rankings(sentence):
        yield _check_ranking(sentence, evidence, claim)


def _check_ranking(
    sentence: ParsedSentence, evidence: Evidence, claim: RankingClaim
) -> Support:
    group = _find_ranked(sentence, claim)
    metrics = find_metrics(sentence, claim.start, claim.end, frozenset(METRICS))
    if group is None:
        return _check_without_name(sentence, evidence, claim, metrics)
    found: set[int] = set()
    others = [g.members[0] for g in sentence.groups if g is not group]
    for table in evidence.tables:
        if _ranks_all(table, group, others, claim, metrics, evidence):
            found.add(table.result)
    return frozenset(found)


def _find_ranked(sentence: ParsedSentence, claim: RankingClaim) -> Group | None:
    """What is ranked: of the dimension that the claim names, if it names one."""
    low, high = sentence.find_clause(claim.start)
    groups = [
        g
        for g in sentence.groups
        if isinstance(g.members[0], PeriodMention) or g.members[0].targets
    ]
    after = [
        each
        for each in sentence.dimensions
        if claim.end <= each.start <= claim.end + 20
    ]
    if after:
        wanted = [g for g in groups if _is_of(g, after[0].names)]
        if not wanted:
            return None
        groups = wanted
    else:
        named = [g for g in groups if isinstance(g.members[0], NameMention)]
        groups = named or [
            g
            for g in groups
            if g.members[0].reference is Reference.SUBJECT  # type: ignore[union-attr]
        ]
    for part in ([g for g in groups if low <= g.start < high], groups):
        before = [g for g in part if g.end <= claim.start]
        behind = [g for g in part if g.start >= claim.end]
        if behind and _is_introduced(sentence, claim, behind[0]):
            return behind[0]
        if chosen := before[-1:] or behind[:1]:
            return chosen[0]
    return None


def _is_introduced(sentence: ParsedSentence, claim: RankingClaim, group: Group) -> bool:
    """Whether the claim announces what follows: "the best was", "led by", "top seller:"."""
    gap = sentence.rest[claim.end : group.start]
    return (
        re.search(
            r"(?i)\b(?:was|were|is|are|by|from|came|went to)\b\s*(?:the\s+"
            r"|again\s+)?$|:\s*$|^\s*,?\s*$",
            gap,
        )
        is not None
    )


def _is_of(group: Group, dimensions: frozenset[str]) -> bool:
    first = group.members[0]
    if isinstance(first, NameMention):
        alike = {"day": "weekday", "hour": "hour_of_day"}
        wanted = {*dimensions, *(alike.get(each, each) for each in dimensions)}
        return bool(first.dimensions & wanted)
    return bool(
        dimensions & {"hour", "day", "week", "month", "quarter", "year", "weekday"}
    )


def _ranks_all(
    table: EvidenceTable,
    group: Group,
    others: Sequence[NameMention | PeriodMention],
    claim: RankingClaim,
    metrics: frozenset[str] | None,
    evidence: Evidence,
) -> bool:
    if not table.dimensions or any(_is_group(table, each) for each in group.members):
        return False
    count = max(claim.count, len(group.members))
    if claim.count > 1 and len(group.members) > claim.count:
        return False
    return all(
        _is_ranked(table, member, others, claim, metrics, evidence, count)
        for member in group.members
    )


def _is_group(table: EvidenceTable, member: NameMention | PeriodMention) -> bool:
    """Whether it is a group of which only the first rows are known."""
    if isinstance(member, NameMention):
        return table.shows_part_of(member.dimensions)
    return table.period_dimension is not None and table.shows_part_of(
        {table.period_dimension}
    )


def _is_ranked(
    table: EvidenceTable,
    member: NameMention | PeriodMention,
    others: Sequence[NameMention | PeriodMention],
    claim: RankingClaim,
    metrics: frozenset[str] | None,
    evidence: Evidence,
    count: int,
) -> bool:
    rivals = _select_rivals(table, member, others, evidence)
    scope = (
        ClaimScope((member,))
        if isinstance(member, NameMention)
        else ClaimScope((), member)
    )
    chosen = [
        each.row
        for each in select_rows(table, scope, evidence.calendar)
        if each.row in rivals
    ]
    columns = _choose_columns(table, claim, metrics)
    return any(
        len(chosen) == 1 and _has_place(table, rivals, chosen[0], column, claim, count)
        for column in columns
    )


def _select_rivals(
    table: EvidenceTable,
    member: NameMention | PeriodMention,
    others: Sequence[NameMention | PeriodMention],
    evidence: Evidence,
) -> list[TableRow]:
    """The rows that are ranked: narrowed to what else the sentence names."""
    scope = ClaimScope()
    for other in others:
        if (
            isinstance(other, NameMention)
            and isinstance(member, NameMention)
            and other.dimensions & member.dimensions
        ):
            continue
        if isinstance(other, NameMention) and other.dimensions & set(table.dimensions):
            scope = ClaimScope((*scope.names, other), scope.period)
        elif (
            isinstance(other, PeriodMention)
            and isinstance(member, NameMention)
            and other.reference is Reference.SUBJECT
        ):
            scope = ClaimScope(scope.names, other)
    if scope.is_open:
        return list(table.rows)
    narrowed = [each.row for each in select_rows(table, scope, evidence.calendar)]
    if scope.period and table.totals in narrowed and not scope.names:
        return list(table.rows)
    return [row for row in narrowed if row is not table.totals]


def _choose_columns(
    table: EvidenceTable, claim: RankingClaim, metrics: frozenset[str] | None
) -> list[FigureColumn]:
    main = frozenset({table.main_metric}) if table.main_metric else None
    chosen = metrics or main
    if claim.change is not None:
        return table.list_columns(claim.change_kinds, chosen)
    kinds = frozenset({FigureKind.VALUE})
    return table.list_columns(kinds, chosen)


def _has_place(
    table: EvidenceTable,
    rivals: Sequence[TableRow],
    row: TableRow,
    column: FigureColumn,
    claim: RankingClaim,
    count: int,
) -> bool:
    at = _find_end(claim, column)
    knows = _knows_end(
        table, column, at, max(claim.place, count), is_of_shown=claim.is_of_shown
    )
    if not knows or column.name not in row.figures:
        return False
    value = row.figures[column.name]
    if (
        claim.change is not None
        and value * (1 if claim.change is End.HIGH else -1) <= 0
    ):
        return False
    figures = [
        each.figures[column.name] for each in rivals if column.name in each.figures
    ]
    ahead = sum(_is_beyond(each, value, at) for each in figures)
    level = sum(each == value for each in figures)
    if count > 1 and claim.place == 1:
        return ahead < count
    return ahead < claim.place <= ahead + level


def _find_end(claim: RankingClaim, column: FigureColumn) -> End:
    if claim.change is not None:
        return claim.change
    if claim.is_valued and column.metric in BAD_METRICS:
        return End.LOW if claim.at is End.HIGH else End.HIGH
    return claim.at


def _is_beyond(figure: Decimal, value: Decimal, at: End) -> bool:
    return figure > value if at is End.HIGH else figure < value


def _knows_end(
    table: EvidenceTable,
    column: FigureColumn,
    at: End,
    place: int,
    *,
    is_of_shown: bool = False,
) -> bool:
    """Whether rows that are left out cannot be among the first ones up to a place."""
    if table.is_complete or is_of_shown:
        return True
    is_beyond_limit = (
        bool(table.limit_by) and table.limit is not None and place > table.limit
    )
    return table.sort == (column.name, at is End.HIGH) and not is_beyond_limit


def _check_without_name(
    sentence: ParsedSentence,
    evidence: Evidence,
    claim: RankingClaim,
    metrics: frozenset[str] | None,
) -> Support:
    """Of "the best month brought $5,000": the number must be the figure of that row."""
    found: set[int] = set()
    for table in evidence.tables:
        if claim.count > 1 and _announces_rows(sentence, table, claim, metrics):
            found.add(table.result)
        for column in _choose_columns(table, claim, metrics):
            at = _find_end(claim, column)
            ranked = [row for row in table.rows if column.name in row.figures]
            ranked.sort(
                key=lambda row: row.figures[column.name], reverse=at is End.HIGH
            )
            knows = _knows_end(table, column, at, claim.place)
            if (
                len(ranked) >= claim.place
                and knows
                and not _ranks_groups(sentence, table)
            ):
                figure = ranked[claim.place - 1].figures[column.name]
                if any(number.is_rounding_of(figure) for number in sentence.numbers):
                    found.add(table.result)
    if not sentence.numbers and (sentence.is_heading or sentence.is_table_row):
        return evidence.results
    return frozenset(found) or _check_context(sentence, evidence, claim, metrics)


def _ranks_groups(sentence: ParsedSentence, table: EvidenceTable) -> bool:
    """Whether what is ranked may be the groups of which only the first rows are known."""
    return any(table.shows_part_of(each.names) for each in sentence.dimensions)


def _announces_rows(
    sentence: ParsedSentence,
    table: EvidenceTable,
    claim: RankingClaim,
    metrics: frozenset[str] | None,
) -> bool:
    """Of "the top 5 products by revenue": rows in that order, and at least as many."""
    columns = _choose_columns(table, claim, metrics)
    return (
        not sentence.subjects
        or all(isinstance(s, PeriodMention) for s in sentence.subjects)
    ) and any(
        _knows_end(
            table, column, _find_end(claim, column), min(claim.count, len(table.rows))
        )
        and len(table.rows) >= min(claim.count, len(table.rows))
        and (table.sort is None or table.sort[0] == column.name)
        for column in columns
    )


def _check_context(
    sentence: ParsedSentence,
    evidence: Evidence,
    claim: RankingClaim,
    metrics: frozenset[str] | None,
) -> Support:
    """Of "It was the best month", what the sentence before was about."""
    found: set[int] = set()
    if any(
        group.members[0]
        for group in sentence.groups
        if isinstance(group.members[0], NameMention)
    ):
        return NO_SUPPORT
    for scope in sentence.context.scopes:
        for table in evidence.tables:
            members: list[NameMention | PeriodMention] = list(scope.names)
            if scope.period:
                members.append(scope.period)
            if members and any(
                _is_ranked(table, member, [], claim, metrics, evidence, 1)
                for member in members
            ):
                found.add(table.result)
    return frozenset(found)

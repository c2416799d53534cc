"""Whether the numbers of a sentence are figures of what they are said of. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from agents.insights.claims.evidence import (
    NO_SUPPORT,
    Evidence,
    SelectedRow,
    Support,
)
from agents.insights.claims.lexicon import (
    DIMENSION_WORD,
    METRIC_WORD,
    WORDS,
    compile_terms,
    compile_words,
)
from agents.insights.claims.mentions import ClaimScope, Reference
from agents.insights.claims.names import MASK, hide_matches
from agents.insights.claims.numbers import NumberKind, StatedNumber
from agents.insights.claims.ranges import FROM, find_range
from agents.insights.claims.sentence import (
    ParsedSentence,
    find_metrics,
    list_scopes,
)
from agents.insights.claims.table_headers import (
    find_column,
    find_header_kinds,
    find_header_metrics,
)
from agents.insights.claims.tables import (
    CHANGES,
    EvidenceTable,
    FigureColumn,
    FigureKind,
)
from webapp.insights.query.definitions import METRICS, Unit

VALUES = frozenset({
    FigureKind.VALUE, FigureKind.RUNNING_TOTAL, FigureKind.MOVING_AVERAGE,
})  # fmt: skip
PARTS = frozenset({FigureKind.VALUE, FigureKind.SHARE})
EARLIER = compile_words([
    "before", "earlier", "previous(?:ly)?", "prior", "compared", "versus", "vs", "against",
    "than", "last", "preceding", "used to", "had been", "formerly",
])  # fmt: skip
MONEY_METRICS = frozenset(n for n, each in METRICS.items() if each.unit is Unit.MONEY)
OTHER_METRICS = frozenset(METRICS) - MONEY_METRICS
RATES = frozenset(n for n, each in METRICS.items() if each.unit is Unit.PERCENT)

RISING = compile_words(
    [
        *WORDS["directions"]["up"],
        *WORDS["directions"]["better"],
        r"more(?! than (?:[$\u20ac\u00a3\d]|$))",
        "plus",
    ]
)
FALLING = compile_words([
    *(each for each in WORDS["directions"]["down"] if each != "less"),
    *WORDS["directions"]["worse"],
    r"less(?! than (?:[$\u20ac\u00a3\d]|$))", r"fewer(?! than (?:\d|$))", "minus",
])  # fmt: skip
IDIOM = compile_terms("directions", "idioms")
LEADING = compile_terms("comparisons", "above", "below")
CHANGING = compile_words([
    "chang(?:e|es|ed)", "differ(?:s|ence)", "gap", "swing", "delta", "shift", "moved",
    r"year[- ](?:over|on)[- ]year",
    "yoy", "mom", r"month[- ](?:over|on)[- ]month", "gap of", "variation",
])  # fmt: skip
DELTA_BEFORE = re.compile(
    r"(?i)\s*(?:[a-z]+\s+){0,3}?(?:(?:by|of|about|around|roughly|nearly"
    r"|almost|approximately|just|some|only|a|an|another|over|more than"
    r"|less than|was|were|is|just over|just under|:|at)\s*)*[\s:(]*$"
)
DELTA_AFTER = re.compile(r"(?i)[\s-]*(?:[a-z-]+\s+){0,2}$")
NOT_DELTA = re.compile(r"(?i)\b(?:to|from|at|with|stood|reached|reaching|hit)\s*$")
EFFECT_BEFORE = compile_words(["effects?", "contribut(?:e|es|ed|ing)"])
EFFECT_AFTER = re.compile(
    r"(?i)\s*of (?:the|this) (?:change|fall|drop|decline|rise|increase)\b"
)
SHARE_WORD = compile_words([
    "share", "shares", "of", "account(?:s|ed|ing)?", "represent(?:s|ed|ing)?",
    "mak(?:e|es|ing) up", "made up", "contribut(?:e|es|ed|ing)",
    "compris(?:e|es|ed|ing)", "generat(?:e|es|ed|ing)", "constitut(?:e|es|ed|ing)", "portion",
    "proportion",
])  # fmt: skip
OVER = re.compile(
    r"(?i)\b(?:more than|over|above|exceeding|upwards of|north of"
    r"|at least|just over|well over|a little over|slightly more than)\s*$"
)
UNDER = re.compile(
    r"(?i)\b(?:less than|under|below|fewer than|at most|just under"
    r"|up to|slightly less than|a little under)\s*$"
)
ABOUT = re.compile(
    r"(?i)(?:\b(?:about|around|roughly|approximately|nearly|almost"
    r"|close to|some|circa|an estimated)|~|\u2248)\s*$"
)
SMALL_COUNT = re.compile(
    r"(?i)\b(?:top|first|last|bottom|these|the|those|all|both|next"
    r"|best|other|of|past|previous)\s*$"
)
TOTAL_WORD = compile_words([
    "total", "totals", "totaled", "totalled", "overall", "in all", "altogether", "grand total",
    "combined", "together", "in total", "as a whole", "all in all", "sum",
])  # fmt: skip
PLAIN_STATEMENT = re.compile(
    rf"(?i)^\W*(?:(?:overall|in total|altogether|in all|so|yes)\b,?\s*)?(?:the "
    rf"|our |your |total |overall |that is |it is )*{METRIC_WORD.pattern}\s*(?:\u00a4+\s*)?(?:was"
    rf"|were|is|are|came to|came in at|totaled|totalled|reached"
    rf"|amounted to|stood at|hit|:)\s*(?:exactly |about |around "
    rf"|roughly |just |a total of |at )*$"
)
COUNTED_NOUN = re.compile(
    r"\s*(?:(?:different|distinct|more|other|of the|of our|of|known"
    r"|paid|counted|separate|best|top|leading|largest|best-selling)\s+){0,2}"
)
TIMES = re.compile(r"(?i)\s*(?:times|x\b|-?fold)")
UNITS_OF_TIME = re.compile(
    r"(?i)[\s-]*(?:more |other |consecutive |straight |full |whole "
    r"|further )?(?:hour|day|week|month|quarter|year|period)s?\b"
)
SAME_AGAIN = re.compile(
    r"(?i)\s*\(\s*|,?\s*(?:or|i\.e\.|that is|which is),?\s+(?:by )?"
)
OF_TOTAL = re.compile(r"(?i)\b(?:of|of the|of our|of a|out of|out of the)\s*$")
TOTAL_AFTER = re.compile(r"(?i)\s*(?:in )?(?:total|overall|altogether|in all)\b")
VERSUS = re.compile(
    r"(?i)\s*(?:,?\s*(?:versus|vs\.?|against|compared (?:with|to))|\bto)\s*"
)
PERCENT_HEADER = re.compile(r"(?i)%|percent|share|change|growth|rate")
BEATEN_BY = re.compile(r"(?i)\bby\s*$")
ALL_ROWS = re.compile(
    rf"(?i)(?:^|[.;,]\s*)(?:every|each|all)\s+(?:of\s+)?(?:the\s+)?(?:\w+\s+)?{DIMENSION_WORD.pattern}"
)
TOP_AFTER = re.compile(
    r"(?i)\s+(?:top|best|leading|largest|biggest|strongest|smallest"
    r"|weakest|highest|lowest)\b"
)
TOP = re.compile(r"(?i)\b(?:top|first|bottom|best|leading|largest|last)\s*$")
ROUGHLY = Decimal("0.05")
NEARBY = Decimal("0.1")
COUNTED = (
    UNITS_OF_TIME,
    TOP_AFTER,
    re.compile(r"(?i)\s*(?:rows?|lines?|results?|of (?:them|these|those))\b"),
)
"""What follows a number that counts rows or periods."""


def check_numbers(sentence: ParsedSentence, evidence: Evidence) -> Iterator[Support]:
    for position, number in enumerate(sentence.numbers):
        if TIMES.match(sentence.rest, number.end) or _is_left_to_others(
            sentence, number
        ):
            continue
        paired = _pair_scope(sentence, position)
        if paired is not None:
            yield _find_support(sentence, evidence, number, [[paired]])
            continue
        is_delta = (
            find_delta_sign(sentence, number) is not None
            or number.sign != 0
            or _find_label(sentence, number, evidence.tables) != ""
        )
        scopes = list_scopes(sentence, number.start, number.end, is_change=is_delta)
        if is_delta:
            scopes = [
                [_end_range(sentence, evidence, scope) for scope in each]
                for each in scopes
            ]
        yield _find_support(sentence, evidence, number, scopes)


def _end_range(
    sentence: ParsedSentence, evidence: Evidence, scope: ClaimScope
) -> ClaimScope:
    """Of "from June to July", the change of July."""
    ranges = [each for each in sentence.periods if each.is_range]
    if not ranges or ranges[0].reference is not Reference.COMPARED:
        return scope
    ends = {span.last for span in ranges[0].candidates}
    periods = tuple(each for each in evidence.calendar.periods if each.last in ends)
    return ClaimScope(scope.names, replace(ranges[0], candidates=periods))


def _is_left_to_others(sentence: ParsedSentence, number: StatedNumber) -> bool:
    """Whether it is a place ("#1"), or a bound of all rows ("each more than $1,000")."""
    if sentence.rest[max(0, number.start - 1) : number.start] == "#":
        return True
    if _is_end_of_change(sentence, number):
        return True
    before = sentence.rest[: number.start]
    is_bound = OVER.search(before[-24:]) or UNDER.search(before[-24:])
    return bool(is_bound and ALL_ROWS.search(before))


def _is_end_of_change(sentence: ParsedSentence, number: StatedNumber) -> bool:
    """Whether it is an end of what changed over a range of time: directions check these."""
    low, high = sentence.find_clause(number.start)
    clause = sentence.rest[low:high]
    stated = find_range(sentence, number.start)
    return (
        stated is not None
        and number in {stated.earlier, stated.later}
        and any(period.is_range for period in sentence.periods)
        and (RISING.search(clause) or FALLING.search(clause)) is not None
    )


def _pair_scope(sentence: ParsedSentence, position: int) -> ClaimScope | None:
    """Of "Kitchen and Garden brought $4,000 and $3,100", what each number is said of."""
    for group in sentence.groups:
        size = len(group.members)
        numbers = [n for n in sentence.numbers if n.start >= group.end]
        run = _take_run(sentence, numbers)
        if size > 1 and len(run) == size and sentence.numbers[position] in run:
            if any(other.start > group.end for other in sentence.groups
                   if other.axis == group.axis and other.start < run[-1].start):  # fmt: skip
                continue
            member = group.members[run.index(sentence.numbers[position])]
            others = list_scopes(sentence, run[0].start, run[0].end)
            period = others[0][0].period if others and others[0] else None
            if group.axis == "period":
                names = others[0][0].names if others and others[0] else ()
                return ClaimScope(names, member)  # type: ignore[arg-type]
            return ClaimScope((member,), period)  # type: ignore[arg-type]
    return _pair_versus(sentence, position)


def _pair_versus(sentence: ParsedSentence, position: int) -> ClaimScope | None:
    """Of "Kitchen is ahead of Garden: $4,000 versus $3,100", what each number is said of."""
    number = sentence.numbers[position]
    for one, two in zip(sentence.numbers, sentence.numbers[1:], strict=False):
        if number not in {one, two} or not VERSUS.fullmatch(
            sentence.rest[one.end : two.start]
        ):
            continue
        named = [each for each in sentence.groups if each.end <= one.start]
        pair = [each for each in named if each.axis != "period"][-2:]
        if len(pair) == 2 and pair[0].axis == pair[1].axis:
            member = pair[number is two].members[0]
            return ClaimScope((member,))  # type: ignore[arg-type]
        compared = [p for p in sentence.periods if p.reference is Reference.COMPARED]
        if compared and len(pair) < 2:
            names = tuple(each for each in sentence.names if each.targets)
            return ClaimScope(names, compared[0] if number is two else None)
    return None


def _take_run(
    sentence: ParsedSentence, numbers: list[StatedNumber]
) -> list[StatedNumber]:
    """The first numbers that are listed with each other."""
    run = numbers[:1]
    for number in numbers[1:]:
        gap = sentence.rest[run[-1].end : number.start]
        if re.fullmatch(r"\s*(?:,|,?\s*and)\s*", gap) is None:
            break
        run.append(number)
    return run


def _find_support(
    sentence: ParsedSentence,
    evidence: Evidence,
    number: StatedNumber,
    alternatives: list[list[ClaimScope]],
) -> Support:
    if counted := _check_count(sentence, evidence, number):
        return counted
    found = NO_SUPPORT
    for scopes in alternatives:
        found |= _intersect_support(
            _match_rows(
                sentence, number, _iterate_rows(sentence, evidence, number, each)
            )
            for each in scopes
        )
    if OF_TOTAL.search(sentence.rest[: number.start]) or TOTAL_AFTER.match(
        sentence.rest, number.end
    ):
        found |= _match_rows(sentence, number, evidence.select_rows(ClaimScope()))
    return found


def _intersect_support(supports: Iterator[Support]) -> Support:
    """The results that bear something out, if each part is borne out by some."""
    parts = list(supports)
    return frozenset().union(*parts) if parts and all(parts) else NO_SUPPORT


def _match_rows(
    sentence: ParsedSentence, number: StatedNumber, rows: Iterable[SelectedRow]
) -> Support:
    rows = list(rows)
    label = _find_label(sentence, number, [row.table for row in rows])
    kinds, metrics = choose_kinds(sentence, number), _choose_metrics(sentence, number)
    sign = find_delta_sign(sentence, number)
    if label:
        kinds, metrics, sign = frozenset(FigureKind), None, None
    return frozenset(
        row.table.result
        for row in rows
        for column, figure in row.iterate_figures(
            kinds if label else _narrow_kinds(kinds, row.table), metrics
        )
        if label in {"", column.label}
        and _fits_unit(sentence, number, column, row)
        and _fits_sign(number, sign, column, figure)
        and _fits_value(sentence, number, figure)
    )


def _find_label(
    sentence: ParsedSentence, number: StatedNumber, tables: Sequence[EvidenceTable]
) -> str:
    """The label of the computed column that is written right before a number."""
    before = sentence.text[: number.start].rstrip(" :").casefold()
    labels = {column.label for table in tables for column in table.columns}
    written = [each for each in labels if each and before.endswith(each)]
    return max(written, key=len, default="")


def _iterate_rows(
    sentence: ParsedSentence,
    evidence: Evidence,
    number: StatedNumber,
    scope: ClaimScope,
) -> Iterator[SelectedRow]:
    yield from evidence.select_rows(scope)
    if not scope.is_open:
        return
    for before in sentence.context.scopes:
        yield from evidence.select_rows(before)
    if not _is_about_totals(sentence, number):
        for table in evidence.tables:
            yield from (SelectedRow(table, row) for row in table.rows)


def _is_about_totals(sentence: ParsedSentence, number: StatedNumber) -> bool:
    """Whether a number without a row is of the whole: "Revenue was $7,100." """
    low, high = sentence.find_clause(number.start)
    if TOTAL_WORD.search(sentence.rest, low, high):
        return True
    return PLAIN_STATEMENT.match(sentence.rest[: number.start]) is not None


def find_delta_sign(sentence: ParsedSentence, number: StatedNumber) -> int | None:
    """1 or -1 if the number is by how much something rose or fell, 0 if it changed; else None."""
    low, high = sentence.find_clause(number.start)
    rest = hide_matches(IDIOM, sentence.rest)
    before = rest[low : number.start]
    after = rest[number.end : min(high, number.end + 40)]
    for pattern, sign in ((RISING, 1), (FALLING, -1), (CHANGING, 0)):
        if _ends_with_change(pattern, before) or _begins_with_change(pattern, after):
            return sign
    if BEATEN_BY.search(before) and LEADING.search(before):
        return 0
    return _inherit_sign(sentence, number)


def _ends_with_change(pattern: re.Pattern[str], before: str) -> bool:
    """Whether a change is said right before a number: "rose by about"."""
    for match in pattern.finditer(before):
        gap = re.sub(f"{MASK}+", "x", before[match.end() :])
        if DELTA_BEFORE.fullmatch(gap) and not NOT_DELTA.search(gap):
            return True
    return False


def _begins_with_change(pattern: re.Pattern[str], after: str) -> bool:
    """Whether a change is said right behind a number: "more than"."""
    match = pattern.search(after)
    return match is not None and bool(DELTA_AFTER.fullmatch(after[: match.start()]))


def _inherit_sign(sentence: ParsedSentence, number: StatedNumber) -> int | None:
    """Of "by $900, or 22.5%" and "by $900 (22.5%)", the sign of the number before."""
    at = sentence.numbers.index(number)
    before = sentence.numbers[at - 1] if at else None
    if before is None or before.kind is number.kind:
        return None
    if SAME_AGAIN.fullmatch(sentence.rest[before.end : number.start]) is None:
        return None
    return find_delta_sign(sentence, before)


def choose_kinds(
    sentence: ParsedSentence, number: StatedNumber
) -> frozenset[FigureKind]:
    """The kinds of columns that a number may be of."""
    sign = find_delta_sign(sentence, number)
    if sentence.is_table_row:
        return find_header_kinds(_find_header(sentence, number))
    effects = frozenset({FigureKind.EFFECT} if _is_effect(sentence, number) else ())
    return effects | _choose_prose_kinds(sentence, number, sign)


def _is_effect(sentence: ParsedSentence, number: StatedNumber) -> bool:
    """Whether a number is said to be a part of a change."""
    low, _ = sentence.find_clause(number.start)
    is_called_so = EFFECT_BEFORE.search(sentence.rest, low, number.start)
    return bool(is_called_so or EFFECT_AFTER.match(sentence.rest, number.end))


def _narrow_kinds(
    kinds: frozenset[FigureKind], table: EvidenceTable
) -> frozenset[FigureKind]:
    """A part of a change is no other figure, where a table has both."""
    effects = frozenset({FigureKind.EFFECT})
    has_effects = any(each.kind is FigureKind.EFFECT for each in table.columns)
    return effects if effects <= kinds and has_effects else kinds


def _choose_prose_kinds(
    sentence: ParsedSentence, number: StatedNumber, sign: int | None
) -> frozenset[FigureKind]:
    if sign is not None or (number.sign and number.kind is NumberKind.PERCENT):
        return CHANGES
    is_earlier = _speaks_of_before(sentence, number)
    earlier = frozenset({FigureKind.BEFORE} if is_earlier else ())
    if number.kind is not NumberKind.PERCENT:
        signed = CHANGES if number.sign else frozenset()
        return VALUES | signed | earlier | {FigureKind.RANK}
    after = sentence.rest[number.end : number.end + 12]
    low, _ = sentence.find_clause(number.start)
    is_share = re.match(r"(?i)\s+(?:of|share)\b", after) or SHARE_WORD.search(
        sentence.rest[low : number.start]
    )
    return PARTS | earlier | (frozenset() if is_share else CHANGES)


def _find_header(sentence: ParsedSentence, number: StatedNumber) -> str:
    at = find_column(sentence.text, number.start)
    header = sentence.context.header
    return header[at] if 0 <= at < len(header) else ""


def _speaks_of_before(sentence: ParsedSentence, number: StatedNumber) -> bool:
    if sentence.periods or EARLIER.search(sentence.rest):
        return True
    low, high = sentence.find_clause(number.start)
    clause = sentence.rest[low:high]
    stated = find_range(sentence, number.start)
    if stated is not None and stated.earlier is number:
        return True
    is_from = FROM.search(sentence.rest[: number.start]) is not None
    return is_from and (RISING.search(clause) or FALLING.search(clause)) is not None


def _choose_metrics(
    sentence: ParsedSentence, number: StatedNumber
) -> frozenset[str] | None:
    if sentence.is_table_row:
        return find_header_metrics(_find_header(sentence, number))
    fitting = frozenset(METRICS)
    if number.kind is NumberKind.MONEY:
        fitting = MONEY_METRICS
    elif number.kind is NumberKind.PLAIN:
        is_counted = _find_counted_metric(sentence, number)
        fitting = OTHER_METRICS if is_counted else fitting
    return find_metrics(sentence, number.start, number.end, fitting)


def _fits_unit(
    sentence: ParsedSentence,
    number: StatedNumber,
    column: FigureColumn,
    row: SelectedRow,
) -> bool:
    if number.kind is NumberKind.MONEY:
        is_money = column.unit is Unit.MONEY and _fits_currency(number, row)
        return column.unit is None or is_money
    if column.unit is None or number.kind is NumberKind.PERCENT:
        return column.unit in {None, Unit.PERCENT}
    if _find_counted_metric(sentence, number):
        return column.unit in {Unit.COUNT, Unit.RATIO}
    header = _find_header(sentence, number) if sentence.is_table_row else ""
    return column.unit is not Unit.PERCENT or bool(PERCENT_HEADER.search(header))


def _find_counted_metric(sentence: ParsedSentence, number: StatedNumber) -> bool:
    """Whether a metric is the noun of the number: "40 orders"."""
    noun = COUNTED_NOUN.match(sentence.rest, number.end)
    return noun is not None and bool(METRIC_WORD.match(sentence.rest, noun.end()))


def _fits_currency(number: StatedNumber, row: SelectedRow) -> bool:
    paid_in = None if row.table.is_converted else row.row.values.get("currency")
    code = (paid_in or row.table.currency or "").upper()
    return not code or code in number.currencies


def _fits_sign(
    number: StatedNumber, sign: int | None, column: FigureColumn, figure: Decimal
) -> bool:
    if column.kind not in CHANGES:
        return number.agrees_in_sign(figure)
    if sign:
        return figure * sign > 0 or (figure == 0 and number.value == 0)
    if sign is None and number.sign == 0:
        # In a table or in parentheses a figure stands with its sign.
        return figure >= 0
    return number.agrees_in_sign(figure)


def _fits_value(
    sentence: ParsedSentence, number: StatedNumber, figure: Decimal
) -> bool:
    if number.is_rounding_of(figure):
        return not _is_strict_bound(sentence, number) or abs(figure) != number.value
    before = sentence.rest[max(0, number.start - 24) : number.start]
    size, stated = abs(figure), number.value
    return bool(
        (OVER.search(before) and stated <= size <= stated * (1 + NEARBY))
        or (UNDER.search(before) and stated * (1 - NEARBY) <= size <= stated)
        or (ABOUT.search(before) and abs(size - stated) <= ROUGHLY * size)
    )


def _is_strict_bound(sentence: ParsedSentence, number: StatedNumber) -> bool:
    before = sentence.rest[max(0, number.start - 24) : number.start]
    return re.search(r"(?i)\b(?:more|less|fewer) than\s*$", before) is not None


def _check_count(
    sentence: ParsedSentence, evidence: Evidence, number: StatedNumber
) -> Support:
    """A number of rows, periods or values: "5 categories", "the top three", "7 days"."""
    if number.kind is not NumberKind.PLAIN or number.sign:
        return NO_SUPPORT
    rest = sentence.rest
    noun = COUNTED_NOUN.match(rest, number.end)
    after = noun.end() if noun else number.end
    is_counted = any(each.start == after for each in sentence.dimensions)
    if not is_counted and (
        METRIC_WORD.match(rest, after)
        or not (
            SMALL_COUNT.search(rest[: number.start])
            or any(each.match(rest, number.end) for each in COUNTED)
        )
    ):
        return NO_SUPPORT
    return frozenset(
        table.result
        for table in evidence.tables
        if number.value in table.counts
        or _counts_periods(sentence, number, table)
        or (
            (TOP.search(rest[: number.start]) or TOP_AFTER.match(rest, number.end))
            and number.value <= len(table.rows)
        )
    )


def _counts_periods(
    sentence: ParsedSentence, number: StatedNumber, table: EvidenceTable
) -> bool:
    """Whether it is the number of days of the window."""
    if table.window is None or table.window.first is None or table.window.last is None:
        return False
    days = (table.window.last - table.window.first).days + 1
    unit = UNITS_OF_TIME.match(sentence.rest, number.end)
    if unit is None:
        return False
    length = {"day": 1, "week": 7}
    name = next((n for n in length if n in unit[0].casefold()), None)
    months = Decimal(days) / Decimal("30.44")
    if name:
        return number.value == Decimal(days) / length[name]
    return "month" in unit[0].casefold() and round(months) == number.value

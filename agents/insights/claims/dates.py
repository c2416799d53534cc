"""Times in sentences, and whether the results of the turn are about them. Pure."""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date

from agents.insights.claims.lexicon import WORDS, compile_words
from agents.insights.claims.mentions import PeriodMention, Reference
from agents.insights.claims.tables import EvidenceTable
from agents.local.language.calendar_days import ImpossibleTime, resolve_period
from agents.local.language.readings import (
    Ambiguous,
    DayHours,
    DaySpan,
    Impossible,
    PeriodSpan,
    Reading,
    TimeComparison,
    TimeGrain,
    TimeShift,
    Weekdays,
)
from agents.local.language.time_expressions import find_time_expressions
from agents.local.language.today import Today
from webapp.kit.weeks import WeekStart

MAX_YEARS = 20
WEEKDAY_NAME = re.compile(r"(?i)mon|tue|wed|thu|fri|sat|sun|weekend")
YEAR = re.compile(r"\d{4}")
TIME_STAMP = re.compile(r"(\d{4}-\d\d-\d\d)[T ]\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)?")
CLOCK = re.compile(r"\b\d{1,2}:\d\d\b")
RANK_PLACE = re.compile(
    r"(?i)\b(?:first|second|third|fourth|fifth|last|top|best)(?=\s+(?:in"
    r"|place|with|at|for|overall)\b)"
    r"|\b(?:best|worst|strongest|weakest|highest|lowest|busiest|biggest|largest)\s+\w+\s+so far\b"
)
STRONG_REFERENCE = re.compile(
    r"(?i)\b(?:than|vs|versus|against|after|(?:compared|relative"
    r"|comparison) (?:with|to|against)|compared)\b\W*(?:[a-z]+\W+){0,2}$"
)
DELTA_WORD = compile_words([
    *(word for name in ("up", "down", "flat", "better",
    "worse") for word in WORDS["directions"][name]),
    r"\d[\d.,]*\s?%", "percent", r"doubl\w*", r"tripl\w*", r"halv\w*", "change", "changed",
    "changes",
])  # fmt: skip
WEAK_REFERENCE = re.compile(r"(?i)\b(?:on|over|from|since)\W*(?:the\W+)?$")
ASIDE = re.compile(
    r"(?i)\b(?:as of|as at|until|up to|through|by|asked on|today is"
    r"|calculated on)\W*(?:[a-z]+\W+)?$"
)
LEADING_WORDS = re.compile(
    r"(?i)^\W*(?:(?:and|or|in|on|from|over|since|during|for|than"
    r"|vs|versus|against|compared|with|to|the|by|until|through"
    r"|of|that|at|as|between)\b\W*)*"
)
RANGE = re.compile(
    r"(?i)\b(?:to|until|through|and|till)\b|[\u2013\u2014]|\d\s?-\s?\d{1,2}\b"
)
YEARLY = re.compile(
    r"(?i)year[- ](?:over|on)[- ]year|\byoy\b|same (?:period|time"
    r"|month|quarter|week) last year"
)


PREVIOUS = re.compile(
    r"(?i)\b(?:previous|prior|preceding|last)\s+(?P<unit>day|week|month|quarter|year)\b"
)
UNIT_DAYS = {
    "day": (1, 1),
    "week": (7, 7),
    "month": (28, 31),
    "quarter": (90, 92),
    "year": (365, 366),
}


@dataclass(frozen=True)
class Calendar:
    """The days that results are about."""

    today: Today
    windows: frozenset[DaySpan]
    """Of the queries, and those compared with."""
    periods: frozenset[DaySpan]
    """Of rows, and those that they are compared with."""
    as_of: frozenset[date]
    has_comparison: bool
    has_weekdays: bool
    has_hours: bool
    compared_units: frozenset[str]
    """The units of time whose last one results are compared with."""
    is_open: bool
    """Whether a query has no first day."""


def build_calendar(tables: Sequence[EvidenceTable], today: date) -> Calendar:
    known = [table for table in tables if table.is_query]
    as_of = {table.as_of for table in known if table.as_of}
    return Calendar(
        today=Today(
            max(as_of, default=today),
            next((table.week_start for table in known), WeekStart.MONDAY),
        ),
        windows=frozenset(
            days for table in known for days in (table.window, table.compared) if days
        ),
        periods=frozenset(
            days
            for table in tables
            for row in table.rows
            for days in (row.period, row.period_before)
            if days
        ),
        as_of=frozenset(as_of),
        has_comparison=any(
            table.compared is not None or any(each.is_derived for each in table.columns)
            for table in known
        ),
        has_weekdays=any("weekday" in table.dimensions for table in known),
        has_hours=any("hour_of_day" in table.dimensions for table in known),
        compared_units=frozenset(
            unit for table in known for unit in _list_compared_units(table)
        ),
        is_open=any(each.window and each.window.first is None for each in known),
    )


def _list_compared_units(table: EvidenceTable) -> Iterator[str]:
    if table.compared and table.compared.first and table.compared.last:
        days = (table.compared.last - table.compared.first).days + 1
        yield from (u for u, (low, high) in UNIT_DAYS.items() if low <= days <= high)
        if table.window and table.window.first:
            back = (table.window.first - table.compared.first).days
            yield from ["year"] * (back in {365, 366})
    if table.period_dimension and any(each.is_derived for each in table.columns):
        yield table.period_dimension


def find_periods(text: str, calendar: Calendar) -> list[PeriodMention]:
    """The times that a sentence names; `text` has its names masked."""
    hidden = RANK_PLACE.sub(lambda match: "\u00a4" * len(match[0]), text)
    found = [
        mention
        for each in find_time_expressions(hidden, today=calendar.today)
        if (
            mention := _read_mention(text, each.start, each.end, each.reading, calendar)
        )
    ]
    stamps = [
        PeriodMention(
            *match.span(),
            match[0],
            reference=Reference.ASIDE,
            is_supported=date.fromisoformat(match[1]) in calendar.as_of
            or not calendar.as_of,
        )
        for match in TIME_STAMP.finditer(text)
    ]
    apart = [
        each
        for each in found
        if not any(s.start < each.end and each.start < s.end for s in stamps)
    ]
    return sorted([*apart, *stamps], key=lambda each: each.start)


def _read_mention(
    text: str, start: int, end: int, reading: Reading, calendar: Calendar
) -> PeriodMention | None:
    written = text[start:end]
    core = start + len(LEADING_WORDS.match(written)[0])  # type: ignore[index]
    mention = PeriodMention(
        core,
        end,
        text[core:end],
        reference=_find_reference(text, core),
        is_range=RANGE.search(text[core:end]) is not None,
    )
    if isinstance(reading, TimeGrain) or (
        isinstance(reading, Weekdays) and WEEKDAY_NAME.search(mention.text) is None
    ):
        return None
    match reading:
        case Weekdays() | DayHours() | Impossible():
            is_known = (isinstance(reading, Weekdays) and calendar.has_weekdays) or (
                isinstance(reading, DayHours) and calendar.has_hours
            )
            return replace(mention, is_supported=is_known)
        case TimeShift() | TimeComparison():
            return _read_comparison(mention, reading, calendar)
    return _resolve_mention(mention, reading, calendar)


def _is_period_before(mention: PeriodMention, calendar: Calendar) -> bool:
    """Whether it is "than in the previous month" where months are compared."""
    unit = PREVIOUS.search(mention.text)
    return (
        unit is not None
        and mention.reference is Reference.COMPARED
        and unit["unit"].casefold() in calendar.compared_units
    )


def _read_comparison(
    mention: PeriodMention, reading: TimeShift | TimeComparison, calendar: Calendar
) -> PeriodMention:
    compared = replace(mention, reference=Reference.COMPARED)
    if _is_period_before(compared, calendar):
        return replace(compared, is_previous=True)
    if isinstance(reading, TimeComparison) and isinstance(
        reading.to, DaySpan | PeriodSpan
    ):
        return _resolve_mention(compared, reading.to, calendar)
    return replace(compared, is_previous=True, is_supported=calendar.has_comparison)


def _find_reference(text: str, start: int) -> Reference:
    before = text[max(0, start - 60) : start]
    if STRONG_REFERENCE.search(before):
        return Reference.COMPARED
    if ASIDE.search(before):
        return Reference.ASIDE
    if weak := WEAK_REFERENCE.search(before):
        nearby = " ".join(before[: weak.start()].split()[-3:])
        if DELTA_WORD.search(nearby):
            return Reference.COMPARED
    return Reference.SUBJECT


def _resolve_mention(
    mention: PeriodMention, reading: Reading, calendar: Calendar
) -> PeriodMention:
    if isinstance(reading, PeriodSpan) and _is_period_before(mention, calendar):
        return replace(mention, is_previous=True)
    first = next(_iterate_readings(reading, calendar), None)
    if first is None or None in {first.first, first.last}:
        return _resolve_open(mention, first, calendar)
    spans = [
        span
        for each in _iterate_readings(reading, calendar)
        for span in _iterate_years(each, mention.text, calendar)
    ]
    exact = [span for span in spans if is_exact(span, calendar)]
    within = [span for span in spans if is_within(span, calendar)]
    if mention.reference is Reference.ASIDE:
        is_known = any(span.last in calendar.as_of for span in spans)
        if is_known and not exact:
            return replace(mention, candidates=())
        mention = replace(mention, reference=Reference.SUBJECT)
    return replace(
        mention, candidates=tuple(exact or within), is_supported=bool(exact or within)
    )


def _resolve_open(
    mention: PeriodMention, reading: DaySpan | None, calendar: Calendar
) -> PeriodMention:
    """Of "since June" and "until August": the end that is named must be known."""
    end = (reading.first or reading.last) if reading else None
    is_known = any(
        is_within(DaySpan(day, day), calendar)
        for span in _iterate_years(DaySpan(end, end), mention.text, calendar)
        if (day := span.first)
    )
    return replace(mention, reference=Reference.ASIDE, is_supported=is_known)


def _iterate_readings(reading: Reading, calendar: Calendar) -> Iterator[DaySpan]:
    match reading:
        case DaySpan():
            yield reading
        case PeriodSpan():
            with suppress(ImpossibleTime):  # beyond the calendar is no day of a result
                yield resolve_period(reading, calendar.today)
        case Ambiguous(readings=readings):
            for each in readings:
                yield from _iterate_readings(each, calendar)


def _iterate_years(span: DaySpan, text: str, calendar: Calendar) -> Iterator[DaySpan]:
    """The span; without a year in the text, those of other years as well, the latest first."""
    yield span
    if YEAR.search(text) or re.search(
        r"(?i)\b(?:last|this|past|previous|current|today|yesterday"
        r"|ago|so far|to date|next|tomorrow)\b",
        text,
    ):
        return
    latest = calendar.today.date.year - (span.last or calendar.today.date).year
    for years in range(latest, latest - MAX_YEARS, -1):
        if years and (moved := _move_years(span, years)):
            yield moved


def _move_years(span: DaySpan, years: int) -> DaySpan | None:
    try:
        return DaySpan(
            span.first and span.first.replace(year=span.first.year + years),
            span.last and span.last.replace(year=span.last.year + years),
        )
    except ValueError:
        return None


def is_same(one: DaySpan, other: DaySpan | None, calendar: Calendar) -> bool:
    """Whether two spans are the same as far as they have passed."""
    if other is None:
        return False
    first, last = one.first, other.first
    return first == last and _clip_end(one, calendar) == _clip_end(other, calendar)


def _clip_end(span: DaySpan, calendar: Calendar) -> date:
    return min(span.last or calendar.today.date, calendar.today.date)


def is_exact(span: DaySpan, calendar: Calendar) -> bool:
    return any(
        is_same(span, each, calendar) for each in [*calendar.periods, *calendar.windows]
    )


def is_within(span: DaySpan, calendar: Calendar) -> bool:
    """Whether it lies within a window, or in a row."""
    return any(
        (each.first is None or (span.first is not None and span.first >= each.first))
        and _clip_end(span, calendar) <= _clip_end(each, calendar)
        and (span.first is None or span.first <= calendar.today.date)
        for each in [*calendar.windows, *calendar.periods]
    )

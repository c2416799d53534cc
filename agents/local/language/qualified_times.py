"""Rules for names with "last", "this" or "next": "last May", "next Easter"."""

from agents.local.language.calendar_days import (
    BuildDays,
    ImpossibleTime,
    find_latest_complete,
    find_next,
    fix_months,
    fix_part,
)
from agents.local.language.grammar import Captures, Rules
from agents.local.language.readings import DaySpan
from agents.local.language.times import Time, attempt_days
from agents.local.language.today import Today

QUALIFIED = Rules()
QUALIFIER = "(last|past|previous|prior|this|current|next|coming|upcoming)"
BACK = frozenset({"last", "past", "previous", "prior"})
AHEAD = frozenset({"next", "coming", "upcoming", "following"})


def find_offset(qualifier: str) -> int:
    """The offset of "last", "this" and "next"."""
    return 1 if qualifier in BACK else -1 if qualifier in AHEAD else 0


@QUALIFIED.add(f"the? {QUALIFIER} MONTH", f"the? {QUALIFIER} SEASON")
def read_qualified_month(found: Captures) -> Time:
    count = 3 if found.reader.read_category("SEASON", found.end - 1) else 1
    return qualify_name(found[0], fix_months(found[1].number, count), found.today)


@QUALIFIED.add(f"the? {QUALIFIER} HOLIDAY")
def read_qualified_holiday(found: Captures) -> Time:
    return qualify_name(found[0], found[1].find_days, found.today)


@QUALIFIED.add("(last|previous|this|next|coming) QUARTERNAME")
def read_qualified_quarter(found: Captures) -> Time:
    return qualify_name(found[0], fix_part(found[1], 3), found.today)


@QUALIFIED.add(f"the? {QUALIFIER} MONTHDAYS")
def read_qualified_date(found: Captures) -> Time | None:
    time: Time = found[1]
    if time.build is None or time.year is not None:
        return None
    return qualify_name(found[0], time.build, found.today)


def qualify_name(qualifier: str, build: BuildDays, today: Today) -> Time:
    """ "last" is the latest that is over, "next" the first that has not begun, "this" the one
    that is running, or else that of this year."""

    def find_days() -> DaySpan:
        if qualifier in BACK:
            return find_latest_complete(build, today=today)
        if qualifier in AHEAD:
            return find_next(build, after=today.date)
        for year in (today.date.year - 1, today.date.year):
            try:
                first, last = build(year)
            except ImpossibleTime:
                continue
            if first <= today.date <= last:
                return DaySpan(first, last)
        return DaySpan(*build(today.date.year))

    return Time(attempt_days(find_days), year=today.date.year)

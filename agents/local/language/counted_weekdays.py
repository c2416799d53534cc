"""Rules for weekdays that are counted: "the last 3 Fridays", "the first two Mondays of October"."""

from collections.abc import Collection
from datetime import date

from agents.local.language import calendar_names
from agents.local.language.calendar_days import ImpossibleTime, add_days
from agents.local.language.compared_pairs import Phrase
from agents.local.language.grammar import Captures, Rules, TokenReader
from agents.local.language.readings import DaySpan, Impossible, Weekdays
from agents.local.language.recurring_times import WEEKEND, WORKDAYS
from agents.local.language.times import attempt_days
from agents.local.language.word_categories import Count

COUNTED_WEEKDAYS = Rules()
IN = "in|on|for|over|during|of|from|within|across"
SATURDAY = 6
MAX_COUNTED = 1000


def read_recurring_day(reader: TokenReader, at: int) -> tuple[Weekdays, int] | None:
    """ "Fridays", "weekends", "working days", whatever is before them."""
    word = reader.get_word(at)
    if word in calendar_names.PLURAL_WEEKDAYS:
        return Weekdays((calendar_names.PLURAL_WEEKDAYS[word],)), at + 1
    if word in {"weekends", "weekdays", "workdays"}:
        return (WEEKEND if word == "weekends" else WORKDAYS), at + 1
    is_of_work = word in {"business", "working"} and reader.get_word(at + 1) == "days"
    return (WORKDAYS, at + 2) if is_of_work else None


@COUNTED_WEEKDAYS.add(
    f"{IN}? the|our? last|past|previous|latest COUNT RECURRINGDAY",
    f"{IN}? the|our? COUNT last|past|previous|latest RECURRINGDAY",
    f"{IN}? the|our? COUNT most? recent RECURRINGDAY",
)
def read_last_weekdays(found: Captures) -> list[Phrase]:
    """Those that are over, as a time and the days of it."""
    count, recurring = found.values
    yesterday = add_days(found.today.date, -1)
    return _build_phrases(
        found, count, recurring, begin=date.min, end=yesterday, is_last=True
    )


@COUNTED_WEEKDAYS.add(f"{IN}? the? (first|last) COUNT RECURRINGDAY of|in the? WHOLE")
def read_weekdays_of_time(found: Captures) -> list[Phrase] | None:
    side, count, recurring, whole = found.values
    days = attempt_days(lambda: whole.resolve_days(found.today))
    if not isinstance(days, DaySpan) or days.first is None or days.last is None:
        return None
    return _build_phrases(
        found,
        count,
        recurring,
        begin=days.first,
        end=days.last,
        is_last=side == "last",
    )


def _build_phrases(
    found: Captures,
    count: Count,
    recurring: Weekdays,
    *,
    begin: date,
    end: date,
    is_last: bool,
) -> list[Phrase]:
    def find_days() -> DaySpan:
        near, far = (end, begin) if is_last else (begin, end)
        days = _list_days(count.require_value(), recurring.days, near, far)
        return DaySpan(min(days), max(days))

    reading = attempt_days(find_days)
    if isinstance(reading, Impossible):
        return [Phrase(found.start, found.end, reading)]
    reader, middle = found.reader, found.start
    while read_recurring_day(reader, middle) is None:
        middle += 1
    return [
        Phrase(found.start, middle, reading),
        Phrase(middle, found.end, recurring),
    ]


def _list_days(count: int, days: Collection[int], near: date, far: date) -> list[date]:
    """So many of the days from one towards the other; of weekends both days."""
    if count > MAX_COUNTED:
        raise ImpossibleTime(f"I count {MAX_COUNTED} days at most.")
    is_of_weekends = tuple(days) == WEEKEND.days
    step, day = (1 if near <= far else -1), near
    wanted = count * len(days) if is_of_weekends else count
    listed: list[date] = []
    while len(listed) < wanted:
        if (far - day).days * step < 0:
            raise ImpossibleTime("There are fewer of these days in that time.")
        is_cut = is_of_weekends and not listed and _is_cut(day, step)
        if day.isoweekday() in days and not is_cut:
            listed.append(day)
        day = add_days(day, step)
    return listed


def _is_cut(day: date, step: int) -> bool:
    """Whether a weekend would begin with its second day, or end with its first one."""
    return (day.isoweekday() == SATURDAY) is (step < 0)

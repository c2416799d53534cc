"""Days of the calendar: months, quarters, ISO weeks, and periods counted from today. Pure."""

from collections.abc import Callable
from datetime import date, timedelta

from agents.local.language.calendar_names import MONTH_NAMES, WEEKDAY_NAMES
from agents.local.language.readings import DaySpan, PeriodSpan, PeriodUnit
from agents.local.language.today import Today
from webapp.kit.weeks import WeekStart, count_weeks

DAY = timedelta(days=1)
MONTHS_PER_UNIT = {"month": 1, "quarter": 3, "year": 12}
MAX_YEARS_BACK = 12
"""A week 53 or a February 29 comes again within so many years."""
LEAP_DAY = 29
"""Of February."""
BuildDays = Callable[[int], tuple[date, date]]
"""The first and the last day of what is named, in a year."""


class ImpossibleTime(ValueError):
    """A time that does not exist; the message says why, for whoever typed it."""


def build_day(year: int, month: int, day: int) -> date:
    check_year(year)
    if not 1 <= month <= 12:
        raise ImpossibleTime(f"There is no month {month}.")
    length = count_days(year, month)
    if month == 2 and day > LEAP_DAY:
        raise ImpossibleTime("February has 28 days, or 29.")
    if not 1 <= day <= length:
        of_year = f" {year}" if month == 2 else ""
        raise ImpossibleTime(f"{MONTH_NAMES[month - 1]}{of_year} has {length} days.")
    return date(year, month, day)


def fix_day(month: int, day: int) -> BuildDays:
    return fix_days(month, day, day)


def fix_days(month: int, first: int, last: int) -> BuildDays:
    def build_days(year: int) -> tuple[date, date]:
        if first > last:
            raise ImpossibleTime(f"Day {last} of a month is before day {first}.")
        return build_day(year, month, first), build_day(year, month, last)

    return build_days


def fix_months(month: int, count: int) -> BuildDays:
    return lambda year: build_months(year, month, count)


def fix_part(number: int, months: int) -> BuildDays:
    """The first, second, … quarter, half or other part of so many months."""
    return fix_months(months * (number - 1) + 1, months)


def check_year(year: int) -> None:
    if year == 0:
        raise ImpossibleTime("There is no year 0.")
    if not 1 <= year <= 9999:
        raise ImpossibleTime("The calendar here goes from the year 1 to 9999.")


def count_days(year: int, month: int) -> int:
    if month == 2:
        is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        return 29 if is_leap else 28
    return 30 if month in {4, 6, 9, 11} else 31


def build_months(year: int, month: int, count: int) -> tuple[date, date]:
    """Whole months from one of a year on; `month` may be below 1 or above 12."""
    first_index = year * 12 + month - 1
    last_year, last_month = divmod(first_index + count - 1, 12)
    first_year, first_month = divmod(first_index, 12)
    last = build_day(last_year, last_month + 1, count_days(last_year, last_month + 1))
    return build_day(first_year, first_month + 1, 1), last


def build_week(year: int, week: int) -> tuple[date, date]:
    """Monday to Sunday of an ISO week."""
    check_year(year)
    try:
        first = date.fromisocalendar(year, week, 1)
        return first, first + 6 * DAY
    except ValueError:
        raise ImpossibleTime(f"{year} has {count_weeks(year)} weeks.") from None
    except OverflowError:
        raise ImpossibleTime("The calendar here ends with the year 9999.") from None


def add_days(day: date, count: int) -> date:
    try:
        return day + timedelta(days=count)
    except OverflowError:
        message = "The calendar here goes from the year 1 to 9999."
        raise ImpossibleTime(message) from None


def add_units(day: date, unit: PeriodUnit, count: int) -> date:
    """Move a day by units; a day that its month does not have is the last one."""
    if unit not in MONTHS_PER_UNIT:
        return add_days(day, count * (7 if unit == "week" else 1))
    index = day.year * 12 + day.month - 1 + count * MONTHS_PER_UNIT[unit]
    year, month = divmod(index, 12)
    check_year(year)
    return build_day(year, month + 1, min(day.day, count_days(year, month + 1)))


def find_unit_days(
    day: date, unit: PeriodUnit, week_start: WeekStart
) -> tuple[date, date]:
    """The first and the last day of the period that contains a day."""
    if unit in MONTHS_PER_UNIT:
        months = MONTHS_PER_UNIT[unit]
        return build_months(day.year, (day.month - 1) // months * months + 1, months)
    if unit == "week":
        first = add_days(day, -week_start.count_days(day))
        return first, add_days(first, 6)
    return day, day


def resolve_period(span: PeriodSpan, today: Today) -> DaySpan:
    """The whole days of periods that are counted from today; hours are none."""
    running, _ = find_unit_days(today.date, span.unit, today.week_start)
    last = add_units(running, span.unit, -span.offset)
    first = add_units(last, span.unit, 1 - span.count)
    return DaySpan(first, find_unit_days(last, span.unit, today.week_start)[1])


def find_passed_part(span: PeriodSpan, today: Today) -> DaySpan:
    """Of a period such as the last month, as many days as have passed of the running one."""
    whole = resolve_period(span, today)
    passed = add_units(today.date, span.unit, -span.offset)
    return DaySpan(whole.first, min(passed, whole.last or passed))


def find_latest(
    build: BuildDays, *, until: date, of_year: int | None = None
) -> DaySpan:
    """The latest of what is named that has begun by a day; each year has one or none.

    Raises `ImpossibleTime` if it never exists.
    """
    newest = until.year + 1 if of_year is None else of_year
    return _find_first(
        build,
        [newest - back for back in range(MAX_YEARS_BACK)],
        lambda first, _: first <= until,
    )


def find_latest_complete(build: BuildDays, *, today: Today) -> DaySpan:
    """The latest of what is named that is over."""
    years = [today.date.year + 1 - back for back in range(MAX_YEARS_BACK)]
    return _find_first(build, years, lambda _, last: last < today.date)


def find_next(build: BuildDays, *, after: date) -> DaySpan:
    """The first of what is named that begins after a day."""
    years = [after.year - 1 + ahead for ahead in range(MAX_YEARS_BACK)]
    return _find_first(build, years, lambda first, _: first > after)


def _find_first(
    build: BuildDays, years: list[int], accept: Callable[[date, date], bool]
) -> DaySpan:
    problem = ImpossibleTime("There is no such day.")
    for year in years:
        try:
            first, last = build(year)
        except ImpossibleTime as error:
            problem = error
            continue
        if accept(first, last):
            return DaySpan(first, last)
    raise problem


def find_nth_weekday(first: date, last: date, weekday: int, number: int) -> date:
    """The first, second, … (-1: last) of a weekday, 1 to 7, within some days."""
    if number < 0:
        return add_days(last, -((last.isoweekday() - weekday) % 7))
    day = add_days(first, (weekday - first.isoweekday()) % 7 + 7 * (number - 1))
    if day > last:
        name = WEEKDAY_NAMES[weekday - 1]
        raise ImpossibleTime(f"There are fewer than {number} {name}s in that time.")
    return day


def find_latest_weekday(weekday: int, *, until: date) -> date:
    return find_nth_weekday(until, until, weekday, -1)


def find_latest_weekend(*, until: date) -> tuple[date, date]:
    """The latest one whose Saturday is not after a day."""
    saturday = find_latest_weekday(6, until=until)
    return saturday, add_days(saturday, 1)


def count_whole_months(first: date, last: date) -> int:
    """0 for days that are no whole months."""
    behind = add_days(last, 1)
    if first.day != 1 or behind.day != 1:
        return 0
    return (behind.year - first.year) * 12 + behind.month - first.month

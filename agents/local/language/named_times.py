"""Rules for times that have a name: dates, months, quarters, weeks, years, seasons, holidays."""

from dataclasses import replace
from datetime import date

from agents.local.language.calendar_days import (
    BuildDays,
    ImpossibleTime,
    add_days,
    add_units,
    build_day,
    build_months,
    build_week,
    find_latest_complete,
    find_next,
    find_nth_weekday,
    find_unit_days,
)
from agents.local.language.calendar_names import ORDINAL_WORDS, WEEKDAY_NAMES
from agents.local.language.grammar import Captures, Rules
from agents.local.language.readings import DaySpan, Impossible, PeriodSpan, PeriodUnit
from agents.local.language.times import Time, attempt_days, name_time
from agents.local.language.word_categories import Name, NamedHoliday, read_ordinal

YEAR_WORDS, OF_YEAR = Rules(), Rules()
MONTH_DAYS, WEEKS = Rules(), Rules()
NAMED, QUALIFIED, DATES = Rules(), Rules(), Rules()
QUALIFIER = "(last|past|previous|prior|this|current|next|coming|upcoming)"
BACK = frozenset({"last", "past", "previous", "prior"})
AHEAD = frozenset({"next", "coming", "upcoming", "following"})
NUMBERS_ONLY = frozenset(
    {
        "%", "€", "$", "£", "eur", "usd", "gbp", "euro", "euros", "dollar", "dollars",
        "pound", "pounds", "cent", "cents", "k", "g", "kg", "ml", "mm", "cm",
    }
)  # fmt: skip
"""Behind a bare number, say that it is no year."""
COUNTED = frozenset(
    {
        "unit", "units", "piece", "pieces", "item", "items", "order", "orders",
        "customer", "customers", "product", "products",
    }
)  # fmt: skip
"""As `NUMBERS_ONLY`, but for a year of these times with its month or quarter: "Q1 2026 orders"."""
MAX_WEEKS_OF_MONTH = 5
NEAR_YEARS = 10
LATE_YEARS = 3
"""Back from this year, those that "over 2026" is a time of, and no bound."""
STARTS = "starting|starts|started|beginning|begins|began|begun|commencing|commences|commenced"
ENDS = "ending|ends|ended|closing|closes|closed|finishing|finishes|finished|to|until|till|through"
BEGINNING = frozenset({*STARTS.split("|"), "from", "since"})
ENDING = frozenset(ENDS.split("|"))
WITH = frozenset({"with", "containing", "around", "including"})
""" "The week with 5 October" is that of it."""


def find_offset(qualifier: str) -> int:
    """The offset of "last", "this" and "next"."""
    return 1 if qualifier in BACK else -1 if qualifier in AHEAD else 0


# Years, as they stand behind other names.


@YEAR_WORDS.add("YEAR")
def read_year_number(found: Captures) -> int | None:
    year: int = found[0]
    behind = found.reader.get_word(found.end)
    is_near = abs(year - found.today.year) <= NEAR_YEARS
    is_number = behind in NUMBERS_ONLY or (behind in COUNTED and not is_near)
    return None if is_number or year > 9999 else year


@YEAR_WORDS.add("a|one year ago")
def read_year_ago(found: Captures) -> int:
    return found.today.year - 1


@YEAR_WORDS.add(f"the? {QUALIFIER} year", "that? same? (this) year")
def read_relative_year(found: Captures) -> int:
    return found.today.year - find_offset(found[0])


@YEAR_WORDS.add("the? year before last")
def read_year_before_last(found: Captures) -> int:
    return found.today.year - 2


@OF_YEAR.add("YEARWORDS", ",|/|-|of|in the? YEARWORDS", ", of|in YEARWORDS")
def read_of_year(found: Captures) -> int:
    """The year behind a name, with the sign or word between them."""
    year: int = found[0]
    return year


# Days of a month.


def fix_day(month: int, day: int) -> BuildDays:
    def build_days(year: int) -> tuple[date, date]:
        found = build_day(year, month, day)
        return found, found

    return build_days


def fix_months(month: int, count: int) -> BuildDays:
    return lambda year: build_months(year, month, count)


@MONTH_DAYS.add(
    "the? DAYNUMBER of? MONTH OFYEAR?",
    "the? DAYNUMBER - MONTH OFYEAR?",
    "DAYNUMBER MONTH SHORTYEAR",
)
def read_day_month(found: Captures) -> Time | None:
    if found.reader.get_word(found.end) in {"be", "not", "have"}:
        return None
    return name_time(fix_day(found[1].number, found[0]), found[2], found.today)


@MONTH_DAYS.add("MONTH the? DAYNUMBER OFYEAR?")
def read_month_day_year(found: Captures) -> Time | None:
    if found[0].is_weak and found.reader.get_word(found.end) in {"be", "not"}:
        return None
    return name_time(fix_day(found[0].number, found[1]), found[2], found.today)


@NAMED.add("DATENUMBER", "DAYANDMONTH", "MONTHDAYS")
def read_date(found: Captures) -> Time:
    time: Time = found[0]
    return time


@NAMED.add("on? WEEKDAY ,? the? MONTHDAYS", "WEEKDAY ,? the? DATENUMBER")
def read_weekday_date(found: Captures) -> Time:
    """A date with its weekday, which must be that of the date."""
    weekday: int = found[0].number
    time: Time = found[1]
    day = time.reading.first if isinstance(time.reading, DaySpan) else None
    if day is not None and day.isoweekday() != weekday:
        name = WEEKDAY_NAMES[day.isoweekday() - 1]
        return Time(Impossible(f"{day.isoformat()} is a {name}."))
    return replace(time, is_weak=False)


@NAMED.add("the? DAYRANGE of? MONTH OFYEAR?")
def read_days_month(found: Captures) -> Time:
    return name_time(fix_days(found[1].number, *found[0]), found[2], found.today)


@NAMED.add("MONTH the? DAYRANGE OFYEAR?")
def read_month_days(found: Captures) -> Time:
    return name_time(fix_days(found[0].number, *found[1]), found[2], found.today)


@NAMED.add("WEEKDAY ,? the? SHORTORDINAL", "WEEKDAY ,? the ORDINAL")
def read_weekday_ordinal(found: Captures) -> Time | None:
    """ "Monday the 16th": the latest one that is that day of its month."""
    weekday, day = found[0].number, found[1]
    if found.reader.get_word(found.end) in {"of", "in"} or not 1 <= day <= 31:
        return None
    at = span_latest(weekday, found.today).first
    while at is not None and (found.today - at).days < MAX_DAYS_BACK:
        if at.day == day:
            return Time(DaySpan(at, at))
        at = add_days(at, -7)
    return Time(Impossible(f"No {WEEKDAY_NAMES[weekday - 1]} was a {day}th lately."))


MAX_DAYS_BACK = 730


@NAMED.add(
    "WEEKDAY? ,? the? DAYNUMBER and|&|+ WEEKDAY? ,? the? DAYNUMBER of? MONTH OFYEAR?",
    "on? MONTH the? DAYNUMBER and|&|+ the? DAYNUMBER OFYEAR?",
)
def read_two_days(found: Captures) -> Time | None:
    """ "Sat 14 and Sun 15 November": days that follow each other, of one month."""
    numbers = [each for each in found.values if isinstance(each, int)]
    names = [each for each in found.values if isinstance(each, Name)]
    first, last = numbers[:2]
    if last != first + 1:
        return None
    is_behind = found.reader.read_category("MONTH", found.start) is None
    month = names[-1] if is_behind else names[0]
    year = numbers[2] if len(numbers) > 2 else None
    return name_time(fix_days(month.number, first, last), year, found.today)


def fix_days(month: int, first: int, last: int) -> BuildDays:
    def build_days(year: int) -> tuple[date, date]:
        if first > last:
            raise ImpossibleTime(f"Day {last} of a month is before day {first}.")
        return build_day(year, month, first), build_day(year, month, last)

    return build_days


@NAMED.add("the SHORTORDINAL")
def read_day_of_running_month(found: Captures) -> Time | None:
    """ "the 3rd", which may be the third of anything unless nothing follows it."""
    following = found.reader.get_word(found.end)
    if following and following not in ENDS_OF_DAYS:
        return None
    day: int = found[0]

    def build_days() -> DaySpan:
        if not 1 <= day <= 31:
            raise ImpossibleTime("A month has 31 days at most.")
        month = found.today
        while True:
            if day <= find_unit_days(month, "month")[1].day:
                named = month.replace(day=day)
                if named <= found.today:
                    return DaySpan(named, named)
            month = add_days(month.replace(day=1), -1)

    return Time(attempt_days(build_days), is_weak=True)


ENDS_OF_DAYS = frozenset(
    {
        ".", ",", ";", "!", "?", ")", "and", "or", "to", "until", "till", "-",
        "\u2013", "by", "per", "vs",
    }
)  # fmt: skip


# Months, quarters, halves, seasons, weeks.


@NAMED.add("MONTH OFYEAR?", "month of MONTH OFYEAR?")
def read_month_year(found: Captures) -> Time:
    month: Name = found[0]
    build = fix_months(month.number, 1)
    return name_time(build, found[1], found.today, is_weak=month.is_weak)


@NAMED.add("YEAR ,|-|/? MONTH")
def read_year_month(found: Captures) -> Time | None:
    if found.reader.read_category("DAYNUMBER", found.end):
        return None
    return name_time(fix_months(found[1].number, 1), found[0], found.today)


@NAMED.add("QUARTER OFYEAR?")
def read_quarter_year(found: Captures) -> Time:
    return name_quarter(found[0], _share_next_year(found, "QUARTER"), found.today)


def _share_next_year(found: Captures, category: str) -> int | None:
    """The year of "the first and second quarter of 2025" is that of both."""
    reader, at, year = found.reader, found.end, found[1]
    is_whole = reader.get_word(at - 1) in {
        "quarter",
        "quarters",
        "qtr",
        "half",
        "halves",
    }
    if year is not None or is_whole or read_ordinal(reader, found.start) is None:
        return year  # type: ignore[no-any-return]
    for behind in range(at + 1, at + MAX_WORDS_TO_NEXT):
        following = reader.read_category(category, behind)
        if following is not None:
            named = reader.read_category("OFYEAR", following[1])
            return named[0] if named else None
    return None


MAX_WORDS_TO_NEXT = 5


@NAMED.add("YEAR -|/|,? QUARTER")
def read_year_quarter(found: Captures) -> Time:
    return name_quarter(found[1], found[0], found.today)


@NAMED.add("(last|final) quarter of YEARWORDS", "(last|final) quarter of the year")
def read_last_quarter(found: Captures) -> Time:
    year = found[1] if len(found.values) > 1 else found.today.year
    return name_quarter(4, year, found.today)


@NAMED.add("YEARWORDS in|,? the? QUARTER")
def read_quarter_behind_year(found: Captures) -> Time:
    return name_quarter(found[1], found[0], found.today)


@NAMED.add("YEARWORDS in? MONTH")
def read_month_behind_year(found: Captures) -> Time | None:
    """ "Last year in May"."""
    if found.reader.read_category("DAYNUMBER", found.end):
        return None
    return name_time(fix_months(found[1].number, 1), found[0], found.today)


@NAMED.add("YEARWORDS in|,? the? HALFYEAR")
def read_half_behind_year(found: Captures) -> Time:
    return name_time(fix_months(6 * found[1] - 5, 6), found[0], found.today)


@NAMED.add("(1|2) (h) YEARWORDS")
def read_turned_half(found: Captures) -> Time | None:
    if not found.reader.is_glued(found.start + 1):
        return None
    return name_time(fix_months(6 * int(found[0]) - 5, 6), found[2], found.today)


@NAMED.add("QUARTER of the year")
def read_quarter_of_running_year(found: Captures) -> Time:
    return name_quarter(found[0], found.today.year, found.today)


def name_quarter(number: int, year: int | None, today: date) -> Time:
    if not 1 <= number <= 4:
        return Time(Impossible("A year has 4 quarters."))
    return name_time(fix_months(3 * number - 2, 3), year, today)


@NAMED.add("HALFYEAR OFYEAR?")
def read_half_of_year(found: Captures) -> Time:
    year = _share_next_year(found, "HALFYEAR")
    return name_time(fix_months(6 * found[0] - 5, 6), year, found.today)


@NAMED.add("YEAR -|/? HALFYEAR")
def read_year_and_half(found: Captures) -> Time:
    return name_time(fix_months(6 * found[1] - 5, 6), found[0], found.today)


@NAMED.add("HALFYEAR of the year")
def read_half_of_running_year(found: Captures) -> Time:
    return name_time(fix_months(6 * found[0] - 5, 6), found.today.year, found.today)


@NAMED.add("the? SEASON OFYEAR?", "SEASON of? YEARPAIR")
def read_season_year(found: Captures) -> Time:
    build = fix_months(found[0].number, 3)
    return name_time(build, found[1], found.today, is_weak=True, is_holiday=True)


@NAMED.add("the? WEEKTIME")
def read_week(found: Captures) -> Time:
    time: Time = found[0]
    return time


@WEEKS.add("WEEKNUMBER OFYEAR?")
def read_week_year(found: Captures) -> Time:
    return name_week(found[0], found[1], found.today)


@WEEKS.add(
    "the? ORDINAL (calendar)? week OFYEAR?", "the? ORDINAL (calendar)? week of the year"
)
def read_ordinal_week(found: Captures) -> Time | None:
    """ "The 41st week"; the first ones may be those of a month."""
    number, calendar, *year = found.values
    if number <= MAX_WEEKS_OF_MONTH and not calendar:
        return None
    week = Name(number, is_weak=False)
    return name_week(week, year[0] if year else found.today.year, found.today)


@WEEKS.add("YEAR -|/? WEEKNUMBER")
def read_year_week(found: Captures) -> Time:
    return name_week(found[1], found[0], found.today)


def name_week(week: Name, year: int | None, today: date) -> Time:
    if not 1 <= week.number <= 53:
        reason = "A year has 52 or 53 weeks."
        return Time(Impossible(reason), is_weak=week.is_weak and year is None)
    return name_time(
        lambda of_year: build_week(of_year, week.number),
        year,
        today,
        is_weak=week.is_weak,
    )


@NAMED.add("(q|h|kw|cw|w|week) NUMBEROFYEAR")
def read_number_of_year(found: Captures) -> Time | None:
    """ "Q3/2025", "KW 7/2025"."""
    letter, (number, year) = found.values
    if letter == "q":
        return name_quarter(number, year, found.today)
    if letter != "h":
        return name_week(Name(number, is_weak=False), year, found.today)
    if number not in {1, 2}:
        return None
    return name_time(fix_months(6 * number - 5, 6), year, found.today)


# Years alone.


@NAMED.add("the? (year|calendar) YEAR", "the? calendar (year) YEAR")
def read_year_named(found: Captures) -> Time:
    return name_year(found[1], found.today)


@NAMED.add("year (0)", "year (zero)")
def read_year_zero(found: Captures) -> Time:
    return name_year(0, found.today)


@NAMED.add("YEAR")
def read_bare_year(found: Captures) -> Time | None:
    year: int = found[0]
    reader = found.reader
    if reader.get_word(found.end) in NUMBERS_ONLY | COUNTED:
        return None
    before = reader.get_word(found.start - 1)
    is_near = -LATE_YEARS <= year - found.today.year <= 1
    if before in BEFORE_NUMBERS and not (before == "over" and is_near):
        return None
    is_written_out = found.end - found.start == 1
    time = name_year(year, found.today)
    return replace(time, bare_year=year, is_weak=True) if is_written_out else None


BEFORE_NUMBERS = frozenset(
    {
        "$", "€", "£", "#", "<", ">", "=", "+", "*", "%", "than", "over", "above",
        "under", "below", "least", "most", "exceed", "exceeds", "order", "number",
        "no", "nr", "id", "sku", "top", "first", "last", "next", "model", "version",
    }
)  # fmt: skip
"""Before a bare number, say that it is no year."""


@NAMED.add("YEARPAIR")
def read_two_years(found: Captures) -> Time | None:
    if len(found.reader.get_word(found.start)) > 7:
        return None
    years = attempt_days(lambda: DaySpan(*build_months(found[0], 1, 24)))
    return Time(years, is_weak=True)


def name_year(year: int, today: date) -> Time:
    if year > 9999:
        return Time(PeriodSpan("year", 1, today.year - year), year=year)
    return Time(attempt_days(lambda: DaySpan(*build_months(year, 1, 12))), year=year)


# Holidays.


@NAMED.add("the? HOLIDAY OFYEAR?")
def read_holiday_year(found: Captures) -> Time:
    holiday: NamedHoliday = found[0]
    return name_time(
        holiday.find_days,
        found[1],
        found.today,
        is_weak=holiday.is_weak,
        is_holiday=True,
    )


@NAMED.add("the (4th|fourth) of july OFYEAR?", "(4th|fourth) of july OFYEAR?")
def read_fourth_of_july(found: Captures) -> Time:
    return name_time(fix_day(7, 4), found[1], found.today)


@NAMED.add("YEARWORDS ,? the? HOLIDAY")
def read_holiday_behind_year(found: Captures) -> Time:
    """ "Last year's Black Friday"."""
    return name_time(found[1].find_days, found[0], found.today, is_holiday=True)


@NAMED.add("the? HOLIDAY weekend OFYEAR?")
def read_holiday_weekend(found: Captures) -> Time | None:
    holiday: NamedHoliday = found[0]
    if holiday.is_weekend:
        return None

    def build_days(year: int) -> tuple[date, date]:
        day, _ = holiday.find_days(year)
        return find_long_weekend(day)

    return name_time(build_days, found[1], found.today)


def find_long_weekend(day: date) -> tuple[date, date]:
    """The weekend next to a day, with the days between: none for a Tuesday and a Wednesday."""
    weekday = day.isoweekday()
    if weekday == 1:
        return add_days(day, -2), day
    saturday = add_days(day, (6 - weekday) % 7 if weekday < 7 else -1)
    return (day if weekday in {4, 5} else saturday), add_days(saturday, 1)


@NAMED.add(
    "the? (week|weekend|month) (of|before|after) the? HOLIDAY OFYEAR?",
    "the? (day|eve) (before|after) the? HOLIDAY OFYEAR?",
)
def read_near_holiday(found: Captures) -> Time | None:
    unit, side, holiday, year = found.values

    def build_days(of_year: int) -> tuple[date, date]:
        return find_near(unit, side, *holiday.find_days(of_year))

    return name_time(build_days, year, found.today)


@NAMED.add("the? HOLIDAY (week|month) OFYEAR?")
def read_holiday_week(found: Captures) -> Time | None:
    """ "Black Friday week": the week with it."""
    holiday, unit, year = found.values
    if holiday.is_weekend:
        return None
    return name_time(
        lambda of_year: find_near(unit, "of", *holiday.find_days(of_year)),
        year,
        found.today,
    )


@NAMED.add(
    f"the? COUNT UNIT that|which? up? ({ENDS}) in|on|with|at? the? end|close of MONTH OFYEAR?",
    f"the? COUNT UNIT that|which? ({ENDS}) in|with? MONTH OFYEAR?",
)
def read_months_to_month(found: Captures) -> Time | None:
    """ "The three months to the end of October", "the 6 months ending in June"."""
    count, unit, _, month, year = found.values
    if unit.name not in {"month", "quarter", "year"} or found.reader.read_category(
        "DAYNUMBER", found.end
    ):
        return None
    months = {"month": 1, "quarter": 3, "year": 12}[unit.name] * unit.size

    end = name_time(fix_months(month.number, 1), year, found.today).reading

    def find_days() -> DaySpan | Impossible:
        if not isinstance(end, DaySpan) or end.first is None:
            return Impossible("It has no end.")
        first = add_units(end.first, "month", 1 - count.require_value() * months)
        return DaySpan(first, end.last)

    return Time(attempt_days(find_days), year=year)


@DATES.add("WEEKDAY? ,? the? MONTHDAYS", "WEEKDAY? ,? the? DATENUMBER")
def read_day(found: Captures) -> Time:
    time: Time = found[1] if found[0] is None else read_weekday_date(found)
    return time


@NAMED.add(
    "the? (week|weekend|month) (of|before|after) the? DATE",
    "the? (week) (with|containing|around|including) the? DATE",
    "the? (week) in which? the? DATE falls|fell|was|is",
    "the? (day) (before|after) the? DATE",
    "the? (weekend) (of) the? WEEKTIME",
    f"the? (week) that|which? ({STARTS}) on|from|at|with? the? DATE",
    "the? (week) (from|since) the? DATE",
    f"the? (week) that|which? ({ENDS}) on|at|with? the? DATE",
    "(w) / (c|e) the? DATE",
    "(wc) the? DATE",
)
def read_near_date(found: Captures) -> Time | None:
    unit, side, time = _name_near(found)
    build = time.build
    if build is not None:
        return name_time(
            lambda year: _find_span(unit, side, *build(year)), time.year, found.today
        )
    if not isinstance(time.reading, DaySpan):
        return time
    days = time.resolve_days(found.today)
    return Time(
        attempt_days(lambda: DaySpan(*_find_span(unit, side, *_close_days(days))))
    )


@NAMED.add(
    f"the? COUNT UNIT that|which? ({STARTS}|from) on|from|with? the? DATE",
    "the? COUNT UNIT (up) to the? DATE",
    f"the? COUNT UNIT that|which? ({ENDS}) on|with|and? including? the? DATE",
)
def read_units_from_date(found: Captures) -> Time | None:
    """ "The 10 days from 5 October", "the two weeks ending 11 October"."""
    count, unit, side, time = found.values
    if unit.name not in {"day", "week"} or time.build is None:
        return None

    def build_days(year: int) -> tuple[date, date]:
        first, last = time.build(year)
        days = count.require_value() * unit.size * (7 if unit.name == "week" else 1)
        if side in BEGINNING:
            return first, add_days(first, days - 1)
        return add_days(last, 1 - days), last

    return name_time(build_days, time.year, found.today)


def _name_near(found: Captures) -> tuple[str, str, Time]:
    """The unit, how it is to the day, and the day: "w/c" is the week that commences then."""
    *words, time = found.values
    if words[0] == "week" and len(words) == 1:
        return "week", "of", time
    if words[0] in {"w", "wc"}:
        is_end = words[-1] == "e"
        return "week", "ending" if is_end else "commencing", time
    return words[0], words[1], time


def _find_span(unit: str, side: str, first: date, last: date) -> tuple[date, date]:
    """What is near some days, or the week that begins or ends with them."""
    if side in BEGINNING:
        return first, add_days(first, 6)
    if side in ENDING:
        return add_days(last, -6), last
    return find_near(unit, "of" if side in WITH else side, first, last)


def _close_days(days: DaySpan) -> tuple[date, date]:
    return days.first or date.min, days.last or date.max


def find_near(unit: str, side: str, first: date, last: date) -> tuple[date, date]:
    """The day, week, weekend or month before, of or after some days."""
    if unit in {"day", "eve"}:
        day = add_days(first, -1) if side == "before" else add_days(last, 1)
        return day, day
    if unit == "weekend":
        return _find_near_weekend(side, first, last)
    name: PeriodUnit = "month" if unit == "month" else "week"
    start, end = find_unit_days(first, name)
    if side == "of":
        return start, end
    return find_unit_days(
        add_days(start, -1) if side == "before" else add_days(end, 1), name
    )


def _find_near_weekend(side: str, first: date, last: date) -> tuple[date, date]:
    if side == "before":
        sunday = add_days(first, -(first.isoweekday() % 7 or 7))
        return add_days(sunday, -1), sunday
    if side == "after":
        saturday = add_days(last, (5 - last.isoweekday()) % 7 + 1)
        return saturday, add_days(saturday, 1)
    return find_long_weekend(first)


@NAMED.add(
    "the? COUNT (day|days) (before|after) the? HOLIDAY OFYEAR?",
    "the? COUNT (day|days) (before|after) the? MONTHDAYS",
    "the? COUNT (week|weeks) (before|after) the? HOLIDAY OFYEAR?",
)
def read_days_from_holiday(found: Captures) -> Time | None:
    """ "3 days before" is one day; "the 3 days before" are all of them, and so are weeks."""
    count, unit, side, anchor, *years = found.values
    build = anchor.build if isinstance(anchor, Time) else anchor.find_days
    if build is None:
        return None
    year = anchor.year if isinstance(anchor, Time) else years[0]
    before = range(found.start - 1, found.start + 1)
    is_span = any(found.reader.get_word(at) == "the" for at in before)
    if unit in {"week", "weeks"} and not is_span:
        return None

    def build_days(of_year: int) -> tuple[date, date]:
        days = count.require_value() * (7 if unit.startswith("week") else 1)
        first, last = build(of_year)
        far = add_days(first, -days) if side == "before" else add_days(last, days)
        if not is_span:
            return far, far
        return (
            (far, add_days(first, -1)) if side == "before" else (add_days(last, 1), far)
        )

    return name_time(build_days, year, found.today)


@NAMED.add(
    "the? WEEKDAY (before|after) the? HOLIDAY OFYEAR?",
    "the? WEEKDAY (before|after) the? MONTHDAYS",
)
def read_weekday_near(found: Captures) -> Time | None:
    """The last such weekday before a day, or the first after it."""
    weekday, side, anchor, *years = found.values
    build = anchor.build if isinstance(anchor, Time) else anchor.find_days
    if build is None:
        return None

    def build_days(year: int) -> tuple[date, date]:
        first, last = build(year)
        until = add_days(first, -1) if side == "before" else add_days(last, 7)
        day = find_nth_weekday(until, until, weekday.number, -1)
        return day, day

    year = anchor.year if isinstance(anchor, Time) else years[0]
    return name_time(build_days, year, found.today)


# A named time with "last", "this" or "next".


def qualify_name(qualifier: str, build: BuildDays, today: date) -> Time:
    """ "last" is the latest that is over, "next" the first that has not begun, "this" the one
    that is running, or else that of this year."""

    def find_days() -> DaySpan:
        if qualifier in BACK:
            return find_latest_complete(build, today=today)
        if qualifier in AHEAD:
            return find_next(build, after=today)
        for year in (today.year - 1, today.year):
            try:
                first, last = build(year)
            except ImpossibleTime:
                continue
            if first <= today <= last:
                return DaySpan(first, last)
        return DaySpan(*build(today.year))

    return Time(attempt_days(find_days), year=today.year)


@QUALIFIED.add(f"the? {QUALIFIER} MONTH", f"the? {QUALIFIER} SEASON")
def read_qualified_month(found: Captures) -> Time:
    count = 3 if found.reader.read_category("SEASON", found.end - 1) else 1
    return qualify_name(found[0], fix_months(found[1].number, count), found.today)


@QUALIFIED.add(f"the? {QUALIFIER} HOLIDAY")
def read_qualified_holiday(found: Captures) -> Time:
    return qualify_name(found[0], found[1].find_days, found.today)


@QUALIFIED.add("(last|previous|this|next|coming) QUARTERNAME")
def read_qualified_quarter(found: Captures) -> Time:
    return qualify_name(found[0], fix_months(3 * found[1] - 2, 3), found.today)


@QUALIFIED.add(f"the? {QUALIFIER} MONTHDAYS")
def read_qualified_date(found: Captures) -> Time | None:
    time: Time = found[1]
    if time.build is None or time.year is not None:
        return None
    return qualify_name(found[0], time.build, found.today)


# Weekdays and weekends.


def find_weekday(weekday: int, from_monday: date) -> DaySpan:
    day = add_days(from_monday, weekday - 1)
    return DaySpan(day, day)


@NAMED.add("the? WEEKDAY")
def read_weekday_name(found: Captures) -> Time | None:
    """The latest one, which may be today."""
    weekday: Name = found[0]
    if found.reader.get_word(found.start - 1) in ORDINAL_WORDS:
        return None
    days = attempt_days(lambda: span_latest(weekday.number, found.today))
    return Time(days, is_weak=weekday.is_weak, weekday=weekday.number)


def span_latest(weekday: int, until: date) -> DaySpan:
    day = find_nth_weekday(until, until, weekday, -1)
    return DaySpan(day, day)


@QUALIFIED.add(f"the? {QUALIFIER} WEEKDAY")
def read_qualified_weekday(found: Captures) -> Time:
    qualifier, weekday = found[0], found[1].number

    def find_days() -> DaySpan:
        if qualifier in BACK:
            return span_latest(weekday, add_days(found.today, -1))
        if qualifier in AHEAD:
            return span_latest(weekday, add_days(found.today, 7))
        return find_weekday(weekday, find_unit_days(found.today, "week")[0])

    return Time(attempt_days(find_days))


@QUALIFIED.add(
    "WEEKDAY of|in? the? (last|past|previous|this|current|next|coming) week",
    "the? WEEKDAY of|in? (last|previous|this|next) week",
)
def read_weekday_of_week(found: Captures) -> Time:
    return span_weekday_of_week(found[0].number, found[1], found.today)


@QUALIFIED.add("(last|this|next|previous) week on|,? WEEKDAY")
def read_week_then_weekday(found: Captures) -> Time:
    return span_weekday_of_week(found[1].number, found[0], found.today)


def span_weekday_of_week(weekday: int, qualifier: str, today: date) -> Time:
    def find_days() -> DaySpan:
        monday, _ = find_unit_days(add_days(today, -7 * find_offset(qualifier)), "week")
        return find_weekday(weekday, monday)

    return Time(attempt_days(find_days))


@NAMED.add("WEEKDAY of|in the? WEEKTIME")
def read_weekday_of_named_week(found: Captures) -> Time:
    week: Time = found[1]
    build = week.build
    if build is None:
        return week

    def build_days(year: int) -> tuple[date, date]:
        day = add_days(build(year)[0], found[0].number - 1)
        return day, day

    return name_time(build_days, week.year, found.today)


@QUALIFIED.add(
    "the? weekend that|which? has|is|was? just (gone|passed|past|ended|finished) by?",
    "the? just (gone|passed|past|ended|finished) weekend",
)
def read_ended_weekend(found: Captures) -> Time:
    saturday = find_nth_weekday(found.today, found.today, 6, -1)
    if saturday >= add_days(found.today, -1):
        is_over = found.today.isoweekday() == 7
        saturday = saturday if is_over else add_days(saturday, -7)
    return Time(DaySpan(saturday, add_days(saturday, 1)))


@QUALIFIED.add(
    "saturday|sat and|&|+|or sunday|sun of|on|over|at? the? (last|past|previous|this) weekend",
    "the? (last|past|previous|this) weekend ,|- saturday|sat and|&|+ sunday|sun",
    "(last|past|previous) saturday|sat and|&|+ sunday|sun",
    "both? days of the? (last|past|previous|this) weekend",
)
def read_days_of_weekend(found: Captures) -> Time:
    """Both days of it are the weekend."""
    saturday = find_nth_weekday(found.today, found.today, 6, -1)
    is_running = found.today.isoweekday() >= 6
    if is_running and found[0] != "this":
        saturday = add_days(saturday, -7)
    return Time(DaySpan(saturday, add_days(saturday, 1)))


@QUALIFIED.add(f"the? {QUALIFIER} weekend", "the (weekend)", "(weekend)")
def read_weekend(found: Captures) -> Time:
    """The latest one that has begun; with "last" that is over, with "this" of this week."""
    qualifier = found[0]
    monday, sunday = find_unit_days(found.today, "week")

    def find_days() -> DaySpan:
        is_begun = found.today.isoweekday() >= 6
        weeks = {"weekend": 0 if is_begun else -7}.get(qualifier, 0)
        if qualifier in BACK:
            weeks = -7
        elif qualifier in AHEAD:
            weeks = 7 if is_begun else 0
        return DaySpan(add_days(monday, 5 + weeks), add_days(sunday, weeks))

    return Time(attempt_days(find_days))

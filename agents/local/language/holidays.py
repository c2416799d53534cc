"""Holidays of shops, as rules for any year. Those of the United States where countries differ."""

from collections.abc import Mapping
from datetime import date

from agents.local.language.calendar_days import (
    BuildDays,
    add_days,
    build_day,
    build_months,
    find_nth_weekday,
    fix_day,
)


def _fix_weekday(
    month: int, weekday: int, number: int, *, first: int = 0, last: int = 0
) -> BuildDays:
    """From `first` to `last` days after the nth weekday of a month."""

    def find_days(year: int) -> tuple[date, date]:
        found = find_nth_weekday(*build_months(year, month, 1), weekday, number)
        return add_days(found, first), add_days(found, last)

    return find_days


def _fix_easter(first: int, last: int) -> BuildDays:
    """From `first` to `last` days after Easter Sunday."""

    def find_days(year: int) -> tuple[date, date]:
        easter = find_easter(year)
        return add_days(easter, first), add_days(easter, last)

    return find_days


def find_easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar: the Sunday after the ecclesiastical full moon."""
    century = year // 100
    moon_correction = (13 + 8 * century) // 25
    epact_shift = 15 - moon_correction + century - century // 4
    age = (19 * (year % 19) + epact_shift) % 30
    if age == 29 or (age == 28 and year % 19 > 10):
        age -= 1
    full_moon = add_days(build_day(year, 3, 21), age)
    return add_days(full_moon, 7 - full_moon.isoweekday() % 7)


THANKSGIVING = {"month": 11, "weekday": 4, "number": 4}
CHRISTMAS, CHRISTMAS_EVE = fix_day(12, 25), fix_day(12, 24)
NEW_YEARS_EVE, NEW_YEARS_DAY = fix_day(12, 31), fix_day(1, 1)
BLACK_FRIDAY = _fix_weekday(**THANKSGIVING, first=1, last=1)
CYBER_MONDAY = _fix_weekday(**THANKSGIVING, first=4, last=4)
CYBER_WEEK = _fix_weekday(**THANKSGIVING, first=0, last=4)
BFCM = _fix_weekday(**THANKSGIVING, first=1, last=4)
MOTHERS_DAY, FATHERS_DAY = _fix_weekday(5, 7, 2), _fix_weekday(6, 7, 3)
VALENTINES_DAY, SINGLES_DAY = fix_day(2, 14), fix_day(11, 11)
INDEPENDENCE_DAY, ST_PATRICKS_DAY = fix_day(7, 4), fix_day(3, 17)

HOLIDAYS: Mapping[tuple[str, ...], BuildDays] = {
    tuple(name.split()): days
    for name, days in {
        "black friday": BLACK_FRIDAY,
        "cyber monday": CYBER_MONDAY,
        "cyber week": CYBER_WEEK,
        "cyber weekend": BFCM,
        "bfcm": BFCM,
        "thanksgiving": _fix_weekday(**THANKSGIVING),
        "thanksgiving day": _fix_weekday(**THANKSGIVING),
        "christmas": CHRISTMAS,
        "christmas day": CHRISTMAS,
        "xmas": CHRISTMAS,
        "xmas day": CHRISTMAS,
        "christmas eve": CHRISTMAS_EVE,
        "xmas eve": CHRISTMAS_EVE,
        "boxing day": fix_day(12, 26),
        "new year eve": NEW_YEARS_EVE,
        "new years eve": NEW_YEARS_EVE,
        "nye": NEW_YEARS_EVE,
        "new year day": NEW_YEARS_DAY,
        "new years day": NEW_YEARS_DAY,
        "good friday": _fix_easter(-2, -2),
        "easter": _fix_easter(0, 0),
        "easter sunday": _fix_easter(0, 0),
        "easter monday": _fix_easter(1, 1),
        "easter weekend": _fix_easter(-2, 1),
        "valentine": VALENTINES_DAY,
        "valentine day": VALENTINES_DAY,
        "valentines day": VALENTINES_DAY,
        "halloween": fix_day(10, 31),
        "mother day": MOTHERS_DAY,
        "mothers day": MOTHERS_DAY,
        "father day": FATHERS_DAY,
        "fathers day": FATHERS_DAY,
        "labor day": _fix_weekday(9, 1, 1),
        "labour day": _fix_weekday(9, 1, 1),
        "memorial day": _fix_weekday(5, 1, -1),
        "independence day": INDEPENDENCE_DAY,
        "fourth of july": INDEPENDENCE_DAY,
        "singles day": SINGLES_DAY,
        "st patrick day": ST_PATRICKS_DAY,
        "st . patrick day": ST_PATRICKS_DAY,
    }.items()
}
"""By their words in lower case, without "'s"."""
UNMISTAKABLE = frozenset({"black", "cyber", "bfcm", "boxing", "new", "nye", "memorial"})
"""First words of holidays that need nothing before them; "Christmas lights" are no time."""
MAX_WORDS = max(map(len, HOLIDAYS))

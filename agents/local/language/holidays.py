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
KINGS_DAY, MAY_DAY = fix_day(1, 6), fix_day(5, 1)
GIVING_TUESDAY, GREEN_MONDAY = (
    _fix_weekday(**THANKSGIVING, first=5, last=5),
    _fix_weekday(12, 1, 2),
)
VETERANS_DAY, GUY_FAWKES = fix_day(11, 11), fix_day(11, 5)
COLUMBUS_DAY, KING_DAY = _fix_weekday(10, 1, 2), _fix_weekday(1, 1, 3)
WHIT_SUNDAY, WHIT_MONDAY = _fix_easter(49, 49), _fix_easter(50, 50)
SHROVE_TUESDAY, ASCENSION_DAY = _fix_easter(-47, -47), _fix_easter(39, 39)
PRESIDENTS_DAY = _fix_weekday(2, 1, 3)
BOXING_DAY, APRIL_FOOLS, REFORMATION = fix_day(12, 26), fix_day(4, 1), fix_day(10, 31)

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
        "boxing day": BOXING_DAY,
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
        "x - mas": CHRISTMAS,
        "second christmas day": BOXING_DAY,
        "st stephen day": BOXING_DAY,
        "saint stephen day": BOXING_DAY,
        "hogmanay": NEW_YEARS_EVE,
        "silvester": NEW_YEARS_EVE,
        "new years": NEW_YEARS_DAY,
        "small business saturday": _fix_weekday(**THANKSGIVING, first=2, last=2),
        "giving tuesday": GIVING_TUESDAY,
        "givingtuesday": GIVING_TUESDAY,
        "green monday": GREEN_MONDAY,
        "palm sunday": _fix_easter(-7, -7),
        "maundy thursday": _fix_easter(-3, -3),
        "holy thursday": _fix_easter(-3, -3),
        "easter friday": _fix_easter(-2, -2),
        "holy saturday": _fix_easter(-1, -1),
        "easter saturday": _fix_easter(-1, -1),
        "mardi gras": SHROVE_TUESDAY,
        "shrove tuesday": SHROVE_TUESDAY,
        "pancake day": SHROVE_TUESDAY,
        "fat tuesday": SHROVE_TUESDAY,
        "ash wednesday": _fix_easter(-46, -46),
        "ascension day": ASCENSION_DAY,
        "whit sunday": WHIT_SUNDAY,
        "whitsun": WHIT_SUNDAY,
        "pentecost": WHIT_SUNDAY,
        "whit monday": WHIT_MONDAY,
        "pentecost monday": WHIT_MONDAY,
        "corpus christi": _fix_easter(60, 60),
        "valentines": VALENTINES_DAY,
        "st valentine day": VALENTINES_DAY,
        "saint valentine day": VALENTINES_DAY,
        "all hallows eve": REFORMATION,
        "reformation day": REFORMATION,
        "all saints day": fix_day(11, 1),
        "all souls day": fix_day(11, 2),
        "bonfire night": GUY_FAWKES,
        "guy fawkes night": GUY_FAWKES,
        "guy fawkes day": GUY_FAWKES,
        "guy fawkes": GUY_FAWKES,
        "veterans day": VETERANS_DAY,
        "veteran day": VETERANS_DAY,
        "armistice day": VETERANS_DAY,
        "remembrance day": VETERANS_DAY,
        "columbus day": COLUMBUS_DAY,
        "indigenous people day": COLUMBUS_DAY,
        "indigenous peoples day": COLUMBUS_DAY,
        "martin luther king day": KING_DAY,
        "martin luther king jr day": KING_DAY,
        "mlk day": KING_DAY,
        "presidents day": PRESIDENTS_DAY,
        "president day": PRESIDENTS_DAY,
        "washington birthday": PRESIDENTS_DAY,
        "juneteenth": fix_day(6, 19),
        "flag day": fix_day(6, 14),
        "cinco de mayo": fix_day(5, 5),
        "groundhog day": fix_day(2, 2),
        "st paddy day": ST_PATRICKS_DAY,
        "st patricks day": ST_PATRICKS_DAY,
        "saint patrick day": ST_PATRICKS_DAY,
        "paddy day": ST_PATRICKS_DAY,
        "st nicholas day": fix_day(12, 6),
        "saint nicholas day": fix_day(12, 6),
        "epiphany": KINGS_DAY,
        "three kings day": KINGS_DAY,
        "twelfth night": fix_day(1, 5),
        "may day": MAY_DAY,
        "workers day": MAY_DAY,
        "april fools day": APRIL_FOOLS,
        "april fools": APRIL_FOOLS,
        "april fool day": APRIL_FOOLS,
        "all fools day": APRIL_FOOLS,
        "women day": fix_day(3, 8),
        "womens day": fix_day(3, 8),
        "international women day": fix_day(3, 8),
        "international womens day": fix_day(3, 8),
        "earth day": fix_day(4, 22),
        "bastille day": fix_day(7, 14),
        "canada day": fix_day(7, 1),
        "australia day": fix_day(1, 26),
        "anzac day": fix_day(4, 25),
        "st george day": fix_day(4, 23),
        "st andrew day": fix_day(11, 30),
        "st david day": fix_day(3, 1),
        "burns night": fix_day(1, 25),
        "day of german unity": fix_day(10, 3),
        "pi day": fix_day(3, 14),
        "mothering sunday": _fix_easter(-21, -21),
        "early may bank holiday": _fix_weekday(5, 1, 1),
        "spring bank holiday": _fix_weekday(5, 1, -1),
        "august bank holiday": _fix_weekday(8, 1, -1),
        "summer bank holiday": _fix_weekday(8, 1, -1),
        "double eleven": SINGLES_DAY,
    }.items()
}
"""By their words in lower case, without "'s"."""
UNMISTAKABLE = frozenset({
    "black", "cyber", "bfcm", "boxing", "new", "nye", "memorial", "veterans", "presidents",
    "hogmanay", "juneteenth", "givingtuesday", "whit", "anzac", "columbus", "mlk", "armistice",
})  # fmt: skip
"""First words of holidays that need nothing before them; "Christmas lights" are no time."""
MAX_WORDS = max(map(len, HOLIDAYS))


def find_holidays(text: str) -> list[str]:
    """The names of holidays in a text, of which none is a part of another."""
    words = [word.removesuffix("'s").removesuffix("'") for word in _split_names(text)]
    found: list[str] = []
    at = 0
    while at < len(words):
        lengths = (n for n in range(MAX_WORDS, 0, -1) if at + n <= len(words))
        length = next((n for n in lengths if tuple(words[at : at + n]) in HOLIDAYS), 0)
        if length:
            found.append(" ".join(words[at : at + length]))
        at += max(length, 1)
    return found


def _split_names(text: str) -> list[str]:
    return text.casefold().replace("\u2019", "'").replace(",", " ").split()

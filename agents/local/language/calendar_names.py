"""English words of the calendar and what they stand for."""

from agents.local.language.readings import GrainName, PeriodUnit
from agents.local.numbers import ORDINALS, WORDS

MONTH_NAMES = (
    "January", "February", "March", "April", "May", "June", "July", "August",
    "September", "October", "November", "December",
)  # fmt: skip
WEEKDAY_NAMES = (
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
)  # fmt: skip

MONTHS = (
    {name.casefold(): number for number, name in enumerate(MONTH_NAMES, 1)}
    | {name[:3].casefold(): number for number, name in enumerate(MONTH_NAMES, 1)}
    | {"sept": 9}
)
WEEKDAYS = (
    {name.casefold(): number for number, name in enumerate(WEEKDAY_NAMES, 1)}
    | {name[:3].casefold(): number for number, name in enumerate(WEEKDAY_NAMES, 1)}
    | {"tues": 2, "weds": 3, "thur": 4, "thurs": 4}
)
PLURAL_WEEKDAYS = {
    f"{name.casefold()}s": number for number, name in enumerate(WEEKDAY_NAMES, 1)
}
WORDS_OF_OTHER_USE = frozenset({"may", "march", "mar"})
"""Months that are a month only where something says so, unless they have a capital."""
WEEKDAYS_OF_OTHER_USE = frozenset({"sun", "sat", "wed", "mon"})
"""Weekdays that are one only where something says so."""
PRONOUNS = frozenset(
    {"i", "we", "you", "he", "she", "they", "it", "this", "that", "which", "who"}
)
VERBS_AFTER_MAY = frozenset({"be", "have", "not", "well", "also", "need", "want"})

UNITS: dict[str, tuple[PeriodUnit, int]] = {
    **dict.fromkeys(("hour", "hours", "hr", "hrs"), ("hour", 1)),
    **dict.fromkeys(("day", "days"), ("day", 1)),
    **dict.fromkeys(("week", "weeks", "wk", "wks"), ("week", 1)),
    **dict.fromkeys(("fortnight", "fortnights"), ("week", 2)),
    **dict.fromkeys(("month", "months", "mth", "mths"), ("month", 1)),
    **dict.fromkeys(("quarter", "quarters", "qtr", "qtrs"), ("quarter", 1)),
    **dict.fromkeys(("year", "years", "yr", "yrs"), ("year", 1)),
}
"""Each with how many of the unit it is."""
UNIT_LETTERS: dict[str, PeriodUnit] = {
    "h": "hour", "d": "day", "w": "week", "q": "quarter", "y": "year",
}  # fmt: skip
"""Of "last 30d"; an "m" might be minutes as well."""
TO_DATE: dict[str, PeriodUnit] = {
    "wtd": "week", "mtd": "month", "qtd": "quarter", "ytd": "year",
}  # fmt: skip
GRAINS: dict[str, GrainName] = {
    "hourly": "hour", "daily": "day", "weekly": "week", "monthly": "month",
    "quarterly": "quarter", "yearly": "year", "annually": "year", "annual": "year",
}  # fmt: skip
SHORT_COMPARISONS: dict[str, PeriodUnit] = {
    "dod": "day", "wow": "week", "mom": "month", "qoq": "quarter", "yoy": "year",
}  # fmt: skip
WORDS_OF_OTHER_USE_IN_SHORT = frozenset({"wow", "mom"})
"""Are comparisons only when they are not written in lower case: WoW, MoM."""
SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
"""With the month in which each begins; each has three months."""
DAYTIMES = {
    "morning": (6, 11), "afternoon": (12, 17), "evening": (18, 21), "night": (22, 5),
}  # fmt: skip
PLURAL_DAYTIMES = {f"{name}s": hours for name, hours in DAYTIMES.items()}

COUNT_WORDS = {word: value for word, value in WORDS.items() if word != "dozen"} | {
    "zero": 0, "thirteen": 13, "fourteen": 14, "sixteen": 16, "seventeen": 17,
    "eighteen": 18, "nineteen": 19,
}  # fmt: skip
TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60,
        "seventy": 70, "eighty": 80, "ninety": 90}  # fmt: skip
VAGUE_COUNTS = frozenset({"few", "several", "some", "many"})
ORDINAL_WORDS = ORDINALS | {
    "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14,
    "fifteenth": 15, "sixteenth": 16, "seventeenth": 17, "eighteenth": 18,
    "nineteenth": 19, "twentieth": 20, "thirtieth": 30,
}  # fmt: skip
ORDINAL_ENDINGS = frozenset({"st", "nd", "rd", "th"})

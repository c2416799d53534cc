"""Rules for years: behind other names, and alone."""

from dataclasses import replace

from agents.local.language.calendar_days import build_months
from agents.local.language.grammar import Captures, Rules
from agents.local.language.qualified_times import QUALIFIER, find_offset
from agents.local.language.readings import DaySpan, PeriodSpan
from agents.local.language.times import Time, attempt_days
from agents.local.language.today import Today

YEAR_WORDS, OF_YEAR, YEARS = Rules(), Rules(), Rules()
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
FIGURES = frozenset(
    {
        "sales", "revenue", "revenues", "turnover", "takings", "income", "orders", "payments",
        "refunds", "returns", "count", "counts", "numbers", "figures", "volume", "volumes", "total",
        "totals", "values", "value", "mix", "ranking", "customers",
    }
)  # fmt: skip
"""Behind a noun, say that this is no unit of a number: "2025 unit sales"."""
BEFORE_NUMBERS = frozenset(
    {
        "$", "€", "£", "#", "<", ">", "=", "+", "*", "%", "than", "over", "above",
        "under", "below", "least", "most", "exceed", "exceeds", "order", "number",
        "no", "nr", "id", "sku", "top", "first", "last", "next", "model", "version",
    }
)  # fmt: skip
"""Before a bare number, say that it is no year."""
NEAR_YEARS = 10
LATE_YEARS = 3
"""Back from this year, those that "over 2026" is a time of, and no bound."""


@YEAR_WORDS.add("YEAR")
def read_year_number(found: Captures) -> int | None:
    year: int = found[0]
    behind = found.reader.get_word(found.end)
    is_near = abs(year - found.today.date.year) <= NEAR_YEARS
    is_number = behind in NUMBERS_ONLY or (behind in COUNTED and not is_near)
    return None if is_number or year > 9999 else year


@YEAR_WORDS.add("a|one year ago")
def read_year_ago(found: Captures) -> int:
    return found.today.date.year - 1


@YEAR_WORDS.add(f"the? {QUALIFIER} year", "that? same? (this) year")
def read_relative_year(found: Captures) -> int:
    return found.today.date.year - find_offset(found[0])


@YEAR_WORDS.add("the? year before last")
def read_year_before_last(found: Captures) -> int:
    return found.today.date.year - 2


@OF_YEAR.add("YEARWORDS", ",|/|-|of|in the? YEARWORDS", ", of|in YEARWORDS")
def read_of_year(found: Captures) -> int:
    """The year behind a name, with the sign or word between them."""
    year: int = found[0]
    return year


@YEARS.add("the? (year|calendar) YEAR", "the? calendar (year) YEAR")
def read_year_named(found: Captures) -> Time:
    return name_year(found[1], found.today)


@YEARS.add("year (0)", "year (zero)")
def read_year_zero(found: Captures) -> Time:
    return name_year(0, found.today)


@YEARS.add("YEAR")
def read_bare_year(found: Captures) -> Time | None:
    year: int = found[0]
    reader = found.reader
    if _is_amount(reader.get_word(found.end), reader.get_word(found.end + 1)):
        return None
    if counts_something(found, year):
        return None
    is_written_out = found.end - found.start == 1
    time = name_year(year, found.today)
    return replace(time, bare_year=year, is_weak=True) if is_written_out else None


def _is_amount(behind: str, second: str) -> bool:
    """Whether a number is one of what follows: "2025 units", but not "2025 unit sales" and "2025
    GBP revenue"."""
    if behind in COUNTED and not behind.endswith("s"):
        return second not in FIGURES
    is_code = behind in NUMBERS_ONLY and second in FIGURES
    return behind in NUMBERS_ONLY | COUNTED and not is_code


def counts_something(found: Captures, year: int) -> bool:
    """Whether the number with which a time begins is none of a year: "over 5000"."""
    before = found.reader.get_word(found.start - 1)
    is_near = -LATE_YEARS <= year - found.today.date.year <= 1
    return before in BEFORE_NUMBERS and not (before == "over" and is_near)


@YEARS.add("YEARPAIR")
def read_two_years(found: Captures) -> Time | None:
    if len(found.reader.get_word(found.start)) > 7:
        return None
    years = attempt_days(lambda: DaySpan(*build_months(found[0], 1, 24)))
    return Time(years, is_weak=True)


def name_year(year: int, today: Today) -> Time:
    if year > 9999:
        return Time(PeriodSpan("year", 1, today.date.year - year), year=year)
    return Time(attempt_days(lambda: DaySpan(*build_months(year, 1, 12))), year=year)

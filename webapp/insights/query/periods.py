"""Periods of time: hours, days, weeks, months, quarters, years. Pure.

Times here are local: naive datetimes on the clock of some zone.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum

from webapp.kit.weeks import WeekStart


class Period(StrEnum):
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    """Seven days from the weekday on which weeks begin: Monday to Sunday, by ISO 8601."""
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    @property
    def months(self) -> int:
        """Its length in months; 0 for those that are no whole months."""
        return {"month": 1, "quarter": 3, "year": 12}.get(self, 0)

    @property
    def length(self) -> timedelta:
        """Of those that are no whole months; on the clock, which may be set in between."""
        lengths = {"hour": timedelta(hours=1), "week": timedelta(days=7)}
        return lengths.get(self, timedelta(days=1))


LONGER: Mapping[Period, tuple[Period, ...]] = {
    Period.HOUR: (Period.DAY, Period.WEEK, Period.MONTH, Period.QUARTER, Period.YEAR),
    Period.DAY: (Period.WEEK, Period.MONTH, Period.QUARTER, Period.YEAR),
    Period.WEEK: (Period.YEAR,),
    Period.MONTH: (Period.QUARTER, Period.YEAR),
    Period.QUARTER: (Period.YEAR,),
    Period.YEAR: (),
}
"""By period, the longer ones that it lies in as a whole; a week in the year that has most of its
days, as ISO 8601 counts it."""


def find_period_start(
    time: datetime, period: Period, week_start: WeekStart = WeekStart.MONDAY
) -> datetime:
    """The start of the period that contains a local time."""
    if period is Period.HOUR:
        return time.replace(minute=0, second=0, microsecond=0)
    midnight = datetime.combine(time.date(), datetime.min.time())
    if period is Period.WEEK:
        return midnight - timedelta(days=week_start.count_days(midnight))
    if months := period.months:
        return midnight.replace(day=1, month=(time.month - 1) // months * months + 1)
    return midnight


def add_periods(time: datetime, period: Period, count: int) -> datetime:
    """Move a local time by whole periods; a day that its month does not have is the last one.

    Raises `OverflowError` beyond the years 1 to 9999.
    """
    months = period.months
    if not months:
        return time + count * period.length
    return add_months(time, count * months)


def add_months(time: datetime, count: int) -> datetime:
    """Move a local time by months; the 31st becomes the last day of a shorter month."""
    index = time.year * 12 + time.month - 1 + count
    year, month = divmod(index, 12)
    if not date.min.year <= year <= date.max.year:
        msg = "beyond the years 1 to 9999"
        raise OverflowError(msg)
    day = min(time.day, _count_days(year, month + 1))
    return time.replace(year=year, month=month + 1, day=day)


def _count_days(year: int, month: int) -> int:
    following = date(year + month // 12, month % 12 + 1, 1) if year < 9999 else None
    return 31 if following is None else (following - timedelta(days=1)).day


def iterate_periods(
    start: datetime,
    end: datetime,
    period: Period,
    week_start: WeekStart = WeekStart.MONDAY,
) -> Iterator[datetime]:
    """Starts of the periods from the one that contains `start` up to, not including, `end`."""
    first = find_period_start(start, period, week_start)
    count = 0
    while (current := add_periods(first, period, count)) < end:
        yield current
        count += 1


def format_period(start: datetime, period: Period) -> str:
    """How a period is written in results: `2026-03`, `2026-Q1`, `2026-W09`; a week that does not
    begin on a Monday has no number by ISO 8601, and is written `week of 2026-11-29`."""
    if period is Period.WEEK:
        year, week, weekday = start.isocalendar()
        is_iso = weekday == WeekStart.MONDAY.weekday
        return f"{year:04}-W{week:02}" if is_iso else f"week of {start.date()}"
    if period is Period.QUARTER:
        return f"{start.year:04}-Q{(start.month + 2) // 3}"
    return start.isoformat()[: {"year": 4, "month": 7, "day": 10, "hour": 16}[period]]

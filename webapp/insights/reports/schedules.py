"""When a report is due: cron expressions, read in a time zone. Pure.

A time that a change of the clocks leaves out is taken at the next one that there is, and one that
comes twice is taken once.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

FIELDS = 5
MIN_INTERVAL = timedelta(minutes=15)
CHECKED_TIMES = 200
"""How many of a schedule's times are looked at for their distance."""
ANY_DAY = datetime(2026, 1, 1, tzinfo=UTC)
"""For what is asked of a schedule at no time."""


def check_schedule(schedule: str) -> str:
    """Return the expression with single blanks.

    Raises `ValueError` for one that is no cron expression of five fields, is never due, or is due
    more often than every 15 minutes.
    """
    fields = schedule.split()
    if len(fields) != FIELDS:
        msg = "needs five fields: minute, hour, day of month, month, day of week"
        raise ValueError(msg)
    expression = " ".join(fields)
    try:
        times = list(islice(CronSim(expression, ANY_DAY), CHECKED_TIMES))
    except CronSimError as error:
        if _is_of_no_day(fields):
            msg = "is never due: no month that it names has that day"
            raise ValueError(msg) from error
        msg = f"{error}: write minute, hour, day of month, month, day of week"
        raise ValueError(msg) from error
    if not times:
        msg = "is never due"
        raise ValueError(msg)
    if any(later - earlier < MIN_INTERVAL for earlier, later in pairwise(times)):
        msg = "is due more often than every 15 minutes"
        raise ValueError(msg)
    return expression


def _is_of_no_day(fields: Sequence[str]) -> bool:
    """Whether it is well formed, and its days are in none of its months."""
    minute, hour, day, month, weekday = fields
    try:
        CronSim(f"{minute} {hour} {day} * {weekday}", ANY_DAY)
        CronSim(f"* * * {month} *", ANY_DAY)
    except CronSimError:
        return False
    return True


def describe_schedule(schedule: str) -> str:
    """In words, such as "At 06:00 on Monday". Where it has days of the month and of the week, it is
    due on each of both."""
    text = CronSim(schedule, ANY_DAY).explain()
    day, weekday = schedule.split()[2], schedule.split()[4]
    if day.startswith("*") or weekday.startswith("*"):
        return text
    return text.replace(" and on ", " or on ")


def iterate_due_times(
    schedule: str, *, after: datetime, zone: ZoneInfo
) -> Iterator[datetime]:
    """The times in UTC at which the schedule is due, from the first one after an instant on."""
    for time in CronSim(schedule, after.astimezone(zone)):
        yield time.astimezone(UTC)


def find_next_due(schedule: str, *, after: datetime, zone: ZoneInfo) -> datetime | None:
    return next(iterate_due_times(schedule, after=after, zone=zone), None)

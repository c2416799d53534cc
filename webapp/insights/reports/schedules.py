"""When a report is due: cron expressions, read in a time zone. Pure.

A time that a change of the clocks leaves out is taken at the next one that there is, and one that
comes twice is taken once.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

FIELDS = 5
MIN_INTERVAL = timedelta(minutes=15)
CHECKED_TIMES = 200
"""How many of a schedule's times are looked at for their distance."""


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
    any_day = datetime(2026, 1, 1, tzinfo=UTC)
    try:
        times = list(islice(CronSim(expression, any_day), CHECKED_TIMES))
    except CronSimError as error:
        msg = f"{error}: write minute, hour, day of month, month, day of week"
        raise ValueError(msg) from error
    if not times:
        msg = "is never due"
        raise ValueError(msg)
    if any(later - earlier < MIN_INTERVAL for earlier, later in pairwise(times)):
        msg = "is due more often than every 15 minutes"
        raise ValueError(msg)
    return expression


def describe_schedule(schedule: str) -> str:
    """In words, such as "At 06:00 on Monday"."""
    return CronSim(schedule, datetime(2026, 1, 1, tzinfo=UTC)).explain()


def iterate_due_times(
    schedule: str, *, after: datetime, zone: ZoneInfo
) -> Iterator[datetime]:
    """The times in UTC at which the schedule is due, from the first one after an instant on."""
    for time in CronSim(schedule, after.astimezone(zone)):
        yield time.astimezone(UTC)


def find_next_due(schedule: str, *, after: datetime, zone: ZoneInfo) -> datetime | None:
    return next(iterate_due_times(schedule, after=after, zone=zone), None)

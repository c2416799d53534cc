from datetime import date
from enum import StrEnum


class WeekStart(StrEnum):
    """The weekday on which weeks begin."""

    MONDAY = "monday"
    """Those of ISO 8601."""
    SUNDAY = "sunday"
    SATURDAY = "saturday"

    @property
    def weekday(self) -> int:
        """1 (Monday) to 7 (Sunday)."""
        return {"monday": 1, "saturday": 6, "sunday": 7}[self]

    def count_days(self, day: date) -> int:
        """The days from the first one of its week to a day, 0 to 6."""
        return (day.isoweekday() - self.weekday) % 7


def count_weeks(year: int) -> int:
    """The weeks that ISO 8601 counts to a year: 52 or 53."""
    return date(year, 12, 28).isocalendar().week

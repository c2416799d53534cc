"""The day on which something is said, and how its weeks are counted. Pure."""

from dataclasses import dataclass
from datetime import date

from webapp.kit.weeks import WeekStart


@dataclass(frozen=True)
class Today:
    date: date
    week_start: WeekStart
    """Of the shop; weeks that are named by their number are those of ISO 8601 all the same."""

"""Two times that are compared: the later one with the earlier, a running one with the same part of
the other. Pure."""

from datetime import date

from agents.local.dialogue_state import Json
from agents.local.insights.queries.windows import list_days
from agents.local.language.calendar_days import count_whole_months
from agents.local.language.today import Today

MAX_DAYS_OFF = 1
"""Between the days until today and those "to date" of another year, which may be a leap year."""


def is_before(window: Json | None, other: Json | str | None, *, today: Today) -> bool:
    """Whether a window begins before the one that it is compared with."""
    if not (isinstance(window, dict) and isinstance(other, dict)):
        return False
    begins = [list_days(each, today=today)[0] for each in (window, other)]
    return begins[0] is not None and begins[1] is not None and begins[0] < begins[1]


def take_part(window: Json, other: Json, *, today: Today) -> Json:
    """The other window, cut to as much as has passed of a running one where both are as long, or
    the other one is named up to the same day."""
    days = [list_days(each, today=today) for each in (window, other)]
    [first, last], [start, end] = days
    if first is None or last is None or start is None or end is None:
        return other
    is_running = first <= today.date <= last and end < today.date
    as_long = _measure_days(first, last) == _measure_days(start, end)
    passed = (today.date - first) - (end - start)
    is_to_date = abs(passed.days) <= MAX_DAYS_OFF
    return (
        {**other, "part": "same"} if is_running and (as_long or is_to_date) else other
    )


def _measure_days(first: date, last: date) -> tuple[int, int]:
    """Months, else days."""
    months = count_whole_months(first, last) or 0
    return months, 0 if months else (last - first).days

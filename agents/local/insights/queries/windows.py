"""Moves windows of queries: "the month before that", "the same for the year before". Pure."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from agents.local.dialogue_state import Json
from agents.local.language.readings import TimeShift
from agents.local.language.today import Today
from webapp.insights.query.analytics_query import Window
from webapp.insights.query.periods import Period, add_periods, find_period_start
from webapp.insights.query.windows import resolve_window
from webapp.kit.weeks import WeekStart

DAY = timedelta(days=1)
WINDOW: TypeAdapter[Window] = TypeAdapter(Window)
MAX_DAYS_BY_DAY = 45
MAX_DAYS_BY_WEEK = 150


def resolve_days(window: Json, *, today: Today) -> tuple[date, date] | None:
    """The first and the last day of a window, in full; `None` for one that is open.

    Raises `BadWindow` for one that has not begun.
    """
    parsed = WINDOW.validate_python(window)
    end_of_today = datetime.combine(today.date, time(23, 59), UTC)
    resolved = resolve_window(
        parsed,
        now=end_of_today,
        zone=ZoneInfo("UTC"),
        week_start=today.week_start,
    )
    last = resolved.last_day
    if resolved.full_end is not None:
        last = (resolved.full_end - timedelta(microseconds=1)).date()
    if resolved.first_day is None or last is None:
        return None
    return resolved.first_day, last


def list_days(window: Json, *, today: Today) -> tuple[date | None, date | None]:
    """The first and the last day of a window, `None` where it is open; also of one that is still
    to come. Raises `OverflowError`."""
    if "unit" not in window:
        first, last = window.get("firstDay"), window.get("lastDay")
        return (
            None if first is None else date.fromisoformat(first),
            None if last is None else date.fromisoformat(last),
        )
    running = datetime.combine(today.date, time())
    unit = Period(window["unit"]) if window["unit"] != "hour" else Period.DAY
    begin = find_period_start(running, unit, today.week_start)
    start = add_periods(begin, unit, 1 - window["offset"] - window["count"])
    end = add_periods(start, unit, window["count"])
    return start.date(), (end - DAY).date()


def is_same_time(
    first: Json | str | None, second: Json | str | None, *, today: Today
) -> bool:
    """ "In October, up on last month", in November: whether both are windows of the same days."""
    if not (isinstance(first, dict) and isinstance(second, dict)):
        return False
    return list_days(first, today=today) == list_days(second, today=today)


def is_last_period(window: Json | None) -> bool:
    """Whether a window is the period before the running one, such as the last month."""
    return window is not None and (window.get("count"), window.get("offset")) == (1, 1)


def move_window(window: Json, shift: TimeShift, *, today: Today) -> Json | None:
    """The window moved by periods; `None` for one that is open.

    By a longer period than its own, such as a year, the same dates are moved; by a shorter one, it
    is that period next to the window. Raises `BadWindow`, `OverflowError`.
    """
    is_own = shift.unit in ("period", window.get("unit"))
    if is_own and "unit" in window:
        moved = window.get("offset", 0) - shift.count * window.get("count", 1)
        return {**window, "offset": moved}
    days = resolve_days(window, today=today)
    if days is None:
        return None
    first, last = (datetime.combine(day, time()) for day in days)
    if shift.unit == "period":
        return _move_by_length(first, last, shift.count)
    unit = Period(shift.unit)
    start, end = _move_by_unit(first, last + DAY, unit, shift.count, today.week_start)
    return build_days(start.date(), (end - DAY).date())


def _move_by_length(first: datetime, last: datetime, count: int) -> Json:
    unit = next(
        (each for each in (Period.MONTH, Period.DAY) if _is_whole(first, last, each)),
        Period.DAY,
    )
    size = _count_units(first, last + DAY, unit)
    start, end = (add_periods(each, unit, count * size) for each in (first, last + DAY))
    return build_days(start.date(), (end - DAY).date())


def _is_whole(first: datetime, last: datetime, unit: Period) -> bool:
    end = last + DAY
    return (
        find_period_start(first, unit) == first and find_period_start(end, unit) == end
    )


def _count_units(start: datetime, end: datetime, unit: Period) -> int:
    if unit is Period.MONTH:
        return (end.year - start.year) * 12 + end.month - start.month
    return (end - start).days


def _move_by_unit(
    start: datetime, end: datetime, unit: Period, count: int, week_start: WeekStart
) -> tuple[datetime, datetime]:
    is_shorter = add_periods(start, unit, 1) < end
    if not is_shorter:
        moved_start, moved_end = (
            add_periods(each, unit, count) for each in (start, end)
        )
        return moved_start, moved_end
    if count < 0:
        begin = find_period_start(start - DAY, unit, week_start)
        return begin, min(add_periods(begin, unit, 1), start)
    begin = find_period_start(end, unit, week_start)
    return begin, add_periods(begin, unit, 1)


def build_days(first: date, last: date) -> Json:
    return {"firstDay": first.isoformat(), "lastDay": last.isoformat()}


def choose_grain(
    window: Json | None, *, today: Today
) -> Literal["hour", "day", "week", "month"]:
    """The period in which the course over a window is shown, where none is named."""
    days = None if window is None else resolve_days(window, today=today)
    if days is None:
        return "month"
    length = (days[1] - days[0]).days + 1
    if length == 1:
        return "hour"
    if length <= MAX_DAYS_BY_DAY:
        return "day"
    return "week" if length <= MAX_DAYS_BY_WEEK else "month"


def join_windows(windows: list[Json]) -> tuple[Json, str] | None:
    """The window of months, quarters or years that follow each other, with the period; `None` for
    others."""
    if any("firstDay" not in each or "lastDay" not in each for each in windows):
        return None
    spans = sorted(
        (date.fromisoformat(each["firstDay"]), date.fromisoformat(each["lastDay"]))
        for each in windows
    )
    unit = next((each for each in (Period.MONTH, Period.QUARTER, Period.YEAR)
                 if all(_is_one(span, each) for span in spans)), None)  # fmt: skip
    follows = all(before[1] + DAY == after[0] for before, after in pairwise(spans))
    if unit is None or not follows:
        return None
    return build_days(spans[0][0], spans[-1][1]), unit


def is_one_period(window: Json, unit: str, *, today: Today) -> bool:
    """Whether a window is one week, month, quarter or year, so that "the week" means it."""
    if unit in {"period", "time"}:
        return True
    if not window or unit not in {"day", "week", "month", "quarter", "year"}:
        return False
    if "unit" in window and window["unit"] != "hour":
        return bool(window["unit"] == unit and window.get("count", 1) == 1)
    # "Week 41" is a week as well where others begin on another day.
    starts = (today.week_start, WeekStart.MONDAY)
    days = list_days(window, today=today)
    return any(_is_one(days, Period(unit), each) for each in starts)


def _is_one(
    days: tuple[date | None, date | None],
    unit: Period,
    week_start: WeekStart = WeekStart.MONDAY,
) -> bool:
    if None in days:
        return False
    first, last = (datetime.combine(day, time()) for day in days if day is not None)
    return find_period_start(first, unit, week_start) == first and (
        add_periods(first, unit, 1) == last + DAY
    )

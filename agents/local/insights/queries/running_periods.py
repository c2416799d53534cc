"""Ends the time of a query before the period that is not over: "only complete months". Pure."""

from datetime import datetime, time

from agents.local.dialogue_state import Json
from agents.local.insights.queries.parts import NeedsAnswer
from agents.local.insights.queries.windows import DAY, build_days, list_days
from agents.local.insights.question.draft import Request
from agents.local.language.today import Today
from webapp.insights.query.definitions import PERIODS
from webapp.insights.query.periods import Period, find_period_start


def leave_running_period(query: Json, request: Request, today: Today) -> None:
    """Raises `NeedsAnswer` where nothing of the time is over, or no period is named."""
    unit = request.without_running
    if unit is None:
        if not request.complete:
            return
        unit = next((name for name in query["groupBy"] if name in PERIODS), None)
    if unit is None:
        raise NeedsAnswer("Complete days, weeks or months: by which shall I show it?")
    if unit == Period.HOUR:
        return
    running = find_period_start(
        datetime.combine(today.date, time()), Period(unit), today.week_start
    ).date()
    first, last = list_days(query.get("window") or {}, today=today)
    if last is not None and last < running:
        return
    if first is not None and first >= running:
        raise NeedsAnswer(
            f"No {unit} of that time is over yet. Which other time do you mean?"
        )
    days = {"lastDay": (running - DAY).isoformat()}
    query["window"] = days if first is None else build_days(first, running - DAY)

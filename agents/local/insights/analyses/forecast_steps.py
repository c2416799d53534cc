"""The steps of a forecast: the time that it is of, as periods from today on. Pure."""

from datetime import date, datetime, time, timedelta

from agents.local.dialogue_state import Json
from agents.local.insights.queries.parts import NeedsAnswer
from agents.local.insights.queries.windows import list_days
from agents.local.insights.question.draft import Request
from agents.local.language.today import Today
from webapp.insights.analyses.requests import MAX_STEPS
from webapp.insights.query.periods import Period, find_period_start
from webapp.kit.weeks import WeekStart

FORECAST_PERIODS = ("day", "week", "month")
BEST_PERIODS = (Period.MONTH, Period.WEEK, Period.DAY)


def set_steps(base: Json, request: Request, today: Today) -> None:
    """Of the time that is asked for, how many periods ahead it begins and ends. History is all
    that there is."""
    window = base.pop("window", None)
    if window is None:
        return
    first, last = list_days(window, today=today)
    if last is None or last < today.date:
        raise NeedsAnswer(
            "I cannot forecast a time that is already over. Which time do you mean?"
        )
    weeks = today.week_start
    named = base.get("period") if request.group_by else None
    period = Period(named) if named else _choose_period(first, last, weeks)
    start = _find_start(today.date, period, weeks)
    base["period"] = period.value
    base["firstStep"] = (
        1
        if first is None
        else max(1, _count_to(start, _find_start(first, period, weeks), period))
    )
    base["steps"] = _count_to(start, _find_start(last, period, weeks), period)


def _choose_period(first: date | None, last: date, weeks: WeekStart) -> Period:
    """The longest of which the time consists; one that is under way began with its period."""
    end = last + timedelta(days=1)
    for period in BEST_PERIODS:
        begins = first is None or _begins_with(first, period, weeks)
        if begins and _begins_with(end, period, weeks):
            return period
    return Period.DAY


def _begins_with(day: date, period: Period, weeks: WeekStart) -> bool:
    return _find_start(day, period, weeks).date() == day


def _find_start(day: date, period: Period, weeks: WeekStart) -> datetime:
    return find_period_start(datetime.combine(day, time()), period, weeks)


def _count_to(start: datetime, wanted: datetime, period: Period) -> int:
    """The number of a period, 1 for the one that starts at `start`; 0 or less before it."""
    if period is Period.MONTH:
        return (wanted.year - start.year) * 12 + wanted.month - start.month + 1
    return (wanted - start) // period.length + 1


def check_steps(base: Json) -> None:
    if base.get("steps", 1) > MAX_STEPS:
        raise NeedsAnswer(
            f"I can forecast {MAX_STEPS} {base['period']}s ahead at most. How far do you need?"
        )


def recall_target(forecast: Json) -> Json:
    """The time that a forecast is of, which now is wanted by other periods."""
    first, last = forecast.get("firstStep", 1), forecast["steps"]
    # The running period is the first step.
    count, offset = last - first + 1, 1 - last
    return {"unit": forecast["period"], "count": count, "offset": offset}


def forecast_by_day(forecast: Json, *, today: Today) -> Json | None:
    """The forecast of months by days, which takes less history; `None` for one of other periods,
    or of a time that is too long."""
    if forecast.get("analysis") != "forecast" or forecast.get("period") != "month":
        return None
    first, last = list_days(recall_target(forecast), today=today)
    if first is None or last is None:
        return None
    steps = (last - today.date).days + 1
    first_step = max(1, (first - today.date).days + 1)
    by_day = {"period": "day", "firstStep": first_step, "steps": steps}
    return {**forecast, **by_day} if steps <= MAX_STEPS else None

"""Reads the times of a question: its window, what it is compared with, periods, recurring times."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from agents.local.dialogue_state import Json
from agents.local.insights.draft import Draft, Gap
from agents.local.insights.lexicon import Role
from agents.local.insights.mentions import Mention
from agents.local.language.readings import (
    Ambiguous,
    DayHours,
    DaySpan,
    Impossible,
    PeriodSpan,
    TimeComparison,
    TimeGrain,
    TimeShift,
    Weekdays,
)
from webapp.insights.query.periods import Period, add_periods, find_period_start

DAY = timedelta(days=1)
NO_HOLES = "I can leave out weekdays and hours, but no days within a time"
NO_SEASONS = "I have figures by month, but not by the month of whatever year"


def read_times(draft: Draft, *, today: date) -> None:
    for index, mention in enumerate(draft.mentions):
        if mention.time is not None:
            draft.use(index)
            _read_time(draft, index)
    _join_windows(draft)
    if draft.has(Role.CHANGE, Role.RISE, Role.FALL):
        _split_window(draft, today)


def _read_time(draft: Draft, index: int) -> None:
    mention = draft.mentions[index]
    excluded = _use_exclusion(draft, index)
    match mention.time:
        case Ambiguous(question=question):
            draft.questions.append(question)
        case Impossible(reason=reason):
            draft.gaps.append(Gap(mention.text, reason))
        case DaySpan() | PeriodSpan() if excluded:
            draft.gaps.append(Gap(mention.text, NO_HOLES))
        case PeriodSpan(count=1, offset=1) if _is_basis(draft, index):
            draft.request.compare_to = build_window(mention.time)
        case DaySpan() | PeriodSpan() as span:
            draft.request.windows.append(build_window(span))
        case Weekdays() | DayHours() as recurring:
            _add_recurring(draft, recurring, excluded=excluded)
        case _:
            _read_relation(draft, mention)


def _read_relation(draft: Draft, mention: Mention) -> None:
    request = draft.request
    match mention.time:
        case TimeGrain(name="month_of_year"):
            draft.gaps.append(Gap(mention.text, NO_SEASONS))
        case TimeGrain(name=name) if name not in request.group_by:
            request.group_by.append(name)
        case TimeComparison(to=other):
            _set_comparison(draft, other)
        case TimeShift() as shift:
            request.shift = shift


def _is_basis(draft: Draft, index: int) -> bool:
    """ "Up on last year", "down from last month": what is compared with."""
    before = draft.find_before(index)
    follows = before is not None and draft.mentions[before].has(
        Role.CHANGE, Role.RISE, Role.FALL
    )
    first = draft.mentions[index].text.casefold().split()[0]
    return follows and first in {"on", "from", "over", "since", "against"}


def _use_exclusion(draft: Draft, index: int) -> bool:
    before = draft.find_before(index)
    is_excluded = before is not None and draft.mentions[before].has(Role.EXCLUDE)
    if before is not None and is_excluded:
        draft.use(before)
    return is_excluded


def build_window(span: DaySpan | PeriodSpan) -> Json:
    if isinstance(span, PeriodSpan):
        return {"unit": span.unit, "count": span.count, "offset": span.offset}
    days = {"firstDay": span.first, "lastDay": span.last}
    return {name: day.isoformat() for name, day in days.items() if day is not None}


def _iterate_hours(first: int, last: int) -> Iterator[str]:
    hour = first
    while hour != last:
        yield str(hour)
        hour = (hour + 1) % 24
    yield str(last)


def _add_recurring(
    draft: Draft, recurring: Weekdays | DayHours, *, excluded: bool
) -> None:
    """A second one of the same kind makes a query of its own: "weekends versus weekdays"."""
    request = draft.request
    if isinstance(recurring, Weekdays):
        dimension, values = "weekday", [str(day) for day in recurring.days]
    else:
        dimension = "hour_of_day"
        values = list(_iterate_hours(recurring.first, recurring.last))
    condition = {"dimension": dimension, ("notIn" if excluded else "in"): values}
    same = [each for each in request.filters if each["dimension"] == dimension]
    if not same or excluded:
        request.filters.append(condition)
    elif draft.has(Role.COMPARE) or request.variants:
        if not request.variants:
            request.filters.remove(same[0])
            request.variants.append([same[0]])
        request.variants.append([condition])
        draft.use(*draft.list_unused(Role.COMPARE))
    else:
        same[0]["in"] = sorted({*same[0].get("in", []), *values}, key=int)


def _set_comparison(
    draft: Draft, other: str | DaySpan | PeriodSpan | TimeShift
) -> None:
    request = draft.request
    match other:
        case DaySpan() | PeriodSpan():
            request.compare_to = build_window(other)
        case TimeShift():
            request.compare_shift = other
        case _:
            request.compare_to = other


def _join_windows(draft: Draft) -> None:
    """Several times: two that are compared, one within the other, or a query for each."""
    request = draft.request
    if len(request.windows) == 2 and draft.has(
        Role.COMPARE, Role.CHANGE, Role.RISE, Role.FALL
    ):
        request.window, request.compare_to = request.windows
        request.windows = []
        draft.use(*draft.list_unused(Role.COMPARE))
    elif len(request.windows) == 1:
        request.window = request.windows.pop()


def _split_window(draft: Draft, today: date) -> None:
    """A change "from May to June" is that of June on May."""
    request = draft.request
    window = request.window
    is_alone = request.compare_to is None and request.compare_shift is None
    if not window or "lastDay" not in window or not is_alone or _has_grain(draft):
        return
    halves = find_halves(window)
    if halves is not None and date.fromisoformat(window["lastDay"]) <= today:
        request.compare_to, request.window = halves


def _has_grain(draft: Draft) -> bool:
    return any(isinstance(each.time, TimeGrain) for each in draft.mentions)


def find_halves(window: Json) -> tuple[Json, Json] | None:
    """The two months, quarters or years of which a window consists; `None` if it is no two."""
    if "firstDay" not in window:
        return None
    first = datetime.combine(date.fromisoformat(window["firstDay"]), time())
    end = datetime.combine(date.fromisoformat(window["lastDay"]), time()) + DAY
    for unit in (Period.MONTH, Period.QUARTER, Period.YEAR):
        middle = add_periods(first, unit, 1)
        is_whole = find_period_start(first, unit) == first
        if is_whole and add_periods(first, unit, 2) == end:
            return _build_days(first, middle), _build_days(middle, end)
    return None


def _build_days(start: datetime, end: datetime) -> Json:
    return {
        "firstDay": start.date().isoformat(),
        "lastDay": (end - DAY).date().isoformat(),
    }

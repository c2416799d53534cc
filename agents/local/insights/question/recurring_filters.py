"""Filters by what comes again: the weekdays and the hours of a question."""

import re
from collections.abc import Sequence
from itertools import pairwise

from agents.local.dialogue_state import Json
from agents.local.insights.queries.windows import list_days
from agents.local.insights.question.draft import Draft, Request
from agents.local.insights.words.lexicon import Role
from agents.local.insights.words.mentions import Mention
from agents.local.language.calendar_names import (
    DAYTIMES,
    PLURAL_DAYTIMES,
    WEEKDAY_NAMES,
)
from agents.local.language.readings import (
    DayHours,
    DaySpan,
    Reading,
    TimeComparison,
    Weekdays,
)
from agents.local.language.recurring_times import WEEKEND, WORKDAYS
from agents.local.language.today import Today
from webapp.kit.weeks import WeekStart

MIN_RECURRING = 7
COUNTED = re.compile(r"(?i)\b(?:last|past|previous|latest|recent|first)\b")
"""In a time before weekdays: "the last 3" Fridays, but not "in October" on Fridays."""


def add_recurring(
    draft: Draft, recurring: Weekdays | DayHours, *, excluded: bool
) -> None:
    """A second one of the same kind makes a query of its own: "weekends versus weekdays"."""
    request = draft.request
    dimension, values = _list_recurring(recurring)
    condition = {"dimension": dimension, ("notIn" if excluded else "in"): values}
    same = [each for each in request.filters if each["dimension"] == dimension]
    if excluded:
        _exclude_days(request, condition, values)
    elif not same:
        request.filters.append(condition)
        if _is_choice_of_days(draft, recurring):
            request.group_by.append(dimension)
            draft.use(*draft.list_unused(Role.COMPARE, Role.RISE, Role.FALL))
    elif len(values) == 1 and len(same[0].get("in", [])) == 1 and _is_choice(draft):
        same[0]["in"] = sorted([*same[0]["in"], *values], key=int)
        request.group_by.append(dimension)
        draft.use(*draft.list_unused(Role.COMPARE, Role.RISE, Role.FALL))
    elif draft.has(Role.COMPARE) or request.variants or _is_choice(draft):
        if not request.variants:
            request.filters.remove(same[0])
            request.variants.append([same[0]])
        request.variants.append([condition])
        draft.use(*draft.list_unused(Role.COMPARE, Role.RISE, Role.FALL))
    else:
        same[0]["in"] = sorted({*same[0].get("in", []), *values}, key=int)


def _list_recurring(recurring: Weekdays | DayHours) -> tuple[str, list[str]]:
    """The dimension, and its values."""
    if isinstance(recurring, Weekdays):
        return "weekday", [str(day) for day in recurring.days]
    return "hour_of_day", _list_hours(recurring)


def _list_hours(hours: DayHours) -> list[str]:
    count = (hours.last - hours.first) % 24 + 1
    return [str((hours.first + n) % 24) for n in range(count)]


def _exclude_days(request: Request, condition: Json, values: Sequence[str]) -> None:
    """ "On weekdays, so not on Saturday or Sunday": of those that are wanted, none of these."""
    name = condition["dimension"]
    same = next((each for each in request.filters if each["dimension"] == name), None)
    if same is None:
        request.filters.append(condition)
    elif "in" in same:
        kept = [each for each in same["in"] if each not in values]
        same["in"] = kept or same["in"]
    else:
        same["notIn"] = sorted({*same["notIn"], *values}, key=int)


def _is_choice_of_days(draft: Draft, recurring: Weekdays | DayHours) -> bool:
    """ "More on Mondays or on Fridays", where both are one list."""
    texts = [each.text.casefold() for each in draft.mentions if each.time == recurring]
    is_list = isinstance(recurring, Weekdays) and any(" or " in each for each in texts)
    return is_list and draft.has(Role.COMPARE, Role.RISE, Role.FALL)


def _is_choice(draft: Draft) -> bool:
    """Whether each of several days is wanted by itself."""
    if any(isinstance(each.time, TimeComparison) for each in draft.mentions):
        return True
    joins = {each.text.casefold().split()[0] for each in draft.mentions}
    return draft.has(Role.COMPARE) or (
        draft.has(Role.RISE, Role.FALL) and "or" in joins
    )


def is_said_in_hours(draft: Draft, mention: Mention, part: DayHours) -> bool:
    """ "Evening orders, from 6 pm on": whether the hours of the clock say which part of the day
    another word means."""
    hours = [each for each in draft.mentions if isinstance(each.time, DayHours)]
    clocks = [each.time for each in hours if not _is_day_part(each)]
    joins = draft.has(Role.COMPARE) or any(
        each.text == "and" for each in draft.mentions
    )
    is_part = _is_day_part(mention) and not joins
    return is_part and any(_shares_hours(part, each) for each in clocks)


def _is_day_part(mention: Mention) -> bool:
    words = mention.text.casefold().split()
    return words[-1] in DAYTIMES.keys() | PLURAL_DAYTIMES.keys() and not any(
        character.isdigit() for character in mention.text
    )


def _shares_hours(part: DayHours, other: Reading | None) -> bool:
    if not isinstance(other, DayHours):
        return False
    return not {*_list_hours(part)}.isdisjoint(_list_hours(other))


def _is_week(window: Json, today: Today) -> bool:
    first, last = list_days(window, today=today)
    return (
        first is not None and last is not None and (last - first).days < MIN_RECURRING
    )


def use_all_days(draft: Draft, today: Today) -> None:
    """ "By weekday, Monday to Sunday": none is left out."""
    request = draft.request
    every = {str(day) for day in range(1, len(WEEKDAY_NAMES) + 1)}
    for condition in list(request.filters):
        if condition["dimension"] == "weekday" and every == {*condition.get("in", ())}:
            request.filters.remove(condition)
            # "Last week, from Monday to Sunday", is all of that week.
            is_week = request.window is not None and _is_week(request.window, today)
            if "weekday" not in request.group_by and not is_week:
                request.group_by.append("weekday")


def use_days_of_choice(draft: Draft) -> None:
    """ "Which day sells more, Sunday or Monday": a day of the week, and no rows by day."""
    if "weekday" not in draft.request.group_by:
        return
    for index in list(draft.list_unused(Role.DIMENSION)):
        is_day = draft.mentions[index].get_name(Role.DIMENSION) == "day"
        if is_day and not draft.is_after(index, Role.BY):
            draft.use(index)


def use_workdays(draft: Draft) -> None:
    """ "Weekday orders (Mon-Fri)": of these days, and no rows by them."""
    of_work = [str(day) for day in WORKDAYS.days]
    is_said = any(
        each["dimension"] == "weekday" and each.get("in") == of_work
        for each in draft.request.filters
    )
    for index, mention in enumerate(draft.mentions if is_said else ()):
        is_bare = mention.text.casefold() in {"weekday", "weekdays", "workday"}
        splits = draft.is_after(
            index, Role.BY, Role.WHICH, Role.SUPERLATIVE, Role.BREAKDOWN
        )
        if is_bare and mention.has(Role.DIMENSION, Role.DIMENSIONS) and not splits:
            draft.use(index)


def settle_hours(draft: Draft, today: Today) -> None:
    """ "Hourly revenue on Saturdays in October": the hours of whatever Saturday."""
    request = draft.request
    recurs = any(each["dimension"] == "weekday" for each in request.filters)
    if recurs and "hour" in request.group_by and not request.windows:
        days = (
            (None, None)
            if request.window is None
            else list_days(request.window, today=today)
        )
        is_long = None in days or (days[1] - days[0]).days >= MIN_RECURRING  # type: ignore[operator]
        if is_long:
            request.group_by = [
                "hour_of_day" if each == "hour" else each for each in request.group_by
            ]


def pair_hours_of_week(draft: Draft) -> None:
    """ "By weekday and hour": the hours of whatever day."""
    groups = draft.request.group_by
    if "weekday" in groups and "hour" in groups:
        draft.request.group_by = [
            "hour_of_day" if each == "hour" else each for each in groups
        ]


def list_counted_days(draft: Draft, today: Today) -> None:
    """ "The last 3 Fridays" are wanted each by itself, where nothing else is said."""
    request = draft.request
    is_open = not (request.group_by or request.sums or request.variants)
    if not is_open or draft.has(Role.SUM_UP) or (draft.follows and not request.metrics):
        return
    request.group_by = find_counted_rows(draft.mentions, today)


def find_counted_rows(mentions: Sequence[Mention], today: Today) -> list[str]:
    """The period that has one row for each of "the last 3 Fridays"; none where no days are
    counted. Where weeks begin on Sunday, a weekend is in two of them."""
    for before, mention in pairwise(mentions):
        days = mention.time
        is_counted = isinstance(before.time, DaySpan) and COUNTED.search(before.text)
        if is_counted and isinstance(days, Weekdays):
            is_split = today.week_start is WeekStart.SUNDAY
            return ["week" if days == WEEKEND and not is_split else "day"]
    return []

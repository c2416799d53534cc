"""Builds the requests of analyses that a question asks for, from its parts and from what was asked
before. What an analysis has no use for is refused. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy

from agents.local.dialogue_state import Json
from agents.local.insights.analyses.forecast_steps import (
    FORECAST_PERIODS,
    check_steps,
    set_steps,
)
from agents.local.insights.analyses.named_analyses import BY_COHORT, OF_ANY_METRIC
from agents.local.insights.analyses.options import (
    check_level,
    refuse_unused,
    set_choice,
    set_limit,
)
from agents.local.insights.analyses.scopes import inherit_scope, to_query
from agents.local.insights.queries.compared_windows import take_part
from agents.local.insights.queries.filter_edits import change_filters, drop_filter
from agents.local.insights.queries.follow_ups import Earlier, is_follow_up, is_fragment
from agents.local.insights.queries.parts import NeedsAnswer
from agents.local.insights.queries.windows import list_days, move_window
from agents.local.insights.question.draft import Request
from agents.local.insights.question.question import Question
from agents.local.insights.question.related_metrics import DEFAULT_METRIC
from agents.local.insights.words.lexicon import Role
from agents.local.language.readings import TimeShift
from agents.local.language.today import Today
from webapp.insights.analyses.methods import METHODS
from webapp.insights.analyses.requests import MAX_STOCK_DAYS, ForecastRequest
from webapp.insights.query.definitions import PERIODS

ALONGSIDE = re.compile(r"(?i)\b(?:next to|beside|alongside|against)\b")
OF_ONE_SERIES = frozenset({"anomalies", "forecast"})
WHICH_TIME = "Which time do you mean, such as “last month” or “in May”?"


def is_analysis(
    question: Question, earlier: Earlier | None, *, continues: bool = False
) -> bool:
    """Whether a message asks for an analysis, or changes the one before. With `continues`, it says
    more of what is before."""
    if question.request.analysis is not None:
        return True
    if earlier is None or "analysis" not in earlier.query:
        return False
    if question.request.of_analysis is not None:
        return bool(question.request.of_analysis == earlier.query["analysis"])
    follows = is_follow_up(question, earlier) or (continues and is_fragment(question))
    return follows and not _wants_rows(question, earlier)


def _wants_rows(question: Question, earlier: Earlier) -> bool:
    """Whether a change explained is followed by a question for the figures by period."""
    rows = [name for name in question.request.group_by if name in PERIODS]
    return earlier.query["analysis"] == "explain_change" and bool(rows)


def build_analyses(
    question: Question, *, today: Today, earlier: Earlier | None
) -> list[Json]:
    """The requests, in the order of the question.

    Raises `NeedsAnswer`, `OverflowError`.
    """
    request = deepcopy(question.request)
    base = inherit_scope(question, request, earlier, today)
    name = base["analysis"]
    _read_number(base, request)
    _take_compared_unit(name, request)
    refuse_unused(name, request)
    for dimension in request.all_of:
        drop_filter(base, request, dimension)
    change_filters(base, request, adds=False)
    _set_times(base, request, today)
    _split_values(base, request, compares=_is_compared(question))
    set_choice(base, request)
    set_limit(base, request)
    if request.sort_by is not None:
        base["sort"] = request.sort_by
    if request.level is not None:
        base["level"] = check_level(name, request.level)
    if request.direction is not None and name == "anomalies":
        base["direction"] = request.direction
    if request.currency is not None:
        base["currency"] = request.currency
    if name in SPECIAL:
        SPECIAL[name](base, request, today)
    variants = _list_variants(base, request, today)
    wants_known = request.wants_change and name == "forecast"
    known = map(_build_known, variants) if wants_known else ()
    return [
        {key: value for key, value in each.items() if value not in (None, [])}
        for each in (*known, *variants)
    ]


def _build_known(forecast: Json) -> Json:
    """ "Will revenue grow next month": the last month that is over, beside the forecast."""
    request = ForecastRequest.model_validate(forecast)
    count = request.steps - request.first_step + 1
    window = {"unit": request.period, "count": count, "offset": 1}
    return {**to_query(forecast), "window": window}


def _take_compared_unit(name: str, request: Request) -> None:
    """ "The MoM change in October" is the one on the month before."""
    if name == "explain_change" and request.compare_unit and request.window:
        request.compare_shift = TimeShift(request.compare_unit, -1)
        request.compare_unit = None


def _read_number(base: Json, request: Request) -> None:
    """A number alone: "and 6 months?", "make that 10"."""
    number, unit = request.number, request.number_unit
    if number is None:
        return
    is_months = unit == "month" and base["analysis"] in BY_COHORT
    is_ahead = unit in FORECAST_PERIODS and base["analysis"] == "forecast"
    if is_months:
        request.months = number
    elif is_ahead:
        first = base.get("firstStep", 1) if base.get("period") == unit else 1
        base |= {"period": unit, "firstStep": first, "steps": first + number - 1}
    elif unit is None and base["analysis"] == "forecast" and "steps" in base:
        base["steps"] = base.get("firstStep", 1) + number - 1
    elif unit is None:
        request.limit = number
    else:
        raise NeedsAnswer(f"What is the number {number} to be here? Please say more.")


def _set_times(base: Json, request: Request, today: Today) -> None:
    if request.shift is not None:
        window = base.get("window")
        moved = window and move_window(window, request.shift, today=today)
        if not moved:
            raise NeedsAnswer(WHICH_TIME)
        base["window"] = moved
        base.pop("compareTo", None)
    if request.window is not None or request.windows:
        base["window"] = request.window
        if isinstance(base.get("compareTo"), dict):
            del base["compareTo"]
    if request.months is not None:
        base["months"] = request.months
    compares = request.compare_to is not None or request.compare_shift is not None
    if compares and base["analysis"] != "explain_change":
        raise NeedsAnswer(
            f"I compare nothing in this ({METHODS[base['analysis']].label}). "
            "Please ask for one time."
        )


def _is_compared(question: Question) -> bool:
    return question.has(Role.COMPARE) or any(
        ALONGSIDE.search(each.text) for each in question.mentions
    )


def _split_values(base: Json, request: Request, *, compares: bool) -> None:
    """ "The forecasts of Kitchen and Garden" are one for each, and so are those "next to" each
    other."""
    if base["analysis"] not in OF_ONE_SERIES:
        return
    for condition in list(base.get("filters", [])):
        name, values = condition["dimension"], condition.get("in", [])
        is_each = name in request.group_by or compares
        if is_each and len(values) > 1 and not request.variants:
            request.group_by = [each for each in request.group_by if each != name]
            base["filters"].remove(condition)
            request.variants = [[{**condition, "in": [value]}] for value in values]


def _set_explained(base: Json, request: Request, today: Today) -> None:
    """The window, and what it is compared with where that is not the time before it."""
    if request.compare_to is not None:
        base["compareTo"] = request.compare_to
    if "window" not in base and isinstance(request.compare_to, str):
        base["window"] = {"unit": "year", "count": 1, "offset": 0}
    if "window" not in base and not request.windows:
        raise NeedsAnswer(WHICH_TIME)
    window = base.get("window")
    if request.compare_shift is not None and window is not None:
        base["compareTo"] = _move_compared(window, request.compare_shift, today)
    other = base.get("compareTo")
    if isinstance(other, dict) and window is not None and not request.compares_whole:
        base["compareTo"] = take_part(window, other, today=today)


def _move_compared(window: Json, shift: TimeShift, today: Today) -> Json | str | None:
    is_previous = shift.count == -1 and shift.unit in ("period", window.get("unit"))
    return "previous" if is_previous else move_window(window, shift, today=today)


def _set_cover(base: Json, request: Request, today: Today) -> None:
    """ "What runs out in the next 30 days": within as many days from now."""
    if request.lead_days is not None:
        base["leadTimeDays"] = request.lead_days
    _, last = list_days(base.get("window") or {}, today=today)
    if last is not None and last > today.date:
        del base["window"]
        base |= {"leadTimeDays": 0, "coverDays": (last - today.date).days}
    days = (request.lead_days or 0, base.get("coverDays", 0))
    if max(days) > MAX_STOCK_DAYS:
        raise NeedsAnswer(
            f"I can look {MAX_STOCK_DAYS} days ahead here. How far do you need?"
        )


def _set_item(base: Json, _request: Request, _today: Today) -> None:
    """What is bought with one product or category, which is no filter of the orders' lines."""
    kinds = ("product", "category")
    named = [each for each in base.get("filters", []) if each["dimension"] in kinds]
    if not named:
        return
    [condition, *others] = named
    values = [*condition.get("in", []), *filter(None, [condition.get("contains")])]
    if others or len(values) != 1:
        raise NeedsAnswer("Bought with which product or category? Please name one.")
    base["filters"].remove(condition)
    base["item"] = values[0]
    base.setdefault("by", condition["dimension"])
    if base["by"] != condition["dimension"]:
        raise NeedsAnswer(
            f"I count pairs of products or pairs of categories. Which {base['by']} do you mean?"
        )


def _list_variants(base: Json, request: Request, today: Today) -> Sequence[Json]:
    """One for each figure, each time and each set of filters that is named."""
    variants = [base]
    if base["analysis"] in OF_ANY_METRIC:
        metrics = request.metrics or [base.get("metric", DEFAULT_METRIC)]
        variants = [{**base, "metric": metric} for metric in metrics]
    if request.windows:
        variants = [
            {**each, "window": window}
            for window in request.windows
            for each in variants
        ]
    if request.variants:
        variants = [
            {**each, "filters": [*each.get("filters", []), *filters]}
            for filters in request.variants
            for each in variants
        ]
    if base["analysis"] == "forecast":
        for each in variants:
            set_steps(each, request, today)
            check_steps(each)
    return variants


SPECIAL: Mapping[str, Callable[[Json, Request, Today], None]] = {
    "explain_change": _set_explained,
    "basket_pairs": _set_item,
    "stock_outlook": _set_cover,
}

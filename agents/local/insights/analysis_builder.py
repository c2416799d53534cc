"""Builds the requests of analyses that a question asks for, from its parts and from what was asked
before. What an analysis has no use for is refused. Pure."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from datetime import date, datetime, time

from agents.local.dialogue_state import Json
from agents.local.insights.draft import Request
from agents.local.insights.query_builder import (
    Earlier,
    NeedsAnswer,
    change_filters,
    drop_filter,
    is_follow_up,
    is_fragment,
)
from agents.local.insights.query_windows import list_days, move_window
from agents.local.insights.question_analyses import (
    BY_COHORT,
    LEVELED,
    OF_ANY_METRIC,
)
from agents.local.insights.question_parser import Question
from agents.local.insights.question_windows import build_window
from agents.local.insights.related_metrics import DEFAULT_METRIC
from agents.local.language.period_labels import parse_period
from agents.local.language.readings import TimeShift
from webapp.insights.analyses.methods import METHODS
from webapp.insights.analyses.requests import (
    MAX_MONTHS,
    MAX_STEPS,
    MAX_STOCK_DAYS,
    ForecastRequest,
)
from webapp.insights.query.definitions import DIMENSIONS, METRICS, PERIODS
from webapp.insights.query.periods import Period, add_periods, find_period_start

ITS_FIGURES: Mapping[str, frozenset[str]] = {
    "retention": frozenset(
        {"customers", "returning_customers", "new_customers", "orders"}
    ),
    "rfm": frozenset({"customers", "net_revenue", "orders"}),
    "lifetime_value": frozenset({"net_revenue", "customers", "new_customers"}),
    "basket_pairs": frozenset({"orders", "units", "customers"}),
    "price_effect": frozenset(
        {"units", "orders", "net_revenue", "gross_sales", "average_unit_price"}
    ),
    "search_insights": frozenset(
        {
            *("searches", "zero_result_searches", "search_clicks"),
            *("search_conversion_rate", "customers"),
        }
    ),
    "stock_outlook": frozenset(
        {"stock", "available", "units", "stock_cover", "orders"}
    ),
    "concentration": frozenset({"gross_sales", "net_revenue", "units", "customers"}),
}
"""The metrics that an analysis can be of, or shows in any case; of others, any."""
FORECAST_PERIODS = ("day", "week", "month")
BEST_PERIODS = (Period.MONTH, Period.WEEK, Period.DAY)
CHOICES: Mapping[str, tuple[str | None, Sequence[str]]] = {
    "anomalies": ("period", ("day", "week")),
    "forecast": ("period", FORECAST_PERIODS),
    "basket_pairs": ("by", ("product", "category")),
    "concentration": ("by", ("product", "variant", "category", "country", "customer")),
    "retention": (None, ("month",)),
    "lifetime_value": (None, ("month",)),
    "price_effect": (None, ("product", "variant")),
    "search_insights": (None, ("search_query",)),
    "stock_outlook": (None, ("product", "variant")),
}
"""By analysis, the argument that a dimension is for, and the dimensions that it can be; without an
argument its rows are of these in any case."""
OF_ONE_SERIES = frozenset({"anomalies", "forecast"})
LIMITED = frozenset(
    {
        *("explain_change", "anomalies", "basket_pairs", "price_effect"),
        *("concentration", "search_insights", "stock_outlook"),
    }
)
LEVELS = (80, 90, 95)
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


def to_query(analysis: Json) -> Json:
    """The query of the figures that an analysis was about."""
    names = ("filters", "window", "compareTo", "currency")
    query = {name: analysis[name] for name in names if name in analysis}
    if "metric" in analysis:
        query["metrics"] = [analysis["metric"]]
    return query


def build_analyses(
    question: Question, *, today: date, earlier: Earlier | None
) -> list[Json]:
    """The requests, in the order of the question.

    Raises `NeedsAnswer`, `OverflowError`.
    """
    request = deepcopy(question.request)
    base = _inherit_scope(question, request, earlier)
    name = base["analysis"]
    _read_number(base, request)
    _take_compared_unit(name, request)
    _refuse_unused(name, request)
    for dimension in request.all_of:
        drop_filter(base, request, dimension)
    change_filters(base, request, adds=False)
    _set_times(base, request, today)
    _split_values(base, request)
    _set_choice(base, request)
    _set_limit(base, request)
    if request.sort_by is not None:
        base["sort"] = request.sort_by
    if request.level is not None:
        base["level"] = _check_level(name, request.level)
    if request.direction is not None and name == "anomalies":
        base["direction"] = request.direction
    if request.currency is not None:
        base["currency"] = request.currency
    if name in SPECIAL:
        SPECIAL[name](base, request, today)
    _check_steps(base)
    variants = _list_variants(base, request)
    wants_known = request.wants_change and name == "forecast"
    known = map(_build_known, variants) if wants_known else ()
    return [
        {key: value for key, value in each.items() if value not in (None, [])}
        for each in (*known, *variants)
    ]


def _check_level(name: str, level: int) -> int:
    """Raises `NeedsAnswer` for a level of an interval that there is not."""
    if name not in LEVELED:
        raise NeedsAnswer(f"There are no intervals in this ({METHODS[name].label}).")
    if level not in LEVELS:
        raise NeedsAnswer(
            "I can give intervals of eighty, ninety or ninety-five percent. Which do you want?"
        )
    return level


def _build_known(forecast: Json) -> Json:
    """ "Will revenue grow next month": the last month that is over, beside the forecast."""
    request = ForecastRequest.model_validate(forecast)
    count = request.steps - request.first_step + 1
    window = {"unit": request.period, "count": count, "offset": 1}
    return {**to_query(forecast), "window": window}


def _inherit_scope(
    question: Question, request: Request, earlier: Earlier | None
) -> Json:
    """What is kept of what was asked before: all of the same analysis, the scope of another."""
    name = request.analysis
    if earlier is not None and _is_edit(question, earlier):
        return _keep_analysis(earlier.query, request)
    base: Json = {"analysis": name}
    if earlier is None or not _is_further(question, request, earlier):
        return base
    query = deepcopy(earlier.query)
    if "analysis" in query:
        query = to_query(query)
    names = ("filters", "currency")
    base |= {key: query[key] for key in names if key in query}
    if name in OF_ANY_METRIC and query.get("metrics"):
        base["metric"] = query["metrics"][0]
    if name == "explain_change":
        _inherit_times(base, query, request, earlier)
    elif name != "forecast" and request.window is None and "window" in query:
        base["window"] = query["window"]
    return base


def _is_edit(question: Question, earlier: Earlier) -> bool:
    name = question.request.analysis
    is_same = name == earlier.query.get("analysis")
    return name is None or (is_same and is_follow_up(question, earlier))


def _keep_analysis(earlier: Json, request: Request) -> Json:
    kept = deepcopy(earlier)
    if request.group_by and request.window is None and "steps" in kept:
        request.window = _recall_target(kept)
    if request.metrics:
        # Not every figure can be split by what the other one was.
        kept.pop("dimensions", None)
    return kept


def _recall_target(forecast: Json) -> Json:
    """The time that a forecast is of, which now is wanted by other periods."""
    first, last = forecast.get("firstStep", 1), forecast["steps"]
    # The running period is the first step.
    count, offset = last - first + 1, 1 - last
    return {"unit": forecast["period"], "count": count, "offset": offset}


def _is_further(question: Question, request: Request, earlier: Earlier) -> bool:
    """Whether an analysis is of what was asked before: "why?", "and the forecast of it"."""
    lacks_time = request.analysis == "explain_change" and _lacks_time(request)
    is_open = lacks_time or is_follow_up(question, earlier)
    return is_open and request.analysis in OF_ANY_METRIC


def _lacks_time(request: Request) -> bool:
    return request.window is None and not request.windows


def _inherit_times(base: Json, query: Json, request: Request, earlier: Earlier) -> None:
    """The window before and what it was compared with; of "which month was best" that month, of
    "which category fell most" that category."""
    if _lacks_time(request):
        for key in ("window", "compareTo"):
            if key in query:
                base[key] = query[key]
    if query.get("limit") == 1 and "limitBy" not in query:
        _take_first_row(base, query, request, earlier.first_row)
    else:
        _ask_for_period(query, request)


def _take_first_row(base: Json, query: Json, request: Request, row: Json) -> None:
    named = {each["dimension"] for each in request.filters}
    for name in query.get("groupBy", []):
        # Of an hour the day: its label begins with it.
        days = parse_period(row[name][:10]) if name in PERIODS and name in row else None
        if days is not None and _lacks_time(request):
            base["window"] = build_window(days)
            base.pop("compareTo", None)
        elif name not in PERIODS and name in row and name not in named:
            value = str(row.get(f"{name}_id") or row[name])
            condition = {"dimension": name, "in": [value]}
            base["filters"] = [*base.get("filters", []), condition]


def _ask_for_period(query: Json, request: Request) -> None:
    """Of rows by month it is not clear which change is meant."""
    periods = [name for name in query.get("groupBy", []) if name in PERIODS]
    is_one = bool(periods) and _is_one_period(query.get("window") or {}, periods[0])
    if (
        periods
        and not is_one
        and _lacks_time(request)
        and query.get("compareTo") is None
    ):
        raise NeedsAnswer(f"Which {DIMENSIONS[periods[0]].label} do you mean?")


def _is_one_period(window: Json, period: str) -> bool:
    """Whether dates are those of one period: there is one row, and so one change."""
    if not {"firstDay", "lastDay"} <= set(window) or period not in FORECAST_PERIODS:
        return False
    first = datetime.fromisoformat(window["firstDay"])
    end = add_periods(first, Period(period), 1)
    is_last = add_periods(end, Period.DAY, -1).date().isoformat() == window["lastDay"]
    return is_last and find_period_start(first, Period(period)) == first


def _refuse_unused(name: str, request: Request) -> None:
    label = METHODS[name].label
    unused = [
        *(f"“{each.text}”" for each in request.bounds),
        *(("computed columns",) if request.derived else ()),
        *(("a comparison of all periods",) if request.compare_unit else ()),
        *(("a lead time",) if _has_lead_time(name, request) else ()),
        *(("another order of rows",) if _is_reordered(name, request) else ()),
    ]
    if unused:
        raise NeedsAnswer(
            f"I have no use for {unused[0]} here ({label}). Please ask without it."
        )
    if request.months is not None and not 1 <= request.months <= MAX_MONTHS:
        raise NeedsAnswer(f"I can show 1 to {MAX_MONTHS} months since the first order.")
    _refuse_metrics(name, request)


def _take_compared_unit(name: str, request: Request) -> None:
    """ "The MoM change in October" is the one on the month before."""
    if name == "explain_change" and request.compare_unit and request.window:
        request.compare_shift = TimeShift(request.compare_unit, -1)
        request.compare_unit = None


def _has_lead_time(name: str, request: Request) -> bool:
    return request.lead_days is not None and name != "stock_outlook"


def _is_reordered(name: str, request: Request) -> bool:
    is_by_orders = name == "basket_pairs" and request.sort_by == "orders"
    is_sorted = request.sort_by is not None and not is_by_orders
    return is_sorted or request.flips or request.descending is False


def _refuse_metrics(name: str, request: Request) -> None:
    possible = ITS_FIGURES.get(name, METRICS)
    others = [each for each in request.metrics if each not in possible]
    if others:
        raise NeedsAnswer(
            f"There is no {METRICS[others[0]].label} in this ({METHODS[name].label}). "
            "Please ask for one of them."
        )


def _set_times(base: Json, request: Request, today: date) -> None:
    if request.shift is not None:
        moved = None
        if "window" in base:
            moved = move_window(base["window"], request.shift, today=today)
        if moved is None:
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


def _split_values(base: Json, request: Request) -> None:
    """ "The forecasts of Kitchen and Garden" are one for each."""
    if base["analysis"] not in OF_ONE_SERIES:
        return
    for condition in list(base.get("filters", [])):
        name, values = condition["dimension"], condition.get("in", [])
        if name in request.group_by and len(values) > 1 and not request.variants:
            request.group_by.remove(name)
            base["filters"].remove(condition)
            request.variants = [[{**condition, "in": [value]}] for value in values]


def _set_choice(base: Json, request: Request) -> None:
    """What the dimensions that are named are for."""
    name = base["analysis"]
    if name == "explain_change":
        _set_dimensions(base, request)
        return
    argument, dimensions = CHOICES.get(name, (None, ()))
    named = list(request.group_by)
    if "customers" in request.metrics and "customer" in dimensions:
        request.metrics = [each for each in request.metrics if each != "customers"]
        named.insert(0, "customer")
    for dimension in named:
        if dimension not in dimensions:
            possible = ", ".join(dimensions) or "no dimension"
            raise NeedsAnswer(
                f"I cannot do this ({METHODS[name].label}) by {DIMENSIONS[dimension].label}; "
                f"possible: {possible}. Which do you want?"
            )
        if argument is not None:
            base[argument] = dimension


def _set_dimensions(base: Json, request: Request) -> None:
    rows = [name for name in request.group_by if name not in PERIODS]
    if rows:
        base["dimensions"] = rows


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
    elif unit is None:
        request.limit = number
    else:
        raise NeedsAnswer(f"What is the number {number} to be here? Please say more.")


def _set_limit(base: Json, request: Request) -> None:
    if request.limit is None or request.limit == 1:
        return
    if base["analysis"] not in LIMITED:
        raise NeedsAnswer(
            f"I show all rows of this ({METHODS[base['analysis']].label}), not the first "
            f"{request.limit}. Please ask without that number."
        )
    base["limit"] = request.limit


# What each analysis needs


def _set_explained(base: Json, request: Request, today: date) -> None:
    """The window, and what it is compared with where that is not the time before it."""
    if request.compare_to is not None:
        base["compareTo"] = request.compare_to
    if "window" not in base and isinstance(request.compare_to, str):
        base["window"] = {"unit": "year", "count": 1, "offset": 0}
    if "window" not in base and not request.windows:
        raise NeedsAnswer(WHICH_TIME)
    shift = request.compare_shift
    if shift is None or base.get("window") is None:
        return
    moved = move_window(base["window"], shift, today=today)
    is_before = shift.count == -1 and shift.unit in (
        "period",
        base["window"].get("unit"),
    )
    base["compareTo"] = "previous" if is_before else moved


def _set_steps(base: Json, request: Request, today: date) -> None:
    """Of the time that is asked for, how many periods ahead it begins and ends. History is all
    that there is."""
    window = base.pop("window", None)
    if window is None:
        return
    first, last = list_days(window, today=today)
    if last is None or last < today:
        raise NeedsAnswer(
            "I cannot forecast a time that is already over. Which time do you mean?"
        )
    named = base.get("period") if request.group_by else None
    period = Period(named) if named else _choose_period(first, last)
    start = find_period_start(datetime.combine(today, time()), period)
    base["period"] = period.value
    base["firstStep"] = 1 if first is None else max(1, _count_to(start, first, period))
    base["steps"] = _count_to(start, last, period)


def _check_steps(base: Json) -> None:
    if base.get("steps", 1) > MAX_STEPS:
        raise NeedsAnswer(
            f"I can forecast {MAX_STEPS} {base['period']}s ahead at most. How far do you need?"
        )


def _choose_period(first: date | None, last: date) -> Period:
    """The longest of which the time consists; one that is under way began with its period."""
    end = add_periods(datetime.combine(last, time()), Period.DAY, 1)
    for period in BEST_PERIODS:
        begins = (
            True
            if first is None
            else find_period_start(datetime.combine(first, time()), period).date()
            == first
        )
        if begins and find_period_start(end, period) == end:
            return period
    return Period.DAY


def _count_to(start: datetime, day: date, period: Period) -> int:
    """The number of the period that has a day, 1 for the one that starts at `start`; 0 or less
    before it."""
    wanted = find_period_start(datetime.combine(day, time()), period)
    if period is Period.MONTH:
        return (wanted.year - start.year) * 12 + wanted.month - start.month + 1
    return (wanted - start) // period.length + 1


def _set_cover(base: Json, request: Request, today: date) -> None:
    """ "What runs out in the next 30 days": within as many days from now."""
    if request.lead_days is not None:
        base["leadTimeDays"] = request.lead_days
    _, last = list_days(base.get("window") or {}, today=today)
    if last is not None and last > today:
        del base["window"]
        base |= {"leadTimeDays": 0, "coverDays": (last - today).days}
    days = (request.lead_days or 0, base.get("coverDays", 0))
    if max(days) > MAX_STOCK_DAYS:
        raise NeedsAnswer(
            f"I can look {MAX_STOCK_DAYS} days ahead here. How far do you need?"
        )


def _set_item(base: Json, _request: Request, _today: date) -> None:
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


def forecast_by_day(forecast: Json, *, today: date) -> Json | None:
    """The forecast of months by days, which takes less history; `None` for one of other periods,
    or of a time that is too long."""
    if forecast.get("analysis") != "forecast" or forecast.get("period") != "month":
        return None
    first, last = list_days(_recall_target(forecast), today=today)
    if first is None or last is None:
        return None
    steps = (last - today).days + 1
    first_step = max(1, (first - today).days + 1)
    by_day = {"period": "day", "firstStep": first_step, "steps": steps}
    return {**forecast, **by_day} if steps <= MAX_STEPS else None


def _list_variants(base: Json, request: Request) -> Sequence[Json]:
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
    return variants


SPECIAL: Mapping[str, Callable[[Json, Request, date], None]] = {
    "explain_change": _set_explained,
    "forecast": _set_steps,
    "basket_pairs": _set_item,
    "stock_outlook": _set_cover,
}

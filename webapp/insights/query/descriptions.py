"""A query in words: "Net revenue by country, September 2026, only category Kitchen, UTC". Pure."""

from calendar import day_name
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from webapp.insights.query.analytics_query import (
    AnalyticsQuery,
    DerivedColumn,
    DerivedKind,
    DimensionFilter,
    QueryScope,
    RowCondition,
    SortKey,
)
from webapp.insights.query.definitions import (
    DIMENSIONS,
    METRICS,
    DimensionKind,
    TermDefinition,
)
from webapp.insights.query.periods import Period
from webapp.insights.query.windows import TimeRange
from webapp.kit.countries import country_name, find_country
from webapp.kit.text import capitalize_first
from webapp.kit.weeks import WeekStart

WEEKDAYS = {str(day): name for day, name in enumerate(day_name, 1)}
DERIVED_LABELS = {
    DerivedKind.SHARE: "share of all {metric} in percent",
    DerivedKind.RANK: "rank by {metric}",
    DerivedKind.CHANGE: "change of {metric} on the period before in percent",
    DerivedKind.RUNNING_TOTAL: "running total of {metric}",
    DerivedKind.MOVING_AVERAGE: "average of {metric} over {length} periods",
}


def describe_query(
    query: AnalyticsQuery, window: TimeRange, compared: TimeRange | None = None
) -> str:
    """The whole query: every part of it is said."""
    is_best = is_best_of_each(query)
    heading = _describe_best(query) if is_best else _describe_figures(query)
    parts = [capitalize_first(heading), describe_window(window)]
    if compared is not None:
        parts.append(f"compared with {describe_window(compared)}")
    parts += map(_describe_filter, query.filters)
    parts += map(label_derived, query.derived)
    parts += (f"only rows with {describe_condition(each)}" for each in query.having)
    if query.currency is not None:
        parts.append(f"only orders paid in {query.currency}")
    if not is_best:
        parts += _describe_rows(query)
    if query.first_weekday is not WeekStart.MONDAY and _has_weeks(query):
        parts.append(f"weeks from {query.first_weekday.capitalize()}")
    return ", ".join([*parts, window.zone.key])


def _has_weeks(query: AnalyticsQuery) -> bool:
    units = [getattr(each, "unit", None) for each in (query.window, query.compare_to)]
    return Period.WEEK in {*units, *query.group_by, *query.limit_by}


def is_best_of_each(query: AnalyticsQuery) -> bool:
    """Whether the rows are the first ones by a figure of each group, and nothing but these."""
    is_first = query.limit is not None and query.offset is None
    return is_first and bool(query.limit_by) and find_ranking(query) is not None


def find_ranking(query: AnalyticsQuery) -> SortKey | None:
    """The figure by which alone the rows of a group are in order."""
    others = [name for name in query.group_by if name not in query.limit_by]
    if not query.sort:
        kinds = {DIMENSIONS[name].kind for name in others}
        is_default = kinds == {DimensionKind.TEXT}
        return SortKey(by=query.metrics[0], descending=True) if is_default else None
    [first, *more] = query.sort
    return None if more or first.by in query.group_by else first


def _describe_best(query: AnalyticsQuery) -> str:
    """`top 3 products by net revenue of each category`."""
    ranking = find_ranking(query) or query.sort[0]
    others = [name for name in query.group_by if name not in query.limit_by]
    labels = [DIMENSIONS[name].label for name in others]
    if query.limit == 1:
        rows = join_words(labels)
    elif len(others) == 1:
        rows = f"{query.limit} {DIMENSIONS[others[0]].plural}"
    else:
        rows = f"{query.limit} combinations of {join_words(labels)}"
    end = "top" if ranking.descending else "bottom"
    best = f"{end} {rows} by {label_column(ranking.by)}{_describe_groups(query)}"
    metrics = [METRICS[name].label for name in query.metrics]
    if [ranking.by] == query.metrics:
        return best
    return f"{join_words(metrics)} of the {best}"


def _describe_figures(query: AnalyticsQuery) -> str:
    metrics = join_words([METRICS[name].label for name in query.metrics])
    groups = "".join(f" by {DIMENSIONS[name].label}" for name in query.group_by[:1])
    groups += "".join(f" and {DIMENSIONS[name].label}" for name in query.group_by[1:])
    return metrics + groups


def _describe_rows(query: AnalyticsQuery) -> Iterator[str]:
    """Their order, and which of them are shown."""
    if query.sort:
        yield "sorted by " + join_words([_describe_key(key) for key in query.sort])
    start, end = query.offset or 0, (query.offset or 0) + (query.limit or 0)
    if query.limit is None and start:
        rows = "all but the first" if start == 1 else f"all but the first {start}"
    elif start:
        is_one = end == start + 1
        rows = f"row {end}" if is_one else f"rows {start + 1} to {end}"
    else:
        rows = "the first" if end == 1 else f"the first {end}"
    if start or end:
        yield rows + _describe_groups(query)


def _describe_groups(query: AnalyticsQuery) -> str:
    """What rows are counted within: ` of each category`."""
    labels = [DIMENSIONS[name].label for name in query.limit_by]
    return f" of each {join_words(labels)}" if labels else ""


def describe_scope(
    scope: QueryScope, window: TimeRange, compared: TimeRange | None = None
) -> str:
    """Which orders the figures are of."""
    parts = [describe_window(window)]
    if compared is not None:
        parts.append(f"compared with {describe_window(compared)}")
    parts += map(_describe_filter, scope.filters)
    if scope.currency is not None:
        parts.append(f"only orders paid in {scope.currency}")
    return ", ".join([*parts, window.zone.key])


def describe_window(window: TimeRange) -> str:
    """The days of a window: `September 2026`, `3 to 9 June 2026`, `November 2026 so far`; of one in
    hours these, too."""
    if window.unit is Period.HOUR and window.start is not None:
        return _describe_hours(window, window.start)
    if window.is_running:
        return _describe_running(window)
    first, last = window.first_day, window.last_day
    if last is None:
        return "everything"
    return f"until {_format_day(last)}" if first is None else describe_days(first, last)


def _describe_hours(window: TimeRange, start: datetime) -> str:
    """`18 November 2026 13:00 to 14:00`."""
    end = window.full_end if window.is_running else window.end
    begins = f"{_format_day(start.date())} {start:%H:%M}"
    if end is None:
        return f"since {begins}"
    is_within = (end - timedelta(microseconds=1)).date() == start.date()
    ends = f"{end:%H:%M}" if is_within else f"{_format_day(end.date())} {end:%H:%M}"
    return f"{begins} to {ends}{' so far' if window.is_running else ''}"


def _describe_running(window: TimeRange) -> str:
    if window.first_day is None:
        return "everything so far"
    if window.full_end is None:
        return f"since {_format_day(window.first_day)}"
    last = (window.full_end - timedelta(microseconds=1)).date()
    return f"{describe_days(window.first_day, last)} so far"


def describe_days(first: date, last: date) -> str:
    """Days from the first to the last, as short as they can be said."""
    if first == last:
        return _format_day(first)
    is_whole = first.day == 1 and (last + timedelta(days=1)).day == 1
    if is_whole and first.year == last.year:
        return _name_months(first, last)
    if first.year != last.year:
        return f"{_format_day(first)} to {_format_day(last)}"
    month = "" if first.month == last.month else f" {first:%B}"
    return f"{first.day}{month} to {_format_day(last)}"


def _name_months(first: date, last: date) -> str:
    months = (first.month, last.month)
    if months == (1, 12):
        return f"{first.year}"
    if first.month == last.month:
        return f"{first:%B %Y}"
    if months[1] - months[0] == 2 and last.month % 3 == 0:
        return f"Q{last.month // 3} {first.year}"
    return f"{first:%B} to {last:%B %Y}"


def _format_day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _describe_filter(each: DimensionFilter) -> str:
    return join_words(list(_iterate_conditions(each)))


def _iterate_conditions(each: DimensionFilter) -> Iterator[str]:
    label = DIMENSIONS[each.dimension].label
    if each.any_of is not None:
        values = _name_values(each.dimension, each.any_of)
        yield f"only {label} {join_words(values, 'or')}"
    if each.none_of is not None:
        values = _name_values(each.dimension, each.none_of)
        yield f"without {label} {join_words(values, 'and')}"
    if each.contains is not None:
        yield f"only {label} with “{each.contains}” in it"
    if bounds := _describe_bounds(each.at_least, each.at_most):
        yield f"only {label} {bounds}"


def _name_values(dimension: str, values: Sequence[str]) -> list[str]:
    """Codes of countries and numbers of weekdays as people say them."""
    return [name_value(dimension, value) for value in values]


def name_value(dimension: str, value: str) -> str:
    """What people call a value: `Germany` for `DE`, `Monday` for weekday `1`, `14:00` for hour `14`
    of the day, `2026-11-30 14:00` for an hour."""
    name = NAMES.get(dimension)
    return value if name is None else name(value)


def _name_country(country: str) -> str:
    code = find_country(country)
    return country if code is None else country_name(code)


def _name_hour(hour: str) -> str:
    """With how far from UTC its clock is, where it is: an hour may come twice."""
    day, _, time = hour.partition("T")
    offset = time[5:].replace("+00:00", "")
    return f"{day} {time[:5]}{f' ({offset})' if offset else ''}"


NAMES: Mapping[str, Callable[[str], str]] = {
    "country": _name_country,
    "hour": _name_hour,
    "hour_of_day": "{}:00".format,
    "weekday": lambda day: WEEKDAYS.get(day, day),
}
"""By dimension, what people call its values, where that is something else."""


def describe_condition(condition: RowCondition) -> str:
    """`units of at most 2`."""
    bounds = [_describe_bounds(condition.at_least, condition.at_most)]
    if condition.more_than is not None:
        bounds.append(f"of more than {condition.more_than:,.10g}")
    if condition.less_than is not None:
        bounds.append(f"of less than {condition.less_than:,.10g}")
    within = join_words([each for each in bounds if each])
    return f"{label_column(condition.by)} {within}"


def _describe_bounds(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f"from {low:,.10g} to {high:,.10g}"
    if low is not None:
        return f"of at least {low:,.10g}"
    return f"of at most {high:,.10g}" if high is not None else ""


def label_derived(derived: DerivedColumn) -> str:
    text = DERIVED_LABELS[derived.kind]
    return text.format(metric=METRICS[derived.metric].label, length=derived.length)


def _describe_key(key: SortKey) -> str:
    label = label_column(key.by)
    return f"{label}, the greatest first" if key.descending else label


def label_column(name: str) -> str:
    """The label of a metric, a dimension, or a column that is computed from a metric."""
    named: TermDefinition | None = METRICS.get(name) or DIMENSIONS.get(name)
    if named is not None:
        return named.label
    metric = max((each for each in METRICS if name.startswith(f"{each}_")), key=len)
    kind = name.removeprefix(f"{metric}_").replace("_", " ")
    return f"{METRICS[metric].label} ({kind})"


def join_words(words: Sequence[str], conjunction: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {conjunction} {words[-1]}"

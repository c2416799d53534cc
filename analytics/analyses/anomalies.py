"""Finds unusual days or weeks of a metric, and what was different in them."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import polars as pl

from analytics.analyses.baseline import (
    DAILY,
    FALSE_ALARMS,
    WEEKLY,
    BaselineShape,
    Expectation,
    judge_period,
)
from analytics.analyses.context import AnalysisContext, is_money
from analytics.analyses.contributions import (
    DimensionChange,
    find_main,
    split_change,
)
from analytics.analyses.presentation import (
    AnalysisReport,
    Row,
    build_table,
    dimension_column,
    figure_column,
)
from analytics.analyses.series import MetricSeries, read_series
from analytics.semantic.dimension_keys import build_key, key_name
from analytics.semantic.figures import select_window
from webapp.insights.analyses.charts import ChartForm, Course, Intervals
from webapp.insights.analyses.errors import NotEnoughData
from webapp.insights.analyses.requests import AnomaliesRequest
from webapp.insights.analyses.results import (
    AnalysisResult,
    AnalysisTable,
    AnomaliesFindings,
)
from webapp.insights.analyses.validation import list_chosen_dimensions
from webapp.insights.query.definitions import DIMENSIONS, METRICS, Unit
from webapp.insights.query.periods import Period, add_periods, format_period
from webapp.insights.query.results import ResultColumn
from webapp.insights.query.windows import TimeRange, to_local

SHAPES = {Period.DAY: DAILY, Period.WEEK: WEEKLY}
USUAL_PERIODS = {Period.DAY: 91, Period.WEEK: 52}
"""That are judged where no window is given."""
MAX_COURSE = 120
"""Periods that are shown with what was expected: the last of those that are judged."""
INTERVAL = ("expected_low", "expected_high")
UNUSUAL = {"both": "Unusual", "drops": "Unusually low", "spikes": "Unusually high"}
"""By the direction that is asked for."""
NOT_DRIVERS = ("weekday", "currency")


@dataclass(frozen=True)
class Anomaly:
    index: int
    """In the series."""
    value: float
    expectation: Expectation

    @property
    def direction(self) -> str:
        return "spikes" if self.expectation.score > 0 else "drops"


Expectations = Mapping[int, Expectation | None]
"""By the index of the period in the series; none where nothing can be said."""


def find_anomalies(
    context: AnalysisContext, request: AnomaliesRequest
) -> AnalysisResult:
    """Raises `NotEnoughData`, `BadWindow`, `ImpossibleQuery`."""
    period = Period(request.period)
    shape = SHAPES[period]
    window = _choose_window(context, period)
    series = read_series(
        context, request.metric, _extend_window(window, period, shape), period
    )
    judged = [
        index
        for index in range(shape.history, len(series.starts))
        if window.start is None or series.starts[index] >= window.start
    ]
    if not judged:
        raise NotEnoughData(
            f"{shape.history} {period}s of history are needed before the first {period} that is "
            f"judged; there are {max(0, len(series.starts) - 1)}"
        )
    expectations = {
        index: judge_period(
            series.values[index - shape.history : index],
            float(series.values[index]),
            shape,
        )
        for index in judged
    }
    anomalies = sorted(
        (
            each
            for each in _select_unusual(series, expectations, shape)
            if request.direction in {"both", each.direction}
        ),
        key=lambda each: -abs(each.expectation.score),
    )
    shown = anomalies[: request.limit]
    looked_at = replace(series.window, start=series.starts[judged[0]])
    return AnalysisReport(
        context,
        request,
        lead=f"{UNUSUAL[request.direction]} {period}s of {METRICS[request.metric].label}",
        findings=AnomaliesFindings(
            periods_checked=len(judged),
            anomalies=len(anomalies),
            expected_by_chance=round(FALSE_ALARMS * len(judged), 1),
        ),
        tables=[
            build_table(
                "anomalies",
                f"{UNUSUAL[request.direction]} {period}s, the strongest first",
                _list_columns(request),
                _build_rows(context, request, series, shown),
                row_count=len(anomalies),
            ),
            _build_course(request, series, expectations, anomalies),
        ],
        money=series.money,
        metrics=[request.metric],
        notes=_iterate_notes(series, expectations),
        looked_at=looked_at,
        charts=_choose_charts(request, is_cut=len(judged) > MAX_COURSE),
    ).build_result()


def _choose_window(context: AnalysisContext, period: Period) -> TimeRange:
    if context.request.window is not None:
        return context.window
    now = to_local(context.now, context.zone)
    start = add_periods(now, period, -USUAL_PERIODS[period])
    return replace(context.window, start=start)


def _extend_window(
    window: TimeRange, period: Period, shape: BaselineShape
) -> TimeRange:
    """With the history that its first period is judged by, and one more that may be cut."""
    if window.start is None:
        return window
    return replace(window, start=add_periods(window.start, period, -shape.history - 1))


def _select_unusual(
    series: MetricSeries, expectations: Expectations, shape: BaselineShape
) -> Iterator[Anomaly]:
    for index, expectation in expectations.items():
        value = float(series.values[index])
        if expectation is not None and abs(expectation.score) > shape.threshold:
            yield Anomaly(index, value, expectation)


def _choose_charts(
    request: AnomaliesRequest, *, is_cut: bool
) -> Mapping[str, ChartForm]:
    """The anomalies along the course or, if it may be without some of them, by themselves."""
    figures = (request.metric, "expected")
    course = Course(request.period, figures, *INTERVAL, "unusual")
    alone = Intervals((request.period,), request.metric, *INTERVAL)
    return {"course": course, **({"anomalies": alone} if is_cut else {})}


def _build_course(
    request: AnomaliesRequest,
    series: MetricSeries,
    expectations: Expectations,
    anomalies: Sequence[Anomaly],
) -> AnalysisTable:
    """The last periods that were judged."""
    scores = {each.index: each.expectation.score for each in anomalies}
    metric, period = METRICS[request.metric], series.period
    rows = []
    for index, expectation in list(expectations.items())[-MAX_COURSE:]:
        row: dict[str, object] = {
            request.period: format_period(series.starts[index], period),
            request.metric: int(series.values[index]),
        }
        if expectation is not None:
            row |= _round_expectation(expectation)
        if index in scores:
            row["unusual"] = "above" if scores[index] > 0 else "below"
        rows.append(row)
    return build_table(
        "course",
        f"{metric.label.capitalize()}, what was expected, and the usual range",
        [*_list_judged_columns(request), dimension_column("unusual")],
        rows,
        row_count=len(expectations),
    )


def _round_expectation(expectation: Expectation) -> dict[str, object]:
    return {
        "expected": round(expectation.expected),
        "expected_low": round(expectation.low),
        "expected_high": round(expectation.high),
    }


def _list_judged_columns(request: AnomaliesRequest) -> list[ResultColumn]:
    unit = METRICS[request.metric].unit
    return [
        dimension_column(request.period),
        figure_column(request.metric, unit, METRICS[request.metric].label),
        *(figure_column(name, unit) for name in ("expected", *INTERVAL)),
    ]


def _list_columns(request: AnomaliesRequest) -> list[ResultColumn]:
    unit = METRICS[request.metric].unit
    return [
        *_list_judged_columns(request),
        figure_column("score", Unit.RATIO, "deviation in robust standard deviations"),
        dimension_column("driver_dimension"),
        dimension_column("driver", "likely driver"),
        figure_column("driver_change", unit, "its change on what is usual"),
    ]


def _build_rows(
    context: AnalysisContext,
    request: AnomaliesRequest,
    series: MetricSeries,
    shown: Sequence[Anomaly],
) -> Iterator[Row]:
    changes = _compute_changes(context, request, series, shown)
    names = list_chosen_dimensions(METRICS[request.metric], ())
    labels = context.read_labels(names)
    cycles = SHAPES[series.period].cycles
    for anomaly in shown:
        expectation = anomaly.expectation
        driver = find_main(changes[anomaly.index])
        strongest = None if driver is None else driver.strongest
        row = {
            request.period: format_period(series.starts[anomaly.index], series.period),
            request.metric: int(anomaly.value),
            **_round_expectation(expectation),
            "score": round(expectation.score, 1),
        }
        if driver is not None and strongest is not None:
            row |= {
                "driver_dimension": DIMENSIONS[driver.dimension].label,
                "driver": labels.say_key(driver.dimension, strongest.key),
                "driver_change": round(strongest.change / cycles),
            }
        yield row


def _compute_changes(
    context: AnalysisContext,
    request: AnomaliesRequest,
    series: MetricSeries,
    shown: Sequence[Anomaly],
) -> dict[int, list[DimensionChange]]:
    """By anomaly, its parts against the periods that it was expected to be like; both are sums of
    as many periods."""
    names = [
        name
        for name in list_chosen_dimensions(METRICS[request.metric], ())
        if name not in NOT_DRIVERS
    ]
    shape, key = SHAPES[series.period], key_name(series.period)
    alike = {each.index: _list_alike(each.index, shape) for each in shown}
    needed = [
        series.starts[index]
        for index in sorted({*alike, *(i for each in alike.values() for i in each)})
    ]
    lines = (
        select_window(context.matching, series.window)
        .with_columns(
            build_key(name, context.zone).alias(key_name(name))
            for name in (series.period.value, *names)
        )
        .filter(pl.col(key).is_in(needed))
    )
    figures = context.aggregate(
        [([key, key_name(name)], request.metric, lines) for name in names]
    )
    in_home = series.money.is_mixed and is_money(request.metric)
    found = {
        name: _index_values(each.total([key, key_name(name)], in_home=in_home))
        for name, each in zip(names, figures, strict=True)
    }
    return {
        index: [
            split_change(
                name,
                _add_values(found[name], [series.starts[i] for i in others]),
                _multiply_values(
                    found[name].get(series.starts[index], {}), len(others)
                ),
            )
            for name in names
        ]
        for index, others in alike.items()
    }


def _list_alike(index: int, shape: BaselineShape) -> list[int]:
    return [index - shape.season * cycle for cycle in range(1, shape.cycles + 1)]


def _index_values(rows: pl.DataFrame) -> dict[datetime, dict[Any, int]]:
    found: dict[datetime, dict[Any, int]] = defaultdict(dict)
    for start, key, value in rows.iter_rows():
        found[start][key] = value
    return found


def _add_values(
    found: dict[datetime, dict[Any, int]], starts: Sequence[datetime]
) -> Counter[Any]:
    total: Counter[Any] = Counter()
    for start in starts:
        total.update(found.get(start, {}))
    return total


def _multiply_values(values: dict[Any, int], factor: int) -> dict[Any, int]:
    return {key: value * factor for key, value in values.items()}


def _iterate_notes(series: MetricSeries, expectations: Expectations) -> Iterator[str]:
    yield (
        f"Of {len(expectations)} {series.period}s in which nothing special happens, about "
        f"{FALSE_ALARMS * len(expectations):.1f} would be unusual by chance, high or low"
    )
    flat = sum(each is None for each in expectations.values())
    if flat:
        yield (
            f"{flat} of the {series.period}s are not judged: those before them hardly vary, or "
            "have no orders"
        )
    yield (
        "Holidays and campaigns are not known to it; the driver says where it was unusual, not why"
    )

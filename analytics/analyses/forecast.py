"""Forecasts a metric, with intervals and the error that past forecasts had."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from analytics.analyses.backtest import (
    MIN_ORIGINS,
    Backtest,
    list_origins,
    run_backtest,
)
from analytics.analyses.context import AnalysisContext
from analytics.analyses.presentation import (
    AnalysisReport,
    Row,
    build_table,
    dimension_column,
    figure_column,
    to_figure,
)
from analytics.analyses.series import MetricSeries, Values, read_series
from analytics.analyses.smoothing import find_floors, forecast_values
from webapp.insights.analyses.charts import Course
from webapp.insights.analyses.errors import NotEnoughData
from webapp.insights.analyses.requests import ForecastRequest
from webapp.insights.analyses.results import AnalysisResult, ForecastFindings
from webapp.insights.query.definitions import METRICS
from webapp.insights.query.periods import Period, add_periods, format_period

MAX_HISTORY = 1_000
"""Periods that are learned from: the latest."""
MIN_FILLED = 8
"""Periods with anything to learn from."""
CYCLES_NEEDED = 3
"""Years of history with which the time of the year is part of the forecast."""
MIN_KNOWN = {Period.DAY: 28, Period.WEEK: 13, Period.MONTH: 9}
"""Periods that are known at the earliest date from which the past is forecast."""
HISTORY_SHOWN = {Period.DAY: 28, Period.WEEK: 26, Period.MONTH: 24}
"""Periods before the forecast that it is shown with, or as many as its steps."""
SEASONS = {Period.WEEK: 52, Period.MONTH: 12}


@dataclass(frozen=True)
class Forecast:
    values: Values
    widths: Values
    total_width: float
    coverage_percent: float
    backtest: Backtest


def forecast_metric(
    context: AnalysisContext, request: ForecastRequest
) -> AnalysisResult:
    """Raises `NotEnoughData`, `BadWindow`, `ImpossibleQuery`."""
    period = Period(request.period)
    series = read_series(context, request.metric, context.window, period)
    values = series.values[-MAX_HISTORY:]
    season = choose_season(len(values), period)
    _require_history(values, season, request)
    forecast = _compute_forecast(values, season, request)
    skip = request.first_step - 1
    floors = find_floors(values, season, request.steps)[skip:]
    metric = METRICS[request.metric]
    low = np.maximum(forecast.values - forecast.widths, floors)
    high = forecast.values + forecast.widths
    total = float(forecast.values.sum())
    total_low = max(total - forecast.total_width, float(floors.sum()))
    past = forecast.backtest
    along = dimension_column(period)
    figures = [figure_column(each, metric.unit) for each in ("forecast", "low", "high")]
    forecast_rows = [
        {
            period: format_period(start, period),
            "forecast": round(forecast.values[step]),
            "low": round(low[step]),
            "high": round(high[step]),
        }
        for step, start in enumerate(_list_steps(series, request))
    ]
    return AnalysisReport(
        context,
        request,
        lead=_describe_steps(series, request),
        findings=ForecastFindings(
            total=to_figure(round(total), metric.unit),
            total_low=to_figure(round(total_low), metric.unit),
            total_high=to_figure(round(total + forecast.total_width), metric.unit),
            level_percent=request.level,
            history_periods=len(values),
            past_forecasts=past.origins,
            error_percent=past.error_percent,
            scaled_error=past.scaled_error,
            naive_error_percent=past.naive_error_percent,
            coverage_percent=forecast.coverage_percent,
        ),
        tables=[
            build_table(
                "forecast", f"Forecast by {period}", [along, *figures], forecast_rows
            ),
            build_table(
                "course",
                f"{metric.label.capitalize()} and its forecast ({request.level} % interval)",
                [
                    along,
                    figure_column(metric.name, metric.unit, metric.label),
                    *figures,
                ],
                [*_iterate_history(series, request), *forecast_rows],
            ),
        ],
        charts={
            "course": Course(period, (metric.name, "forecast"), "low", "high"),
        },
        money=series.money,
        metrics=[request.metric],
        notes=_iterate_notes(period, season, past, request.level / 100),
        looked_at=series.window,
    ).build_result()


def choose_season(length: int, period: Period) -> int:
    """Days have the season of the week; weeks and months that of the year, if there is enough
    history for it."""
    if period is Period.DAY:
        return 7
    season = SEASONS[period]
    return season if length >= CYCLES_NEEDED * season else 1


def count_known(season: int, period: Period) -> int:
    """Periods that are known at the earliest date from which the past is forecast."""
    return max(MIN_KNOWN[period], 2 * season)


def _require_history(values: Values, season: int, request: ForecastRequest) -> None:
    length, filled = len(values), int(np.count_nonzero(values))
    least = count_known(season, Period(request.period))
    origins = list_origins(length, least=least, steps=request.steps)
    if len(origins) < MIN_ORIGINS:
        needed = least + request.steps + MIN_ORIGINS - 1
        raise NotEnoughData(
            f"A forecast of {_count_wanted(request)} needs {needed} whole "
            f"{request.period}s of history, so that its error can be measured; there are {length}"
        )
    if filled < MIN_FILLED:
        raise NotEnoughData(
            f"A forecast needs {MIN_FILLED} {request.period}s that are not zero; there are {filled}"
        )


def _count_wanted(request: ForecastRequest) -> str:
    """ "3 months": those that are wanted, and not those before them."""
    count = request.steps - request.first_step + 1
    return f"{count} {request.period}{'' if count == 1 else 's'}"


def _compute_forecast(
    values: Values, season: int, request: ForecastRequest
) -> Forecast:
    least = count_known(season, Period(request.period))
    skip = request.first_step - 1
    past = run_backtest(
        values, season=season, steps=request.steps, least=least, skip=skip
    )
    level = request.level / 100
    return Forecast(
        values=forecast_values(values, season=season, steps=request.steps)[skip:],
        widths=past.measure_widths(level),
        total_width=past.measure_total_width(level),
        coverage_percent=past.measure_coverage(level),
        backtest=past,
    )


def _list_steps(series: MetricSeries, request: ForecastRequest) -> Sequence[datetime]:
    first = add_periods(series.starts[-1], series.period, 1)
    steps = range(request.first_step - 1, request.steps)
    return [add_periods(first, series.period, step) for step in steps]


def _iterate_history(series: MetricSeries, request: ForecastRequest) -> Iterator[Row]:
    """The last periods, and without figures those between them and the first one that is wanted:
    along a line none is left out."""
    shown = max(HISTORY_SHOWN[series.period], request.steps)
    known = list(zip(series.starts, series.values, strict=True))
    for start, value in known[-shown:]:
        name = format_period(start, series.period)
        yield {series.period: name, request.metric: int(value)}
    for step in range(1, request.first_step):
        start = add_periods(series.starts[-1], series.period, step)
        yield {series.period: format_period(start, series.period)}


def _describe_steps(series: MetricSeries, request: ForecastRequest) -> str:
    starts = _list_steps(series, request)
    first, last = (
        format_period(each, series.period) for each in (starts[0], starts[-1])
    )
    when = first if first == last else f"{first} to {last}"
    return f"Forecast of {METRICS[request.metric].label} for {when} from the history"


def _iterate_notes(
    period: Period, season: int, past: Backtest, level: float
) -> Iterator[str]:
    error, naive = past.error_percent, past.naive_error_percent
    if error is not None and naive is not None and error >= naive:
        yield (
            "On this history the method was no better than repeating the last season: "
            f"{error} % error against {naive} %"
        )
    if level > past.origins / (past.origins + 1):
        yield (
            f"The interval of the total is the greatest error of {past.origins} past forecasts: "
            "for the level asked for, there are too few"
        )
    if season == 1 or period is Period.DAY:
        yield (
            "The time of the year is not part of the forecast"
            + ("" if period is Period.DAY else ": that takes three years of history")
        )
    yield (
        "It continues the past: holidays, campaigns, prices, stock and new products are not known "
        "to it"
    )

"""Forecasts are better than the seasonal naive one, and their intervals contain what they say."""

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from analytics.analyses.backtest import (
    MAX_ORIGINS,
    list_origins,
    run_backtest,
)
from analytics.analyses.forecast import choose_season
from analytics.analyses.series import Values
from analytics.analyses.smoothing import (
    DAMPING,
    GRID,
    find_floors,
    forecast_values,
    repeat_mean,
    repeat_naive,
    smooth_exponentially,
)
from tests.support.sales_lines import (
    WEEKDAYS,
    Sale,
    analyze,
    build_facts,
    build_sales,
    get_rows,
)
from webapp.insights.analyses.errors import NotEnoughData
from webapp.insights.analyses.requests import ForecastRequest
from webapp.insights.analyses.results import ForecastFindings
from webapp.insights.query.errors import ImpossibleQuery
from webapp.insights.query.periods import Period

Json = dict[str, Any]
FORECAST = {"analysis": "forecast", "period": "day", "steps": 7}


def simulate_days(seed: int, count: int = 300) -> Values:
    random = np.random.default_rng(seed)
    days = np.arange(count)
    level = 50 * (1 + random.normal(0, 0.001)) ** days
    level *= np.where(days > random.integers(60, 240), random.uniform(0.7, 1.4), 1)
    mean = level * np.array(WEEKDAYS)[days % 7]
    counts: Values = random.negative_binomial(15, 15 / (15 + mean)).astype(float)
    return counts


def test_a_season_that_repeats_is_forecast_as_it_is() -> None:
    history = np.tile(np.array(WEEKDAYS) * 100, 20)

    found = forecast_values(history, season=7, steps=10)

    assert found == pytest.approx(np.resize(np.array(WEEKDAYS) * 100, 10))


def test_smoothing_is_the_recursion_of_the_books() -> None:
    """In plain Python, with the weights of the least squared error."""
    history = simulate_days(3, 60)
    season, steps = 7, 9

    def run(alpha: float, beta: float, gamma: float) -> tuple[float, list[float]]:
        level = sum(history[:season]) / season
        trend, error_sum = 0.0, 0.0
        places = [value - level for value in history[:season]]
        for index in range(season, len(history)):
            place = index % season
            before, value = level, history[index]
            error = value - (before + DAMPING * trend + places[place])
            error_sum += error**2
            level = before + DAMPING * trend + alpha * error
            trend = DAMPING * trend + alpha * beta * error
            places[place] += gamma * (1 - alpha) * error
        ahead = []
        for step in range(1, steps + 1):
            damped = sum(DAMPING**power for power in range(1, step + 1))
            place = (len(history) + step - 1) % season
            ahead.append(level + damped * trend + places[place])
        return error_sum, ahead

    _, expected = min((run(*weights) for weights in GRID.T), key=lambda each: each[0])
    found = smooth_exponentially(history, season=season, steps=steps)
    assert found == pytest.approx(np.array(expected))


def test_a_trend_is_followed_and_damped() -> None:
    history = np.arange(1.0, 61)

    found = smooth_exponentially(history, season=1, steps=50)

    assert 60 < found[0] < 62
    assert (np.diff(np.diff(found)) <= 0).all()


def test_the_mean_of_the_last_seasons_is_repeated() -> None:
    history = np.array([99.0, 99, 1, 2, 3, 4])

    assert list(repeat_mean(history, season=2, steps=3, cycles=2)) == [2, 3, 2]
    assert list(repeat_naive(history, season=2, steps=3)) == [3, 4, 3]


@pytest.mark.slow
def test_it_is_better_than_repeating_the_last_season_and_its_intervals_hold() -> None:
    past = [
        run_backtest(simulate_days(seed), season=7, steps=14, least=28)
        for seed in range(12)
    ]

    error = np.mean([np.abs(each.errors).mean() for each in past])
    naive = np.mean([np.abs(each.naive_errors).mean() for each in past])
    assert error < 0.85 * naive
    assert all(
        np.abs(each.errors).mean() < np.abs(each.naive_errors).mean() for each in past
    )
    for level, least, most in ((0.8, 75, 90), (0.95, 91, 99.5)):
        coverage = np.mean([each.measure_coverage(level) for each in past])
        assert least < coverage < most


@pytest.mark.slow
def test_intervals_contain_the_future_that_was_not_seen() -> None:
    """The last days are no part of the history, nor of the past errors."""
    inside: list[float] = []
    for seed in range(40):
        values = simulate_days(seed, 200)
        history, future = values[:-7], values[-7:]
        past = run_backtest(history, season=7, steps=7, least=28)
        found = forecast_values(history, season=7, steps=7)
        is_inside = np.abs(found - future) <= past.measure_widths(0.8)
        inside.append(float(is_inside.mean()))
    # More than 80: the past that it learns from has changes of level, most futures have none.
    assert 75 < 100 * np.mean(inside) < 95


@pytest.mark.parametrize(
    ("length", "origins"),
    [(40, 6), (34, 0), (35, 1), (48, 14), (300, MAX_ORIGINS)],
)
def test_the_past_is_forecast_from_as_many_dates_as_there_are(
    length: int, origins: int
) -> None:
    found = list_origins(length, least=28, steps=7)

    assert len(found) == origins
    assert all(28 <= known <= length - 7 for known in found)
    assert not found or found[-1] == length - 7


def test_a_forecast_has_its_interval_and_its_past_error() -> None:
    result = analyze(FORECAST, build_facts(build_sales(120), days=120))

    rows = get_rows(result, "forecast")
    assert [row["day"] for row in rows] == [f"2025-05-{day:02}" for day in range(6, 13)]
    assert all(0 <= row["low"] < row["forecast"] < row["high"] for row in rows)
    best = max(rows, key=lambda row: row["forecast"])
    assert best["day"] == "2025-05-10"  # the Saturday
    found = result.findings
    assert isinstance(found, ForecastFindings)
    assert found.total == pytest.approx(sum(row["forecast"] for row in rows), abs=0.05)
    assert found.total_low < found.total < found.total_high
    assert found.past_forecasts == MAX_ORIGINS
    assert found.error_percent is not None
    assert found.naive_error_percent is not None
    assert found.error_percent < found.naive_error_percent
    assert result.title == (
        "Forecast of net revenue for 2025-05-06 to 2025-05-12 from the history, "
        "7 January to 5 May 2025, UTC"
    )


def test_a_time_that_does_not_begin_at_once_has_a_total_of_its_own() -> None:
    facts = build_facts(build_sales(120), days=120)
    every = analyze(FORECAST, facts)

    result = analyze({**FORECAST, "firstStep": 3}, facts)

    rows = get_rows(result, "forecast")
    assert [(row["day"], row["forecast"]) for row in rows] == [
        (row["day"], row["forecast"]) for row in get_rows(every, "forecast")[2:]
    ]
    found, whole = result.findings, every.findings
    assert isinstance(found, ForecastFindings)
    assert isinstance(whole, ForecastFindings)
    assert found.total == pytest.approx(sum(row["forecast"] for row in rows), abs=0.05)
    assert found.total_high - found.total < whole.total_high - whole.total
    assert found.error_percent != whole.error_percent
    assert "for 2025-05-08 to 2025-05-12 from" in result.title


def test_steps_that_are_skipped_are_no_part_of_the_past_errors() -> None:
    values = simulate_days(1)
    every = run_backtest(values, season=7, steps=7, least=28)

    found = run_backtest(values, season=7, steps=7, least=28, skip=2)

    assert np.array_equal(found.errors, every.errors[:, 2:])
    assert np.array_equal(found.naive_errors, every.naive_errors[:, 2:])
    assert np.array_equal(found.next_spreads, every.next_spreads[2:])


def test_a_first_step_beyond_the_last_is_refused() -> None:
    with pytest.raises(ValidationError, match="beyond the last of the steps"):
        ForecastRequest(steps=3, first_step=4)


def double_orders(sale: Sale) -> None:
    sale.chance = 1 if sale.day >= 90 else 0.5


def test_a_change_of_level_is_followed() -> None:
    lines = build_sales(140, effect=double_orders)

    result = analyze({**FORECAST, "metric": "orders"}, build_facts(lines, days=140))

    found = result.findings
    assert isinstance(found, ForecastFindings)
    assert found.total == pytest.approx(20 * sum(WEEKDAYS), rel=0.15)


def test_weeks_and_months_without_a_year_of_history_have_no_season() -> None:
    assert choose_season(155, Period.WEEK) == 1
    assert choose_season(156, Period.WEEK) == 52
    assert choose_season(35, Period.MONTH) == 1
    assert choose_season(36, Period.MONTH) == 12
    result = analyze(
        {**FORECAST, "period": "week", "steps": 2},
        build_facts(build_sales(190, orders=5), days=190),
    )
    assert any("three years of history" in note for note in result.notes)


def test_too_little_history_is_refused_with_what_is_needed() -> None:
    with pytest.raises(NotEnoughData, match="needs 42 whole days of history"):
        analyze(FORECAST, build_facts(build_sales(40), days=40))


def test_a_quotient_is_refused_with_what_can_be_forecast() -> None:
    with pytest.raises(ImpossibleQuery, match="possible are gross_sales, orders"):
        analyze(
            {**FORECAST, "metric": "average_order_value"},
            build_facts(build_sales(50), days=50),
        )


def test_a_history_of_hardly_any_orders_is_refused() -> None:
    lines = [line for line in build_sales(80) if line["at"].day == 7]

    with pytest.raises(NotEnoughData, match="8 days that are not zero; there are 2"):
        analyze(FORECAST, build_facts(lines, days=80))


def close_on_saturdays(sale: Sale) -> None:
    if sale.day % 7 == 5:
        sale.chance = 0


def test_a_weekday_without_sales_stays_without_and_its_interval_is_narrow() -> None:
    lines = build_sales(150, effect=close_on_saturdays)

    rows = get_rows(analyze(FORECAST, build_facts(lines, days=150)), "forecast")

    saturday = rows[2]
    assert saturday["day"] == "2025-06-07"
    others = [row["high"] - row["low"] for row in rows if row is not saturday]
    assert saturday["forecast"] < 0.1 * rows[0]["forecast"]
    assert saturday["high"] - saturday["low"] < 0.5 * min(others)


def test_only_what_was_below_zero_has_no_floor() -> None:
    history = np.array([1.0, -2, 0, 3, 4, 0])

    assert list(find_floors(history, 3, 4)) == [0, -np.inf, 0, 0]

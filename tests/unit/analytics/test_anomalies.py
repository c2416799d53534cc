"""Unusual periods are found with what drove them, and usual ones seldom are."""

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from analytics.analyses.baseline import (
    DAILY,
    FALSE_ALARMS,
    WEEKLY,
    BaselineShape,
    judge_period,
)
from analytics.analyses.series import Values
from tests.support.sales_lines import (
    WEEKDAYS,
    Sale,
    analyze,
    build_facts,
    build_sales,
    get_rows,
)
from webapp.insights.analyses.errors import NotEnoughData
from webapp.insights.analyses.results import AnomaliesFindings
from webapp.insights.query.errors import ImpossibleQuery

Json = dict[str, Any]
ANOMALIES = {"analysis": "anomalies"}
SPIKE_DAY = 80


def spike_toys(sale: Sale) -> None:
    if sale.day == SPIKE_DAY and sale.product % 4 == 2:
        sale.quantity *= 8


def close_shop(sale: Sale) -> None:
    if sale.day == SPIKE_DAY:
        sale.chance = 0.1


def test_a_spike_is_found_with_its_driver() -> None:
    facts = build_facts(build_sales(100, effect=spike_toys), days=100)

    result = analyze(ANOMALIES, facts)

    row, *others = get_rows(result, "anomalies")
    assert len(others) <= 1  # of 44 days one may be listed by chance
    assert row["day"] == "2025-03-27"
    assert row["score"] > DAILY.threshold
    assert row["net_revenue"] > row["expected_high"] > row["expected"]
    assert (row["driver_dimension"], row["driver"]) == ("category", "Toys")
    assert row["driver_change"] > 0
    assert result.receipt.last_day == "2025-04-15"


def test_a_day_with_hardly_any_orders_is_below_and_has_no_driver() -> None:
    facts = build_facts(build_sales(100, effect=close_shop), days=100)

    result = analyze({**ANOMALIES, "metric": "orders"}, facts)

    [row] = get_rows(result, "anomalies")
    assert row["orders"] < row["expected_low"]
    assert row["score"] < -DAILY.threshold
    assert row.get("driver") is None


def spike_and_close(sale: Sale) -> None:
    spike_toys(sale)
    if sale.day == SPIKE_DAY + 5:
        sale.chance = 0.1


@pytest.mark.parametrize(
    ("direction", "days", "title"),
    [
        ("both", ["2025-03-27", "2025-04-01"], "Unusual days of net revenue"),
        ("spikes", ["2025-03-27"], "Unusually high days of net revenue"),
        ("drops", ["2025-04-01"], "Unusually low days of net revenue"),
    ],
)
def test_only_the_direction_that_is_asked_for_is_listed(
    direction: str, days: list[str], title: str
) -> None:
    facts = build_facts(build_sales(100, effect=spike_and_close), days=100)

    result = analyze({**ANOMALIES, "direction": direction}, facts)

    assert isinstance(result.findings, AnomaliesFindings)
    rows = get_rows(result, "anomalies")
    assert sorted(row["day"] for row in rows) == days
    assert result.findings.anomalies == len(days)
    marked = [row["day"] for row in get_rows(result, "course") if row.get("unusual")]
    assert marked == days
    assert result.title.startswith(f"{title}, ")


def test_the_fall_after_a_season_does_not_hide_a_spike() -> None:
    """Of the eight weeks before, the first four sold two and a half times as much."""
    random = np.random.default_rng(1)
    mean = np.array([50.0] * 28 + [20.0] * 28)
    scores = []
    for _ in range(50):
        history = random.poisson(mean).astype(float)
        found = judge_period(history, 100.0, DAILY)
        assert found is not None
        scores.append(found.score)

    assert np.mean(np.array(scores) > DAILY.threshold) > 0.95


def spike_week(sale: Sale) -> None:
    if sale.day // 7 == 20 and sale.country == "DE":
        sale.quantity *= 5


def test_a_week_is_judged_by_the_weeks_before_it() -> None:
    facts = build_facts(build_sales(26 * 7, orders=10, effect=spike_week), days=26 * 7)

    result = analyze({**ANOMALIES, "period": "week"}, facts)

    [row] = get_rows(result, "anomalies")
    assert (row["week"], row["driver"]) == ("2025-W22", "Germany")


def test_only_the_periods_of_the_window_are_judged() -> None:
    facts = build_facts(build_sales(100, effect=spike_toys), days=100)
    window = {"firstDay": "2025-03-28", "lastDay": "2025-04-05"}

    result = analyze({**ANOMALIES, "window": window}, facts)

    found = result.findings
    assert isinstance(found, AnomaliesFindings)
    assert (found.periods_checked, found.anomalies) == (9, 0)
    assert get_rows(result, "anomalies") == []


def test_a_filter_narrows_what_is_watched() -> None:
    facts = build_facts(build_sales(100, effect=spike_toys), days=100)
    filters = [{"dimension": "category", "notIn": ["Toys"]}]

    result = analyze({**ANOMALIES, "filters": filters}, facts)

    assert get_rows(result, "anomalies") == []


def test_the_running_day_is_not_judged_in_any_zone() -> None:
    lines = build_sales(70)
    facts = build_facts(lines, days=69)

    for zone, last in (("UTC", "2025-03-15"), ("America/New_York", "2025-03-14")):
        result = analyze(ANOMALIES, facts, zone=ZoneInfo(zone))

        assert result.receipt.last_day == last


def test_too_little_history_is_refused_with_what_is_needed() -> None:
    with pytest.raises(NotEnoughData, match="56 days of history"):
        analyze(ANOMALIES, build_facts(build_sales(40), days=40))


def test_days_without_orders_cannot_be_judged() -> None:
    lines = [line for line in build_sales(90) if line["at"].day < 3]

    result = analyze(ANOMALIES, build_facts(lines, days=90))

    assert any("are not judged" in note for note in result.notes)


def test_a_quotient_is_not_watched() -> None:
    with pytest.raises(ImpossibleQuery, match="do not add up"):
        analyze(
            {**ANOMALIES, "metric": "refund_rate"}, build_facts(build_sales(5), days=5)
        )


Simulate = Callable[[np.random.Generator, Values], Values]


def simulate_counts(random: np.random.Generator, mean: Values) -> Values:
    return random.poisson(mean).astype(float)


def simulate_growth(random: np.random.Generator, mean: Values) -> Values:
    """By 3 % a month."""
    return random.poisson(mean * 1.001 ** np.arange(len(mean))).astype(float)


def simulate_busy_counts(random: np.random.Generator, mean: Values) -> Values:
    """That vary more than by chance alone."""
    return random.negative_binomial(10, 10 / (10 + mean)).astype(float)


def simulate_revenue(random: np.random.Generator, mean: Values) -> Values:
    """Orders with amounts that are skewed."""
    counts = random.poisson(mean)
    return np.array([random.lognormal(8, 0.8, count).sum() for count in counts])


@pytest.mark.slow
@pytest.mark.parametrize("level", [4, 30, 300])
@pytest.mark.parametrize(
    "simulate",
    [simulate_counts, simulate_growth, simulate_busy_counts, simulate_revenue],
)
@pytest.mark.parametrize("shape", [DAILY, WEEKLY])
def test_usual_periods_are_seldom_flagged(
    shape: BaselineShape, simulate: Simulate, level: int
) -> None:
    """Of shops in which nothing special happens."""
    random = np.random.default_rng(level)
    days = np.arange(1500)
    mean = level * (np.array(WEEKDAYS)[days % 7] if shape is DAILY else np.ones(1500))
    if shape is WEEKLY:
        mean *= 7
    flagged = judged = 0
    for _ in range(4):
        values = simulate(random, mean)
        for index in range(shape.history, len(values)):
            found = judge_period(
                values[index - shape.history : index], values[index], shape
            )
            if found is not None:
                judged += 1
                flagged += abs(found.score) > shape.threshold
    assert judged > 5_000
    assert flagged / judged < FALSE_ALARMS


def test_the_expectation_is_that_of_the_same_weekday() -> None:
    week = np.array([10.0, 20, 30, 40, 50, 60, 70])
    history = np.concatenate([week + offset for offset in (0, 1, -1, 2, -2, 1, -1, 0)])

    found = judge_period(history, 10.0, DAILY)

    assert found is not None
    assert found.expected == pytest.approx(10, abs=1)
    assert found.low < 10 < found.high
    assert abs(found.score) < 1

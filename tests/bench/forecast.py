"""Errors of forecasts, ours and those of libraries: `python -m tests.bench.forecast`.

Each forecasts the past of the same series from the same dates: days of a real shop
(`ECOM67_SHARED`) and of simulated ones. `statsforecast` and `statsmodels` are compared where
they are installed; the project does not depend on them. Decision 0035 has the figures.
"""

import csv
import gzip
import importlib
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from importlib.util import find_spec
from typing import Any

import numpy as np

from analytics.analyses.backtest import list_origins, run_backtest
from analytics.analyses.series import Values
from analytics.analyses.smoothing import (
    forecast_values,
    repeat_mean,
    repeat_naive,
    smooth_exponentially,
)
from tests.support.shared_data import find_shared_file

Method = Callable[..., Values]
SEASON, STEPS, LEAST = 7, 14, 56
WEEKDAYS = np.array([1.0, 0.9, 0.95, 1.0, 1.2, 1.4, 0.7])
COUNTRIES = ("United Kingdom", "Germany", "France", "EIRE")


def main() -> None:
    warnings.simplefilter("ignore")
    real = dict(read_real_series())
    simulated = {f"shop {seed}": simulate_days(seed) for seed in range(12)}
    for title, series in (("Online Retail", real), ("simulated", simulated)):
        print(f"{title}: {len(series)} series of days, {STEPS} steps ahead")
        print(f"  {'method':<26} {'MASE':>6} {'error %':>8} {'ms a fit':>9}")
        for name, method in list_methods().items():
            print_errors(name, method, series)
        coverage = [
            run_backtest(values, season=SEASON, steps=STEPS, least=LEAST)
            for values in series.values()
        ]
        for level in (0.8, 0.95):
            inside = np.mean([each.measure_coverage(level) for each in coverage])
            print(f"  intervals of {level:.0%} contained {inside:.1f} %")


def list_methods() -> Mapping[str, Method]:
    methods: dict[str, Method] = {
        "ours": forecast_values,
        "seasonal naive": repeat_naive,
        "mean of four seasons": repeat_mean,
        "Holt-Winters alone": smooth_exponentially,
    }
    if find_spec("statsforecast"):
        models = importlib.import_module("statsforecast.models")
        methods["statsforecast AutoETS"] = wrap_statsforecast(models.AutoETS)
        methods["statsforecast AutoTheta"] = wrap_statsforecast(models.AutoTheta)
    if find_spec("statsmodels"):
        tsa = importlib.import_module("statsmodels.tsa.api")
        methods["statsmodels ETS"] = wrap_statsmodels(tsa)
    return methods


def wrap_statsforecast(model: Any) -> Method:
    def forecast(history: Values, *, season: int, steps: int) -> Values:
        found: Values = model(season_length=season).forecast(y=history, h=steps)["mean"]
        return found

    return forecast


def wrap_statsmodels(tsa: Any) -> Method:
    def forecast(history: Values, *, season: int, steps: int) -> Values:
        fitted = tsa.ExponentialSmoothing(
            history,
            trend="add",
            damped_trend=True,
            seasonal="add",
            seasonal_periods=season,
        ).fit()
        found: Values = fitted.forecast(steps)
        return found

    return forecast


def print_errors(name: str, method: Method, series: Mapping[str, Values]) -> None:
    scaled, shares, fits = [], [], 0
    started = time.perf_counter()
    for values in series.values():
        actual, found = [], []
        for known in list_origins(len(values), least=LEAST, steps=STEPS):
            found.append(method(values[:known], season=SEASON, steps=STEPS))
            actual.append(values[known : known + STEPS])
            fits += 1
        errors = np.abs(np.array(found) - np.array(actual))
        scale = np.abs(values[SEASON:] - values[:-SEASON]).mean()
        scaled.append(errors.mean() / scale)
        shares.append(100 * errors.sum() / np.array(actual).sum())
    took = 1000 * (time.perf_counter() - started) / fits
    print(
        f"  {name:<26} {np.mean(scaled):>6.3f} {np.mean(shares):>8.1f} {took:>9.1f}",
        flush=True,
    )


def read_real_series() -> Iterator[tuple[str, Values]]:
    """Sales of each day in a few countries; a day without any is zero."""
    sums: dict[str, dict[date, float]] = defaultdict(lambda: defaultdict(float))
    path = find_shared_file("online_retail/order_lines_until_2011-08.csv.gz")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if not row["InvoiceNo"].startswith("C") and row["Country"] in COUNTRIES:
                day = date.fromisoformat(row["InvoiceDate"][:10])
                sums[row["Country"]][day] += int(row["Quantity"]) * float(
                    row["UnitPrice"]
                )
    for country, days in sums.items():
        first, last = min(days), max(days)
        every = [first + timedelta(offset) for offset in range((last - first).days + 1)]
        yield country, np.array([days.get(day, 0.0) for day in every])


def simulate_days(seed: int, count: int = 420) -> Values:
    """A shop with weekdays, a trend, a change of level, noise and a few promotions."""
    random = np.random.default_rng(seed)
    days = np.arange(count)
    level = 20 * random.uniform(0.5, 20) * (1 + random.normal(0, 0.001)) ** days
    level *= np.where(days > random.integers(100, 400), random.uniform(0.7, 1.4), 1)
    level *= 1 + 0.15 * np.sin(2 * np.pi * days / 365 + random.uniform(0, 6))
    for start in random.integers(0, count - 7, 5):
        level[start : start + 5] *= random.uniform(1.2, 1.8)
    mean = level * WEEKDAYS[days % 7]
    counts: Values = random.negative_binomial(15, 15 / (15 + mean)).astype(float)
    return counts


if __name__ == "__main__":
    main()

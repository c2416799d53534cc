"""How well a method would have forecast the past, from several earlier dates. Pure NumPy.

Intervals are quantiles of these errors (split conformal prediction), so that nothing is assumed of
how they are distributed; they are taken in units of how much the same place of the season varies,
so that a quiet weekday has a narrow one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analytics.analyses.series import Values
from analytics.analyses.smoothing import forecast_values, repeat_naive

MAX_ORIGINS = 20
MIN_ORIGINS = 8
NEIGHBORS = 2
"""Steps before and after one, whose errors are taken for its own."""
MIN_SPREAD = 0.05
"""Of the mean of all places in the season."""
Errors = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Backtest:
    """Rows are earlier dates, columns are steps ahead."""

    actual: Errors
    errors: Errors
    naive_errors: Errors
    scale: float
    """Mean absolute error of the seasonal naive forecast one step ahead, over all history."""
    spreads: Errors
    """Of the places in the season that the figures have."""
    next_spreads: Values
    """Of the steps that are still to come."""

    @property
    def origins(self) -> int:
        return len(self.errors)

    @property
    def error_percent(self) -> float | None:
        return self._to_percent(self.errors)

    @property
    def naive_error_percent(self) -> float | None:
        return self._to_percent(self.naive_errors)

    def _to_percent(self, errors: Errors) -> float | None:
        whole = float(np.abs(self.actual).sum())
        return round(100 * float(np.abs(errors).sum()) / whole, 1) if whole else None

    @property
    def scaled_error(self) -> float | None:
        if not self.scale:
            return None
        return round(float(np.abs(self.errors).mean()) / self.scale, 3)

    def measure_widths(self, level: float) -> Values:
        """Half the interval of each step."""
        return _measure_widths(self._sizes, level) * self.next_spreads

    def measure_total_width(self, level: float) -> float:
        """Half the interval of the sum of all steps."""
        return _find_quantile(np.abs(self.errors.sum(axis=1)), level)

    def measure_coverage(self, level: float) -> float:
        """How many of the past figures, in percent, were within the interval that the errors from
        the other dates give."""
        sizes = self._sizes
        inside = [
            sizes[index] <= _measure_widths(np.delete(sizes, index, axis=0), level)
            for index in range(len(sizes))
        ]
        return round(100 * float(np.mean(inside)), 1)

    @property
    def _sizes(self) -> Errors:
        sizes: Errors = np.abs(self.errors) / self.spreads
        return sizes


def list_origins(length: int, *, least: int, steps: int) -> Sequence[int]:
    """How many figures are known at each of the earlier dates, the latest last: up to
    `MAX_ORIGINS`, as far apart as the steps are, or closer."""
    last = length - steps
    room = last - least
    if room < 0:
        return ()
    apart = max(1, min(steps, room // (MAX_ORIGINS - 1)))
    return range(last, least - 1, -apart)[:MAX_ORIGINS][::-1]


def run_backtest(
    values: Values, *, season: int, steps: int, least: int, skip: int = 0
) -> Backtest:
    """`least` figures are known at each date, of which there are `MIN_ORIGINS` or more. The first
    steps can be skipped: they are no part of the errors."""
    actual, found, naive, spreads = [], [], [], []
    spread = _measure_spreads(values, season)
    ahead = np.arange(skip, steps)
    for known in list_origins(len(values), least=least, steps=steps):
        history = values[:known]
        actual.append(values[known + skip : known + steps])
        found.append(forecast_values(history, season=season, steps=steps)[skip:])
        naive.append(repeat_naive(history, season=season, steps=steps)[skip:])
        spreads.append(spread[(known + ahead) % season])
    truth = np.array(actual)
    return Backtest(
        actual=truth,
        errors=np.array(found) - truth,
        naive_errors=np.array(naive) - truth,
        scale=float(np.abs(values[season:] - values[:-season]).mean()),
        spreads=np.array(spreads),
        next_spreads=spread[(len(values) + ahead) % season],
    )


def _measure_spreads(values: Values, season: int) -> Values:
    """The standard deviation at each place of the season; of one that hardly varies, a little."""
    found = np.array([values[place::season].std() for place in range(season)])
    least = max(float(found.mean()) * MIN_SPREAD, np.finfo(float).tiny)
    spreads: Values = np.maximum(found, least)
    return spreads


def _measure_widths(sizes: Errors, level: float) -> Values:
    """By step; never narrower than for the step before."""
    steps = sizes.shape[1]
    widths = [
        _find_quantile(
            sizes[:, max(0, step - NEIGHBORS) : step + NEIGHBORS + 1].ravel(), level
        )
        for step in range(steps)
    ]
    return np.maximum.accumulate(np.array(widths))


def _find_quantile(sizes: Errors, level: float) -> float:
    """The least size that is not exceeded by `level` of one more than there are; the greatest of
    them, where they are too few."""
    rank = int(np.ceil(level * (len(sizes) + 1)))
    return float(np.sort(sizes)[min(rank, len(sizes)) - 1])

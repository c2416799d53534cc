"""Forecasts of a series by its own past: the mean of Holt-Winters and of a seasonal mean. Pure.

Holt-Winters: additive season, damped trend (Gardner and McKenzie 1985); combining simple methods by
their mean is what did well in the M competitions (Makridakis et al. 2020). Decision 0035 has the
figures.
"""

from itertools import product

import numpy as np

from analytics.analyses.series import Values

DAMPING = 0.9
CYCLES = 4
"""Seasons of the seasonal mean."""
GRID = np.array(
    list(product((0.02, 0.1, 0.2, 0.4, 0.6), (0.0, 0.05, 0.15), (0.02, 0.1, 0.3)))
).T
"""Weights of level, trend and season to choose from."""


def forecast_values(history: Values, *, season: int, steps: int) -> Values:
    """The next figures; `history` has two seasons or more."""
    mean = (
        smooth_exponentially(history, season=season, steps=steps)
        + repeat_mean(history, season=season, steps=steps)
    ) / 2
    return np.maximum(mean, find_floors(history, season, steps))


def find_floors(values: Values, season: int, steps: int) -> Values:
    """What never was below zero in its place of the season will not be; other figures have no
    floor."""
    places = (len(values) + np.arange(steps)) % season
    lowest = np.array([values[place::season].min() for place in range(season)])
    return np.where(lowest[places] >= 0, 0.0, -np.inf)


def repeat_naive(history: Values, *, season: int, steps: int) -> Values:
    """The seasonal naive forecast: the last season again."""
    return repeat_mean(history, season=season, steps=steps, cycles=1)


def repeat_mean(
    history: Values, *, season: int, steps: int, cycles: int = CYCLES
) -> Values:
    """The mean of the last seasons, again and again."""
    cycles = min(cycles, len(history) // season)
    last: Values = history[-cycles * season :].reshape(cycles, season).mean(axis=0)
    return np.resize(last, steps)


def smooth_exponentially(history: Values, *, season: int, steps: int) -> Values:
    """Holt-Winters with the weights of the least squared error one step ahead; all of the grid are
    tried at once."""
    alpha, beta, gamma = GRID
    if season == 1:
        gamma = np.zeros_like(gamma)
    first = history[:season]
    level = np.full(alpha.shape, first.mean())
    trend = np.zeros(alpha.shape)
    seasonal = np.tile((first - first.mean())[:, None], (1, alpha.size))
    errors = np.zeros(alpha.shape)
    for index in range(season, len(history)):
        place = index % season
        expected = level + DAMPING * trend
        error = history[index] - expected - seasonal[place]
        errors += error**2
        level = expected + alpha * error
        trend = DAMPING * trend + alpha * beta * error
        seasonal[place] += gamma * (1 - alpha) * error
    best = int(np.argmin(errors))
    ahead = np.arange(1, steps + 1)
    damped = np.cumsum(DAMPING**ahead)
    places = (len(history) + ahead - 1) % season
    forecast: Values = level[best] + damped * trend[best] + seasonal[places, best]
    return forecast

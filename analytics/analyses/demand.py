"""Demand of what is not always in stock, and how long units last. Pure NumPy, for many variants at
once.

Sales are a Poisson process that is seen only while there is stock: units sold divided by the time
with stock is the rate that is most likely, and a variant that was sold out is not taken for one
that nobody wants. Units that are bought several at a time, or more on some days, vary more than
that; the dispersion is how many times as much.

The time in which so many units are sold is then a gamma variable divided by another one, the
uncertain rate: an F distribution, of which quantiles are taken by cube roots (Wilson and Hilferty
1931, Paulson 1942).
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from analytics.analyses.series import Values

FEW_UNITS = 5
"""So many units say as much of their own dispersion as all other variants do."""
PRIOR_EVENTS = 0.5
"""Of Jeffreys, for the rate of a Poisson process."""
MIN_EVENTS = 1e-3
"""Of a gamma variable: of fewer there is no cube root to speak of."""
SEARCH_STEPS = 50


@dataclass(frozen=True)
class DailySales:
    """What was sold of each variant, one element each."""

    units: Values
    exposure: Values
    """Days with stock, also parts of days: above zero where there are units."""
    full_days: Values
    """Days that had stock all the time."""
    full_units: Values
    """Units sold on these."""
    full_squares: Values
    """The sum of the squares of the units of each of these days."""


@dataclass(frozen=True)
class Demand:
    """What is known of the rate at which each variant would sell, if it had stock."""

    units: Values
    exposure: Values
    dispersion: Values
    """Variance of the units of a day, by their mean; at least 1."""

    @property
    def rates(self) -> Values:
        """Units a day; zero where nothing is known."""
        return divide_known(self.units, self.exposure)

    def find_rates(self, probability: float) -> Values:
        """The rates that the true ones do not exceed, with a probability."""
        z = NormalDist().inv_cdf(probability)
        known = self.units / self.dispersion + PRIOR_EVENTS
        root = np.maximum(1 - 1 / (9 * known) + z / (3 * np.sqrt(known)), 0.0)
        rates = divide_known(known * self.dispersion, self.exposure) * root**3
        return np.where(self.units > 0, rates, 0.0)

    def find_days(self, stock: Values, probability: float) -> Values:
        """The days within which so many units are sold, with a probability; infinite where nothing
        was sold, or too little to say so. Half of them are sold by the median."""
        ahead = np.maximum(stock, 0.0) / self.dispersion
        known = self.units / self.dispersion + PRIOR_EVENTS
        ratio = _find_ratio(np.maximum(ahead, MIN_EVENTS), known, probability)
        days = self.exposure * (ahead / known) * ratio
        return np.where(self.units > 0, np.where(stock > 0, days, 0.0), np.inf)

    def find_stock(self, days: float, probability: float) -> Values:
        """The units that last so many days with a probability: those of which that many are not
        sold sooner."""
        low = np.zeros_like(self.units)
        high = np.maximum(10 * self.rates * days + 100 * self.dispersion, 1.0)
        for _ in range(SEARCH_STEPS):
            middle = (low + high) / 2
            lasts = self.find_days(middle, 1 - probability) >= days
            low, high = np.where(lasts, low, middle), np.where(lasts, middle, high)
        return np.where(self.units > 0, np.ceil(high - 1e-6), 0.0)


def estimate_demand(sales: DailySales) -> Demand:
    return Demand(sales.units, sales.exposure, _estimate_dispersion(sales))


def _estimate_dispersion(sales: DailySales) -> Values:
    """Of each variant, drawn to the median of all the less it has sold."""
    means = divide_known(sales.full_units, sales.full_days)
    squares = np.maximum(sales.full_squares - sales.full_units * means, 0.0)
    freedom = np.maximum(sales.full_days - 1, 0.0)
    is_known = (freedom > 0) & (means > 0)
    found = divide_known(squares, means * freedom)
    pooled = float(np.median(found[is_known])) if is_known.any() else 1.0
    own = np.where(is_known, found, pooled)
    weight = sales.full_units / (sales.full_units + FEW_UNITS)
    return np.maximum(weight * own + (1 - weight) * pooled, 1.0)


def divide_known(dividend: Values, divisor: Values) -> Values:
    """Zero where the divisor is."""
    found: Values = np.divide(
        dividend, divisor, out=np.zeros_like(dividend), where=divisor > 0
    )
    return found


def _find_ratio(ahead: Values, known: Values, probability: float) -> Values:
    """The quantile of F with twice as many degrees of freedom as both have events: the cube roots
    of gamma variables are nearly normal."""
    z = NormalDist().inv_cdf(probability)
    spread, other_spread = 1 / (9 * ahead), 1 / (9 * known)
    mean, other_mean = 1 - spread, 1 - other_spread
    # The root r of (r * other_mean - mean)^2 = z^2 * (spread + r^2 * other_spread).
    leading = other_mean**2 - z**2 * other_spread
    constant = mean**2 - z**2 * spread
    inside = np.maximum((mean * other_mean) ** 2 - leading * constant, 0.0)
    root = np.copysign(np.sqrt(inside), z)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (mean * other_mean + root) / leading
    bounded = np.maximum(ratio, 0.0) ** 3
    return np.where(leading > 0, bounded, np.inf if z > 0 else 0.0)

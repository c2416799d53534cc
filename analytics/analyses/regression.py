"""Ordinary least squares with intervals. Pure NumPy."""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from analytics.analyses.backtest import Errors
from analytics.analyses.series import Values

LEVEL = 0.95
MAX_CONDITION = 1e8
"""Of the columns: beyond, one is nearly made of the others."""


@dataclass(frozen=True)
class Coefficient:
    value: float
    low: float
    high: float


def fit_least_squares(columns: Errors, target: Values) -> list[Coefficient] | None:
    """One coefficient a column, with the interval of Student's t. None where the columns do not
    determine them."""
    freedom = len(target) - columns.shape[1]
    if freedom < 1 or np.linalg.cond(columns) > MAX_CONDITION:
        return None
    inverse = np.linalg.inv(columns.T @ columns)
    values = inverse @ columns.T @ target
    residual = target - columns @ values
    variance = float(residual @ residual) / freedom
    reach = compute_t_quantile((1 + LEVEL) / 2, freedom) * np.sqrt(
        variance * np.diag(inverse)
    )
    return [
        Coefficient(float(value), float(value - width), float(value + width))
        for value, width in zip(values, reach, strict=True)
    ]


def compute_t_quantile(probability: float, freedom: int) -> float:
    """Of Student's t, by its expansion around the normal one (Abramowitz and Stegun, 26.7.5); to
    three digits from five degrees of freedom on."""
    z = NormalDist().inv_cdf(probability)
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return float(sum(term / freedom**power for power, term in enumerate(terms)))

"""How sure shares of small numbers are. Pure."""

from math import exp, lgamma, log, sqrt
from statistics import NormalDist

LEVEL = 0.95
_Z = NormalDist().inv_cdf((1 + LEVEL) / 2)


def compute_wilson_interval(part: int, whole: int) -> tuple[float, float]:
    """The interval, at `LEVEL`, of the probability behind a share (Wilson, 1927), from 0 to 1; of a
    whole that is positive, and no less than its part."""
    share, square = part / whole, _Z * _Z
    center = (share + square / (2 * whole)) / (1 + square / whole)
    spread = share * (1 - share) / whole + square / (4 * whole * whole)
    reach = _Z * sqrt(spread) / (1 + square / whole)
    return max(0.0, center - reach), min(1.0, center + reach)


def compute_binomial_tail(least: int, trials: int, probability: float) -> float:
    """The probability of at least so many of the trials; exact. The probability of one is between
    0 and 1, both excluded."""
    return min(
        1.0,
        sum(
            exp(_log_binomial(trials, count, probability))
            for count in range(least, trials + 1)
        ),
    )


def _log_binomial(trials: int, count: int, probability: float) -> float:
    ways = lgamma(trials + 1) - lgamma(count + 1) - lgamma(trials - count + 1)
    return ways + count * log(probability) + (trials - count) * log(1 - probability)

"""What a figure is expected to be by those before it, robustly. Pure NumPy.

The threshold is chosen so that of periods in which nothing special happens fewer than
`FALSE_ALARMS` are flagged: `tests/unit/analytics/test_anomalies.py` simulates sales of shops
of several sizes and shapes and counts them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from analytics.analyses.series import Values

FALSE_ALARMS = 0.01
"""Of all periods."""
MAD_TO_SD = 1.4826
"""Standard deviation of a normal distribution by its median absolute deviation."""


@dataclass(frozen=True)
class BaselineShape:
    season: int
    """Periods after which the season repeats; 1 without one."""
    cycles: int
    """Seasons that are looked back."""
    recent: int
    """Of the last so many periods the median deviation moves the expectation; 0 for none."""
    threshold: float
    """Of the score."""

    @property
    def history(self) -> int:
        """Periods that are needed before the first one that is judged."""
        return self.season * self.cycles


DAILY = BaselineShape(season=7, cycles=8, recent=14, threshold=4.6)
WEEKLY = BaselineShape(season=1, cycles=16, recent=0, threshold=4.5)


@dataclass(frozen=True)
class Expectation:
    """Of one period; `score` is positive where the figure is above."""

    expected: float
    low: float
    high: float
    score: float


def judge_period(
    history: Values, value: float, shape: BaselineShape
) -> Expectation | None:
    """`history` are the `shape.history` figures before it. None where they hardly vary at all, so
    that nothing can be said."""
    roots = _take_root(history).reshape(shape.cycles, shape.season)
    center = np.median(roots, axis=0)
    deviations = (roots - center).ravel()
    spread = MAD_TO_SD * float(np.median(np.abs(_remove_level(deviations, shape))))
    if spread <= 0:
        return None
    moved = float(np.median(deviations[-shape.recent :])) if shape.recent else 0.0
    # The period to judge follows the history: it has the place of the first one in the season.
    expected = float(center[0]) + moved
    reach = shape.threshold * spread
    return Expectation(
        expected=_square_signed(expected),
        low=_square_signed(expected - reach),
        high=_square_signed(expected + reach),
        score=(float(_take_root(np.array([value]))[0]) - expected) / spread,
    )


def _remove_level(deviations: Values, shape: BaselineShape) -> Values:
    """What is left of deviations without the level of the `shape.recent` periods before each, as
    the period to judge is compared. The fall after a season, such as Christmas, is no spread."""
    if not shape.recent:
        return deviations
    before = sliding_window_view(deviations, shape.recent)[:-1]
    left: Values = deviations[shape.recent :] - np.median(before, axis=1)
    return left


def _take_root(values: Values) -> Values:
    """The square root with its sign: the spread of counts grows as the root of their size."""
    rooted: Values = np.sign(values) * np.sqrt(np.abs(values))
    return rooted


def _square_signed(root: float) -> float:
    return root * abs(root)

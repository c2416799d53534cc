"""Notable trends and incidents of the demo history, as data for the generator and its tests.

Days are counted back from today, so that they are always recent.
"""

from dataclasses import dataclass
from datetime import date, timedelta

HISTORY_DAYS = 548
"""Eighteen months."""


@dataclass(frozen=True)
class RisingProduct:
    """A product that sells little, then many times more."""

    slug: str
    days_ago: int
    ramp_days: int
    factor: float

    def compute_demand_factor(self, days_ago: int) -> float:
        return 1 + (self.factor - 1) * _compute_progress(
            days_ago, start=self.days_ago, length=self.ramp_days
        )


@dataclass(frozen=True)
class DecliningCategory:
    """A category whose demand declines."""

    category: str
    from_days_ago: int
    to_days_ago: int
    remaining: float

    def compute_demand_factor(self, days_ago: int) -> float:
        length = self.from_days_ago - self.to_days_ago
        lost = _compute_progress(days_ago, start=self.from_days_ago, length=length)
        return 1 - (1 - self.remaining) * lost


@dataclass(frozen=True)
class BadWeek:
    """A week, Monday to Sunday, in which the checkout kept failing: fewer orders, more
    cancellations."""

    days_ago: int
    remaining_demand: float
    cancelled_share: float

    def first_day(self, today: date) -> date:
        day = today - timedelta(days=self.days_ago)
        return day - timedelta(days=day.weekday())

    def includes(self, day: date, *, today: date) -> bool:
        return 0 <= (day - self.first_day(today)).days < 7


@dataclass(frozen=True)
class FaultyBatch:
    """A period in which one product has a high return rate."""

    slug: str
    from_days_ago: int
    to_days_ago: int
    returned_share: float

    def includes(self, slug: str, days_ago: int) -> bool:
        return slug == self.slug and self.to_days_ago <= days_ago <= self.from_days_ago


RISING_PRODUCT = RisingProduct(
    slug="tarn-pocket-espresso-maker", days_ago=120, ramp_days=30, factor=14
)
DECLINING_CATEGORY = DecliningCategory(
    category="Office", from_days_ago=330, to_days_ago=90, remaining=0.25
)
BAD_WEEK = BadWeek(days_ago=70, remaining_demand=0.3, cancelled_share=0.2)
FAULTY_BATCH = FaultyBatch(
    slug="brisa-whirl-hand-blender-set",
    from_days_ago=210,
    to_days_ago=120,
    returned_share=0.6,
)
DISCONTINUED_DAYS_AGO = 60
"""Inactive products were sold until then."""


def _compute_progress(days_ago: int, *, start: int, length: int) -> float:
    """0 before `start`, 1 from `length` days later on, linear in between."""
    return min(max((start - days_ago) / length, 0), 1)

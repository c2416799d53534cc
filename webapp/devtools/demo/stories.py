"""Notable trends and incidents of the demo history, as data for the generator and its tests.

Days are counted back from today, and months from this one, so that they are always recent. What a
person can ask about each of them, and what should be found, is in `docs/demo-shop.md`.
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


@dataclass(frozen=True)
class Breakage:
    """A period in which one product often arrived broken, and its lines were refunded."""

    slug: str
    from_days_ago: int
    to_days_ago: int
    refunded_share: float
    reason: str

    def includes(self, slug: str, days_ago: int) -> bool:
        return slug == self.slug and self.to_days_ago <= days_ago <= self.from_days_ago


@dataclass(frozen=True)
class CountryCollapse:
    """A country in which parcels got lost from the first day of a month on: orders are canceled,
    and most customers stay away."""

    country: str
    months_ago: int
    remaining_demand: float
    cancelled_share: float

    def first_day(self, today: date) -> date:
        return find_month(today, months_ago=self.months_ago)


@dataclass(frozen=True)
class Campaign:
    """A month in which everything with a tag was cheaper. It brought many new customers, of whom
    few came back."""

    tag: str
    months_ago: int
    price_factor: float
    demand_factor: float
    new_customers_factor: float
    repeat_factor: float

    def first_day(self, today: date) -> date:
        return find_month(today, months_ago=self.months_ago)

    def includes(self, day: date, *, today: date) -> bool:
        return day.replace(day=1) == self.first_day(today)


@dataclass(frozen=True)
class PriceRise:
    """A bestseller that became more expensive, and sold fewer units."""

    slug: str
    days_ago: int
    old_price_factor: float
    """The price before, by that of today."""
    old_demand_factor: float
    demand_factor: float

    def compute_demand_factor(self, days_ago: int) -> float:
        return (
            self.old_demand_factor if days_ago > self.days_ago else self.demand_factor
        )

    def compute_price_factor(self, days_ago: int) -> float:
        return self.old_price_factor if days_ago > self.days_ago else 1


@dataclass(frozen=True)
class SoldOut:
    """A product of which nothing was left for some days."""

    slug: str
    from_days_ago: int
    days: int


@dataclass(frozen=True)
class BoughtTogether:
    """Of the orders of one product, a share has another one, too."""

    slug: str
    other_slug: str
    share: float


@dataclass(frozen=True)
class UnusualDay:
    """A day on which a podcast recommended a product: extra orders of it."""

    slug: str
    days_ago: int
    extra_orders: int


@dataclass(frozen=True)
class NewChannel:
    """A way to order that was opened, and its share of the orders grew."""

    name: str
    days_ago: int
    ramp_days: int
    share: float
    """Of the orders, in the end."""

    def compute_share(self, days_ago: int) -> float:
        return self.share * _compute_progress(
            days_ago, start=self.days_ago, length=self.ramp_days
        )


@dataclass(frozen=True)
class Regulars:
    """A few customers who buy one brand in every order, and order often."""

    brand: str
    every: int
    """Of how many customers one is regular."""
    days_between: float
    """Two orders, on average."""


@dataclass(frozen=True)
class MissingProduct:
    """What people search for more and more, and the shop does not have."""

    query: str
    days_ago: int
    factor: float

    def compute_demand_factor(self, days_ago: int) -> float:
        return 1 + (self.factor - 1) * _compute_progress(
            days_ago, start=self.days_ago, length=self.days_ago
        )


RISING_PRODUCT = RisingProduct(
    slug="tarn-pocket-espresso-maker", days_ago=120, ramp_days=30, factor=18
)
DECLINING_CATEGORY = DecliningCategory(
    category="Office", from_days_ago=330, to_days_ago=90, remaining=0.2
)
BAD_WEEK = BadWeek(days_ago=70, remaining_demand=0.2, cancelled_share=0.2)
FAULTY_BATCH = FaultyBatch(
    slug="brisa-whirl-hand-blender-set",
    from_days_ago=210,
    to_days_ago=120,
    returned_share=0.7,
)
BREAKAGE = Breakage(
    slug="kiln-co-stoneware-mug-350-ml",
    from_days_ago=130,
    to_days_ago=15,
    refunded_share=0.7,
    reason="arrived broken",
)
COUNTRY_COLLAPSE = CountryCollapse(
    country="FR", months_ago=3, remaining_demand=0.2, cancelled_share=0.42
)
CAMPAIGN = Campaign(
    tag="hiking",
    months_ago=5,
    price_factor=0.75,
    demand_factor=3.6,
    new_customers_factor=2,
    repeat_factor=0.08,
)
PRICE_RISE = PriceRise(
    slug="bluff-bay-olive-oil-body-soap-3-bars",
    days_ago=200,
    old_price_factor=0.8,
    old_demand_factor=24,
    demand_factor=7,
)
SOLD_OUT = SoldOut(slug="brisa-morrow-electric-kettle-1-7-l", from_days_ago=52, days=15)
BOUGHT_TOGETHER = BoughtTogether(
    slug="tarn-gooseneck-pour-over-kettle-0-9-l",
    other_slug="kiln-co-pour-over-dripper-set",
    share=0.45,
)
UNUSUAL_DAY = UnusualDay(
    slug="thyme-table-the-patient-loaf", days_ago=25, extra_orders=100
)
NEW_CHANNELS = (
    NewChannel("chat", days_ago=300, ramp_days=200, share=0.16),
    NewChannel("agent", days_ago=150, ramp_days=100, share=0.08),
)
REGULARS = Regulars(brand="Harbor Row", every=45, days_between=18)
MISSING_PRODUCT = MissingProduct(query="humidifier", days_ago=120, factor=12)
DISCONTINUED_DAYS_AGO = 60
"""Inactive products were sold until then."""


def find_month(today: date, *, months_ago: int) -> date:
    """The first day of an earlier month."""
    months = today.year * 12 + today.month - 1 - months_ago
    return date(months // 12, months % 12 + 1, 1)


def _compute_progress(days_ago: int, *, start: int, length: int) -> float:
    """0 before `start`, 1 from `length` days later on, linear in between."""
    return min(max((start - days_ago) / length, 0), 1)

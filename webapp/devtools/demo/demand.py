"""Demand model of the demo shop: seasons, weekdays, growth and the stories. Pure."""

from calendar import THURSDAY
from datetime import date, timedelta

from webapp.devtools.demo.catalog import DemoProduct
from webapp.devtools.demo.stories import (
    BAD_WEEK,
    DECLINING_CATEGORY,
    DISCONTINUED_DAYS_AGO,
    HISTORY_DAYS,
    RISING_PRODUCT,
)

# Percent of an average month, January to December.
SEASONS = {
    "Beauty": (90, 95, 95, 100, 110, 110, 105, 95, 90, 95, 115, 150),
    "Bed & Bath": (120, 110, 95, 90, 90, 85, 80, 85, 100, 110, 125, 110),
    "Books": (95, 85, 85, 85, 90, 110, 120, 110, 95, 100, 115, 170),
    "Clothing": (95, 80, 95, 100, 100, 95, 85, 85, 110, 120, 130, 135),
    "Coffee & Tea": (115, 110, 105, 95, 90, 80, 75, 80, 100, 115, 125, 140),
    "Cycling": (50, 60, 110, 140, 155, 150, 140, 125, 105, 75, 60, 70),
    "Electronics": (80, 75, 80, 85, 90, 95, 95, 100, 100, 100, 150, 190),
    "Garden": (25, 60, 150, 210, 200, 150, 110, 85, 75, 45, 25, 20),
    "Kitchen": (95, 90, 90, 90, 95, 90, 85, 85, 95, 105, 130, 160),
    "Office": (120, 105, 100, 95, 90, 85, 80, 110, 125, 105, 95, 85),
    "Outdoor": (70, 70, 90, 115, 140, 150, 140, 120, 110, 95, 85, 95),
    "Toys & Games": (60, 60, 65, 75, 80, 85, 85, 80, 80, 105, 170, 260),
}
WEEKDAYS = (1.08, 1.02, 1.0, 0.98, 0.92, 0.9, 1.1)
GROWTH = 2.2
"""Ratio of the demand at the end of the history to that at its beginning."""
GIFT_WEEKEND_DAYS = 4
GIFT_WEEKEND_FACTOR = 1.9


def compute_demand_weight(product: DemoProduct, day: date, *, today: date) -> float:
    """Relative likelihood that the product is bought on `day`; 0 when it is not sold."""
    days_ago = (today - day).days
    if not is_sold(product, days_ago):
        return 0
    weight = product.popularity * SEASONS[product.category][day.month - 1] / 100
    if product.slug == RISING_PRODUCT.slug:
        weight *= RISING_PRODUCT.compute_demand_factor(days_ago)
    if product.category == DECLINING_CATEGORY.category:
        weight *= DECLINING_CATEGORY.compute_demand_factor(days_ago)
    return weight


def is_sold(product: DemoProduct, days_ago: int) -> bool:
    """From the day after its launch until it is discontinued."""
    launched = product.launched_days_ago
    is_launched = launched is None or days_ago < launched
    return is_launched and (product.is_active or days_ago > DISCONTINUED_DAYS_AGO)


def compute_traffic(day: date, *, today: date) -> float:
    """Number of shoppers relative to a day at the beginning of the history, over all products."""
    age = HISTORY_DAYS - (today - day).days
    factor = (1 + (GROWTH - 1) * age / HISTORY_DAYS) * WEEKDAYS[day.weekday()]
    if is_gift_weekend(day):
        factor *= GIFT_WEEKEND_FACTOR
    if BAD_WEEK.includes(day, today=today):
        factor *= BAD_WEEK.remaining_demand
    return factor


def is_gift_weekend(day: date) -> bool:
    """The long weekend that begins on the day after Thanksgiving."""
    november = date(day.year, 11, 1)
    first_thursday = november + timedelta(days=(THURSDAY - november.weekday()) % 7)
    black_friday = first_thursday + timedelta(weeks=3, days=1)
    return 0 <= (day - black_friday).days < GIFT_WEEKEND_DAYS

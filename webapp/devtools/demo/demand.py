"""Demand model of the demo shop: seasons, weekdays, growth and the stories. Pure."""

from calendar import THURSDAY
from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from webapp.devtools.demo.catalog import DemoProduct
from webapp.devtools.demo.history_days import Flags, Floats, HistoryDays
from webapp.devtools.demo.stories import (
    BAD_WEEK,
    CAMPAIGN,
    DECLINING_CATEGORY,
    DISCONTINUED_DAYS_AGO,
    HISTORY_DAYS,
    PRICE_RISE,
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
POPULARITY_EXPONENT = 2.5
"""A product twice as popular is bought almost six times as often: few products make most of the
sales."""
GROWTH = 2.2
"""Ratio of the demand at the end of the history to that at its beginning."""
GIFT_WEEKEND_DAYS = 4
GIFT_WEEKEND_FACTOR = 1.9


def compute_demand(products: Sequence[DemoProduct], days: HistoryDays) -> Floats:
    """Relative likelihood that a product (column) is bought on a day (row); 0 if it is not sold."""
    return np.column_stack([_compute_product_demand(each, days) for each in products])


def _compute_product_demand(product: DemoProduct, days: HistoryDays) -> Floats:
    season = np.array(SEASONS[product.category])[days.months] / 100
    weight = product.popularity**POPULARITY_EXPONENT
    demand: Floats = weight * season * find_sold_days(product, days)
    for story in (RISING_PRODUCT, PRICE_RISE):
        if product.slug == story.slug:
            demand *= [story.compute_demand_factor(int(ago)) for ago in days.days_ago]
    if product.category == DECLINING_CATEGORY.category:
        demand *= [
            DECLINING_CATEGORY.compute_demand_factor(int(ago)) for ago in days.days_ago
        ]
    if CAMPAIGN.tag in product.tags:
        demand[find_campaign_days(days)] *= CAMPAIGN.demand_factor
    return demand


def find_sold_days(product: DemoProduct, days: HistoryDays) -> Flags:
    """From the day after its launch until it is discontinued."""
    launched = product.launched_days_ago
    sold = days.days_ago < (HISTORY_DAYS + 1 if launched is None else launched)
    if not product.is_active:
        sold &= days.days_ago > DISCONTINUED_DAYS_AGO
    return sold


def find_bad_days(days: HistoryDays) -> Flags:
    return np.array([BAD_WEEK.includes(day, today=days.today) for day in days.dates])


def find_campaign_days(days: HistoryDays) -> Flags:
    return np.array([CAMPAIGN.includes(day, today=days.today) for day in days.dates])


def compute_traffic(days: HistoryDays) -> Floats:
    """Number of shoppers relative to a day at the beginning of the history, over all products."""
    busyness = [_compute_busyness(day, today=days.today) for day in days.dates]
    traffic: Floats = compute_growth() * np.array(busyness)
    return traffic


def compute_growth() -> Floats:
    """The part of the traffic that is due to new customers."""
    age = np.arange(HISTORY_DAYS) / HISTORY_DAYS
    return 1 + (GROWTH - 1) * age


def _compute_busyness(day: date, *, today: date) -> float:
    factor = WEEKDAYS[day.weekday()]
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

"""What the variants of the demo shop cost on each day, in its own currency. Pure."""

from collections.abc import Sequence

import numpy as np

from webapp.devtools.demo.catalog import DemoProduct
from webapp.devtools.demo.demand import find_campaign_days
from webapp.devtools.demo.history_days import HistoryDays, Integers
from webapp.devtools.demo.stories import CAMPAIGN, PRICE_RISE

STEP_MINOR = 50
"""Prices that are not today's are multiples of it."""


def compute_prices(products: Sequence[DemoProduct], days: HistoryDays) -> Integers:
    """Minor units by day (row) and variant (column, in the order of the products)."""
    today = [variant.price_minor for each in products for variant in each.variants]
    prices = np.tile(np.array(today, np.int64), (len(days.dates), 1))
    factors = np.ones((len(days.dates), len(products)))
    reduced = np.array([CAMPAIGN.tag in each.tags for each in products])
    factors[np.ix_(find_campaign_days(days), reduced)] = CAMPAIGN.price_factor
    risen = [each.slug == PRICE_RISE.slug for each in products]
    factors[:, risen] = [
        [PRICE_RISE.compute_price_factor(int(ago))] for ago in days.days_ago
    ]
    of_variants = np.repeat(factors, [len(each.variants) for each in products], axis=1)
    rounded = np.rint(prices * of_variants / STEP_MINOR).astype(np.int64) * STEP_MINOR
    return np.where(of_variants == 1, prices, rounded)

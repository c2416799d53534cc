"""Who orders when: customers who come once, again or all the time, and guests. Pure.

A customer's orders follow each other at a rate of the customer's own, until the customer is lost.
Rates have a heavy tail (Pareto), so that few customers place many of the orders. Seasons, weekdays
and stories thin out what would be ordered on a day.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from webapp.devtools.demo.demand import find_bad_days, find_campaign_days
from webapp.devtools.demo.history_days import Flags, Floats, HistoryDays, Integers
from webapp.devtools.demo.markets import load_markets
from webapp.devtools.demo.stories import (
    CAMPAIGN,
    COUNTRY_COLLAPSE,
    HISTORY_DAYS,
    REGULARS,
    UNUSUAL_DAY,
)

CUSTOMERS = 3_000
GUEST_ORDERS = 2_300
"""Before stories thin them out."""
GUEST = -1
"""In place of a customer's number."""
ONE_TIME_SHARE = 0.4
SLOWEST_RATE = 0.0135
"""Orders a day of those who come back, at least."""
RATE_EXPONENT = 1.5
"""Of the Pareto distribution: the share of customers with more than k times the slowest rate is
k to the power of it, inverted."""
MAX_RATE = 0.2
MEAN_LIFETIME_DAYS = 240
"""Until a customer is lost."""
MAX_REPEATS = 90
REGULARITY = 6
"""Shape of the gamma distribution of the days between two orders of a regular customer."""


class Purchases(NamedTuple):
    """Columns of orders by day."""

    days: Integers
    customers: Integers
    """Their numbers, counted by their first order; `GUEST` for a guest."""
    markets: Integers
    """Index in `load_markets`."""


@dataclass(frozen=True)
class PurchasePlanner:
    generator: np.random.Generator
    days: HistoryDays
    traffic: Floats
    """Orders relative to other days, growth included."""
    growth: Floats
    """The part of the traffic that is due to new customers."""

    def plan_purchases(self) -> Purchases:
        first = self._draw_first_days()
        markets = self._draw_markets(len(first))
        days, customers = self._draw_repeats(first)
        guest_days = self._draw_guest_days()
        planned = Purchases(
            np.concatenate([first, days, guest_days]),
            np.concatenate(
                [
                    np.arange(len(first)),
                    customers,
                    np.full(len(guest_days), GUEST),
                ]
            ),
            np.concatenate(
                [markets, markets[customers], self._draw_markets(len(guest_days))]
            ),
        )
        kept = self._keep_ordering(planned)
        order = np.argsort(planned.days[kept], kind="stable")
        return Purchases(*(column[kept][order] for column in planned))

    def _draw_first_days(self) -> Integers:
        likelihood = self.traffic * np.where(
            find_campaign_days(self.days), CAMPAIGN.new_customers_factor, 1
        )
        chosen = self.generator.choice(
            HISTORY_DAYS, CUSTOMERS, p=likelihood / likelihood.sum()
        )
        return np.sort(chosen)

    def _draw_markets(self, count: int) -> Integers:
        shares = np.array([market.share for market in load_markets()], float)
        return self.generator.choice(len(shares), count, p=shares / shares.sum())

    def _draw_repeats(self, first: Integers) -> tuple[Integers, Integers]:
        """Days and customers of all orders but the first ones."""
        gaps = self.generator.exponential(size=(CUSTOMERS, MAX_REPEATS))
        gaps /= self._draw_rates(first)[:, np.newaxis]
        lifetimes = self.generator.exponential(MEAN_LIFETIME_DAYS, CUSTOMERS)
        lifetimes[self.generator.random(CUSTOMERS) < ONE_TIME_SHARE] = 0
        is_regular = find_regulars(np.arange(CUSTOMERS))
        gaps[is_regular] = self.generator.gamma(
            REGULARITY,
            REGULARS.days_between / REGULARITY,
            (is_regular.sum(), MAX_REPEATS),
        )
        lifetimes[is_regular] = HISTORY_DAYS
        after = np.cumsum(gaps, axis=1)
        at = first[:, np.newaxis] + after
        customers, places = np.nonzero(
            (after < lifetimes[:, np.newaxis]) & (at < HISTORY_DAYS)
        )
        days = at[customers, places].astype(np.int64)
        # The rates are those of the best day; regular customers do not wait for one.
        busyness = self.traffic / self.growth
        kept = self.generator.random(len(days)) < busyness[days] / busyness.max()
        kept |= is_regular[customers] & ~find_bad_days(self.days)[days]
        return days[kept], customers[kept]

    def _draw_rates(self, first: Integers) -> Floats:
        rates = SLOWEST_RATE * (1 + self.generator.pareto(RATE_EXPONENT, CUSTOMERS))
        rates = np.minimum(rates, MAX_RATE)
        came_for_campaign = find_campaign_days(self.days)[first]
        return rates * np.where(came_for_campaign, CAMPAIGN.repeat_factor, 1)

    def _draw_guest_days(self) -> Integers:
        expected = GUEST_ORDERS * self.traffic / self.traffic.sum()
        orders = self.generator.poisson(expected)
        orders[HISTORY_DAYS - UNUSUAL_DAY.days_ago] += UNUSUAL_DAY.extra_orders
        return np.repeat(np.arange(HISTORY_DAYS), orders)

    def _keep_ordering(self, planned: Purchases) -> Flags:
        """Without those of the country whose customers stay away."""
        collapsed = find_collapsed(planned, self.days)
        stays_away = (
            self.generator.random(len(planned.days)) > COUNTRY_COLLAPSE.remaining_demand
        )
        kept: Flags = ~(collapsed & stays_away)
        return kept


def find_regulars(customers: Integers) -> Flags:
    """Which numbers are those of regular customers."""
    regular: Flags = (customers != GUEST) & (customers % REGULARS.every == 0)
    return regular


def find_collapsed(purchases: Purchases, days: HistoryDays) -> Flags:
    """Which were placed in the country of the collapse, after it."""
    countries = np.array([market.country for market in load_markets()])
    first_day = days.find_index(COUNTRY_COLLAPSE.first_day(days.today))
    is_country = countries[purchases.markets] == COUNTRY_COLLAPSE.country
    collapsed: Flags = is_country & (purchases.days >= first_day)
    return collapsed

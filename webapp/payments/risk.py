"""The risk score of an order: the sum of rules, each with its reason. Pure.

The rules use only the shop's own data; Stripe's fraud screening is applied in addition.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

MAX_SCORE = 100


@dataclass(frozen=True)
class RiskFactors:
    """What is known about an order and its customer when it is placed."""

    total_minor: int
    """In the book currency."""
    largest_quantity: int
    account_age: timedelta
    paid_orders: int
    """Of all time."""
    orders_last_hour: int
    declined_last_day: int
    new_country: bool
    """Shipped to a country that none of the customer's paid orders went to."""


@dataclass(frozen=True)
class RiskRule:
    reason: str
    points: int
    applies: Callable[[RiskFactors], bool]


RULES = (
    RiskRule("total of 1,000 or more", 15, lambda f: f.total_minor >= 1_000_00),
    RiskRule("total of 5,000 or more", 30, lambda f: f.total_minor >= 5_000_00),
    RiskRule("20 or more of one thing", 15, lambda f: f.largest_quantity >= 20),
    RiskRule(
        "account younger than a day", 15, lambda f: f.account_age < timedelta(days=1)
    ),
    RiskRule("first order", 10, lambda f: f.paid_orders == 0),
    RiskRule("3 or more orders within the hour", 20, lambda f: f.orders_last_hour >= 3),
    RiskRule("6 or more orders within the hour", 30, lambda f: f.orders_last_hour >= 6),
    RiskRule("2 or more cards declined today", 20, lambda f: f.declined_last_day >= 2),
    RiskRule("5 or more cards declined today", 30, lambda f: f.declined_last_day >= 5),
    RiskRule(
        "shipped to a new country", 10, lambda f: f.new_country and f.paid_orders > 0
    ),
)


@dataclass(frozen=True)
class RiskAssessment:
    score: int
    """0 to 100."""
    reasons: tuple[str, ...]


def assess_risk(factors: RiskFactors) -> RiskAssessment:
    matching = [rule for rule in RULES if rule.applies(factors)]
    score = min(sum(rule.points for rule in matching), MAX_SCORE)
    return RiskAssessment(score, tuple(rule.reason for rule in matching))

"""Scenarios of the buyers, drawn from the seed before the proof starts. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import TypeVar
from uuid import UUID

T = TypeVar("T")
VISA = "pm_card_visa"
THREE_D_SECURE = "pm_card_threeDSecure2Required"
CARD_WEIGHTS = {
    VISA: 66,
    "pm_card_mastercard": 6,
    THREE_D_SECURE: 14,
    "pm_card_threeDSecureRequiredChargeDeclined": 2,
    "pm_card_chargeDeclined": 6,
    "pm_card_chargeDeclinedInsufficientFunds": 4,
    "pm_nobody_has_this": 2,
}
CONCURRENCY_WEIGHTS = {1: 60, 2: 20, 3: 12, 5: 8}
"""Weights of the number of connections on which the same request is sent at once."""


class ChallengeOutcome(StrEnum):
    """The customer's choice on a 3-D Secure page."""

    AUTHENTICATES = "authenticates"
    FAILS = "fails"
    ABANDONS = "abandons"


class FollowUp(StrEnum):
    """What is done with an order afterwards, mostly once it is paid."""

    NOTHING = "nothing"
    REPEATS = "repeats"
    """Sends the same request again, long after its response."""
    REUSES_KEY = "reuses key"
    """Sends another request under the same key."""
    CANCELS = "cancels"
    CANCELS_CONCURRENTLY = "cancels meanwhile"
    """Cancels as soon as the order exists, on another connection, while it may be charged."""
    REFUND = "refund"
    """An admin refunds a part of the payment."""


CHALLENGE_WEIGHTS = {
    ChallengeOutcome.AUTHENTICATES: 60,
    ChallengeOutcome.FAILS: 15,
    ChallengeOutcome.ABANDONS: 25,
}
FOLLOW_UP_WEIGHTS = {
    FollowUp.NOTHING: 52,
    FollowUp.CANCELS_CONCURRENTLY: 8,
    FollowUp.REPEATS: 14,
    FollowUp.REUSES_KEY: 4,
    FollowUp.CANCELS: 12,
    FollowUp.REFUND: 10,
}


@dataclass(frozen=True)
class Scenario:
    """One order that a buyer tries to place."""

    key: str
    items: tuple[tuple[int, int], ...]
    """Pairs of product (its index in the stock levels) and quantity."""
    card: str
    concurrency: int
    challenge: ChallengeOutcome
    follow_up: FollowUp


@dataclass(frozen=True)
class WorkloadMix:
    """Weights of the drawn scenarios; each mutant of the self-test has its own."""

    cards: dict[str, int]
    concurrency: dict[int, int]
    challenges: dict[ChallengeOutcome, int]
    follow_ups: dict[FollowUp, int]


DEFAULT_MIX = WorkloadMix(
    CARD_WEIGHTS, CONCURRENCY_WEIGHTS, CHALLENGE_WEIGHTS, FOLLOW_UP_WEIGHTS
)


def draw_stock_levels(random: Random, *, orders: int) -> list[int]:
    """Draw the units of each product: one in three is scarce, the others last for all orders."""
    count = max(9, orders // 25)
    return [
        random.randint(1, 5) if index % 3 == 0 else orders * 2 for index in range(count)
    ]


def draw_scenarios(
    random: Random,
    *,
    orders: int,
    stock_levels: Sequence[int],
    mix: WorkloadMix = DEFAULT_MIX,
) -> list[Scenario]:
    return [_draw_scenario(random, stock_levels, mix) for _ in range(orders)]


def _draw_scenario(
    random: Random, stock_levels: Sequence[int], mix: WorkloadMix
) -> Scenario:
    indexes = sorted(
        random.sample(range(len(stock_levels)), random.choice((1, 1, 2, 3)))
    )
    return Scenario(
        key=str(UUID(int=random.getrandbits(128), version=4)),
        items=tuple((index, random.randint(1, 2)) for index in indexes),
        card=_draw_weighted(random, mix.cards),
        concurrency=_draw_weighted(random, mix.concurrency),
        challenge=_draw_weighted(random, mix.challenges),
        follow_up=_draw_weighted(random, mix.follow_ups),
    )


def _draw_weighted(random: Random, weights: dict[T, int]) -> T:
    [drawn] = random.choices(list(weights), list(weights.values()))
    return drawn

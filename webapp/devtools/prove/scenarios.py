"""What the buyers of a proof will do, drawn from its seed before anything runs. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import TypeVar
from uuid import UUID

T = TypeVar("T")
VISA = "pm_card_visa"
THREE_D_SECURE = "pm_card_threeDSecure2Required"
CARDS = {
    VISA: 66,
    "pm_card_mastercard": 6,
    THREE_D_SECURE: 14,
    "pm_card_threeDSecureRequiredChargeDeclined": 2,
    "pm_card_chargeDeclined": 6,
    "pm_card_chargeDeclinedInsufficientFunds": 4,
    "pm_nobody_has_this": 2,
}
AT_ONCE = {1: 60, 2: 20, 3: 12, 5: 8}
"""On how many connections the same request is sent at the same moment."""


class ChallengeOutcome(StrEnum):
    """What becomes of a 3-D Secure page."""

    AUTHENTICATES = "authenticates"
    FAILS = "fails"
    ABANDONS = "abandons"


class FollowUp(StrEnum):
    """What else is done with an order, mostly once it is paid."""

    NOTHING = "nothing"
    REPEATS = "repeats"
    """The same request once more, long after its answer."""
    REUSES_KEY = "reuses key"
    """The same key for another request."""
    CANCELS = "cancels"
    CANCELS_CONCURRENTLY = "cancels meanwhile"
    """As soon as the order is there, on another connection, while it may be charged."""
    REFUND = "refund"
    """An admin gives a part of the money back."""


CHALLENGES = {
    ChallengeOutcome.AUTHENTICATES: 60,
    ChallengeOutcome.FAILS: 15,
    ChallengeOutcome.ABANDONS: 25,
}
AFTERWARDS = {
    FollowUp.NOTHING: 52,
    FollowUp.CANCELS_CONCURRENTLY: 8,
    FollowUp.REPEATS: 14,
    FollowUp.REUSES_KEY: 4,
    FollowUp.CANCELS: 12,
    FollowUp.REFUND: 10,
}


@dataclass(frozen=True)
class Scenario:
    """One order that somebody tries to make."""

    key: str
    items: tuple[tuple[int, int], ...]
    """Product (by its place on the shelves) and quantity."""
    card: str
    concurrency: int
    challenge: ChallengeOutcome
    follow_up: FollowUp


@dataclass(frozen=True)
class WorkloadMix:
    """Weights of what is drawn; a self-test aims them at one guard."""

    cards: dict[str, int]
    concurrency: dict[int, int]
    challenges: dict[ChallengeOutcome, int]
    follow_ups: dict[FollowUp, int]


DEFAULT_MIX = WorkloadMix(CARDS, AT_ONCE, CHALLENGES, AFTERWARDS)


def draw_stock_levels(random: Random, *, orders: int) -> list[int]:
    """Units of each product: one in three is scarce, the others last for all."""
    count = max(9, orders // 25)
    return [
        random.randint(1, 5) if place % 3 == 0 else orders * 2 for place in range(count)
    ]


def draw_scenarios(
    random: Random,
    *,
    orders: int,
    stock_levels: Sequence[int],
    mix: WorkloadMix = DEFAULT_MIX,
) -> list[Scenario]:
    return [_draw(random, stock_levels, mix) for _ in range(orders)]


def _draw(random: Random, shelves: Sequence[int], mix: WorkloadMix) -> Scenario:
    places = sorted(random.sample(range(len(shelves)), random.choice((1, 1, 2, 3))))
    return Scenario(
        key=str(UUID(int=random.getrandbits(128), version=4)),
        items=tuple((place, random.randint(1, 2)) for place in places),
        card=_one_of(random, mix.cards),
        concurrency=_one_of(random, mix.concurrency),
        challenge=_one_of(random, mix.challenges),
        follow_up=_one_of(random, mix.follow_ups),
    )


def _one_of(random: Random, weights: dict[T, int]) -> T:
    [drawn] = random.choices(list(weights), list(weights.values()))
    return drawn

"""Scenarios of the buyers, drawn from the seed before the proof starts. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from random import Random
from typing import TypeVar
from uuid import UUID

T = TypeVar("T")
VISA = "pm_card_visa"
MASTERCARD = "pm_card_mastercard"
THREE_D_SECURE = "pm_card_threeDSecure2Required"
CARD_WEIGHTS = {
    VISA: 66,
    MASTERCARD: 6,
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


class Impatience(StrEnum):
    """How a buyer orders one cart more than once, each time under a new key."""

    PATIENT = "patient"
    PRESSES_AGAIN = "presses again"
    """Presses the button again and again at once."""
    TWO_TABS = "two tabs"
    """Orders with two cards at once, in two tabs."""
    LEAVES_OPEN = "leaves 3-D Secure open"
    """Orders with another card while the 3-D Secure page is open, and then authenticates."""


IMPATIENCE_WEIGHTS = {
    Impatience.PATIENT: 79,
    Impatience.PRESSES_AGAIN: 9,
    Impatience.TWO_TABS: 6,
    Impatience.LEAVES_OPEN: 6,
}
MAX_PRESSES = 4
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
    """One cart that a buyer tries to order, or one of several attempts at it."""

    key: str
    items: tuple[tuple[int, int], ...]
    """Pairs of product (its index in the stock levels) and quantity."""
    card: str
    concurrency: int
    challenge: ChallengeOutcome
    follow_up: FollowUp
    impatience: Impatience = Impatience.PATIENT
    presses: int = 1
    """Attempts of a buyer who presses again."""

    def list_attempts(self) -> list["Scenario"]:
        """List the attempts at ordering the cart; the first has the scenario's own key."""
        match self.impatience:
            case Impatience.PRESSES_AGAIN:
                cards = [self.card] * self.presses
            case Impatience.TWO_TABS:
                cards = [self.card, MASTERCARD]
            case Impatience.LEAVES_OPEN:
                cards = [THREE_D_SECURE, VISA]
            case _:
                return [self]
        return [
            replace(
                self,
                key=f"{self.key}-{number}" if number else self.key,
                card=card,
                concurrency=1,
                follow_up=FollowUp.NOTHING,
            )
            for number, card in enumerate(cards)
        ]


@dataclass(frozen=True)
class WorkloadMix:
    """Weights of the drawn scenarios; each mutant of the self-test has its own."""

    cards: dict[str, int]
    concurrency: dict[int, int]
    challenges: dict[ChallengeOutcome, int]
    follow_ups: dict[FollowUp, int]
    impatience: dict[Impatience, int]


DEFAULT_MIX = WorkloadMix(
    CARD_WEIGHTS,
    CONCURRENCY_WEIGHTS,
    CHALLENGE_WEIGHTS,
    FOLLOW_UP_WEIGHTS,
    IMPATIENCE_WEIGHTS,
)
HOT_PRODUCTS = 3
HOT_SHARE = 0.4
"""Share of the scenarios whose items are all hot: every buyer wants them at once."""


def draw_stock_levels(random: Random, *, orders: int) -> list[int]:
    """Draw the units of each product. The first ones are hot, and the first of these is sold out
    on the way. Of the others one in three is scarce, and the rest last for all orders."""
    count = max(12, orders // 25)
    hot = [orders // 10 + 1] + [orders * 2] * (HOT_PRODUCTS - 1)
    return hot + [
        random.randint(1, 5) if index % 3 == 0 else orders * 2
        for index in range(HOT_PRODUCTS, count)
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
    is_hot = random.random() < HOT_SHARE
    indexes = sorted(
        random.sample(
            range(HOT_PRODUCTS if is_hot else len(stock_levels)),
            random.choice((1, 1, 2, 3)),
        )
    )
    return Scenario(
        key=str(UUID(int=random.getrandbits(128), version=4)),
        items=tuple((index, random.randint(1, 2)) for index in indexes),
        card=_draw_weighted(random, mix.cards),
        concurrency=_draw_weighted(random, mix.concurrency),
        challenge=_draw_weighted(random, mix.challenges),
        follow_up=_draw_weighted(random, mix.follow_ups),
        impatience=_draw_weighted(random, mix.impatience),
        presses=random.randint(2, MAX_PRESSES),
    )


def _draw_weighted(random: Random, weights: dict[T, int]) -> T:
    [drawn] = random.choices(list(weights), list(weights.values()))
    return drawn

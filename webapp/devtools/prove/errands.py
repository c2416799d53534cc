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


class Challenge(StrEnum):
    """What becomes of a 3-D Secure page."""

    AUTHENTICATES = "authenticates"
    FAILS = "fails"
    ABANDONS = "abandons"


class Afterwards(StrEnum):
    """What else is done with an order, mostly once it is paid."""

    NOTHING = "nothing"
    REPEATS = "repeats"
    """The same request once more, long after its answer."""
    REUSES_KEY = "reuses key"
    """The same key for another request."""
    CANCELS = "cancels"
    CANCELS_MEANWHILE = "cancels meanwhile"
    """As soon as the order is there, on another connection, while it may be charged."""
    REFUND = "refund"
    """An admin gives a part of the money back."""


CHALLENGES = {Challenge.AUTHENTICATES: 60, Challenge.FAILS: 15, Challenge.ABANDONS: 25}
AFTERWARDS = {
    Afterwards.NOTHING: 52,
    Afterwards.CANCELS_MEANWHILE: 8,
    Afterwards.REPEATS: 14,
    Afterwards.REUSES_KEY: 4,
    Afterwards.CANCELS: 12,
    Afterwards.REFUND: 10,
}


@dataclass(frozen=True)
class Errand:
    """One order that somebody tries to make."""

    key: str
    wishes: tuple[tuple[int, int], ...]
    """Product (by its place on the shelves) and quantity."""
    card: str
    at_once: int
    challenge: Challenge
    afterwards: Afterwards


@dataclass(frozen=True)
class Mix:
    """Weights of what is drawn; a self-test aims them at one guard."""

    cards: dict[str, int]
    at_once: dict[int, int]
    challenges: dict[Challenge, int]
    afterwards: dict[Afterwards, int]


EVERYTHING = Mix(CARDS, AT_ONCE, CHALLENGES, AFTERWARDS)


def stock_of_shelves(random: Random, *, orders: int) -> list[int]:
    """Units of each product: one in three is scarce, the others last for all."""
    count = max(9, orders // 25)
    return [
        random.randint(1, 5) if place % 3 == 0 else orders * 2 for place in range(count)
    ]


def draw_errands(
    random: Random, *, orders: int, shelves: Sequence[int], mix: Mix = EVERYTHING
) -> list[Errand]:
    return [_draw(random, shelves, mix) for _ in range(orders)]


def _draw(random: Random, shelves: Sequence[int], mix: Mix) -> Errand:
    places = sorted(random.sample(range(len(shelves)), random.choice((1, 1, 2, 3))))
    return Errand(
        key=str(UUID(int=random.getrandbits(128), version=4)),
        wishes=tuple((place, random.randint(1, 2)) for place in places),
        card=_one_of(random, mix.cards),
        at_once=_one_of(random, mix.at_once),
        challenge=_one_of(random, mix.challenges),
        afterwards=_one_of(random, mix.afterwards),
    )


def _one_of(random: Random, weights: dict[T, int]) -> T:
    [drawn] = random.choices(list(weights), list(weights.values()))
    return drawn

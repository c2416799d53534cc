"""Carts that customers of the demo shop have left without ordering. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from webapp.devtools.demo.catalog import DemoProduct, DemoVariant
from webapp.devtools.demo.people import DemoBuyer

SEED = 69
CARTS = 180
MEAN_AGE_DAYS = 12
MIN_AGE_DAYS = 0.1
MAX_AGE_DAYS = 90
BROWSED = timedelta(minutes=3)
"""Until something is put into the cart."""
LINE_COUNTS = (60, 28, 12)
"""Relative frequencies of carts with 1, 2 and 3 lines."""


@dataclass(frozen=True)
class LeftCartLine:
    """One unit, at today's price."""

    buyer: DemoBuyer
    variant: DemoVariant
    added_at: datetime


def generate_carts(
    products: Sequence[DemoProduct],
    registrations: Sequence[tuple[DemoBuyer, datetime]],
    *,
    now: datetime,
) -> list[LeftCartLine]:
    """Lines of what can be bought now, in carts of some of the buyers; with each comes the time of
    registering."""
    random = Random(SEED)  # noqa: S311 deterministic on purpose, not a secret
    weights = {
        variant: product.popularity
        for product in products
        for variant in product.variants
        if product.is_active and variant.stock
    }
    lines = []
    for buyer, registered_at in random.sample(registrations, CARTS):
        days = MIN_AGE_DAYS + random.expovariate(1 / MEAN_AGE_DAYS)
        age = timedelta(days=min(days, MAX_AGE_DAYS))
        left_at = max(now - age, registered_at + BROWSED)
        [count] = random.choices(range(1, len(LINE_COUNTS) + 1), LINE_COUNTS)
        chosen = random.choices(list(weights), list(weights.values()), k=count)
        lines += [
            LeftCartLine(buyer, variant, left_at + position * BROWSED)
            for position, variant in enumerate(dict.fromkeys(chosen))
        ]
    return lines

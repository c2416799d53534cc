"""Stock as facts: the variants as they are now, and what moved them since a time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from analytics.facts.family_facts import FactRequest
from analytics.facts.schemas import TIMESTAMP

STOCK_VARIANTS = pl.Schema(
    {
        "variant": pl.Int32(),
        "product_id": pl.String(),
        "sku": pl.String(),
        "name": pl.String(),
        "category": pl.String(),
        "brand": pl.String(),
        "currency": pl.String(),
        "price_minor": pl.Int64(),
        "on_hand": pl.Int64(),
        "held": pl.Int64(),
        "created_at": TIMESTAMP,
        "recorded_at": TIMESTAMP,
        "is_for_sale": pl.Boolean(),
    }
)
"""One row per variant that exists, by a number that `STOCK_MOVEMENTS` have. All is as it is
now; the brand is empty for a product without one.

`recorded_at` is the time since which its movements are all that changed it; null where none was
ever recorded, so that only its present units are known.
"""

STOCK_MOVEMENTS = pl.Schema(
    {
        "variant": pl.Int32(),
        "at": TIMESTAMP,
        "on_hand": pl.Int64(),
        "held": pl.Int64(),
        "sold": pl.Int64(),
    }
)
"""Signed changes of a variant's units, after its record has begun. `sold` are the units of paid
orders, negative for those that were put back."""

COVER_TIME = timedelta(days=28)
"""Over so long sales are averaged for the stock cover: so much earlier movements are needed."""


@dataclass(frozen=True)
class StockFacts:
    """Stock is reconstructed backwards: what is there now, without the movements since a time, is
    what was there then. So it is right whatever came before the first movement."""

    variants: pl.DataFrame
    movements: pl.DataFrame
    """All those after `since`, in no particular order."""
    as_of: datetime
    """The time that the present units are of."""
    since: datetime | None = None
    """Nothing is known of the time before; all movements are there without it."""
    source: str = "database"

    @property
    def first(self) -> datetime | None:
        """The time from which on the stock of any variant is recorded."""
        first = self.variants["recorded_at"].min()
        return first if isinstance(first, datetime) else None


StockReader = Callable[[FactRequest], StockFacts]

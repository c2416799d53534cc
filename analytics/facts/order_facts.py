from dataclasses import dataclass
from datetime import datetime

import polars as pl


@dataclass(frozen=True)
class OrderFacts:
    """Order lines (`schemas.ORDER_LINES`), their source, and the time they reflect."""

    lines: pl.LazyFrame
    as_of: datetime
    source: str

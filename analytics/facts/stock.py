"""Stock of this moment, and what has moved it since the times that a query is about."""

from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import Integer, Select, Text, case, cast, func, select
from sqlalchemy.orm import Session

from analytics.facts.copying import end_with_client, fetch_frame
from analytics.facts.database import to_microseconds
from analytics.facts.family_facts import FactRequest
from analytics.facts.stock_facts import (
    COVER_TIME,
    STOCK_MOVEMENTS,
    STOCK_VARIANTS,
    StockFacts,
)
from webapp.catalog.models import Product, StockMovement, StockReason, Variant
from webapp.insights.query.definitions import METRICS, PERIODS, Additivity

LEVELS = {
    name
    for name, metric in METRICS.items()
    if metric.additivity is Additivity.LEVEL or name == "stock_cover"
}
"""What there is at a time, which what happened before the cover does not change."""
SALES = (StockReason.SOLD, StockReason.RETURNED)


def load_stock_facts(session: Session, request: FactRequest) -> StockFacts:
    """Of the snapshot that the session's transaction sees."""
    end_with_client(session)
    since = _find_since(request)
    return StockFacts(
        extract_stock_variants(session),
        extract_stock_movements(session, since=since),
        as_of=session.scalars(select(func.now())).one(),
        since=since,
    )


def _find_since(request: FactRequest) -> datetime | None:
    """The time after which movements are needed: of levels alone those since the ends of the
    ranges, of which the last may be now."""
    is_level = request.metrics and request.metrics <= LEVELS
    has_periods = request.grouped & set(PERIODS)
    if is_level and not has_periods:
        times = [end or request.now for _, end in request.ranges]
    else:
        times = [start for start, _ in request.ranges if start is not None]
    is_open = len(times) < len(request.ranges)
    return None if is_open else min(times) - COVER_TIME


def extract_stock_variants(session: Session) -> pl.DataFrame:
    """All variants that exist, as they are now."""
    # An import does not record what came before it, a creation has no movement before it.
    recorded = func.coalesce(
        _select_movement_time(func.max(StockMovement.created_at))
        .where(StockMovement.reason == StockReason.RECONCILED.value)
        .scalar_subquery(),
        _select_movement_time(func.min(StockMovement.created_at)).scalar_subquery(),
    )
    statement: Select[Any] = select(
        _number_variants(),
        Product.id,
        Variant.sku,
        Product.name,
        Product.category,
        func.coalesce(Product.brand, ""),
        Product.currency,
        Variant.price_minor,
        Variant.on_hand,
        Variant.held,
        to_microseconds(Variant.created_at),
        to_microseconds(recorded),
        # As a text it is `true`, which Polars reads; COPY writes `t`.
        cast(Product.is_active, Text),
    ).join(Product, Product.id == Variant.product_id)
    return fetch_frame(session, statement, STOCK_VARIANTS)


def extract_stock_movements(
    session: Session, *, since: datetime | None
) -> pl.DataFrame:
    """Those after a time, of the variants by the numbers that they have in the same snapshot."""
    numbered = select(Variant.id, _number_variants()).subquery()
    is_sale = StockMovement.reason.in_([each.value for each in SALES])
    statement = select(
        numbered.c.variant,
        to_microseconds(StockMovement.created_at),
        StockMovement.on_hand,
        StockMovement.held,
        case((is_sale, -StockMovement.on_hand), else_=0),
    ).join(numbered, numbered.c.id == StockMovement.variant_id)
    if since is not None:
        statement = statement.where(StockMovement.created_at > since)
    return fetch_frame(session, statement, STOCK_MOVEMENTS)


def _number_variants() -> Any:
    return cast(func.row_number().over(order_by=Variant.id), Integer).label("variant")


def _select_movement_time(time: Any) -> Select[Any]:
    return select(time).where(StockMovement.variant_id == Variant.id)

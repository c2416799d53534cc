"""Stock facts of variants and their movements, for tests without a database."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from analytics.analyses.execution import run_analysis
from analytics.facts.order_facts import OrderFacts
from analytics.facts.schemas import ORDER_LINES
from analytics.facts.stock_facts import STOCK_MOVEMENTS, STOCK_VARIANTS, StockFacts
from analytics.semantic.execution import run_query
from webapp.insights.analyses.requests import AnalysisBody
from webapp.insights.analyses.results import AnalysisResult
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.insights.query.results import AnalyticsResult

Json = dict[str, Any]
AS_OF = datetime(2026, 3, 31, 12, tzinfo=UTC)
UTC_ZONE = ZoneInfo("UTC")


def march(day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def stock_variant(variant: int, **overrides: Any) -> Json:
    """A mug of the kitchen for 10.00, of which there are ten, created and recorded on 1 March."""
    return {
        "variant": variant,
        "product_id": f"P{variant}",
        "sku": f"S{variant}",
        "name": f"Mug {variant}",
        "category": "Kitchen",
        "brand": "Acme",
        "currency": "USD",
        "price_minor": 1000,
        "on_hand": 10,
        "held": 0,
        "created_at": march(1),
        "recorded_at": march(1),
        "is_for_sale": True,
        **overrides,
    }


def stock_movement(variant: int, at: datetime, **changes: int) -> Json:
    return {"variant": variant, "at": at, "on_hand": 0, "held": 0, "sold": 0, **changes}


def sell_units(variant: int, at: datetime, units: int) -> Json:
    return stock_movement(variant, at, on_hand=-units, sold=units)


def stock_facts(
    variants: Sequence[Json],
    movements: Sequence[Json] = (),
    *,
    as_of: datetime = AS_OF,
    since: datetime | None = None,
) -> StockFacts:
    return StockFacts(
        pl.DataFrame(list(variants), schema=STOCK_VARIANTS),
        pl.DataFrame(list(movements), schema=STOCK_MOVEMENTS),
        as_of=as_of,
        since=since,
    )


def run_stock_query(
    query: Json,
    facts: StockFacts,
    *,
    orders: OrderFacts | None = None,
    zone: ZoneInfo = UTC_ZONE,
) -> AnalyticsResult:
    none = OrderFacts(ORDER_LINES.to_frame().lazy(), as_of=facts.as_of, source="test")
    return run_query(
        AnalyticsQuery.model_validate(query),
        orders or none,
        home_currency="USD",
        zone=zone,
        others={"stock": facts},
    )


def analyze_stock(
    request: Json, orders: OrderFacts, facts: StockFacts
) -> AnalysisResult:
    body = {"analysis": "stock_outlook", **request}
    return run_analysis(
        AnalysisBody.model_validate(body).root,
        orders,
        home_currency="USD",
        zone=UTC_ZONE,
        read_stock=lambda _: facts,
    )

"""The segments of customers for queries that name them: by all their orders up to now."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from analytics.facts.customer_segments import (
    CUSTOMER_SEGMENT,
    MIN_FOR_SCORES,
    name_segments,
)
from analytics.facts.order_facts import LineBlock, OrderFacts
from analytics.semantic.measures import COUNTED_SALE, IS_REVENUE
from analytics.semantic.steps import KnownLinesStep, StepRunner
from webapp.insights.query.analytics_query import QueryScope
from webapp.insights.query.errors import ImpossibleQuery


@dataclass(frozen=True)
class CustomersStep(KnownLinesStep):
    """What customers have ordered, whatever the windows and the filters of a query."""

    def __call__(self, block: LineBlock) -> Mapping[str, pl.LazyFrame]:
        known = self.select_known(block)
        counted = known.filter(IS_REVENUE & pl.col("customer").is_not_null())
        found = counted.group_by("customer").agg(
            last=pl.col("at").filter(COUNTED_SALE).max(),
            orders=(COUNTED_SALE & pl.col("opens_order")).sum(),
            amount=pl.col("home_amount_minor").sum(),
        )
        return {"customers": found}


def add_segments(
    facts: OrderFacts, scope: QueryScope, now: datetime, run_step: StepRunner
) -> OrderFacts:
    """The facts with the segments of their customers, where the scope names them. Raises
    `ImpossibleQuery`."""
    if CUSTOMER_SEGMENT not in scope.named_dimensions:
        return facts
    parts = run_step(CustomersStep(now), facts)
    customers = (
        pl.concat([part["customers"] for part in parts])
        .group_by("customer")
        .agg(pl.col("last").max(), pl.col("orders", "amount").sum())
        .drop_nulls("last")
    )
    if customers.height < MIN_FOR_SCORES:
        raise ImpossibleQuery(
            f"Segments of customers need {MIN_FOR_SCORES} known ones with an order; there are "
            f"{customers.height}",
            possible=["customer_status", "customer_type"],
        )
    return replace(facts, customer_segments=name_segments(customers))

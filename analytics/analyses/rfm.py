"""Segments of customers by recency, frequency and monetary value of their orders."""

from collections.abc import Iterator

import polars as pl

from analytics.analyses.context import AnalysisContext, CurrencyChoice
from analytics.analyses.presentation import (
    AnalysisReport,
    Row,
    build_table,
    dimension_column,
    figure_column,
    round_share,
)
from analytics.facts.customer_segments import (
    MERGED,
    MIN_FOR_SCORES,
    SEGMENTS,
    name_segments,
)
from analytics.semantic.figures import select_window
from analytics.semantic.measures import COUNTED_SALE, IS_REVENUE
from webapp.insights.analyses.charts import Bars
from webapp.insights.analyses.errors import NotEnoughData
from webapp.insights.analyses.requests import RfmRequest
from webapp.insights.analyses.results import AnalysisResult, RfmFindings
from webapp.insights.analyses.small_groups import MIN_CUSTOMERS
from webapp.insights.query.definitions import Unit
from webapp.insights.query.windows import TimeRange

DAY_S = 86_400


def compute_rfm(context: AnalysisContext, request: RfmRequest) -> AnalysisResult:
    """Raises `NotEnoughData`, `BadWindow`, `ImpossibleQuery`."""
    window = context.window
    lines = select_window(context.matching, window).filter(
        IS_REVENUE & pl.col("customer").is_not_null()
    )
    counts = context.count_lines(lines, window, counted=pl.lit(value=True))
    money = CurrencyChoice(counts, context.home_currency)
    customers = _read_customers(lines, money)
    if customers.height < MIN_FOR_SCORES:
        raise NotEnoughData(
            f"Scores by fifths need {MIN_FOR_SCORES} known customers with an order in the window; "
            f"there are {customers.height}"
        )
    segments = name_segments(customers)
    rows = list(_iterate_rows(segments, context, window))
    return AnalysisReport(
        context,
        request,
        lead="Segments of customers by recency, frequency and monetary value",
        findings=RfmFindings(
            customers=customers.height,
            net_revenue=int(customers["amount"].sum()) / 100,
        ),
        tables=[
            build_table(
                "segments",
                "Segments of customers",
                [
                    dimension_column("segment"),
                    figure_column("customers", Unit.COUNT),
                    figure_column("customers_percent", Unit.PERCENT),
                    figure_column("net_revenue", Unit.MONEY),
                    figure_column("net_revenue_percent", Unit.PERCENT),
                    figure_column("orders_per_customer", Unit.RATIO),
                    figure_column(
                        "days_since_order",
                        Unit.COUNT,
                        "days since the last order (median)",
                    ),
                ],
                rows,
            )
        ],
        money=money,
        metrics=["customers", "net_revenue", "orders"],
        notes=_iterate_notes(segments),
        charts={
            "segments": Bars(("segment",), ("customers_percent", "net_revenue_percent"))
        },
    ).build_result()


def _read_customers(lines: pl.LazyFrame, money: CurrencyChoice) -> pl.DataFrame:
    """A row for each customer with a counted order."""
    return (
        lines.group_by("customer")
        .agg(
            pl.col("at").filter(COUNTED_SALE).max().alias("last"),
            pl.col("order_number").filter(COUNTED_SALE).n_unique().alias("orders"),
            pl.col(money.column).sum().alias("amount"),
        )
        .filter(pl.col("last").is_not_null())
        .collect(engine="streaming")
    )


def _iterate_rows(
    customers: pl.DataFrame, context: AnalysisContext, window: TimeRange
) -> Iterator[Row]:
    end = window.end_instant or context.now
    amount = int(customers["amount"].sum())
    found = {
        part["segment"][0]: part
        for part in customers.partition_by("segment", maintain_order=True)
    }
    for name in SEGMENTS:
        part = found.get(name)
        if part is not None:
            age = (pl.lit(end) - pl.col("last")).dt.total_seconds() // DAY_S
            revenue = int(part["amount"].sum())
            yield {
                "segment": name,
                "customers": part.height,
                "customers_percent": round_share(part.height, customers.height),
                "net_revenue": revenue,
                "net_revenue_percent": round_share(revenue, amount),
                "orders_per_customer": round(
                    int(part["orders"].sum()) / part.height, 2
                ),
                "days_since_order": int(part.select(age.median()).item()),
            }


def _iterate_notes(customers: pl.DataFrame) -> Iterator[str]:
    yield "Guests are not known, and not part of it"
    yield (
        "Scores are relative to the other customers of the same window: a fifth of all is always "
        "the lowest"
    )
    if (customers["segment"] == MERGED).any():
        yield f"Segments of fewer than {MIN_CUSTOMERS} customers are one, with the next small one"

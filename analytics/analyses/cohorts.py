"""Customers by the month of their first order, and what they did in the months since."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from analytics.analyses.context import AnalysisContext, LineCounts
from analytics.semantic.dimension_keys import build_key
from analytics.semantic.measures import COUNTED_SALE, IS_REVENUE
from webapp.insights.analyses.errors import NotEnoughData
from webapp.insights.analyses.small_groups import MIN_CUSTOMERS
from webapp.insights.query.periods import Period, find_period_start
from webapp.insights.query.windows import TimeRange, to_local

MONTH, COHORT, AGE = "month", "cohort", "age"
MONTHS_SINCE = "months since the first order"


@dataclass(frozen=True)
class Cohort:
    start: datetime
    customers: int
    months: int
    """That are over since its own, which is month 0: 1 if only that is."""

    @property
    def is_shown(self) -> bool:
        return self.customers >= MIN_CUSTOMERS


@dataclass(frozen=True)
class CustomerLines:
    """The lines of known customers, with their month and that of the first order."""

    lines: pl.LazyFrame
    counts: LineCounts
    guest_orders: int
    end: datetime
    """The local start of the month that is not over."""


def read_customer_lines(context: AnalysisContext) -> CustomerLines:
    """Counted lines of customers whose first order is in the window. Refunds have no first order of
    their own: they are of the customer."""
    known = context.matching.filter(IS_REVENUE)
    of_customers = known.filter(pl.col("customer").is_not_null()).with_columns(
        build_key(Period.MONTH, context.zone).alias(MONTH)
    )
    first_at = (
        of_customers.filter(COUNTED_SALE)
        .group_by("customer")
        .agg(pl.col("at").min().alias("first_at"), pl.col(MONTH).min().alias(COHORT))
    )
    chosen = _filter_first(first_at, context.window)
    age = (pl.col(MONTH).dt.year() - pl.col(COHORT).dt.year()) * 12 + (
        pl.col(MONTH).dt.month().cast(pl.Int32) - pl.col(COHORT).dt.month()
    )
    lines = of_customers.join(chosen, on="customer").with_columns(age.alias(AGE))
    counts = context.count_lines(lines, context.window, counted=pl.lit(value=True))
    guests = known.filter(COUNTED_SALE & pl.col("customer").is_null())
    return CustomerLines(
        lines=lines,
        counts=counts,
        guest_orders=int(
            guests.select(pl.col("order_number").n_unique()).collect().item()
        ),
        end=find_period_start(to_local(context.now, context.zone), Period.MONTH),
    )


def _filter_first(first_at: pl.LazyFrame, window: TimeRange) -> pl.LazyFrame:
    start, end = window.start_instant, window.end_instant
    if start is not None:
        first_at = first_at.filter(pl.col("first_at") >= start)
    return first_at if end is None else first_at.filter(pl.col("first_at") < end)


def list_cohorts(read: CustomerLines) -> list[Cohort]:
    """Whose first month is over, the oldest first. Raises `NotEnoughData` where none has enough
    customers to be told."""
    rows = (
        read.lines.filter(COUNTED_SALE)
        .group_by(COHORT)
        .agg(pl.col("customer").n_unique())
        .filter(pl.col(COHORT) < read.end)
        .sort(COHORT)
        .collect(engine="streaming")
    )
    cohorts = [
        Cohort(start, customers, _count_months(start, read.end))
        for start, customers in rows.iter_rows()
    ]
    if not any(each.is_shown for each in cohorts):
        raise NotEnoughData(
            f"A cohort needs {MIN_CUSTOMERS} known customers with a first order in the same month, "
            "and that month has to be over"
        )
    return cohorts


def _count_months(start: datetime, end: datetime) -> int:
    return (end.year - start.year) * 12 + end.month - start.month


def count_ages(cohorts: Sequence[Cohort], months: int) -> int:
    """The months since the first that any cohort that is told has seen, up to so many."""
    return min(months, max(each.months for each in cohorts if each.is_shown) - 1)


def describe_month(start: datetime) -> str:
    return f"{start:%Y-%m}"


def note_guests(read: CustomerLines) -> str:
    return (
        f"Orders of guests ({read.guest_orders}) are not part of it: who ordered again is known of "
        "customers with an account only"
    )


def note_small_cohorts(cohorts: Sequence[Cohort]) -> str | None:
    small = sum(not each.is_shown for each in cohorts)
    if not small:
        return None
    return (
        f"Cohorts of fewer than {MIN_CUSTOMERS} customers ({small}) are named without figures, and "
        "part of no other one"
    )


def is_over(cohort: Cohort, age: int) -> bool:
    return age < cohort.months

"""Cohorts of customers and how many of them order again."""

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from analytics.analyses.cohorts import (
    AGE,
    COHORT,
    MONTHS_SINCE,
    Cohort,
    CustomerLines,
    count_ages,
    describe_month,
    is_over,
    list_cohorts,
    note_guests,
    note_small_cohorts,
    read_customer_lines,
)
from analytics.analyses.context import AnalysisContext, CurrencyChoice
from analytics.analyses.presentation import (
    AnalysisReport,
    Row,
    build_table,
    dimension_column,
    figure_column,
    round_share,
)
from analytics.semantic.measures import COUNTED_SALE
from webapp.insights.analyses.charts import Course, HeatMap
from webapp.insights.analyses.requests import RetentionRequest
from webapp.insights.analyses.results import AnalysisResult, RetentionFindings
from webapp.insights.analyses.small_groups import FEWER, MIN_CUSTOMERS
from webapp.insights.query.definitions import Unit

Active = Mapping[tuple[object, int], int]
"""Customers who ordered, by cohort and month since."""


def compute_retention(
    context: AnalysisContext, request: RetentionRequest
) -> AnalysisResult:
    """Raises `NotEnoughData`, `BadWindow`, `ImpossibleQuery`."""
    read = read_customer_lines(context)
    cohorts = list_cohorts(read)
    ages = count_ages(cohorts, request.months)
    active = _count_active(read)
    shown_cohorts = [each for each in cohorts if each.is_shown]
    columns = [
        figure_column(f"month_{age}", Unit.PERCENT, f"month {age}")
        for age in range(1, ages + 1)
    ]
    customers = figure_column("customers", Unit.COUNT)
    return AnalysisReport(
        context,
        request,
        lead="Retention of customers by the month of their first order",
        findings=RetentionFindings(
            customers=sum(each.customers for each in shown_cohorts),
            cohorts=len(shown_cohorts),
        ),
        tables=[
            build_table(
                "overall",
                "Retained customers of all cohorts in percent, by months since the first order",
                [
                    dimension_column("month"),
                    figure_column("customers", Unit.COUNT, "customers seen so long"),
                    figure_column("retained_percent", Unit.PERCENT),
                ],
                list(_iterate_overall(shown_cohorts, active, ages)),
            ),
            build_table(
                "cohorts",
                "Retained customers in percent, by months since the first order",
                [dimension_column("cohort"), customers, *columns],
                [_build_row(each, active, ages) for each in cohorts],
            ),
        ],
        money=CurrencyChoice(read.counts, context.home_currency),
        metrics=["customers"],
        notes=_iterate_notes(read, cohorts),
        charts={
            "overall": Course("month", ("retained_percent",)),
            "cohorts": HeatMap("cohort", "month_", MONTHS_SINCE),
        },
    ).build_result()


def _count_active(read: CustomerLines) -> Active:
    rows = (
        read.lines.filter(COUNTED_SALE)
        .group_by(COHORT, AGE)
        .agg(pl.col("customer").n_unique())
        .collect(engine="streaming")
    )
    return {(cohort, age): count for cohort, age, count in rows.iter_rows()}


def _iterate_overall(
    cohorts: Sequence[Cohort], active: Active, ages: int
) -> Iterator[Row]:
    """Each month over the cohorts that have seen it."""
    for age in range(1, ages + 1):
        seen = [each for each in cohorts if is_over(each, age)]
        customers = sum(each.customers for each in seen)
        retained = sum(active.get((each.start, age), 0) for each in seen)
        is_few = 0 < retained < MIN_CUSTOMERS
        yield {
            "month": age,
            "customers": customers,
            "retained_percent": FEWER if is_few else round_share(retained, customers),
        }


def _build_row(cohort: Cohort, active: Active, ages: int) -> Row:
    row: dict[str, object] = {"cohort": describe_month(cohort.start)}
    if not cohort.is_shown:
        return row | {"customers": FEWER}
    row["customers"] = cohort.customers
    for age in range(1, ages + 1):
        if is_over(cohort, age):
            retained = active.get((cohort.start, age), 0)
            is_few = 0 < retained < MIN_CUSTOMERS
            share = round_share(retained, cohort.customers)
            row[f"month_{age}"] = FEWER if is_few else share
    return row


def _iterate_notes(read: CustomerLines, cohorts: Sequence[Cohort]) -> Iterator[str]:
    yield note_guests(read)
    if small := note_small_cohorts(cohorts):
        yield small
    yield (
        "The first order is the first one that was recorded and passes the filters: customers of "
        "the time before are new in the first month"
    )

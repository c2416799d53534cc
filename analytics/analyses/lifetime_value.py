"""What customers have brought in since their first order, by cohort: observed, not extrapolated."""

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
)
from webapp.insights.analyses.charts import Course, HeatMap
from webapp.insights.analyses.requests import LifetimeValueRequest
from webapp.insights.analyses.results import AnalysisResult, LifetimeValueFindings
from webapp.insights.analyses.small_groups import FEWER
from webapp.insights.query.definitions import Unit
from webapp.kit.money import divide_rounded

Revenue = Mapping[tuple[object, int], int]
"""Minor units, by cohort and month since."""


def compute_lifetime_value(
    context: AnalysisContext, request: LifetimeValueRequest
) -> AnalysisResult:
    """Raises `NotEnoughData`, `BadWindow`, `ImpossibleQuery`."""
    read = read_customer_lines(context)
    money = CurrencyChoice(read.counts, context.home_currency)
    cohorts = list_cohorts(read)
    ages = count_ages(cohorts, request.months)
    revenue = _add_revenue(read, money)
    shown_cohorts = [each for each in cohorts if each.is_shown]
    columns = [
        figure_column(f"month_{age}", Unit.MONEY, f"up to month {age}")
        for age in range(ages + 1)
    ]
    return AnalysisReport(
        context,
        request,
        lead="Net revenue of a customer since the first order, by its month",
        findings=LifetimeValueFindings(
            customers=sum(each.customers for each in shown_cohorts),
            cohorts=len(shown_cohorts),
        ),
        tables=[
            build_table(
                "overall",
                "Net revenue of a customer up to each month since the first order",
                [
                    dimension_column("month"),
                    figure_column("customers", Unit.COUNT, "customers seen so long"),
                    figure_column("value", Unit.MONEY),
                ],
                list(_iterate_overall(shown_cohorts, revenue, ages)),
            ),
            build_table(
                "cohorts",
                "Net revenue of a customer up to each month since the first order, by cohort",
                [
                    dimension_column("cohort"),
                    figure_column("customers", Unit.COUNT),
                    *columns,
                ],
                [_build_row(each, revenue, ages) for each in cohorts],
            ),
        ],
        money=money,
        metrics=["net_revenue", "customers"],
        notes=_iterate_notes(read, cohorts),
        charts={
            "overall": Course("month", ("value",)),
            "cohorts": HeatMap("cohort", "month_", MONTHS_SINCE),
        },
    ).build_result()


def _add_revenue(read: CustomerLines, money: CurrencyChoice) -> Revenue:
    rows = (
        read.lines.group_by(COHORT, AGE)
        .agg(pl.col(money.column).sum())
        .collect(engine="streaming")
    )
    return {(cohort, age): amount for cohort, age, amount in rows.iter_rows()}


def _add_months(cohort: Cohort, revenue: Revenue, age: int) -> int:
    """Up to the end of a month. Lines before the first order, such as a refund of an older one that
    the filters leave out, are not counted."""
    return sum(revenue.get((cohort.start, each), 0) for each in range(age + 1))


def _iterate_overall(
    cohorts: Sequence[Cohort], revenue: Revenue, ages: int
) -> Iterator[Row]:
    """Each month over the cohorts that have seen it."""
    for age in range(ages + 1):
        seen = [each for each in cohorts if is_over(each, age)]
        customers = sum(each.customers for each in seen)
        amount = sum(_add_months(each, revenue, age) for each in seen)
        yield {
            "month": age,
            "customers": customers,
            "value": divide_rounded(amount, customers),
        }


def _build_row(cohort: Cohort, revenue: Revenue, ages: int) -> Row:
    row: dict[str, object] = {"cohort": describe_month(cohort.start)}
    if not cohort.is_shown:
        return row | {"customers": FEWER}
    row["customers"] = cohort.customers
    for age in range(ages + 1):
        if is_over(cohort, age):
            amount = _add_months(cohort, revenue, age)
            row[f"month_{age}"] = divide_rounded(amount, cohort.customers)
    return row


def _iterate_notes(read: CustomerLines, cohorts: Sequence[Cohort]) -> Iterator[str]:
    yield note_guests(read)
    if small := note_small_cohorts(cohorts):
        yield small
    yield "It is revenue, not profit: costs are not recorded"
    yield "Later months are of older cohorts only, which may differ from the newer ones"

"""How much comes from how few: ABC classes, shares of the greatest, the Gini coefficient."""

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl

from analytics.analyses.context import AnalysisContext, CurrencyChoice, is_money
from analytics.analyses.presentation import (
    AnalysisReport,
    Row,
    build_table,
    dimension_column,
    figure_column,
    round_share,
    to_figure,
)
from analytics.semantic.dimension_keys import build_key, key_name
from analytics.semantic.figures import select_window
from analytics.semantic.measures import MEASURES
from webapp.insights.analyses.charts import Bars, Pareto
from webapp.insights.analyses.errors import NotEnoughData
from webapp.insights.analyses.requests import ConcentrationRequest
from webapp.insights.analyses.results import (
    AnalysisResult,
    AnalysisTable,
    ConcentrationFindings,
)
from webapp.insights.analyses.small_groups import FEWER, MIN_CUSTOMERS
from webapp.insights.query.definitions import DIMENSIONS, METRICS, NOT_ATTRIBUTED, Unit

CUSTOMER = "customer"
CLASSES = (("A", 80), ("B", 95), ("C", 100))
"""Each with the share of the total, in percent, up to which its values come."""
MIN_VALUES = 2


def measure_concentration(
    context: AnalysisContext, request: ConcentrationRequest
) -> AnalysisResult:
    """Raises `NotEnoughData`, `BadWindow`, `ImpossibleQuery`."""
    window, measure = context.window, MEASURES[request.metric]
    lines = select_window(context.matching, window)
    money = CurrencyChoice(
        context.count_lines(lines, window, counted=measure.lines),
        context.home_currency,
    )
    amounts = _read_amounts(context, request, lines, money)
    least = MIN_CUSTOMERS if request.by == CUSTOMER else MIN_VALUES
    if len(amounts) < least:
        raise NotEnoughData(
            f"It takes {least} that have something to share out; there are {len(amounts)}"
        )
    sizes = [amount for _, amount in amounts]
    unit = METRICS[request.metric].unit
    tables = [_build_classes(sizes, request, unit)]
    if request.by != CUSTOMER:
        tables.append(_build_values(amounts, context, request, unit))
    return AnalysisReport(
        context,
        request,
        lead=f"Concentration of {METRICS[request.metric].label} by {request.by}",
        findings=ConcentrationFindings(
            values=len(sizes),
            total=to_figure(sum(sizes), unit),
            gini=round(compute_gini(sizes), 3),
            top_tenth_percent=_share_of_top(sizes, 10, request),
            top_fifth_percent=_share_of_top(sizes, 5, request),
        ),
        tables=tables,
        money=money,
        metrics=[request.metric],
        notes=_iterate_notes(request),
        charts={
            "classes": Bars(("class",), ("count_percent", "amount_percent")),
            "values": Pareto(request.by, request.metric, "running_percent"),
        },
    ).build_result()


def _read_amounts(
    context: AnalysisContext,
    request: ConcentrationRequest,
    lines: pl.LazyFrame,
    money: CurrencyChoice,
) -> list[tuple[str, int]]:
    """What each value has, the greatest first; those that have nothing, or less, are left out."""
    name = request.by
    if name == CUSTOMER:
        key = pl.col("customer")
        lines = lines.filter(key.is_not_null())
    else:
        key = build_key(name, context.zone)
    column = key_name(name)
    [figures] = context.aggregate(
        [([column], request.metric, lines.with_columns(key.alias(column)))]
    )
    in_home = money.is_mixed and is_money(request.metric)
    return [
        (value, amount)
        for value, amount in figures.total([column], in_home=in_home)
        .sort(request.metric, column, descending=[True, False])
        .iter_rows()
        if amount > 0 and value != NOT_ATTRIBUTED
    ]


def compute_gini(sizes: Sequence[int]) -> float:
    """Of positive figures, the greatest first."""
    ascending = np.array(sizes[::-1], dtype=np.float64)
    count = len(ascending)
    ranks = np.arange(1, count + 1)
    return float(
        2 * (ranks * ascending).sum() / (count * ascending.sum()) - (count + 1) / count
    )


def classify_sizes(sizes: Sequence[int]) -> list[str]:
    """The class of each: a value is A if those before it have less than 80 % of the total."""
    total, before = sum(sizes), 0
    found = []
    for size in sizes:
        found.append(
            next(name for name, limit in CLASSES if 100 * before < limit * total)
        )
        before += size
    return found


def _share_of_top(
    sizes: Sequence[int], part: int, request: ConcentrationRequest
) -> float | None:
    """Of the greatest tenth or fifth; none where that is nobody, or too few customers."""
    count = len(sizes) // part
    least = MIN_CUSTOMERS if request.by == CUSTOMER else 1
    return round_share(sum(sizes[:count]), sum(sizes)) if count >= least else None


def _build_classes(
    sizes: Sequence[int], request: ConcentrationRequest, unit: Unit
) -> AnalysisTable:
    classes = classify_sizes(sizes)
    total = sum(sizes)
    members = {
        name: [size for size, each in zip(sizes, classes, strict=True) if each == name]
        for name, _ in CLASSES
    }
    is_private = request.by == CUSTOMER and any(
        0 < len(each) < MIN_CUSTOMERS for each in members.values()
    )
    rows = []
    for name, each in members.items():
        row = {"class": name, "count": len(each), "amount": sum(each)}
        row |= {
            "count_percent": round_share(len(each), len(sizes)),
            "amount_percent": round_share(sum(each), total),
        }
        if is_private:
            # One class that is not told would follow from the others and the total.
            is_few = 0 < len(each) < MIN_CUSTOMERS
            row = {"class": name, "count": FEWER if is_few else len(each)}
        rows.append(row)
    plural = "customers" if request.by == CUSTOMER else DIMENSIONS[request.by].plural
    return build_table(
        "classes",
        f"ABC classes of {METRICS[request.metric].label} by {request.by}",
        [
            dimension_column("class"),
            figure_column("count", Unit.COUNT),
            figure_column("count_percent", Unit.PERCENT, f"percent of {plural}"),
            figure_column("amount", unit),
            figure_column(
                "amount_percent",
                Unit.PERCENT,
                f"percent of {METRICS[request.metric].label}",
            ),
        ],
        rows,
    )


def _build_values(
    amounts: Sequence[tuple[str, int]],
    context: AnalysisContext,
    request: ConcentrationRequest,
    unit: Unit,
) -> AnalysisTable:
    labels = context.read_labels([request.by])
    sizes = [amount for _, amount in amounts]

    def iterate_rows() -> Iterator[Row]:
        running = 0
        shown = zip(amounts, classify_sizes(sizes), strict=True)
        for (key, amount), name in list(shown)[: request.limit]:
            running += amount
            yield {
                request.by: labels.name_key(request.by, key),
                request.metric: amount,
                "running_percent": round_share(running, sum(sizes)),
                "class": name,
            }

    return build_table(
        "values",
        f"{METRICS[request.metric].label.capitalize()} by {request.by}, the greatest first",
        [
            dimension_column(request.by),
            figure_column(request.metric, unit, METRICS[request.metric].label),
            figure_column(
                "running_percent", Unit.PERCENT, "share of all so far in percent"
            ),
            dimension_column("class"),
        ],
        iterate_rows(),
        row_count=len(amounts),
    )


def _iterate_notes(request: ConcentrationRequest) -> Iterator[str]:
    if request.by == CUSTOMER:
        yield "Guests are not known, and not part of it; nor is any customer by themselves"
    if request.metric == "net_revenue":
        yield (
            "What has no revenue, or less than none after refunds, is left out, and so are refunds "
            "that name no lines"
        )

"""How units went with the price, by variant: elasticities with their intervals."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from analytics.analyses.context import AnalysisContext, CurrencyChoice
from analytics.analyses.presentation import (
    AnalysisReport,
    Row,
    build_table,
    dimension_column,
    figure_column,
)
from analytics.analyses.regression import Coefficient, fit_least_squares
from analytics.analyses.series import Values
from analytics.semantic.dimension_keys import build_key
from analytics.semantic.figures import select_window
from analytics.semantic.labels import RowLabels
from analytics.semantic.measures import COUNTED_SALE
from webapp.insights.analyses.charts import Intervals
from webapp.insights.analyses.errors import NotEnoughData
from webapp.insights.analyses.requests import PriceEffectRequest
from webapp.insights.analyses.results import AnalysisResult, PriceEffectFindings
from webapp.insights.query.definitions import Unit
from webapp.insights.query.errors import ImpossibleQuery
from webapp.insights.query.periods import Period
from webapp.insights.query.results import ResultColumn

MIN_WEEKS = 10
"""With sales of the variant."""
MIN_VARIATION = 0.03
"""Of prices: the middle eight tenths of the weeks span so much of the lowest of them."""
COEFFICIENTS = 3


@dataclass(frozen=True)
class PriceEffect:
    variant: str
    weeks: int
    units: int
    price_low: float
    price_high: float
    elasticity: Coefficient


def measure_price_effect(
    context: AnalysisContext, request: PriceEffectRequest
) -> AnalysisResult:
    """Raises `NotEnoughData`, `BadWindow`, `ImpossibleQuery`."""
    window = context.window
    lines = select_window(context.matching, window).filter(
        COUNTED_SALE & (pl.col("quantity") > 0) & (pl.col("amount_minor") > 0)
    )
    counts = context.count_lines(lines, window, counted=pl.lit(value=True))
    if len(counts.currencies) > 1:
        raise ImpossibleQuery(
            "Prices in several currencies differ by their rates, too: name one currency",
            possible=counts.currencies,
        )
    weeks = _read_weeks(context, lines)
    effects, refused = _fit_variants(weeks)
    if not effects:
        raise NotEnoughData(
            f"A variant needs {MIN_WEEKS} weeks with sales, and prices that differ by "
            f"{MIN_VARIATION:.0%} between them; of {refused} variants none has"
        )
    effects.sort(key=lambda each: (-each.units, each.variant))
    labels = context.read_labels(["variant"])
    return AnalysisReport(
        context,
        request,
        lead="Units sold by price, by variant",
        findings=PriceEffectFindings(variants=len(effects), variants_refused=refused),
        tables=[
            build_table(
                "variants",
                "Elasticity of units to the price",
                _list_columns(),
                _iterate_rows(effects[: request.limit], labels),
                row_count=len(effects),
            )
        ],
        money=CurrencyChoice(counts, context.home_currency),
        metrics=["units", "gross_sales"],
        notes=_iterate_notes(refused),
        charts={
            "variants": Intervals(("name", "variant"), "elasticity", "low", "high")
        },
    ).build_result()


def _read_weeks(context: AnalysisContext, lines: pl.LazyFrame) -> pl.DataFrame:
    """Units and amount of each variant in each week, and units of all the others."""
    return (
        lines.group_by(
            build_key("variant", context.zone).alias("variant"),
            build_key(Period.WEEK, context.zone, context.week_start).alias("week"),
        )
        .agg(pl.col("quantity").sum(), pl.col("amount_minor").sum())
        .with_columns(
            others=pl.col("quantity").sum().over("week") - pl.col("quantity"),
        )
        .sort("variant", "week")
        .collect(engine="streaming")
    )


def _fit_variants(weeks: pl.DataFrame) -> tuple[list[PriceEffect], int]:
    """Those that can be told, and how many cannot."""
    effects, refused = [], 0
    for part in weeks.partition_by("variant", maintain_order=True):
        effect = _fit_variant(part)
        if effect is None:
            refused += 1
        else:
            effects.append(effect)
    return effects, refused


def _fit_variant(weeks: pl.DataFrame) -> PriceEffect | None:
    units = weeks["quantity"].to_numpy().astype(np.float64)
    prices = weeks["amount_minor"].to_numpy() / units
    if len(units) < MIN_WEEKS or not _has_variation(prices):
        return None
    columns = [np.ones_like(units), np.log(prices)]
    others = weeks["others"].to_numpy()
    if (others > 0).all():
        columns.append(np.log(others))
    fit = fit_least_squares(np.column_stack(columns), np.log(units))
    if fit is None:
        return None
    return PriceEffect(
        variant=weeks["variant"][0],
        weeks=len(units),
        units=int(units.sum()),
        price_low=float(prices.min()),
        price_high=float(prices.max()),
        elasticity=fit[1],
    )


def _has_variation(prices: Values) -> bool:
    low, high = np.quantile(prices, [0.1, 0.9])
    return bool(high >= low * (1 + MIN_VARIATION))


def _list_columns() -> Sequence[ResultColumn]:
    return [
        dimension_column("variant"),
        dimension_column("name"),
        figure_column("weeks", Unit.COUNT, "weeks with sales"),
        figure_column("units", Unit.COUNT),
        figure_column("price_low", Unit.MONEY, "lowest average price of a week"),
        figure_column("price_high", Unit.MONEY, "highest average price of a week"),
        figure_column("elasticity", Unit.RATIO),
        figure_column("low", Unit.RATIO, "lower end of its interval"),
        figure_column("high", Unit.RATIO, "upper end of its interval"),
        dimension_column("reading"),
    ]


def _iterate_rows(effects: Sequence[PriceEffect], labels: RowLabels) -> Iterator[Row]:
    for each in effects:
        found = each.elasticity
        yield {
            "variant": each.variant,
            "name": labels.name_key("variant", each.variant),
            "weeks": each.weeks,
            "units": each.units,
            "price_low": round(each.price_low),
            "price_high": round(each.price_high),
            "elasticity": round(found.value, 2),
            "low": round(found.low, 2),
            "high": round(found.high, 2),
            "reading": _read_interval(found),
        }


def _read_interval(found: Coefficient) -> str:
    if found.high < 0:
        return "fewer units at higher prices"
    return "more units at higher prices" if found.low > 0 else "not clear"


def _iterate_notes(refused: int) -> Iterator[str]:
    if refused:
        yield (
            f"Left out ({refused} of the variants) is what sold in fewer than {MIN_WEEKS} weeks, or"
            f" at prices that differ by less than {MIN_VARIATION:.0%}"
        )
    yield "An elasticity of -2 says that units were 2 % fewer where the price was 1 % higher"
    yield (
        "This is what went together, no experiment: prices are lowered in seasons, for campaigns "
        "and for what sells badly, large orders get discounts, and weeks without a sale have no "
        "price"
    )

"""Reads what each variant sold while it had stock, and how long it had some."""

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from analytics.analyses.context import AnalysisContext, LineCounts
from analytics.analyses.demand import DailySales
from analytics.analyses.series import Values
from analytics.facts.stock_facts import StockFacts
from analytics.semantic.dimension_keys import build_key
from analytics.semantic.figures import select_window
from analytics.semantic.local_time import floor_times
from analytics.semantic.measures import COUNTED_SALE
from analytics.semantic.stock_flows import build_flows
from analytics.semantic.stock_periods import DAY_US, PeriodBounds, add_up_flows
from webapp.insights.query.periods import Period
from webapp.insights.query.windows import TimeRange

DAY = pl.duration(days=1)


@dataclass(frozen=True)
class StockHistory:
    """Of variants whose stock is known now, one row or element each."""

    variants: pl.DataFrame
    """Columns `sku`, `available` now, `out_since` (null with stock, or where it is longer ago than
    is known), `lost_days` without stock in the window, `is_unrecorded` if a part of it is not
    known: the variant is taken to have had stock then."""
    sales: DailySales
    counts: LineCounts
    unknown: int
    """Variants whose stock was not recorded by then."""


def read_stock_history(
    context: AnalysisContext,
    facts: StockFacts,
    variants: pl.DataFrame,
    window: TimeRange,
) -> StockHistory:
    """`variants` are those of the facts that it is about; the window is what demand is learned
    from. A variant is there from its creation on, or its first sale, if that was imported."""
    start = window.start_instant or context.first
    end = min(window.end_instant or context.now, context.now)
    flows = build_flows(
        replace(facts, variants=variants),
        {"available", "recorded", "out"},
        now=context.now,
        home_currency=context.home_currency,
    )
    lines = (
        select_window(context.known_lines, window)
        .filter(COUNTED_SALE & (pl.col("quantity") > 0))
        .join(variants.lazy().select("variant", "sku"), on="sku")
    )
    sold = _read_days(lines, context.zone)
    outages = _list_outages(flows, facts, variants, context.now)
    in_window = outages.with_columns(
        pl.max_horizontal("start", pl.lit(start)), pl.min_horizontal("end", pl.lit(end))
    ).filter(pl.col("end") > pl.col("start"))
    listed = (
        variants.select("variant", "sku", "created_at", "recorded_at")
        .join(
            sold.group_by("variant").agg(pl.col("first_at").min()),
            on="variant",
            how="left",
        )
        .with_columns(
            listed_at=pl.max_horizontal(
                pl.min_horizontal("created_at", "first_at"), pl.lit(start)
            )
        )
    )
    full = _count_full_days(listed, sold, in_window, end=end, zone=context.zone)
    rows = (
        listed.join(_read_levels(flows, context.now), on="variant")
        .join(_find_ongoing(outages, context.now), on="variant", how="left")
        .join(
            in_window.group_by("variant").agg(
                lost_days=(pl.col("end") - pl.col("start"))
                .sum()
                .dt.total_microseconds()
                / DAY_US
            ),
            on="variant",
            how="left",
        )
        .join(
            sold.group_by("variant").agg(pl.col("units").sum()),
            on="variant",
            how="left",
        )
        .join(full, on="variant", how="left")
        .with_columns(pl.col("lost_days", "units", *FULL).fill_null(0))
        .with_columns(
            is_unrecorded=pl.col("recorded_at").fill_null(facts.as_of)
            > pl.col("listed_at"),
            days=(pl.lit(end) - pl.col("listed_at")).dt.total_microseconds() / DAY_US,
        )
        .sort("sku")
    )
    return StockHistory(
        rows.select("sku", "available", "out_since", "lost_days", "is_unrecorded"),
        DailySales(
            units=_to_values(rows["units"]),
            exposure=_to_values((rows["days"] - rows["lost_days"]).clip(0)),
            full_days=_to_values(rows["full_days"]),
            full_units=_to_values(rows["full_units"]),
            full_squares=_to_values(rows["full_squares"]),
        ),
        _count_facts(context, facts, lines, window),
        unknown=listed.height - rows.height,
    )


def _count_facts(
    context: AnalysisContext,
    facts: StockFacts,
    lines: pl.LazyFrame,
    window: TimeRange,
) -> LineCounts:
    """Of orders and of stock."""
    counts = context.count_lines(lines, window, counted=pl.lit(value=True))
    stock = facts.variants.height + facts.movements.height
    return replace(
        counts,
        rows_read=counts.rows_read + stock,
        rows_counted=counts.rows_counted + stock,
    )


FULL = ("full_days", "full_units", "full_squares")


def _read_days(lines: pl.LazyFrame, zone: ZoneInfo) -> pl.DataFrame:
    """Units sold by variant and day."""
    day = build_key(Period.DAY, zone).alias("day")
    return (
        lines.group_by("variant", day)
        .agg(
            pl.col("quantity").sum().alias("units"),
            pl.col("at").min().alias("first_at"),
        )
        .collect(engine="streaming")
    )


def _read_levels(flows: pl.LazyFrame, now: datetime) -> pl.DataFrame:
    """Of the variants whose stock was recorded by now."""
    found = add_up_flows(
        flows,
        ["variant"],
        [PeriodBounds(None, now)],
        columns={"available", "recorded"},
        now=now,
    )
    return found.filter(pl.col("recorded") > 0).select("variant", "available")


def _list_outages(
    flows: pl.LazyFrame, facts: StockFacts, variants: pl.DataFrame, now: datetime
) -> pl.DataFrame:
    """The times without a unit that could be bought, with whether their start is known: one that
    lasts ends now."""
    opened = variants.lazy().select(
        "variant",
        "created_at",
        opened_at=pl.max_horizontal("recorded_at", pl.lit(facts.since)),
    )
    return (
        flows.filter(pl.col("out") != 0)
        .select("variant", "at", "out")
        .sort("variant", "at", maintain_order=True)
        .with_columns(end=pl.col("at").shift(-1).over("variant").fill_null(now))
        .filter(pl.col("out") > 0)
        .join(opened, on="variant")
        .select(
            "variant",
            pl.col("at").alias("start"),
            "end",
            is_known=(pl.col("at") > pl.col("opened_at"))
            | (pl.col("at") == pl.col("created_at")),
        )
        .collect()
    )


def _find_ongoing(outages: pl.DataFrame, now: datetime) -> pl.DataFrame:
    is_ongoing = pl.col("is_known") & (pl.col("end") >= now)
    return outages.filter(is_ongoing).select(
        "variant", pl.col("start").alias("out_since")
    )


def _count_full_days(
    listed: pl.DataFrame,
    sold: pl.DataFrame,
    outages: pl.DataFrame,
    *,
    end: datetime,
    zone: ZoneInfo,
) -> pl.DataFrame:
    """The days with stock from midnight to midnight, with the sums of their units and squares."""

    def floor_day(time: pl.Expr) -> pl.Expr:
        return floor_times(time, Period.DAY, zone)

    instant = pl.duration(microseconds=1)
    last = floor_day(pl.lit(end))
    first = floor_day(pl.col("listed_at") - instant) + DAY
    bounds = listed.select("variant", first=first).with_columns(last=last)
    touched = (
        outages.select(
            "variant",
            day=pl.datetime_ranges(
                floor_day(pl.col("start")), floor_day(pl.col("end") - instant), "1d"
            ),
        )
        .explode("day")
        .unique()
    )
    is_within = (pl.col("day") >= pl.col("first")) & (pl.col("day") < pl.col("last"))
    lost = touched.join(bounds, on="variant").filter(is_within)
    units = (
        sold.join(bounds, on="variant")
        .filter(is_within)
        .join(touched, on=["variant", "day"], how="anti")
        .group_by("variant")
        .agg(
            full_units=pl.col("units").sum(), full_squares=pl.col("units").pow(2).sum()
        )
    )
    days = (pl.col("last") - pl.col("first")).dt.total_days().clip(0)
    return (
        bounds.join(lost.group_by("variant").agg(pl.len()), on="variant", how="left")
        .join(units, on="variant", how="left")
        .select(
            "variant",
            "full_units",
            "full_squares",
            full_days=days - pl.col("len").fill_null(0).cast(pl.Int64),
        )
    )


def _to_values(column: pl.Series) -> Values:
    return column.to_numpy().astype(np.float64)

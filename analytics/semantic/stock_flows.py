"""Stock as flows: changes at times, whose sums up to a time are what there was then.

Levels of any group of variants at any time, and the time that variants spent without stock, are
sums over these rows: no state of each variant in each period has to be made.
"""

from collections.abc import Iterator, Mapping, Set
from datetime import datetime

import polars as pl

from analytics.facts.schemas import TIMESTAMP
from analytics.facts.stock_facts import COVER_TIME, StockFacts

LEVELS = (
    "on_hand", "available", "value", "recorded", "unknown", "unpriced", "out", "covered",
    "lately",
)  # fmt: skip
"""Columns of flows that add up to what there is at a time: units on hand, units that can be bought,
the value of those on hand at the present price, variants whose stock is recorded, those that there
are and whose stock is not, those without a price in the shop's currency, those of which none can be
bought, units on hand of variants that were recorded for all the days that their sales are averaged
over, and the units that were sold of these in those days."""
SUMS = ("sold",)
"""Columns that add up over time."""


def build_flows(
    facts: StockFacts, columns: Set[str], *, now: datetime, home_currency: str
) -> pl.LazyFrame:
    """Rows `variant`, `at`, and the changes in those of `LEVELS` and `SUMS` that are wanted, up to
    a time. There are none of products that are not for sale."""
    rows = _build_rows(facts)
    if "out" in columns:
        rows = _add_outages(rows)
    changes = _list_changes(home_currency)
    wanted = [changes[name].alias(name) for name in sorted(columns & changes.keys())]
    parts = [rows.select("variant", "at", *wanted)]
    if "unknown" in columns:
        parts += _iterate_unknown(facts)
    if columns & {"covered", "lately"}:
        parts += _iterate_cover(rows)
    return (
        pl.concat(parts, how="diagonal")
        .filter(pl.col("at") <= now)
        .with_columns(pl.exclude("variant", "at").fill_null(0))
    )


def _list_changes(home_currency: str) -> Mapping[str, pl.Expr]:
    """What a row changes, by column."""
    opening = pl.col("is_opening").cast(pl.Int64)
    is_home = pl.col("currency") == home_currency
    value = pl.col("on_hand") * pl.col("price_minor")
    return {
        "on_hand": pl.col("on_hand"),
        "available": pl.col("on_hand") - pl.col("held"),
        "value": pl.when(is_home).then(value),
        "recorded": opening,
        "unpriced": pl.when(~is_home).then(opening),
        "out": pl.col("out"),
        "sold": pl.col("sold"),
    }


def _build_rows(facts: StockFacts) -> pl.LazyFrame:
    """What changed of each variant at a time, in no order; the first row of each is what it had
    when its record, or that of the facts, begins."""
    variants = _select_for_sale(facts)
    known = variants.select(
        "variant",
        "price_minor",
        "currency",
        "recorded_at",
        start=pl.max_horizontal("recorded_at", pl.lit(facts.since, TIMESTAMP)),
    )
    moved = (
        facts.movements.lazy()
        .join(known, on="variant")
        .filter(pl.col("at") > pl.col("start"))
    )
    sums = moved.group_by("variant").agg(pl.col("on_hand", "held").sum())
    openings = (
        known.join(variants.select("variant", "on_hand", "held"), on="variant")
        .join(sums, on="variant", how="left", suffix="_moved")
        .with_columns(
            pl.col("start").alias("at"),
            pl.col("on_hand") - pl.col("on_hand_moved").fill_null(0),
            pl.col("held") - pl.col("held_moved").fill_null(0),
            pl.lit(0, pl.Int64).alias("sold"),
            is_opening=pl.lit(value=True),
        )
        .drop("on_hand_moved", "held_moved")
    )
    return pl.concat(
        [openings, moved.with_columns(is_opening=pl.lit(value=False))], how="diagonal"
    )


def _add_outages(rows: pl.LazyFrame) -> pl.LazyFrame:
    """With `out`: 1 where the last unit that could be bought goes, -1 where there are new ones."""
    available = (pl.col("on_hand") - pl.col("held")).cum_sum().over("variant")
    is_out = (available <= 0).cast(pl.Int64)
    return rows.sort(
        "variant", "at", "is_opening", descending=[False, False, True]
    ).with_columns(out=is_out - is_out.shift(1).over("variant").fill_null(0))


def _select_for_sale(facts: StockFacts) -> pl.LazyFrame:
    """With the time from which their stock is known: now, if nothing was ever recorded."""
    return (
        facts.variants.lazy()
        .filter("is_for_sale")
        .with_columns(pl.col("recorded_at").fill_null(facts.as_of))
    )


def _iterate_unknown(facts: StockFacts) -> Iterator[pl.LazyFrame]:
    """A variant that was there before its record begins had a stock that nobody knows."""
    known = _select_for_sale(facts).filter(pl.col("created_at") < pl.col("recorded_at"))
    yield known.select(
        "variant", pl.col("created_at").alias("at"), unknown=pl.lit(1, pl.Int64)
    )
    yield known.select(
        "variant", pl.col("recorded_at").alias("at"), unknown=pl.lit(-1, pl.Int64)
    )


def _iterate_cover(rows: pl.LazyFrame) -> Iterator[pl.LazyFrame]:
    """A variant counts once it has been recorded for long enough; then all that it had and sold
    until that time does."""
    counted_at = pl.col("recorded_at") + COVER_TIME
    at = pl.max_horizontal(pl.col("at"), counted_at).alias("at")
    units = pl.col("on_hand").alias("covered")
    yield rows.select("variant", at, units, pl.col("sold").alias("lately"))
    yield rows.filter(pl.col("sold") != 0).select(
        "variant", pl.col("at") + COVER_TIME, (-pl.col("sold")).alias("lately")
    )

"""What the metrics of stock are computed from: levels at the end of a period, and times.

Each is one expression over what flows add up to (`stock_periods`). Rows that are missing
count as zeros on the way to a table. So what is not recorded is marked by another measure, which is
1 where this one is known; of a quotient, both parts are zero instead.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from analytics.facts.stock_facts import COVER_TIME
from analytics.semantic.stock_periods import DAY_US

DECIMALS = 2


@dataclass(frozen=True)
class StockMeasure:
    value: pl.Expr
    known_by: str | None = None
    """The measure that is 1 where this one is known, and 0 where it is not; always, without one."""
    is_money: bool = False

    @property
    def columns(self) -> set[str]:
        """What has to be added up for it."""
        return set(self.value.meta.root_names())


RECORDED = (pl.col("recorded") > 0) & (pl.col("unknown") == 0)
"""All variants that there were have a known stock, and there were some."""


def _count_known(condition: pl.Expr) -> StockMeasure:
    return StockMeasure(condition.cast(pl.Int64))


def _unless_unknown(value: pl.Expr) -> StockMeasure:
    is_known = RECORDED & (pl.col("unknown_time") == 0)
    return StockMeasure(pl.when(is_known).then(value).otherwise(0))


STOCK_MEASURES: Mapping[str, StockMeasure] = {
    "stock": StockMeasure(pl.col("on_hand"), "stock_known"),
    "available": StockMeasure(pl.col("available"), "stock_known"),
    "stock_value": StockMeasure(pl.col("value"), "value_known", is_money=True),
    "out_of_stock_days": StockMeasure(
        (pl.col("out_time") / DAY_US).round(DECIMALS, mode="half_away_from_zero"),
        "time_known",
    ),
    "out_of_stock_time": StockMeasure(pl.col("out_time")),
    "recorded_time": StockMeasure(pl.col("recorded_time")),
    "covered_unit_days": StockMeasure(pl.col("covered") * COVER_TIME.days),
    "lately_sold": StockMeasure(pl.col("lately")),
    "sold_from_stock": _unless_unknown(pl.col("sold")),
    "sold_or_left": _unless_unknown(pl.col("sold") + pl.col("on_hand")),
    "stock_known": _count_known(RECORDED),
    "value_known": _count_known(RECORDED & (pl.col("unpriced") == 0)),
    "time_known": _count_known(pl.col("recorded_time") > 0),
}
"""By name; those that are a metric of their own are called like it."""


def add_known_by(measures: Iterable[str]) -> tuple[str, ...]:
    """With the measures that tell where they are known."""
    names = list(measures)
    known = [STOCK_MEASURES[name].known_by for name in names]
    return tuple(dict.fromkeys([*names, *(each for each in known if each)]))


def hide_unknown(rows: pl.DataFrame) -> pl.DataFrame:
    """Null instead of what is not known, of the columns that are measures of stock, or
    `<measure>_before`."""
    pairs = {
        f"{name}{suffix}": f"{measure.known_by}{suffix}"
        for name, measure in STOCK_MEASURES.items()
        for suffix in ("", "_before")
        if measure.known_by and f"{name}{suffix}" in rows.columns
    }
    return rows.with_columns(
        pl.when(pl.col(known) > 0).then(pl.col(name)).alias(name)
        for name, known in pairs.items()
    )

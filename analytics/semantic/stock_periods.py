"""What flows of stock add up to in the periods of a window: levels at their ends, and what happened
in them."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from analytics.facts.schemas import TIMESTAMP
from analytics.semantic.local_time import MICROSECOND
from analytics.semantic.stock_flows import LEVELS, SUMS

DAY_US = 24 * 60 * 60 * 1_000_000
TIMED = ("recorded", "unknown", "out")
"""Levels of which the time is added up, too: `<level>_time`, in microseconds of each variant."""
PERIOD = "period"
"""The place of a period among those of its window."""


@dataclass(frozen=True)
class PeriodBounds:
    """Instants of a period: what lies in a gap before it counts for its level alone."""

    start: datetime | None
    end: datetime
    """Not included, unless it is now."""


def add_up_flows(
    flows: pl.LazyFrame,
    keys: Sequence[str],
    periods: Sequence[PeriodBounds],
    *,
    columns: Set[str],
    now: datetime,
) -> pl.DataFrame:
    """A row for each value of the keys and each period, with the columns that are wanted: of
    `LEVELS`, `SUMS`, and times. Flows have the keys as columns."""
    levels = [name for name in LEVELS if columns & {name, f"{name}_time"}]
    sums = [name for name in SUMS if name in columns]
    timed = [name for name in TIMED if f"{name}_time" in columns]
    bounds = _build_bounds(periods, now)
    at = pl.max_horizontal("at", "start")
    rest = (pl.col("end") - pl.min_horizontal(at, "end")).dt.total_microseconds()
    is_inside = pl.col("start").is_null() | (pl.col("at") >= pl.col("start"))
    place = pl.lit(bounds["until"]).search_sorted(pl.col("at"), side="right")
    changes = (
        flows.with_columns(place.cast(pl.Int64).alias(PERIOD))
        .join(bounds.lazy(), on=PERIOD)
        .group_by(*keys, PERIOD)
        .agg(
            *(pl.col(name).sum() for name in levels),
            *(pl.col(name).filter(is_inside).sum() for name in sums),
            *((pl.col(name) * rest).sum().alias(f"{name}_time") for name in timed),
        )
    )
    groups = flows.select(keys).unique() if keys else pl.LazyFrame({"": [0]})
    grid = groups.join(bounds.select(PERIOD, "length").lazy(), how="cross")
    filled = grid.join(changes, on=[*keys, PERIOD], how="left").sort(*keys, PERIOD)
    filled = filled.with_columns(
        pl.col([*levels, *sums, *_name_times(timed)]).fill_null(0)
    )

    def accumulate(name: str) -> pl.Expr:
        total = pl.col(name).cum_sum()
        return total.over(keys) if keys else total

    return filled.select(
        *keys,
        PERIOD,
        *(accumulate(name) for name in levels if name in columns),
        *sums,
        *(
            (
                (accumulate(name) - pl.col(name)) * pl.col("length")
                + pl.col(f"{name}_time")
            ).alias(f"{name}_time")
            for name in timed
        ),
    ).collect(engine="streaming")


def _name_times(timed: Sequence[str]) -> list[str]:
    return [f"{name}_time" for name in timed]


def _build_bounds(periods: Sequence[PeriodBounds], now: datetime) -> pl.DataFrame:
    frame = pl.DataFrame(
        {
            PERIOD: range(len(periods)),
            "start": [each.start for each in periods],
            "end": [each.end for each in periods],
            "until": [
                each.end + MICROSECOND if each.end >= now else each.end
                for each in periods
            ],
        },
        schema={
            PERIOD: pl.Int64(),
            "start": TIMESTAMP,
            "end": TIMESTAMP,
            "until": TIMESTAMP,
        },
    )
    length = (pl.col("end") - pl.col("start")).dt.total_microseconds().fill_null(0)
    return frame.with_columns(length=length)

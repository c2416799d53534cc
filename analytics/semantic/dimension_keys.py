"""The dimensions as columns: one key for each line, and how keys are called in results.

Keys of texts are columns of the facts (`analytics.facts.line_columns`), equal for all spellings; a
result shows the latest one. Of a dimension with several values in a line, the key is the list of
them.
"""

from collections.abc import Callable, Mapping, Sequence
from zoneinfo import ZoneInfo

import polars as pl

from analytics.facts.current_categories import CURRENT_CATEGORY
from analytics.facts.customer_segments import CUSTOMER_SEGMENT
from analytics.facts.line_columns import (
    KEY_SEPARATOR,
    SPELLED_KEYS,
    name_key_column,
)
from analytics.semantic.local_time import floor_times, localize_times
from webapp.insights.query.definitions import DIMENSIONS
from webapp.insights.query.periods import Period
from webapp.kit.weeks import WeekStart

SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "product": ("name", "sku", "product_id"),
    "variant": ("name", "sku"),
    "category": ("category",),
    "brand": ("brand",),
    "tag": ("tags",),
    "channel": ("channel",),
    "state": ("state",),
    "country": ("country",),
}
"""By dimension, the columns of lines by which people name a value, the first one for results."""
NAMES: Mapping[str, tuple[str, ...]] = {
    **SPELLINGS,
    CURRENT_CATEGORY: (CURRENT_CATEGORY,),
}
"""The same, with those of the catalog. All values of the other dimensions are known."""


def key_name(dimension: str) -> str:
    """The column of a dimension's key: facts have columns of the same name as some dimensions."""
    return f"by_{dimension}"


MULTIVALUED = tuple(
    name for name, dimension in DIMENSIONS.items() if dimension.is_multivalued
)


def build_key(
    dimension: str, zone: ZoneInfo, week_start: WeekStart = WeekStart.MONDAY
) -> pl.Expr:
    build = KEYS.get(dimension)
    if build is None:
        return build_period_key(Period(dimension), zone, week_start)
    return build(zone)


def build_period_key(
    period: Period, zone: ZoneInfo, week_start: WeekStart = WeekStart.MONDAY
) -> pl.Expr:
    """The local start of the period, naive; of an hour the instant, as its local time may come
    twice."""
    at = pl.col("at")
    if period is not Period.HOUR:
        return floor_times(at, period, zone, week_start)
    # Zones are off by half hours, too: the minutes are those of the local clock.
    local = localize_times(at, zone)
    into_hour = pl.duration(
        minutes=local.dt.minute(),
        seconds=local.dt.second(),
        microseconds=local.dt.microsecond(),
    )
    return at - into_hour


def has_one_of(dimension: str, keys: Sequence[str], zone: ZoneInfo) -> pl.Expr:
    """Whether a line has one of the keys."""
    if dimension not in MULTIVALUED:
        return build_key(dimension, zone).is_in(keys)
    edge = pl.lit(KEY_SEPARATOR)
    written = pl.concat_str(edge, pl.col(name_key_column(dimension)), edge)
    return written.str.contains_any(
        [f"{KEY_SEPARATOR}{key}{KEY_SEPARATOR}" for key in keys]
    )


def _copy_column(column: str) -> Callable[[ZoneInfo], pl.Expr]:
    return lambda _: pl.col(column)


def _type_customer(_: ZoneInfo) -> pl.Expr:
    is_guest = pl.col("customer").is_null()
    return pl.when(is_guest).then(pl.lit("guest")).otherwise(pl.lit("account"))


KEYS: Mapping[str, Callable[[ZoneInfo], pl.Expr]] = {
    **{name: _copy_column(name_key_column(name)) for name in SPELLED_KEYS},
    "tag": lambda _: pl.col(name_key_column("tag")).str.split(KEY_SEPARATOR),
    "hour_of_day": lambda zone: (
        localize_times(pl.col("at"), zone).dt.hour().cast(pl.Int64)
    ),
    "weekday": lambda zone: (
        localize_times(pl.col("at"), zone).dt.weekday().cast(pl.Int64)
    ),
    "currency": _copy_column("currency"),
    "customer_type": _type_customer,
    "customer_status": _copy_column("customer_status"),
    CURRENT_CATEGORY: _copy_column(name_key_column(CURRENT_CATEGORY)),
    CUSTOMER_SEGMENT: _copy_column(name_key_column(CUSTOMER_SEGMENT)),
    "order_status": _copy_column("status"),
    "payment_status": _copy_column("payment_status"),
    "search_query": _copy_column("query"),
}
"""All dimensions but periods."""


def list_spellings(lines: pl.LazyFrame, dimension: str) -> pl.LazyFrame:
    """The keys of a dimension, in the column `key`, with the columns of its `SPELLINGS`: a row for
    each way a line spells them, the latest one first. Of lines that have the thing."""
    return rank_spellings(group_spellings(lines, dimension), dimension)


def group_spellings(lines: pl.LazyFrame, dimension: str) -> pl.LazyFrame:
    """The columns of the `SPELLINGS` of a dimension: a row for each way a line spells them, with
    the last time `at` which one did."""
    columns = SPELLINGS[dimension]
    if dimension in MULTIVALUED and isinstance(
        lines.collect_schema()[columns[0]], pl.List
    ):
        lines = lines.select("at", *columns).explode(columns)
    return (
        lines.filter(pl.any_horizontal(pl.col(columns).is_not_null()))
        .group_by(columns)
        .agg(pl.col("at").max())
    )


def rank_spellings(spellings: pl.LazyFrame, dimension: str) -> pl.LazyFrame:
    """The keys of spellings that were grouped, the latest one first."""
    columns = SPELLINGS[dimension]
    # Keys of the few distinct spellings, not of all lines.
    return (
        spellings.with_columns(key=SPELLED_KEYS[dimension])
        .sort(
            *("at", "key", *columns),
            descending=[True, False, *(False for _ in columns)],
        )
        .select("key", *columns)
    )

"""The dimensions as columns: one key for each line, and how keys are called in results.

Keys are never null: what a line does not have is `NONE` or `NOT_ATTRIBUTED`. Keys of texts are
equal for all their spellings; a result shows the latest one.
"""

from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

import polars as pl

from analytics.facts.schemas import LineKind
from analytics.semantic.label_keys import build_label_keys
from webapp.insights.query.definitions import NONE, NOT_ATTRIBUTED
from webapp.insights.query.periods import Period

INTERVALS = {
    Period.DAY: "1d", Period.WEEK: "1w", Period.MONTH: "1mo", Period.QUARTER: "1q",
    Period.YEAR: "1y",
}  # fmt: skip
SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "product": ("name", "sku", "product_id"),
    "variant": ("name", "sku"),
    "category": ("category",),
    "state": ("state",),
    "country": ("country",),
}
"""By dimension, the columns by which people name a value, the first one for results. All values of
the others are known."""


def key_name(dimension: str) -> str:
    """The column of a dimension's key: facts have columns of the same name as some dimensions."""
    return f"by_{dimension}"


def build_key(dimension: str, zone: ZoneInfo) -> pl.Expr:
    build = KEYS.get(dimension)
    return build_period_key(Period(dimension), zone) if build is None else build(zone)


def build_period_key(period: Period, zone: ZoneInfo) -> pl.Expr:
    """The local start of the period, naive; of an hour the instant, as its local time may come
    twice."""
    local = _to_local(zone)
    if period is Period.HOUR:
        # Zones are off by half hours, too: the minutes are those of the local clock.
        into_hour = pl.duration(
            minutes=local.dt.minute(),
            seconds=local.dt.second(),
            microseconds=local.dt.microsecond(),
        )
        return pl.col("at") - into_hour
    return local.dt.replace_time_zone(None).dt.truncate(INTERVALS[period])


def _to_local(zone: ZoneInfo) -> pl.Expr:
    return pl.col("at").dt.convert_time_zone(zone.key)


def _attribute_refunds(key: pl.Expr) -> pl.Expr:
    is_apart = (pl.col("kind") == LineKind.REFUND.value) & pl.col("sku").is_null()
    return pl.when(is_apart).then(pl.lit(NOT_ATTRIBUTED)).otherwise(key)


def _key_text(column: str) -> pl.Expr:
    return build_label_keys(column).replace("", NONE).fill_null(NONE)


def _copy_column(column: str) -> Callable[[ZoneInfo], pl.Expr]:
    return lambda _: pl.col(column)


def _type_customer(_: ZoneInfo) -> pl.Expr:
    is_guest = pl.col("customer").is_null()
    return pl.when(is_guest).then(pl.lit("guest")).otherwise(pl.lit("account"))


SPELLED_KEYS: Mapping[str, pl.Expr] = {
    "product": pl.coalesce("product_id", "sku"),
    "variant": pl.col("sku"),
    "category": _key_text("category"),
    "state": _key_text("state"),
    "country": pl.col("country").replace("", NONE).fill_null(NONE),
}
"""Of lines that are no refunds."""
KEYS: Mapping[str, Callable[[ZoneInfo], pl.Expr]] = {
    "hour_of_day": lambda zone: _to_local(zone).dt.hour().cast(pl.Int64),
    "weekday": lambda zone: _to_local(zone).dt.weekday().cast(pl.Int64),
    "product": lambda _: _attribute_refunds(SPELLED_KEYS["product"]),
    "variant": lambda _: _attribute_refunds(SPELLED_KEYS["variant"]),
    "category": lambda _: _attribute_refunds(SPELLED_KEYS["category"]),
    "state": lambda _: SPELLED_KEYS["state"],
    "country": lambda _: SPELLED_KEYS["country"],
    "currency": _copy_column("currency"),
    "customer_type": _type_customer,
    "customer_status": _copy_column("customer_status"),
    "order_status": _copy_column("status"),
    "payment_status": _copy_column("payment_status"),
}
"""All dimensions but periods."""


def list_spellings(lines: pl.LazyFrame, dimension: str) -> pl.LazyFrame:
    """The keys of a dimension, in the column `key`, with the columns of its `SPELLINGS`: a row for
    each way a line spells them, the latest one first. Of lines that have the thing."""
    columns = SPELLINGS[dimension]
    # Keys of the few distinct spellings, not of all lines.
    return (
        lines.filter(pl.any_horizontal(pl.col(columns).is_not_null()))
        .group_by(columns)
        .agg(pl.col("at").max())
        .with_columns(key=SPELLED_KEYS[dimension])
        .sort("at", "key", descending=[True, False])
        .select("key", *columns)
    )

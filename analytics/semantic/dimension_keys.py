"""The dimensions as columns: one key for each line, and how keys are called in results.

Keys are never null: what a line does not have is `NONE`, `NOT_ATTRIBUTED` or `NOT_RECORDED`. Keys
of texts are equal for all their spellings; a result shows the latest one. Of a dimension with
several values in a line, the key is the list of them.
"""

from collections.abc import Callable, Mapping, Sequence
from zoneinfo import ZoneInfo

import polars as pl

from analytics.facts.schemas import LineKind
from analytics.semantic.label_keys import build_label_keys
from webapp.insights.query.definitions import (
    DIMENSIONS,
    NONE,
    NOT_ATTRIBUTED,
    NOT_RECORDED,
)
from webapp.insights.query.periods import Period
from webapp.kit.text import label_key

INTERVALS = {
    Period.DAY: "1d", Period.WEEK: "1w", Period.MONTH: "1mo", Period.QUARTER: "1q",
    Period.YEAR: "1y",
}  # fmt: skip
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
"""By dimension, the columns by which people name a value, the first one for results. All values of
the others are known."""


def key_name(dimension: str) -> str:
    """The column of a dimension's key: facts have columns of the same name as some dimensions."""
    return f"by_{dimension}"


MULTIVALUED = tuple(
    name for name, dimension in DIMENSIONS.items() if dimension.is_multivalued
)


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


KEY_SEPARATOR = "\x1f"
"""Between the keys of a line's tags: a control character, which no key has."""
IS_APART = (pl.col("kind") == LineKind.REFUND.value) & pl.col("sku").is_null()
"""Whether a line is a refund that names none."""


def _attribute_refunds(key: pl.Expr) -> pl.Expr:
    return pl.when(IS_APART).then(pl.lit(NOT_ATTRIBUTED)).otherwise(key)


def _key_text(column: str, *, unknown: str = NONE) -> pl.Expr:
    return build_label_keys(column).replace("", NONE).fill_null(unknown)


def _join_tag_keys() -> pl.Expr:
    """The keys of a line's tags as one text: lists are slow to compare."""
    tags = pl.col("tags").list.join(KEY_SEPARATOR)
    keys = tags.map_batches(
        _map_joined_tags, return_dtype=pl.String, is_elementwise=True
    )
    return _attribute_refunds(keys.fill_null(NOT_RECORDED))


def _map_joined_tags(tags: pl.Series) -> pl.Series:
    """The keys of each text, once each; every distinct text is mapped once, as there are few."""
    distinct = tags.drop_nulls().unique().to_list()
    keys = {
        text: KEY_SEPARATOR.join(
            dict.fromkeys(
                label_key(tag) for tag in text.split(KEY_SEPARATOR) if label_key(tag)
            )
        )
        or NONE
        for text in distinct
    }
    return tags.replace_strict(keys, default=None, return_dtype=pl.String)


def has_one_of(dimension: str, keys: Sequence[str], zone: ZoneInfo) -> pl.Expr:
    """Whether a line has one of the keys."""
    if dimension not in MULTIVALUED:
        return build_key(dimension, zone).is_in(keys)
    edge = pl.lit(KEY_SEPARATOR)
    written = pl.concat_str(edge, _join_tag_keys(), edge)
    return written.str.contains_any(
        [f"{KEY_SEPARATOR}{key}{KEY_SEPARATOR}" for key in keys]
    )


def _copy_column(column: str) -> Callable[[ZoneInfo], pl.Expr]:
    return lambda _: pl.col(column)


def _type_customer(_: ZoneInfo) -> pl.Expr:
    is_guest = pl.col("customer").is_null()
    return pl.when(is_guest).then(pl.lit("guest")).otherwise(pl.lit("account"))


SPELLED_KEYS: Mapping[str, pl.Expr] = {
    "product": pl.coalesce("product_id", "sku"),
    "variant": pl.col("sku"),
    "category": _key_text("category"),
    "brand": _key_text("brand", unknown=NOT_RECORDED),
    "tag": _key_text("tags"),
    "channel": _key_text("channel", unknown=NOT_RECORDED),
    "state": _key_text("state"),
    "country": pl.col("country").replace("", NONE).fill_null(NONE),
}
"""Of lines that are no refunds; of a line with several values, that of each."""
KEYS: Mapping[str, Callable[[ZoneInfo], pl.Expr]] = {
    "hour_of_day": lambda zone: _to_local(zone).dt.hour().cast(pl.Int64),
    "weekday": lambda zone: _to_local(zone).dt.weekday().cast(pl.Int64),
    "product": lambda _: _attribute_refunds(SPELLED_KEYS["product"]),
    "variant": lambda _: _attribute_refunds(SPELLED_KEYS["variant"]),
    "category": lambda _: _attribute_refunds(SPELLED_KEYS["category"]),
    "brand": lambda _: _attribute_refunds(SPELLED_KEYS["brand"]),
    "tag": lambda _: _join_tag_keys().str.split(KEY_SEPARATOR),
    "channel": lambda _: SPELLED_KEYS["channel"],
    "state": lambda _: SPELLED_KEYS["state"],
    "country": lambda _: SPELLED_KEYS["country"],
    "currency": _copy_column("currency"),
    "customer_type": _type_customer,
    "customer_status": _copy_column("customer_status"),
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

"""Columns of order lines that are derived from the others, so that a query need not derive them.

The dataset has them in its files; lines from the database get them when they are scanned. Keys are
never null: what a line does not have is `NONE`, `NOT_ATTRIBUTED` or `NOT_RECORDED`. Those of texts
are equal for all their spellings.
"""

from collections.abc import Iterable, Mapping

import polars as pl

from analytics.facts.label_keys import build_label_keys
from analytics.facts.revenue import is_revenue
from analytics.facts.schemas import ORDER_LINES, LineKind
from webapp.insights.query.definitions import NONE, NOT_ATTRIBUTED, NOT_RECORDED
from webapp.kit.text import label_key

KEY_SEPARATOR = "\x1f"
"""Between the keys of a line's tags: a control character, which no key has."""
VERSION = 2
"""Of what the columns mean. Whoever changes one of them raises it, and the next export writes all
files anew."""


def _key_text(column: str, *, unknown: str = NONE) -> pl.Expr:
    return build_label_keys(column).replace("", NONE).fill_null(unknown)


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
"""By dimension; of lines that are no refunds, and of those with several tags, of each."""
ATTRIBUTED = ("product", "variant", "category", "brand")
"""What a refund that names no line has none of."""
IS_APART = (pl.col("kind") == LineKind.REFUND.value) & pl.col("sku").is_null()
"""Whether a line is a refund that names none."""


def name_key_column(dimension: str) -> str:
    return f"{dimension}_key"


def derive_keys(
    frame: pl.LazyFrame, dimensions: Iterable[str] = SPELLED_KEYS
) -> pl.LazyFrame:
    """Add the keys of facts that are no refunds."""
    return frame.with_columns(
        SPELLED_KEYS[name].alias(name_key_column(name)) for name in dimensions
    )


def derive_columns(lines: pl.LazyFrame) -> pl.LazyFrame:
    """From `ORDER_LINES` to `LINE_COLUMNS`. The lines of an order must all be there."""
    is_sale = pl.col("kind") == LineKind.SALE.value
    sold = pl.when(is_sale).then(pl.col("order_number"))
    keys = {
        name_key_column(name): _attribute_refunds(key) if name in ATTRIBUTED else key
        for name, key in SPELLED_KEYS.items()
    }
    return lines.with_columns(
        **keys
        | {
            "tag_key": _join_tag_keys(),
            "is_revenue": is_revenue(),
            "opens_order": is_sale & sold.is_first_distinct(),
        }
    )


def _attribute_refunds(key: pl.Expr) -> pl.Expr:
    return pl.when(IS_APART).then(pl.lit(NOT_ATTRIBUTED)).otherwise(key)


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


LINE_COLUMNS = pl.Schema(
    {
        **ORDER_LINES,
        **{name_key_column(name): pl.String() for name in SPELLED_KEYS},
        "is_revenue": pl.Boolean(),
        "opens_order": pl.Boolean(),
    }
)
"""`tag_key` has the keys of all tags, with `KEY_SEPARATOR` between them.

`is_revenue` says whether the line counts (`analytics.facts.revenue`). `opens_order` is true of one
line with which an order sells something: its sum is the number of such orders.
"""

"""Columns that lines have from the others."""

from zlib import crc32

import polars as pl

from analytics.facts.line_columns import LINE_COLUMNS, VERSION, derive_columns
from analytics.facts.schemas import ORDER_LINES
from tests.support.order_lines import order_line

NONE_NAMED = dict.fromkeys(("sku", "name", "category", "brand", "tags"))
LINES = [
    order_line(category="Kitchen ", brand="ACME", tags=["New", "new", "Gift"]),
    order_line(category="", brand=None, tags=None, channel=None, country="", state=""),
    order_line(product_id="p1", brand="", tags=[], state="TEXAS"),
    order_line(order_id="2", kind="RETURN", status="CANCELLED"),
    order_line(order_id="2", sku="POT"),
    order_line(order_id="2", kind="REFUND", **NONE_NAMED),
    order_line(order_id="2", kind="REFUND", sku="POT"),
    order_line(order_id="3", payment_status="UNPAID"),
]


def derive(*lines: dict[str, object]) -> pl.DataFrame:
    frame = pl.DataFrame(list(lines), schema=ORDER_LINES)
    return derive_columns(frame.lazy()).collect()


def test_keys_are_equal_for_spellings_and_never_null() -> None:
    derived = derive(*LINES)

    assert derived.schema == LINE_COLUMNS
    assert derived["category_key"].to_list()[:3] == ["kitchen", "(none)", "kitchen"]
    assert derived["brand_key"].to_list()[:3] == ["acme", "(not recorded)", "(none)"]
    assert derived["tag_key"].to_list()[:3] == [
        "new\x1fgift",
        "(not recorded)",
        "(none)",
    ]
    assert derived["channel_key"].to_list()[:2] == ["web", "(not recorded)"]
    assert derived["country_key"].to_list()[:2] == ["US", "(none)"]
    assert derived["state_key"].to_list()[1:3] == ["(none)", "texas"]
    assert derived["product_key"].to_list()[1:3] == ["MUG", "p1"]
    assert derived["variant_key"].to_list()[1:3] == ["MUG", "MUG"]


def test_a_refund_that_names_no_line_is_not_attributed() -> None:
    derived = derive(*LINES).filter(kind="REFUND")

    for name in ("product", "variant", "category", "brand", "tag"):
        apart, named = derived[f"{name}_key"]
        assert apart == "(not attributed)"
        assert named != apart


def test_one_line_with_which_an_order_sells_something_opens_it() -> None:
    derived = derive(*LINES)

    assert derived["opens_order"].to_list() == [
        *(True, False, False),
        *(False, True, False, False),
        True,
    ]
    assert derived["is_revenue"].to_list() == [
        *(True, True, True),
        *(False, True, True, True),
        False,
    ]


def test_what_the_columns_mean_has_a_version() -> None:
    """Where this fails, the files that there are mean something else: raise `VERSION`, so that they
    are written anew, and put the new value here."""
    described = derive(*LINES).select(LINE_COLUMNS.names()[len(ORDER_LINES) :])

    assert (VERSION, crc32(described.write_csv().encode())) == (2, 2712404084)

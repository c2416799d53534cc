"""What is bought together: pairs of products or categories in the same order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from analytics.analyses.context import AnalysisContext, CurrencyChoice
from analytics.analyses.presentation import (
    AnalysisReport,
    Row,
    build_table,
    dimension_column,
    figure_column,
    round_share,
)
from analytics.semantic.dimension_keys import build_key
from analytics.semantic.figures import select_window
from analytics.semantic.labels import RowLabels
from analytics.semantic.measures import COUNTED_SALE
from webapp.insights.analyses.charts import Bars
from webapp.insights.analyses.errors import NotEnoughData
from webapp.insights.analyses.requests import BasketPairsRequest
from webapp.insights.analyses.results import AnalysisResult, BasketPairsFindings
from webapp.insights.query.definitions import Unit

MAX_ITEMS = 2_000
"""The most frequent ones, of which pairs are counted: at most two million pairs."""
MAX_NAMED = 3
"""Of the items that pairs are wanted of, in the title."""
PAIRS_AT_ONCE = 2_000_000
"""That are listed before they are counted; bounds the memory."""
Counts = npt.NDArray[np.int32]
COUNT = pl.len().cast(pl.Int64)


@dataclass(frozen=True)
class Baskets:
    items: pl.DataFrame
    """Each `order_number` and `rank` once, of the items that are frequent enough."""
    frequencies: pl.DataFrame
    """The `rank`, `item` and number of `orders` of the same, by rank."""
    orders: int
    orders_with_several: int
    items_left_out: int
    """Frequent enough, but beyond `MAX_ITEMS`."""


def count_basket_pairs(
    context: AnalysisContext, request: BasketPairsRequest
) -> AnalysisResult:
    """Raises `NotEnoughData`, `BadWindow`, `ImpossibleQuery`."""
    lines = select_window(context.matching, context.window).filter(COUNTED_SALE)
    counts = context.count_lines(lines, context.window, counted=pl.lit(value=True))
    items = _find_items(context, request)
    baskets = _read_baskets(context, request, lines, items)
    pairs = _select_pairs(_count_pairs(baskets, request.min_orders), items)
    if pairs.is_empty():
        subject = (
            "two of them are"
            if request.item is None
            else f"{request.by} is with {request.item}"
        )
        raise NotEnoughData(
            f"No {subject} in {request.min_orders} or more of the {baskets.orders} orders; "
            f"{baskets.orders_with_several} orders have several"
        )
    order = [request.sort, "orders" if request.sort == "lift" else "lift"]
    pairs = pairs.sort(*order, "item", "other", descending=[True, True, False, False])
    labels = context.read_labels([request.by])
    return AnalysisReport(
        context,
        request,
        lead=(
            f"What is bought together, by {request.by}"
            if request.item is None
            else f"What is bought with {_name_items(labels, request.by, items)}"
        ),
        findings=BasketPairsFindings(
            orders=baskets.orders,
            orders_with_several=baskets.orders_with_several,
            pairs=pairs.height,
        ),
        tables=[
            build_table(
                "pairs",
                f"Pairs in {request.min_orders} orders or more",
                [
                    dimension_column("first"),
                    dimension_column("second"),
                    figure_column("orders", Unit.COUNT, "orders with both"),
                    figure_column("orders_by_chance", Unit.RATIO),
                    figure_column("support_percent", Unit.PERCENT),
                    figure_column(
                        "confidence_percent", Unit.PERCENT, "of orders with the first"
                    ),
                    figure_column(
                        "reverse_confidence_percent",
                        Unit.PERCENT,
                        "of orders with the second",
                    ),
                    figure_column("lift", Unit.RATIO),
                ],
                _iterate_rows(
                    pairs.head(request.limit), baskets.orders, request, labels
                ),
                row_count=pairs.height,
            )
        ],
        money=CurrencyChoice(counts, context.home_currency),
        metrics=["orders"],
        notes=_iterate_notes(baskets, request),
        charts={"pairs": Bars(("first", "second"), (request.sort,))},
    ).build_result()


def _find_items(context: AnalysisContext, request: BasketPairsRequest) -> Sequence[str]:
    """The keys of the one that is named; none, where pairs of all are wanted.

    Raises `ImpossibleQuery` for one that there is not.
    """
    return [] if request.item is None else context.find_keys(request.by, request.item)


def _name_items(labels: RowLabels, by: str, items: Sequence[str]) -> str:
    names = [labels.say_key(by, item) for item in items]
    others = len(names) - MAX_NAMED
    shown = ", ".join(names[:MAX_NAMED])
    return f"{shown} and {others} more" if others > 0 else shown


def _select_pairs(pairs: pl.DataFrame, items: Sequence[str]) -> pl.DataFrame:
    """The pairs of the items, each as the first of its pair."""
    if not items:
        return pairs
    turned = pairs.rename(
        {
            "item": "other",
            "other": "item",
            "item_orders": "other_orders",
            "other_orders": "item_orders",
        }
    )
    both = pl.concat([pairs, turned.select(pairs.columns)])
    return both.filter(pl.col("item").is_in(items))


def _read_baskets(
    context: AnalysisContext,
    request: BasketPairsRequest,
    lines: pl.LazyFrame,
    wanted: Sequence[str],
) -> Baskets:
    """Those that are wanted are among the items, however rare they are."""
    keyed = lines.select(
        "order_number", build_key(request.by, context.zone).alias("item")
    )
    is_frequent = pl.col("orders") >= request.min_orders
    ranked = (
        keyed.group_by("item")
        .agg(pl.col("order_number").n_unique().cast(pl.Int64).alias("orders"))
        .sort(
            *(is_frequent, pl.col("item").is_in(wanted), "orders", "item"),
            descending=[True, True, True, False],
        )
        .with_row_index("rank")
        .collect(engine="streaming")
    )
    # Numbers take a fraction of the memory of keys.
    items = (
        keyed.join(ranked.lazy().select("item", "rank"), on="item")
        .select("order_number", "rank")
        .unique()
        .collect(engine="streaming")
    )
    sizes = items.group_by("order_number").agg(COUNT.alias("size"))
    frequent = ranked.filter(is_frequent)
    kept = frequent.head(MAX_ITEMS)
    return Baskets(
        items=items.filter(pl.col("rank") < kept.height),
        frequencies=kept,
        orders=sizes.height,
        orders_with_several=sizes.filter(pl.col("size") > 1).height,
        items_left_out=frequent.height - kept.height,
    )


def _count_pairs(baskets: Baskets, min_orders: int) -> pl.DataFrame:
    """`item`, `other`, `orders` and `lift`; each pair once, the more frequent item first."""
    ranked = baskets.frequencies
    counts = count_together(baskets.items, ranked.height)
    first, second = np.nonzero(counts >= min_orders)
    names = ranked["item"]
    sizes = ranked["orders"]
    both = pl.Series(counts[first, second], dtype=pl.Int64)
    return pl.DataFrame(
        {
            "item": names.gather(first),
            "other": names.gather(second),
            "orders": both,
            "item_orders": sizes.gather(first),
            "other_orders": sizes.gather(second),
        }
    ).with_columns(
        lift=pl.col("orders")
        * baskets.orders
        / (pl.col("item_orders") * pl.col("other_orders"))
    )


def count_together(items: pl.DataFrame, count: int) -> Counts:
    """In how many orders two of so many items are, the less one first: `items` has the column
    `order_number`, and `rank`, the number of an item."""
    size = pl.len().over("order_number").alias("size")
    # Orders of the same size are a matrix, of which pairs of columns are pairs of items.
    several = items.with_columns(size).filter(pl.col("size") > 1)
    by_size = several.sort("size", "order_number", "rank")
    counts = np.zeros(count * count, dtype=np.int32)
    for [size_of_order], group in by_size.group_by("size", maintain_order=True):
        orders = group["rank"].to_numpy().astype(np.int64).reshape(-1, size_of_order)
        first, second = np.triu_indices(size_of_order, 1)
        at_once = max(1, PAIRS_AT_ONCE // max(1, len(first)))
        for start in range(0, len(orders), at_once):
            part = orders[start : start + at_once]
            np.add.at(counts, (part[:, first] * count + part[:, second]).ravel(), 1)
    return counts.reshape(count, count)


def _iterate_rows(
    pairs: pl.DataFrame,
    orders: int,
    request: BasketPairsRequest,
    labels: RowLabels,
) -> Iterator[Row]:
    for row in pairs.iter_rows(named=True):
        both, first, second = row["orders"], row["item_orders"], row["other_orders"]
        yield {
            "first": labels.say_key(request.by, row["item"]),
            "second": labels.say_key(request.by, row["other"]),
            "orders": both,
            "orders_by_chance": round(first * second / orders, 2),
            "support_percent": round_share(both, orders),
            "confidence_percent": round_share(both, first),
            "reverse_confidence_percent": round_share(both, second),
            "lift": round(row["lift"], 2),
        }


def _iterate_notes(baskets: Baskets, request: BasketPairsRequest) -> Iterator[str]:
    if baskets.items_left_out:
        yield (
            f"Pairs are of the {MAX_ITEMS:,} most frequent of each {request.by}; "
            f"{baskets.items_left_out} less frequent ones are left out"
        )
    yield (
        "Counts are exact, but among many pairs some are frequent by chance, most of all those in "
        "few orders; and that two go together does not say that one sells the other"
    )

"""Facets in the language that both engines count them in, and out of their answers."""

from collections.abc import Iterable, Mapping
from typing import Any

from webapp.adapters.search.port import (
    PRICE_BOUNDS,
    Facets,
    FacetValue,
    PriceBucket,
)

MAX_VALUES = 50

_Bucket = Mapping[str, Any]

_RANGES = [
    {"from": low, "to": high} if high else {"from": low}
    for low, high in zip(PRICE_BOUNDS, (*PRICE_BOUNDS[1:], None), strict=True)
]
AGGREGATIONS = {
    "category": {"terms": {"field": "category", "size": MAX_VALUES}},
    "brand": {"terms": {"field": "brand", "size": MAX_VALUES}},
    "price": {"range": {"field": "price", "ranges": _RANGES}},
    "in_stock": {"terms": {"field": "in_stock"}},
}
"""One for each name of `Filters.others`."""


def parse_facets(counted: Mapping[str, Mapping[str, Any]]) -> Facets:
    """From the answer to each of `AGGREGATIONS`."""
    stock = {bool(b["key"]): b["doc_count"] for b in counted["in_stock"]["buckets"]}
    return Facets(
        category=parse_facet_values(counted["category"]["buckets"]),
        brand=parse_facet_values(counted["brand"]["buckets"]),
        price=_prices(counted["price"]["buckets"]),
        in_stock=stock.get(True, 0),
        out_of_stock=stock.get(False, 0),
    )


def parse_facet_values(buckets: Iterable[_Bucket]) -> tuple[FacetValue, ...]:
    return tuple(FacetValue(bucket["key"], bucket["doc_count"]) for bucket in buckets)


def _prices(buckets: Iterable[_Bucket]) -> tuple[PriceBucket, ...]:
    """Both ends included, so that a range is the filter that was counted."""
    return tuple(
        PriceBucket(
            low=int(bucket["from"]),
            high=int(bucket["to"]) - 1 if "to" in bucket else None,
            count=bucket["doc_count"],
        )
        for bucket in sorted(buckets, key=lambda bucket: bucket.get("from", -1))
        if bucket["doc_count"]
    )

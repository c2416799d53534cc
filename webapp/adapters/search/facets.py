"""Facet aggregations in the request syntax that both engines share, and their parser."""

from collections.abc import Iterable, Mapping
from typing import Any

from webapp.adapters.search.port import (
    PRICE_BOUNDS,
    Facets,
    FacetValue,
    PriceBucket,
)

MAX_FACET_VALUES = 50

_Bucket = Mapping[str, Any]

_PRICE_RANGES = [
    {"from": low, "to": high} if high else {"from": low}
    for low, high in zip(PRICE_BOUNDS, (*PRICE_BOUNDS[1:], None), strict=True)
]
AGGREGATIONS = {
    "category": {"terms": {"field": "category", "size": MAX_FACET_VALUES}},
    "brand": {"terms": {"field": "brand", "size": MAX_FACET_VALUES}},
    "price": {"range": {"field": "price", "ranges": _PRICE_RANGES}},
    "in_stock": {"terms": {"field": "in_stock"}},
}
"""By facet name, as in `SearchFilters.filters_per_facet`."""


def parse_facets(results: Mapping[str, Mapping[str, Any]]) -> Facets:
    """Parse the results of `AGGREGATIONS`, keyed by facet name."""
    stock = {bool(b["key"]): b["doc_count"] for b in results["in_stock"]["buckets"]}
    return Facets(
        category=parse_facet_values(results["category"]["buckets"]),
        brand=parse_facet_values(results["brand"]["buckets"]),
        price=_parse_price_buckets(results["price"]["buckets"]),
        in_stock=stock.get(True, 0),
        out_of_stock=stock.get(False, 0),
    )


def parse_facet_values(buckets: Iterable[_Bucket]) -> tuple[FacetValue, ...]:
    return tuple(FacetValue(bucket["key"], bucket["doc_count"]) for bucket in buckets)


def _parse_price_buckets(buckets: Iterable[_Bucket]) -> tuple[PriceBucket, ...]:
    """Both bounds are inclusive, so that a bucket is the filter that yields its count."""
    return tuple(
        PriceBucket(
            low=int(bucket["from"]),
            high=int(bucket["to"]) - 1 if "to" in bucket else None,
            count=bucket["doc_count"],
        )
        for bucket in sorted(buckets, key=lambda bucket: bucket.get("from", -1))
        if bucket["doc_count"]
    )

"""How many products each further choice would leave."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from tantivy import Query

from webapp.suppliers.search.embedded.clauses import filtered
from webapp.suppliers.search.embedded.store import Reader
from webapp.suppliers.search.engine import (
    PRICE_BOUNDS,
    Facets,
    FacetValue,
    Filters,
    PriceRange,
)

MAX_VALUES = 50
MAX_LABELS = 1000

_Bucket = Mapping[str, Any]

_RANGES = [
    {"from": low, "to": high} if high else {"from": low}
    for low, high in zip(PRICE_BOUNDS, (*PRICE_BOUNDS[1:], None), strict=True)
]
_AGGREGATIONS = {
    "category": {"terms": {"field": "category", "size": MAX_VALUES}},
    "brand": {"terms": {"field": "brand", "size": MAX_VALUES}},
    "price": {"range": {"field": "price", "ranges": _RANGES}},
    "in_stock": {"terms": {"field": "in_stock"}},
}


def count_facets(reader: Reader, matching: Query, filters: Filters) -> Facets:
    """One count for all facets whose own filter is not set, and one for each that is."""
    others_of = {
        "category": replace(filters, category=None),
        "brand": replace(filters, brand=None),
        "price": replace(filters, min_price=None, max_price=None),
        "in_stock": replace(filters, in_stock=None),
    }
    counted: dict[str, Any] = {}
    for others in dict.fromkeys(others_of.values()):
        wanted = {
            name: aggregation
            for name, aggregation in _AGGREGATIONS.items()
            if others_of[name] == others
        }
        narrowed = filtered(reader.schema, matching, others)
        counted |= reader.searcher.aggregate(narrowed, wanted)
    stock = {bool(b["key"]): b["doc_count"] for b in counted["in_stock"]["buckets"]}
    return Facets(
        category=_values(counted["category"]["buckets"]),
        brand=_values(counted["brand"]["buckets"]),
        price=_prices(counted["price"]["buckets"]),
        in_stock=stock.get(True, 0),
        out_of_stock=stock.get(False, 0),
    )


def count_labels(reader: Reader, field: str) -> tuple[FacetValue, ...]:
    """The categories or brands of the whole shop, the largest first."""
    wanted = {"labels": {"terms": {"field": field, "size": MAX_LABELS}}}
    answer = reader.searcher.aggregate(Query.all_query(), wanted)
    return _values(answer["labels"]["buckets"])


def _values(buckets: Iterable[_Bucket]) -> tuple[FacetValue, ...]:
    return tuple(FacetValue(bucket["key"], bucket["doc_count"]) for bucket in buckets)


def _prices(buckets: Iterable[_Bucket]) -> tuple[PriceRange, ...]:
    """Both ends included, so that a range is the filter that was counted."""
    return tuple(
        PriceRange(
            low=int(bucket["from"]),
            high=int(bucket["to"]) - 1 if "to" in bucket else None,
            count=bucket["doc_count"],
        )
        for bucket in sorted(buckets, key=lambda bucket: bucket.get("from", -1))
        if bucket["doc_count"]
    )

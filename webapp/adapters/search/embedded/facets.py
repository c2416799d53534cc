"""Counts the products of each facet value."""

from typing import Any

from tantivy import Query

from webapp.adapters.search.embedded.clauses import apply_filters
from webapp.adapters.search.embedded.query import EmbeddedQuery
from webapp.adapters.search.embedded.store import IndexSnapshot
from webapp.adapters.search.facets import AGGREGATIONS, parse_facet_values, parse_facets
from webapp.adapters.search.port import Facets, FacetValue, SearchFilters

MAX_LABELS = 1000


def count_facets(query: EmbeddedQuery, filters: SearchFilters) -> Facets:
    """Count facets: one aggregation for all facets without a filter of their own that is
    set, and one for each facet with one."""
    snapshot = query.snapshot
    filters_by_facet = filters.filters_per_facet()
    results: dict[str, Any] = {}
    for facet_filters in dict.fromkeys(filters_by_facet.values()):
        aggregations = {
            name: aggregation
            for name, aggregation in AGGREGATIONS.items()
            if filters_by_facet[name] == facet_filters
        }
        narrowed = apply_filters(snapshot.schema, query.matching_query, facet_filters)
        results |= snapshot.searcher.aggregate(narrowed, aggregations)
    return parse_facets(results)


def count_facet_values(snapshot: IndexSnapshot, field: str) -> tuple[FacetValue, ...]:
    """Categories or brands of all products, the largest first."""
    aggregation = {"labels": {"terms": {"field": field, "size": MAX_LABELS}}}
    result = snapshot.searcher.aggregate(Query.all_query(), aggregation)
    return parse_facet_values(result["labels"]["buckets"])

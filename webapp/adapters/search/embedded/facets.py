"""How many products each further choice would leave."""

from typing import Any

from tantivy import Query

from webapp.adapters.search.embedded.clauses import apply_filters
from webapp.adapters.search.embedded.query import EmbeddedQuery
from webapp.adapters.search.embedded.store import IndexSnapshot
from webapp.adapters.search.facets import AGGREGATIONS, parse_facet_values, parse_facets
from webapp.adapters.search.port import Facets, FacetValue, SearchFilters

MAX_LABELS = 1000


def count_facets(question: EmbeddedQuery, filters: SearchFilters) -> Facets:
    """One count for all facets whose own filter is not set, and one for each that is."""
    reader = question.snapshot
    others_of = filters.filters_per_facet()
    counted: dict[str, Any] = {}
    for others in dict.fromkeys(others_of.values()):
        wanted = {
            name: aggregation
            for name, aggregation in AGGREGATIONS.items()
            if others_of[name] == others
        }
        narrowed = apply_filters(reader.schema, question.matching_query, others)
        counted |= reader.searcher.aggregate(narrowed, wanted)
    return parse_facets(counted)


def count_facet_values(reader: IndexSnapshot, field: str) -> tuple[FacetValue, ...]:
    """The categories or brands of the whole shop, the largest first."""
    wanted = {"labels": {"terms": {"field": field, "size": MAX_LABELS}}}
    answer = reader.searcher.aggregate(Query.all_query(), wanted)
    return parse_facet_values(answer["labels"]["buckets"])

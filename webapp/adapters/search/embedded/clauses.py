"""Helpers that build tantivy clauses, and the filters of a search as clauses."""

from collections.abc import Iterable

from tantivy import FieldType, Occur, Query, Schema, Searcher, SearchResult

from webapp.adapters.search.port import SearchFilters
from webapp.kit.text import label_key


def term_query(schema: Schema, field: str, value: object) -> Query:
    return Query.term_query(schema, field, value)


def prefix_query(
    schema: Schema, field: str, prefix: str, *, max_edits: int = 0
) -> Query:
    return Query.fuzzy_term_query(
        schema, field, prefix, distance=max_edits, prefix=True
    )


def any_of(queries: Iterable[Query]) -> Query:
    return Query.boolean_query([(Occur.Should, query) for query in queries])


def all_of(queries: Iterable[Query]) -> Query:
    return Query.boolean_query([(Occur.Must, query) for query in queries])


def count_matches(searcher: Searcher, query: Query) -> int:
    return total_matches(searcher.search(query, limit=1))


def total_matches(result: SearchResult) -> int:
    """Total number of matches. Tantivy's type stubs lack this attribute."""
    return int(result.count)  # type: ignore[attr-defined]


def apply_filters(schema: Schema, matching: Query, filters: SearchFilters) -> Query:
    """Restrict a query by every filter that is set, without changing its scores."""
    clauses = [
        Query.const_score_query(clause, 0.0)
        for clause in _filter_clauses(schema, filters)
    ]
    return all_of([matching, *clauses]) if clauses else matching


def _filter_clauses(schema: Schema, filters: SearchFilters) -> Iterable[Query]:
    if filters.category is not None:
        yield term_query(schema, "category_key", label_key(filters.category))
    if filters.brand is not None:
        yield term_query(schema, "brand_key", label_key(filters.brand))
    if filters.min_price is not None or filters.max_price is not None:
        yield Query.range_query(
            schema,
            "price",
            FieldType.Integer,
            filters.min_price,
            filters.max_price,
        )
    if filters.in_stock is not None:
        yield term_query(schema, "in_stock", filters.in_stock)

"""Small words of the query language, and the filters of a search in it."""

from collections.abc import Iterable

from tantivy import FieldType, Occur, Query, Schema, Searcher, SearchResult

from webapp.adapters.search.normalization import label_key
from webapp.adapters.search.port import SearchFilters


def term_query(schema: Schema, field: str, value: object) -> Query:
    return Query.term_query(schema, field, value)


def any_of(queries: Iterable[Query]) -> Query:
    return Query.boolean_query([(Occur.Should, query) for query in queries])


def all_of(queries: Iterable[Query]) -> Query:
    return Query.boolean_query([(Occur.Must, query) for query in queries])


def count_matches(searcher: Searcher, query: Query) -> int:
    return total_matches(searcher.search(query, limit=1))


def total_matches(result: SearchResult) -> int:
    """All that matched. Tantivy's own stubs do not know this attribute."""
    return int(result.count)  # type: ignore[attr-defined]


def apply_filters(schema: Schema, matching: Query, filters: SearchFilters) -> Query:
    """Narrowed by every filter that is set; none of them touches the score."""
    narrowing = [Query.const_score_query(each, 0.0) for each in _each(schema, filters)]
    return all_of([matching, *narrowing]) if narrowing else matching


def _each(schema: Schema, filters: SearchFilters) -> Iterable[Query]:
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

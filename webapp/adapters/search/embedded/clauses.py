"""Helpers that build tantivy clauses, and the filters of a search as clauses."""

from collections.abc import Iterable

from tantivy import FieldType, Occur, Query, Schema, Searcher, SearchResult

from webapp.adapters.search.analysis import QueryWord, split_query
from webapp.adapters.search.embedded.schema import STEMMED_ANALYZER
from webapp.adapters.search.port import SearchFilters
from webapp.adapters.search.sizes import encode_range
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
        (Occur.Must, Query.const_score_query(clause, 0.0))
        for clause in _filter_clauses(schema, filters)
    ]
    clauses += [
        (Occur.MustNot, _states_words(schema, text)) for text in filters.without
    ]
    clauses += [
        (Occur.MustNot, term_query(schema, "id", str(each))) for each in filters.hidden
    ]
    if not clauses:
        return matching
    return Query.boolean_query([(Occur.Must, matching), *clauses])


def _states_words(schema: Schema, text: str) -> Query:
    """Products that say of themselves that they have all of the words."""
    words = split_query(text)
    return (
        all_of(_states_word(schema, word) for word in words)
        if words
        else Query.empty_query()
    )


def _states_word(schema: Schema, word: QueryWord) -> Query:
    return any_of(
        all_of(
            term_query(schema, "stated", term)
            for term in STEMMED_ANALYZER.analyze(" ".join(form))
        )
        for form in word.all_forms
    )


def _filter_clauses(schema: Schema, filters: SearchFilters) -> Iterable[Query]:
    labels = {"category_key": filters.categories, "brand_key": filters.brands}
    for field, names in labels.items():
        if names:
            yield any_of(term_query(schema, field, label_key(name)) for name in names)
    if filters.min_price is not None or filters.max_price is not None:
        yield Query.range_query(
            schema,
            "price",
            FieldType.Integer,
            filters.min_price,
            filters.max_price,
        )
    for sizes in filters.sizes:
        low, high = encode_range(sizes)
        yield Query.range_query(schema, "sizes", FieldType.Integer, low, high)
    if filters.in_stock is not None:
        yield term_query(schema, "in_stock", filters.in_stock)

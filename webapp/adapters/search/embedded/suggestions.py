"""Autocomplete suggestions."""

from collections.abc import Iterator, Sequence
from itertools import islice

from tantivy import Order, Query

from webapp.adapters.search.analysis import index_text, split_words
from webapp.adapters.search.codes import build_code_prefix
from webapp.adapters.search.embedded.clauses import (
    all_of,
    any_of,
    prefix_query,
    term_query,
)
from webapp.adapters.search.embedded.lexicon import Lexicon
from webapp.adapters.search.embedded.pages import read_product_ids
from webapp.adapters.search.embedded.schema import PLAIN_ANALYZER
from webapp.adapters.search.embedded.store import IndexSnapshot
from webapp.adapters.search.port import FacetValue, Suggestion, SuggestionType
from webapp.adapters.search.spelling import MIN_WORD_LENGTH

MAX_LABELS = 3
"""Maximum of categories, and of brands: the rest of the list is for products."""


def autocomplete(
    snapshot: IndexSnapshot, lexicon: Lexicon, text: str, *, limit: int
) -> Sequence[Suggestion]:
    """Suggest categories, brands and products that have all typed words, the last as a
    prefix, and products with a code that begins so. When there are none, allow one typo in the
    last word."""
    words = PLAIN_ANALYZER.analyze(" ".join(split_words(text)))
    if not words:
        return ()
    code = build_code_prefix(text)
    coded = [prefix_query(snapshot.schema, "codes", code)] if code else []
    matching = any_of([_query_names(snapshot, words), *coded])
    suggestions: tuple[Suggestion, ...] = (
        *_suggest_labels(lexicon.categories, words, SuggestionType.CATEGORY),
        *_suggest_labels(lexicon.brands, words, SuggestionType.BRAND),
        *_suggest_products(snapshot, matching, limit=limit),
    )
    if not suggestions and len(words[-1]) >= MIN_WORD_LENGTH:
        similar = _query_names(snapshot, words, max_edits=1)
        suggestions = tuple(_suggest_products(snapshot, similar, limit=limit))
    return suggestions[:limit]


def _query_names(
    snapshot: IndexSnapshot, words: Sequence[str], *, max_edits: int = 0
) -> Query:
    *complete_words, last = words
    return all_of(
        [
            *(term_query(snapshot.schema, "name_words", w) for w in complete_words),
            prefix_query(snapshot.schema, "name_words", last, max_edits=max_edits),
        ]
    )


def _suggest_labels(
    labels: Sequence[FacetValue], words: Sequence[str], kind: SuggestionType
) -> Iterator[Suggestion]:
    matching = (label for label in labels if _matches_prefixes(label.value, words))
    for label in islice(matching, MAX_LABELS):
        yield Suggestion(label.value, kind)


def _matches_prefixes(label: str, words: Sequence[str]) -> bool:
    label_words = PLAIN_ANALYZER.analyze(index_text(label))
    return all(
        any(label_word.startswith(word) for label_word in label_words) for word in words
    )


def _suggest_products(
    snapshot: IndexSnapshot, query: Query, *, limit: int
) -> Sequence[Suggestion]:
    """Bestsellers first; products of the same name once."""
    hits = snapshot.searcher.search(
        query, limit=3 * limit, order_by_field="popularity", order=Order.Desc
    ).hits
    addresses = [address for _, address in hits]
    ids = read_product_ids(snapshot.searcher, addresses)
    by_name: dict[str, Suggestion] = {}
    for address, product_id in zip(addresses, ids, strict=True):
        name = str(snapshot.searcher.doc(address).get_first("name"))
        by_name.setdefault(name, Suggestion(name, SuggestionType.PRODUCT, product_id))
    return tuple(by_name.values())

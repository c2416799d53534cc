"""Completions of what is being typed."""

from collections.abc import Iterator, Sequence
from itertools import islice

from tantivy import Order, Query

from webapp.adapters.search.embedded.clauses import all_of, term_query
from webapp.adapters.search.embedded.lexicon import Lexicon
from webapp.adapters.search.embedded.pages import read_product_ids
from webapp.adapters.search.embedded.schema import PLAIN_ANALYZER
from webapp.adapters.search.embedded.store import IndexSnapshot
from webapp.adapters.search.port import FacetValue, Suggestion, SuggestionType
from webapp.adapters.search.spelling import MIN_WORD_LENGTH

MAX_LABELS = 3
"""Of categories, and of brands: the rest of the list is for products."""


def autocomplete(
    reader: IndexSnapshot, lexicon: Lexicon, text: str, *, limit: int
) -> Sequence[Suggestion]:
    """Categories, brands and products that have the words typed and one that begins like
    the last. When there are none, one slip in the last word is forgiven."""
    words = PLAIN_ANALYZER.analyze(text)
    if not words:
        return ()
    found: tuple[Suggestion, ...] = (
        *_labels(lexicon.categories, words, SuggestionType.CATEGORY),
        *_labels(lexicon.brands, words, SuggestionType.BRAND),
        *_products(reader, words, slips=0, limit=limit),
    )
    if not found and len(words[-1]) >= MIN_WORD_LENGTH:
        found = tuple(_products(reader, words, slips=1, limit=limit))
    return found[:limit]


def _labels(
    labels: Sequence[FacetValue], words: Sequence[str], kind: SuggestionType
) -> Iterator[Suggestion]:
    matching = (label for label in labels if _begins(label.value, words))
    for label in islice(matching, MAX_LABELS):
        yield Suggestion(label.value, kind)


def _begins(label: str, words: Sequence[str]) -> bool:
    parts = PLAIN_ANALYZER.analyze(label)
    return all(any(part.startswith(word) for part in parts) for word in words)


def _products(
    reader: IndexSnapshot, words: Sequence[str], *, slips: int, limit: int
) -> Sequence[Suggestion]:
    """Most sold first; products of the same name once."""
    *whole, last = words
    beginning = Query.fuzzy_term_query(
        reader.schema, "name_words", last, distance=slips, prefix=True
    )
    query = all_of(
        [*(term_query(reader.schema, "name_words", w) for w in whole), beginning]
    )
    hits = reader.searcher.search(
        query, limit=3 * limit, order_by_field="popularity", order=Order.Desc
    ).hits
    addresses = [address for _, address in hits]
    ids = read_product_ids(reader.searcher, addresses)
    named: dict[str, Suggestion] = {}
    for address, product_id in zip(addresses, ids, strict=True):
        name = str(reader.searcher.doc(address).get_first("name"))
        named.setdefault(name, Suggestion(name, SuggestionType.PRODUCT, product_id))
    return tuple(named.values())

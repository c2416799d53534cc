"""Synonyms, pins and hides that admins set: the contract of every engine."""

from uuid import UUID

import pytest

from tests.support.product_documents import product_document
from webapp.adapters.search.port import (
    SearchEngine,
    SearchFilters,
    SearchRequest,
    Sort,
)
from webapp.adapters.search.same_words import add_synonyms

SOFA = product_document("Linen sofa", category="Living", price_minor=900_00)
SETTEE = product_document("Oak davenport", category="Living", price_minor=500_00)
RUG = product_document("Wool rug", category="Floor", price_minor=80_00)
LAMP = product_document("Sofa lamp", category="Light", price_minor=20_00)
PRODUCTS = (SOFA, SETTEE, RUG, LAMP)
DAVENPORT = add_synonyms([(("sofa",), [("davenport",)])])


@pytest.fixture
def filled(index: SearchEngine) -> SearchEngine:
    index.upsert(PRODUCTS)
    return index


def find_ids(index: SearchEngine, text: str, **request: object) -> list[UUID]:
    found = index.search(SearchRequest(text, **request))  # type: ignore[arg-type]
    assert len(found.hits) == found.total
    return [hit.product_id for hit in found.hits]


def test_a_synonym_finds_and_what_was_typed_comes_first(filled: SearchEngine) -> None:
    assert SETTEE.product_id not in find_ids(filled, "sofa")

    found = find_ids(filled, "sofa", synonyms=DAVENPORT)

    assert found[0] == SOFA.product_id
    assert set(found) == {each.product_id for each in (SOFA, SETTEE, LAMP)}


def test_a_synonym_of_one_way_does_not_find_the_other(filled: SearchEngine) -> None:
    assert find_ids(filled, "davenport", synonyms=DAVENPORT) == [SETTEE.product_id]


def test_those_of_the_language_still_count(filled: SearchEngine) -> None:
    assert SOFA.product_id in find_ids(filled, "couch", synonyms=DAVENPORT)


@pytest.mark.parametrize("text", ["sofa", "sofas", "xylophone", "the"])
def test_pinned_products_come_first_in_their_order(
    filled: SearchEngine, text: str
) -> None:
    pinned = (RUG.product_id, LAMP.product_id)

    found = find_ids(filled, text, pinned=pinned)

    assert tuple(found[:2]) == pinned
    assert len(found) == len(set(found))


def test_pinned_products_are_counted_in_totals_facets_and_pages(
    filled: SearchEngine,
) -> None:
    request = SearchRequest("sofa", pinned=(RUG.product_id,), limit=2)

    first = filled.search(request)
    second = filled.search(
        SearchRequest(
            "sofa", pinned=(RUG.product_id,), limit=2, last_key=first.last_key
        )
    )

    assert (first.total, first.exact_total) == (3, 2)
    assert {each.value: each.count for each in first.facets.category}["Floor"] == 1
    shown = [hit.product_id for page in (first, second) for hit in page.hits]
    assert len(shown) == len(set(shown)) == 3


def test_a_pinned_product_that_the_filters_exclude_is_not_shown(
    filled: SearchEngine,
) -> None:
    cheap = SearchFilters(max_price=50_00)

    found = find_ids(filled, "sofa", pinned=(RUG.product_id,), filters=cheap)

    assert found == [LAMP.product_id]


def test_a_list_that_is_sorted_otherwise_has_no_pins(filled: SearchEngine) -> None:
    found = find_ids(filled, "sofa", pinned=(RUG.product_id,), sort=Sort.PRICE)

    assert found == [LAMP.product_id, SOFA.product_id]


def test_hidden_products_are_neither_listed_nor_counted(filled: SearchEngine) -> None:
    hidden = SearchFilters(hidden=(SOFA.product_id, RUG.product_id))

    result = filled.search(SearchRequest("sofa", hidden))
    everything = filled.search(SearchRequest("", hidden))

    assert [hit.product_id for hit in result.hits] == [LAMP.product_id]
    assert [each.value for each in result.facets.category] == ["Light"]
    assert everything.total == 2

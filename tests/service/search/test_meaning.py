"""Products near in meaning, beside those that have the words: the contract of every engine, and
how a search comes to them."""

from uuid import UUID

import pytest

from tests.support.factories import RowFactory
from tests.support.product_documents import product_document
from tests.support.query_embedders import InProcessQueryEmbedder
from webapp.adapters.search.port import (
    ProductDocument,
    SearchEngine,
    SearchFilters,
    SearchRequest,
    Sort,
)
from webapp.bootstrap import Runtime
from webapp.search import indexing, service
from webapp.search.meaning import MIN_SIMILARITY, MeaningSearch, scale_similarity
from webapp.search.vectors import service as vectors

CHAIR = product_document("Ergonomic chair", category="Office", price_minor=300_00)
LAMP = product_document("Back light", category="Light", price_minor=20_00)
SOFA = product_document(
    "Sofa", category="Living", price_minor=900_00, codes=("SF-1000",)
)
PRODUCTS = (CHAIR, LAMP, SOFA)


def find_ids(index: SearchEngine, text: str, **request: object) -> list[UUID]:
    found = index.search(SearchRequest(text, **request))  # type: ignore[arg-type]
    assert len(found.hits) == found.total
    return [hit.product_id for hit in found.hits]


@pytest.mark.parametrize(
    ("near", "expected"),
    [
        ((), [LAMP]),
        (((CHAIR.product_id, 1.0),), [CHAIR, LAMP]),
        (((CHAIR.product_id, 0.01),), [LAMP, CHAIR]),
        (((CHAIR.product_id, 0.9), (SOFA.product_id, 1.0)), [SOFA, CHAIR, LAMP]),
        (((LAMP.product_id, 0.5), (CHAIR.product_id, 0.7)), [LAMP, CHAIR]),
    ],
)
def test_what_is_near_is_found_with_what_has_the_words(
    index: SearchEngine,
    near: tuple[tuple[UUID, float], ...],
    expected: list[ProductDocument],
) -> None:
    index.upsert(PRODUCTS)

    found = find_ids(index, "light", near=near)

    assert found == [each.product_id for each in expected]


def test_what_is_near_is_counted_in_totals_and_facets_and_no_exact_match(
    index: SearchEngine,
) -> None:
    index.upsert(PRODUCTS)

    found = index.search(SearchRequest("light", near=((CHAIR.product_id, 0.5),)))

    assert (found.total, found.exact_total) == (2, 1)
    counts = {each.value: each.count for each in found.facets.category}
    assert counts == {"Office": 1, "Light": 1}


def test_filters_hold_for_what_is_near(index: SearchEngine) -> None:
    index.upsert(PRODUCTS)
    near = ((CHAIR.product_id, 0.5), (SOFA.product_id, 0.5))

    found = find_ids(index, "light", near=near, filters=SearchFilters(max_price=500_00))

    assert SOFA.product_id not in found
    assert CHAIR.product_id in found


def test_words_that_no_product_has_find_what_is_near(index: SearchEngine) -> None:
    index.upsert(PRODUCTS)

    found = find_ids(index, "the", near=((CHAIR.product_id, 0.5),))

    assert found == [CHAIR.product_id]


def test_a_code_means_nothing_else(index: SearchEngine) -> None:
    index.upsert(PRODUCTS)

    found = find_ids(index, "SF-1000", near=((CHAIR.product_id, 1.0),))

    assert found == [SOFA.product_id]


def test_pages_are_of_one_list(index: SearchEngine) -> None:
    index.upsert(PRODUCTS)
    near = ((CHAIR.product_id, 0.9), (SOFA.product_id, 0.8))
    request = SearchRequest("light", near=near, limit=2)

    first = index.search(request)
    second = index.search(
        SearchRequest("light", near=near, limit=2, last_key=first.last_key)
    )

    ids = [hit.product_id for page in (first, second) for hit in page.hits]
    assert len(ids) == len(set(ids)) == 3


@pytest.mark.parametrize(
    ("similarity", "nearness"),
    [(0.0, 0.0), (MIN_SIMILARITY, 0.0), (0.99, 1.0), (0.45, 0.5)],
)
def test_nearness_is_between_nothing_and_all(
    similarity: float, nearness: float
) -> None:
    assert scale_similarity(similarity) == pytest.approx(nearness, abs=0.01)


@pytest.fixture
def meaning(runtime: Runtime) -> MeaningSearch:
    """With three products on sale, one of them for a back that hurts."""
    with runtime.db.unit_of_work() as session:
        rows = RowFactory(session)
        ids = [
            rows.product(name=name, price_minor=price, stock=5).id
            for name, price in (
                ("Office chair with lumbar support against back pain", 300_00),
                ("Garden hose", 20_00),
                ("Copper kettle", 60_00),
            )
        ]
    indexing.rebuild_index(runtime.db, runtime.search)
    vectors.embed_products(runtime.db, runtime.embedder, ids)
    return MeaningSearch(runtime.db, InProcessQueryEmbedder(runtime.embedder))


def search(
    runtime: Runtime, meaning: MeaningSearch | None, request: SearchRequest
) -> service.FoundProducts:
    with runtime.db.autocommit() as session:
        return service.search_products(
            session, engine=runtime.search, request=request, meaning=meaning
        )


def test_a_product_is_found_by_what_is_meant(
    runtime: Runtime, meaning: MeaningSearch
) -> None:
    request = SearchRequest("my spine aches at work")

    found = search(runtime, meaning, request)

    assert found.is_by_meaning
    assert "chair" in found.hits[0].product.name
    assert found.results.exact_total == 0
    assert not search(runtime, None, request).hits


def test_a_price_in_the_text_holds_for_what_is_meant(
    runtime: Runtime, meaning: MeaningSearch
) -> None:
    request = SearchRequest("my spine aches at work under 100")

    assert not search(runtime, meaning, request).hits


def test_a_list_that_is_sorted_otherwise_has_what_is_near_only_if_nothing_has_the_words(
    runtime: Runtime, meaning: MeaningSearch
) -> None:
    kettles = search(runtime, meaning, SearchRequest("kettle spine", sort=Sort.PRICE))
    backs = search(
        runtime, meaning, SearchRequest("my spine aches at work", sort=Sort.PRICE)
    )

    assert [hit.product.name for hit in kettles.hits] == ["Copper kettle"]
    assert ["chair" in hit.product.name for hit in backs.hits[-1:]] == [True]


def test_without_a_vector_in_time_words_answer_alone(
    runtime: Runtime, meaning: MeaningSearch
) -> None:
    away = MeaningSearch(meaning.db, runtime.query_embedder)

    found = search(runtime, away, SearchRequest("kettle"))

    assert not found.is_by_meaning
    assert [hit.product.name for hit in found.hits] == ["Copper kettle"]


def test_where_a_product_has_every_word_nothing_else_is_looked_for(
    runtime: Runtime, meaning: MeaningSearch
) -> None:
    found = search(runtime, meaning, SearchRequest("kettle"))

    assert not found.is_by_meaning
    assert [hit.product.name for hit in found.hits] == ["Copper kettle"]


def test_no_text_means_nothing(runtime: Runtime, meaning: MeaningSearch) -> None:
    found = search(runtime, meaning, SearchRequest(""))

    assert not found.is_by_meaning
    assert found.results.total == 3

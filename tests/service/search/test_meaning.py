"""Products near in meaning, beside those that have the words: the contract of every engine, and
how a search comes to them."""

from dataclasses import replace
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from tests.support.factories import RowFactory
from tests.support.product_documents import product_document
from webapp.adapters.embeddings.port import Vectors
from webapp.adapters.query_embeddings.build import InProcessQueryEmbedder
from webapp.adapters.query_embeddings.port import QueryEmbedder
from webapp.adapters.search.build import build_near_cache
from webapp.adapters.search.port import (
    ProductDocument,
    SearchEngine,
    SearchFilters,
    SearchRequest,
    Sort,
)
from webapp.bootstrap import Runtime
from webapp.kit.clock import utc_now
from webapp.search import indexing, service
from webapp.search.meaning import MIN_SIMILARITY, MeaningSearch, scale_similarity
from webapp.search.rules.models import RuleType
from webapp.search.rules.schemas import RuleBody
from webapp.search.rules.service import create_rule
from webapp.search.rules.trial import TrialPlan, try_rules
from webapp.search.service import MeaningUse
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
        (((CHAIR.product_id, 1.0),), [LAMP, CHAIR]),
        (((CHAIR.product_id, 0.49),), [LAMP]),
        (((CHAIR.product_id, 0.8), (SOFA.product_id, 1.0)), [LAMP, SOFA, CHAIR]),
    ],
)
def test_what_is_near_enough_joins_what_has_every_word(
    index: SearchEngine,
    near: tuple[tuple[UUID, float], ...],
    expected: list[ProductDocument],
) -> None:
    index.upsert(PRODUCTS)

    found = find_ids(index, "light", near=near)

    assert found == [each.product_id for each in expected]


@pytest.mark.parametrize(
    ("near", "expected"),
    [
        (((CHAIR.product_id, 1.0),), [CHAIR, LAMP]),
        (((CHAIR.product_id, 0.1),), [LAMP, CHAIR]),
        (((CHAIR.product_id, 0.9), (SOFA.product_id, 1.0)), [SOFA, CHAIR, LAMP]),
    ],
)
def test_what_is_near_comes_first_where_no_product_has_every_word(
    index: SearchEngine,
    near: tuple[tuple[UUID, float], ...],
    expected: list[ProductDocument],
) -> None:
    index.upsert(PRODUCTS)

    found = find_ids(index, "reading light", near=near)

    assert found == [each.product_id for each in expected]


def test_of_what_has_the_words_the_nearer_comes_first(index: SearchEngine) -> None:
    lights = [product_document(f"{place} light") for place in ("Desk", "Floor", "Wall")]
    others = [product_document(f"Table {number}") for number in range(30)]
    index.upsert([*lights, *others])

    for nearest in lights:
        near = tuple(
            (each.product_id, 0.9 if each is nearest else 0.2) for each in lights
        )
        assert find_ids(index, "light", near=near)[0] == nearest.product_id


def test_a_correction_may_be_left_out(index: SearchEngine) -> None:
    index.upsert(PRODUCTS)

    corrected = index.search(SearchRequest("ergonomik"))
    typed = index.search(SearchRequest("ergonomik", correct_spelling=False))

    assert (corrected.corrected_query, corrected.total) == ("ergonomic", 1)
    assert (typed.corrected_query, typed.total) == (None, 0)


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


@pytest.mark.parametrize("text", ["SF-1000", "sf10"])
def test_a_code_means_nothing_else(index: SearchEngine, text: str) -> None:
    index.upsert(PRODUCTS)

    found = find_ids(index, text, near=((CHAIR.product_id, 1.0),))

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
    return MeaningSearch(
        runtime.db, InProcessQueryEmbedder(runtime.embedder), build_near_cache(kept_s=0)
    )


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

    assert found.meaning_use is MeaningUse.FIRST
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


@pytest.mark.usefixtures("meaning")
def test_without_a_vector_in_time_words_answer_alone(runtime: Runtime) -> None:
    away = MeaningSearch.from_runtime(runtime)

    found = search(runtime, away, SearchRequest("kettle"))

    assert found.meaning_use is MeaningUse.MISSED
    assert [hit.product.name for hit in found.hits] == ["Copper kettle"]


def test_what_is_near_stands_alongside_what_has_the_words(
    runtime: Runtime, meaning: MeaningSearch
) -> None:
    add_product(runtime, "Whistling teapot for the stove")

    found = search(runtime, meaning, SearchRequest("copper kettle"))
    hose = search(runtime, meaning, SearchRequest("garden hose"))

    assert found.meaning_use is MeaningUse.ALONGSIDE
    assert [hit.product.name for hit in found.hits] == [
        "Copper kettle",
        "Whistling teapot for the stove",
    ]
    assert (found.results.total, found.results.exact_total) == (2, 1)
    assert [hit.product.name for hit in hose.hits] == ["Garden hose"]


def test_a_word_is_no_mistake_where_its_correction_finds_nothing_either(
    runtime: Runtime, meaning: MeaningSearch
) -> None:
    add_product(runtime, "Sealing tape")

    found = search(runtime, meaning, SearchRequest("a chair for stealing time"))
    typo = search(runtime, meaning, SearchRequest("coper ketle"))

    assert found.results.corrected_query is None
    assert typo.results.corrected_query == "copper kettle"


def test_what_is_near_is_remembered_by_text_and_filters(meaning: MeaningSearch) -> None:
    embedder = CountingQueryEmbedder(meaning.embedder)
    remembering = MeaningSearch(meaning.db, embedder, build_near_cache())
    forgetting = MeaningSearch(meaning.db, embedder, build_near_cache(kept_s=0))
    cheap = SearchFilters(max_price=100_00)

    first = remembering.find_near("copper kettle", SearchFilters())
    again = remembering.find_near(" Copper  kettle", SearchFilters())
    filtered = remembering.find_near("an office chair", cheap)
    assert (first, embedder.count) == (again, 2)
    assert filtered != remembering.find_near("an office chair", SearchFilters())
    forgetting.find_near("copper kettle", SearchFilters())
    forgetting.find_near("copper kettle", SearchFilters())

    assert embedder.count == 5


class CountingQueryEmbedder:
    def __init__(self, embedder: QueryEmbedder) -> None:
        self.count = 0
        self._embedder = embedder

    def embed_query(self, text: str) -> Vectors | None:
        self.count += 1
        return self._embedder.embed_query(text)


def test_no_text_means_nothing(runtime: Runtime, meaning: MeaningSearch) -> None:
    found = search(runtime, meaning, SearchRequest(""))

    assert found.meaning_use is MeaningUse.NONE
    assert found.results.total == 3


def add_product(runtime: Runtime, name: str) -> None:
    with runtime.db.unit_of_work() as session:
        product = RowFactory(session).product(name=name, price_minor=50_00, stock=5)
        product_id = product.id
    indexing.rebuild_index(runtime.db, runtime.search)
    vectors.embed_products(runtime.db, runtime.embedder, [product_id])


class FailingEverySecondTime:
    def __init__(self, embedder: QueryEmbedder) -> None:
        self.count = 0
        self._embedder = embedder

    def embed_query(self, text: str) -> Vectors | None:
        self.count += 1
        return None if self.count % 2 else self._embedder.embed_query(text)


def test_a_vector_that_is_late_is_no_effect_of_a_tried_rule(
    runtime: Runtime, meaning: MeaningSearch
) -> None:
    text = "my spine aches at work"
    rule = RuleBody(type=RuleType.REDIRECT, query=text, target="/pages/backs")
    with runtime.db.unit_of_work() as session:
        create_rule(session, rule, now=utc_now())
    late = replace(meaning, embedder=FailingEverySecondTime(meaning.embedder))

    with runtime.db.autocommit() as session:
        outcome = try_rules(
            session,
            engine=runtime.search,
            meaning=late,
            plan=TrialPlan((), 0, {}),
            zone=ZoneInfo("UTC"),
            now=utc_now(),
        )

    [change] = outcome.changes
    assert change.redirect == "/pages/backs"
    assert (change.total_before, change.total_after) == (0, 0)

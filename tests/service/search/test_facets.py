from tests.support.product_documents import product_document
from webapp.adapters.search.port import (
    Facets,
    FacetValue,
    PriceBucket,
    SearchEngine,
    SearchFilters,
    SearchRequest,
)

PRODUCTS = (
    product_document("Lamp", category="Light", brand="Acme", price_minor=24_99),
    product_document("Lamp", category="Light", brand="Bolt", price_minor=25_00),
    product_document(
        "Lamp", category="Toys", brand="Acme", price_minor=2000_00, in_stock=False
    ),
    product_document("Rug", category="Floor", brand="Acme", price_minor=1_00),
)


def test_facets_count_the_matching_products(index: SearchEngine) -> None:
    index.upsert(PRODUCTS)

    assert index.search(SearchRequest("lamp")).facets == Facets(
        category=(FacetValue("Light", 2), FacetValue("Toys", 1)),
        brand=(FacetValue("Acme", 2), FacetValue("Bolt", 1)),
        price=(
            PriceBucket(0, 24_99, 1),
            PriceBucket(25_00, 49_99, 1),
            PriceBucket(1000_00, None, 1),
        ),
        in_stock=2,
        out_of_stock=1,
    )


def test_a_filter_finds_a_label_by_any_of_its_spellings(index: SearchEngine) -> None:
    index.upsert([product_document("Lamp", category="Light")])
    index.upsert([product_document("Lamp", category="Toys")])

    light = index.search(SearchRequest("lamp", SearchFilters(categories=(" liGht",))))

    assert light.total == 1


def test_a_facet_ignores_its_own_filter_and_applies_the_others(
    index: SearchEngine,
) -> None:
    index.upsert(PRODUCTS)

    facets = index.search(
        SearchRequest("lamp", SearchFilters(categories=("Light",)))
    ).facets

    assert facets.category == (FacetValue("Light", 2), FacetValue("Toys", 1))
    assert facets.brand == (FacetValue("Acme", 1), FacetValue("Bolt", 1))
    assert (facets.in_stock, facets.out_of_stock) == (2, 0)


def test_a_price_range_is_the_filter_that_yields_its_count(
    index: SearchEngine,
) -> None:
    index.upsert(PRODUCTS)

    for prices in index.search(SearchRequest("")).facets.price:
        inside = SearchFilters(min_price=prices.low, max_price=prices.high)
        assert index.search(SearchRequest("", inside)).total == prices.count

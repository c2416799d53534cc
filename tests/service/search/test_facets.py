from tests.support.entries import entry
from webapp.adapters.search.port import (
    Facets,
    FacetValue,
    Filters,
    PriceRange,
    Query,
    SearchEngine,
)

SHELF = (
    entry("Lamp", category="Light", brand="Acme", price_minor=24_99),
    entry("Lamp", category="Light", brand="Bolt", price_minor=25_00),
    entry("Lamp", category="Toys", brand="Acme", price_minor=2000_00, in_stock=False),
    entry("Rug", category="Floor", brand="Acme", price_minor=1_00),
)


def test_facets_count_what_was_found(index: SearchEngine) -> None:
    index.put(SHELF)

    assert index.search(Query("lamp")).facets == Facets(
        category=(FacetValue("Light", 2), FacetValue("Toys", 1)),
        brand=(FacetValue("Acme", 2), FacetValue("Bolt", 1)),
        price=(
            PriceRange(0, 24_99, 1),
            PriceRange(25_00, 49_99, 1),
            PriceRange(1000_00, None, 1),
        ),
        in_stock=2,
        out_of_stock=1,
    )


def test_a_facet_leaves_its_own_filter_out_and_heeds_the_others(
    index: SearchEngine,
) -> None:
    index.put(SHELF)

    facets = index.search(Query("lamp", Filters(category="Light"))).facets

    assert facets.category == (FacetValue("Light", 2), FacetValue("Toys", 1))
    assert facets.brand == (FacetValue("Acme", 1), FacetValue("Bolt", 1))
    assert (facets.in_stock, facets.out_of_stock) == (2, 0)


def test_a_price_range_is_the_filter_that_finds_what_it_counts(
    index: SearchEngine,
) -> None:
    index.put(SHELF)

    for prices in index.search(Query("")).facets.price:
        inside = Filters(min_price=prices.low, max_price=prices.high)
        assert index.search(Query("", inside)).total == prices.count

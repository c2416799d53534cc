"""Sizes that products name, and what they say of themselves, as filters of both engines."""

import pytest

from tests.support.product_documents import product_document
from webapp.adapters.search.port import (
    SearchEngine,
    SearchFilters,
    SearchRequest,
    SizeRange,
)
from webapp.kit.quantities import Quantity, SizeKind

GB_16 = Quantity(SizeKind.STORAGE, 16_000)
CM_60 = Quantity(SizeKind.LENGTH, 6000)
CM_80 = Quantity(SizeKind.LENGTH, 8000)


def find_names(index: SearchEngine, text: str, filters: SearchFilters) -> set[str]:
    found = index.search(SearchRequest(text, filters, limit=50))
    names = {hit.highlight["name"][0] for hit in found.hits}
    assert len(found.hits) == found.total
    return {name.replace("<em>", "").replace("</em>", "") for name in names}


@pytest.mark.parametrize(
    ("low", "high", "names"),
    [
        (5900, 6100, {"Small screen"}),
        (None, 6000, {"Small screen"}),
        (6001, None, {"Large screen"}),
        (6000, 8000, {"Small screen", "Large screen"}),
        (15_000, 17_000, set()),
        (7000, 6000, set()),
    ],
)
def test_one_of_the_sizes_of_a_product_is_within(
    index: SearchEngine, low: int | None, high: int | None, names: set[str]
) -> None:
    index.upsert(
        [
            product_document("Small screen", sizes=(GB_16, CM_60)),
            product_document("Large screen", sizes=(CM_80,)),
            product_document("Screen"),
        ]
    )
    size = SizeRange(SizeKind.LENGTH, low, high)

    assert find_names(index, "screen", SearchFilters(sizes=(size,))) == names


def test_each_of_several_sizes_is_wanted(index: SearchEngine) -> None:
    index.upsert(
        [
            product_document("Tablet", sizes=(GB_16, CM_60)),
            product_document("Other tablet", sizes=(CM_60,)),
        ]
    )
    sizes = (
        SizeRange(SizeKind.STORAGE, 16_000, 16_000),
        SizeRange(SizeKind.LENGTH, 6000, 6000),
    )

    assert find_names(index, "tablet", SearchFilters(sizes=sizes)) == {"Tablet"}


@pytest.mark.parametrize(
    ("without", "names"),
    [
        ("wireless", {"Keyboard", "Quiet keyboard"}),
        ("WIRELESS", {"Keyboard", "Quiet keyboard"}),
        ("black keys", {"Air keyboard", "Keyboard"}),
        ("acme", {"Keyboard", "Quiet keyboard"}),
        ("in-ear", {"Air keyboard", "Keyboard", "Quiet keyboard"}),
        ("?!", {"Air keyboard", "Keyboard", "Quiet keyboard"}),
    ],
)
def test_what_says_that_it_has_something_is_left_out(
    index: SearchEngine, without: str, names: set[str]
) -> None:
    index.upsert(
        [
            product_document(
                "Air keyboard", brand="Acme", description="Wireless. White keys."
            ),
            product_document("Keyboard", description="Without wireless parts. Black."),
            product_document("Quiet keyboard", attributes="keys black"),
        ]
    )

    found = find_names(index, "keyboard", SearchFilters(without=(without,)))

    assert found == names


def test_what_is_left_out_is_in_no_facet_and_in_no_list_of_all(
    index: SearchEngine,
) -> None:
    index.upsert(
        [
            product_document("Red mug", category="Mugs"),
            product_document("Blue mug", category="Mugs"),
        ]
    )

    found = index.search(SearchRequest("", SearchFilters(without=("red",))))

    assert found.total == 1
    assert [each.count for each in found.facets.category] == [1]

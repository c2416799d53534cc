from uuid import UUID

import pytest

from tests.support.product_documents import product_document
from webapp.adapters.search.port import SearchEngine, SearchRequest, Sort
from webapp.kit.paging import BadCursor, encode_cursor


@pytest.mark.parametrize("sort", Sort)
def test_pages_hold_every_product_once(index: SearchEngine, sort: Sort) -> None:
    lamps = [product_document("Lamp", price_minor=number // 3) for number in range(23)]
    index.upsert(lamps)

    seen, last_key = [], None
    for expected in (10, 10, 3):
        page = index.search(
            SearchRequest("lamp", sort=sort, limit=10, last_key=last_key)
        )
        assert (len(page.hits), page.total) == (expected, 23)
        seen += [hit.product_id for hit in page.hits]
        last_key = page.last_key

    assert last_key is None
    assert sorted(seen) == sorted(lamp.product_id for lamp in lamps)


def test_a_product_added_between_pages_repeats_no_other(
    index: SearchEngine,
) -> None:
    lamps = [product_document("Lamp", price_minor=number) for number in range(10, 16)]
    index.upsert(lamps)
    first = index.search(SearchRequest("lamp", sort=Sort.PRICE, limit=3))

    index.upsert([product_document("Lamp", price_minor=1)])
    second = index.search(
        SearchRequest("lamp", sort=Sort.PRICE, limit=3, last_key=first.last_key)
    )

    assert [hit.product_id for hit in second.hits] == [
        lamp.product_id for lamp in lamps[3:]
    ]


@pytest.mark.parametrize(
    "last_key",
    [
        "x",
        encode_cursor([1]),
        encode_cursor([-5, str(UUID(int=7))]),
        encode_cursor([1, "x"]),
    ],
)
def test_a_forged_cursor_is_rejected(index: SearchEngine, last_key: str) -> None:
    with pytest.raises(BadCursor):
        index.search(SearchRequest("lamp", last_key=last_key))

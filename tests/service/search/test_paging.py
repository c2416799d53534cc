from dataclasses import replace
from datetime import timedelta
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


LAST_OF_PAGE, ELSEWHERE, WITHDRAWN = 9, 4, 7
"""Places of hits that change once their page of ten was shown."""


@pytest.mark.parametrize("sort", Sort)
@pytest.mark.parametrize("moved_to", [0, 99_000_00])
def test_changes_of_shown_products_neither_skip_nor_repeat_others(
    index: SearchEngine, sort: Sort, moved_to: int
) -> None:
    lamps = {
        lamp.product_id: lamp
        for number in range(73)
        for lamp in [
            product_document(
                "Lamp" if number % 3 else "Desk lamp",
                price_minor=1000 + number // 7,
                age_days=number // 5,
                description="A lamp " * (number % 11),
            )
        ]
    }
    index.upsert(lamps.values())

    seen: list[UUID] = []
    changed: set[UUID] = set()
    last_key = None
    while True:
        page = index.search(
            SearchRequest("lamp", sort=sort, limit=10, last_key=last_key)
        )
        ids = [hit.product_id for hit in page.hits]
        seen += ids
        if page.last_key is None:
            break
        last_key = page.last_key
        edited = [ids[LAST_OF_PAGE], ids[ELSEWHERE]]
        index.delete([ids[WITHDRAWN]])
        index.upsert(
            replace(
                lamps[product_id],
                name="Lamp lamp" if moved_to else "Shade",
                price_minor=moved_to,
                created_at=lamps[product_id].created_at
                + timedelta(days=1000 if moved_to else -1000),
                version=2,
            )
            for product_id in edited
        )
        changed |= {*edited, ids[WITHDRAWN]}

    unchanged = [product_id for product_id in seen if product_id not in changed]
    assert len(changed) > 15
    assert sorted(unchanged) == sorted(lamps.keys() - changed)


@pytest.mark.parametrize("sort", Sort)
def test_a_page_that_was_withdrawn_as_a_whole_hides_no_other(
    index: SearchEngine, sort: Sort
) -> None:
    lamps = [product_document("Lamp", price_minor=number) for number in range(9)]
    index.upsert(lamps)
    first = index.search(SearchRequest("lamp", sort=sort, limit=3))

    index.delete([hit.product_id for hit in first.hits])
    rest = index.search(
        SearchRequest("lamp", sort=sort, limit=9, last_key=first.last_key)
    )

    shown = [hit.product_id for hit in (*first.hits, *rest.hits)]
    assert sorted(shown) == [lamp.product_id for lamp in lamps]


@pytest.mark.parametrize("sort", Sort)
@pytest.mark.parametrize(
    "last_key",
    [
        "x",
        encode_cursor([1]),
        encode_cursor([-5, str(UUID(int=7))]),
        encode_cursor([1, "x"]),
        encode_cursor([1, ""]),
        encode_cursor([2**70, "AAAAAA=="]),
        encode_cursor([2**70, str(UUID(int=7))]),
        encode_cursor([1, "x", 1]),
        encode_cursor([10**400, str(UUID(int=7)), 1]),
        encode_cursor([1, str(UUID(int=7)), -1]),
        encode_cursor([1, str(UUID(int=7)), 2**70]),
    ],
)
def test_a_forged_cursor_is_rejected(
    index: SearchEngine, sort: Sort, last_key: str
) -> None:
    with pytest.raises(BadCursor):
        index.search(SearchRequest("lamp", sort=sort, last_key=last_key))

"""Writes and rebuilds: the contract of every engine."""

from collections.abc import Iterator
from dataclasses import replace

from tests.support.product_documents import product_document
from webapp.adapters.search.port import (
    DocumentVersion,
    ProductDocument,
    SearchEngine,
    SearchRequest,
)


def test_a_changed_product_replaces_its_previous_version(index: SearchEngine) -> None:
    lamp = product_document("Lamp")
    index.upsert([lamp])
    index.upsert([replace(lamp, name="Lantern", version=2)])

    [hit] = index.search(SearchRequest("lantern")).hits
    assert (hit.product_id, hit.version) == (lamp.product_id, 2)
    assert index.search(SearchRequest("lamp")).total == 0


def test_a_deleted_product_is_not_found(index: SearchEngine) -> None:
    lamp, rug = product_document("Lamp"), product_document("Rug")
    index.upsert([lamp, rug])
    index.delete([lamp.product_id])

    assert index.search(SearchRequest("lamp")).total == 0
    assert index.search(SearchRequest("")).total == 1


def test_deleting_a_missing_product_is_no_error(index: SearchEngine) -> None:
    index.delete([product_document("Lamp").product_id])

    assert index.list_versions() == {}


def test_versions_list_what_the_index_holds(index: SearchEngine) -> None:
    lamp, rug = (
        product_document("Lamp", version=3),
        product_document("Rug", in_stock=False),
    )
    index.upsert([lamp, rug])

    assert index.list_versions() == {
        lamp.product_id: DocumentVersion(3, in_stock=True),
        rug.product_id: DocumentVersion(1, in_stock=False),
    }


def test_a_rebuild_holds_only_what_it_was_given(index: SearchEngine) -> None:
    old, new = product_document("Lamp old"), product_document("Lamp new")
    index.upsert([old])

    assert index.rebuild(iter([new])) == 1

    assert [hit.product_id for hit in index.search(SearchRequest("lamp")).hits] == [
        new.product_id
    ]


def test_the_old_index_answers_while_the_new_one_is_built(
    index: SearchEngine,
) -> None:
    index.upsert([product_document("Lamp")])
    totals = []

    def search_between_documents() -> Iterator[ProductDocument]:
        totals.append(index.search(SearchRequest("lamp")).total)
        yield product_document("Lamp")
        totals.append(index.search(SearchRequest("lamp")).total)
        yield product_document("Lamp")

    index.rebuild(search_between_documents())

    assert totals == [1, 1]
    assert index.search(SearchRequest("lamp")).total == 2

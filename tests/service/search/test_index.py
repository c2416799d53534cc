"""What every engine does with what it is told."""

from collections.abc import Iterator
from dataclasses import replace

from tests.support.entries import entry
from webapp.adapters.search.port import (
    ProductEntry,
    Query,
    SearchEngine,
    Stamp,
)


def test_a_changed_product_replaces_the_one_before(index: SearchEngine) -> None:
    lamp = entry("Lamp")
    index.put([lamp])
    index.put([replace(lamp, name="Lantern", version=2)])

    [hit] = index.search(Query("lantern")).hits
    assert (hit.product_id, hit.version) == (lamp.product_id, 2)
    assert index.search(Query("lamp")).total == 0


def test_a_removed_product_is_not_found(index: SearchEngine) -> None:
    lamp, rug = entry("Lamp"), entry("Rug")
    index.put([lamp, rug])
    index.remove([lamp.product_id])

    assert index.search(Query("lamp")).total == 0
    assert index.search(Query("")).total == 1


def test_removing_what_is_not_there_is_no_error(index: SearchEngine) -> None:
    index.remove([entry("Lamp").product_id])

    assert index.stamps() == {}


def test_stamps_say_what_the_index_holds(index: SearchEngine) -> None:
    lamp, rug = entry("Lamp", version=3), entry("Rug", in_stock=False)
    index.put([lamp, rug])

    assert index.stamps() == {
        lamp.product_id: Stamp(3, in_stock=True),
        rug.product_id: Stamp(1, in_stock=False),
    }


def test_a_rebuild_holds_only_what_it_was_given(index: SearchEngine) -> None:
    old, new = entry("Lamp old"), entry("Lamp new")
    index.put([old])

    assert index.rebuild(iter([new])) == 1

    assert [hit.product_id for hit in index.search(Query("lamp")).hits] == [
        new.product_id
    ]


def test_the_old_index_answers_while_the_new_one_is_built(
    index: SearchEngine,
) -> None:
    index.put([entry("Lamp")])
    totals = []

    def slowly() -> Iterator[ProductEntry]:
        totals.append(index.search(Query("lamp")).total)
        yield entry("Lamp")
        totals.append(index.search(Query("lamp")).total)
        yield entry("Lamp")

    index.rebuild(slowly())

    assert totals == [1, 1]
    assert index.search(Query("lamp")).total == 2

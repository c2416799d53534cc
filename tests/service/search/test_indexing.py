"""The index follows the database."""

from collections.abc import Iterable
from uuid import UUID

import pytest

from tests.support.factories import RowFactory
from webapp.adapters.search.embedded.search import EmbeddedSearchEngine
from webapp.adapters.search.port import ProductDocument, SearchRequest
from webapp.bootstrap import Runtime
from webapp.catalog import service as catalog
from webapp.catalog.models import Product
from webapp.catalog.read_models import ProductRow
from webapp.search import indexing, service
from webapp.search.indexing import IndexDrift


def sell(runtime: Runtime, *names: str, stock: int = 5) -> list[UUID]:
    with runtime.db.unit_of_work() as session:
        make = RowFactory(session)
        return [make.product(name=name, stock=stock).id for name in names]


def found(runtime: Runtime, text: str) -> list[UUID]:
    return [hit.product_id for hit in runtime.search.search(SearchRequest(text)).hits]


def withdraw(runtime: Runtime, product_id: UUID) -> None:
    with runtime.db.unit_of_work() as session:
        catalog.withdraw_product(session, product_id=product_id)


def test_the_first_change_builds_the_whole_index(runtime: Runtime) -> None:
    lamp, rug = sell(runtime, "Lamp", "Rug")

    indexing.index_products(runtime.db, runtime.search, [lamp])

    assert found(runtime, "lamp") == [lamp]
    assert found(runtime, "rug") == [rug]


def test_a_withdrawn_product_leaves_the_index(runtime: Runtime) -> None:
    [lamp] = sell(runtime, "Lamp")
    indexing.rebuild_index(runtime.db, runtime.search)
    withdraw(runtime, lamp)

    indexing.index_products(runtime.db, runtime.search, [lamp])

    assert found(runtime, "lamp") == []


def test_a_product_withdrawn_while_it_is_written_does_not_stay(
    runtime: Runtime,
) -> None:
    [lamp] = sell(runtime, "Lamp")
    indexing.rebuild_index(runtime.db, runtime.search)

    class Overtaken(EmbeddedSearchEngine):
        """Another job withdraws the product between our reading and our writing."""

        def upsert(self, entries: Iterable[ProductDocument]) -> None:
            withdraw(runtime, lamp)
            super().delete([lamp])
            super().upsert(entries)

    late = Overtaken(runtime.settings.var_dir / "search")
    indexing.index_products(runtime.db, late, [lamp])

    assert found(runtime, "lamp") == []


def test_products_put_while_the_index_is_rebuilt_are_in_the_new_one(
    runtime: Runtime,
) -> None:
    [lamp] = sell(runtime, "Lamp")
    indexing.rebuild_index(runtime.db, runtime.search)

    class Slow(EmbeddedSearchEngine):
        """A product comes to the old index after the last was read for the new."""

        def rebuild(self, entries: Iterable[ProductDocument]) -> int:
            read = list(entries)
            [rug] = sell(runtime, "Rug")
            indexing.index_products(runtime.db, runtime.search, [rug])
            return super().rebuild(read)

    indexing.rebuild_index(runtime.db, Slow(runtime.settings.var_dir / "search"))

    assert found(runtime, "lamp") == [lamp]
    assert len(found(runtime, "rug")) == 1


def test_drift_is_found_by_version_and_availability_and_healed(
    runtime: Runtime,
) -> None:
    kept, changed, sold_out, extra = sell(runtime, "Kept", "Old", "Last", "Extra")
    indexing.rebuild_index(runtime.db, runtime.search)
    [missing] = sell(runtime, "Missing")
    with runtime.db.unit_of_work() as session:
        product = catalog.require_product(session, product_id=changed)
        product.name, product.version = "New", 2
        [variant] = catalog.require_product(session, product_id=sold_out).variants
        variant.held = variant.on_hand
    withdraw(runtime, extra)

    drift = indexing.heal_index(runtime.db, runtime.search)

    assert drift == IndexDrift(missing=1, outdated=2, orphaned=1)
    assert found(runtime, "new") == [changed]
    assert found(runtime, "missing") == [missing]
    assert found(runtime, "extra") == []
    assert found(runtime, "kept") == [kept]
    assert indexing.find_drift(runtime.db, runtime.search) == (IndexDrift(0, 0, 0), [])


def test_healing_a_missing_index_builds_it(runtime: Runtime) -> None:
    [lamp] = sell(runtime, "Lamp")

    assert indexing.heal_index(runtime.db, runtime.search) == IndexDrift(1, 0, 0)
    assert found(runtime, "lamp") == [lamp]


def test_many_products_are_read_in_batches(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "BATCH", 2)
    lamps = sell(runtime, *["Lamp"] * 5)

    assert indexing.rebuild_index(runtime.db, runtime.search) == 5
    indexing.index_products(runtime.db, runtime.search, lamps)

    assert sorted(found(runtime, "lamp")) == sorted(lamps)


def test_a_page_shows_the_price_and_stock_of_this_moment_in_two_statements(
    runtime: Runtime, statements: list[str]
) -> None:
    lamps = sell(runtime, *["Lamp"] * 4)
    indexing.rebuild_index(runtime.db, runtime.search)
    with runtime.db.unit_of_work() as session:
        product = catalog.require_product(session, product_id=lamps[0])
        product.variants[0].price_minor = 123
    result = runtime.search.search(SearchRequest("lamp"))
    statements.clear()

    with runtime.db.unit_of_work() as session:
        products = service.load_product_hits(session, result=result)
        prices = {price_of(each.product) for each in products}

    assert [each.product.id for each in products] == [
        hit.product_id for hit in result.hits
    ]
    assert prices == {123, 2500}
    assert len(statements) == 2


def price_of(product: Product | ProductRow) -> int:
    return product.variants[0].price_minor


def test_a_product_withdrawn_since_it_was_indexed_is_not_shown(
    runtime: Runtime,
) -> None:
    gone, kept = sell(runtime, "Lamp", "Lamp")
    indexing.rebuild_index(runtime.db, runtime.search)
    withdraw(runtime, gone)
    result = runtime.search.search(SearchRequest("lamp"))

    with runtime.db.unit_of_work() as session:
        products = service.load_product_hits(session, result=result)

    assert [each.product.id for each in products] == [kept]

"""Indexing: the index follows the database."""

from collections.abc import Iterable
from uuid import UUID

import pytest
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from tests.support.factories import RowFactory
from webapp.adapters.search.embedded.search import EmbeddedSearchEngine
from webapp.adapters.search.port import ProductDocument, SearchRequest, SearchResults
from webapp.bootstrap import Runtime
from webapp.catalog import service as catalog
from webapp.catalog.models import Product, Variant
from webapp.catalog.read_models import ProductRow
from webapp.search import indexing, service
from webapp.search.indexing import IndexDrift


def add_products(runtime: Runtime, *names: str, stock: int = 5) -> list[UUID]:
    with runtime.db.unit_of_work() as session:
        rows = RowFactory(session)
        return [rows.product(name=name, stock=stock).id for name in names]


def find_ids(runtime: Runtime, text: str) -> list[UUID]:
    return [hit.product_id for hit in runtime.search.search(SearchRequest(text)).hits]


def withdraw(runtime: Runtime, product_id: UUID) -> None:
    with runtime.db.unit_of_work() as session:
        catalog.withdraw_product(session, product_id=product_id)


def test_the_first_change_builds_the_whole_index(runtime: Runtime) -> None:
    lamp, rug = add_products(runtime, "Lamp", "Rug")

    indexing.index_products(runtime.db, runtime.search, [lamp])

    assert find_ids(runtime, "lamp") == [lamp]
    assert find_ids(runtime, "rug") == [rug]


def test_equal_hits_are_found_in_the_order_in_which_products_were_created(
    runtime: Runtime,
) -> None:
    products = add_products(runtime, "Copper Kettle", "Glass Kettle", "Travel Kettle")
    with runtime.db.unit_of_work() as session:  # PostgreSQL moves changed rows
        for product_id in reversed(products):
            session.execute(
                update(Product).where(Product.id == product_id).values(brand="Acme")
            )
        session.execute(text("ANALYZE products"))  # a few rows are read as they lie

    indexing.rebuild_index(runtime.db, runtime.search)

    assert find_ids(runtime, "kettle") == products


def test_a_withdrawn_product_leaves_the_index(runtime: Runtime) -> None:
    [lamp] = add_products(runtime, "Lamp")
    indexing.rebuild_index(runtime.db, runtime.search)
    withdraw(runtime, lamp)

    indexing.index_products(runtime.db, runtime.search, [lamp])

    assert find_ids(runtime, "lamp") == []


def test_a_product_withdrawn_while_it_is_indexed_does_not_stay(
    runtime: Runtime,
) -> None:
    [lamp] = add_products(runtime, "Lamp")
    indexing.rebuild_index(runtime.db, runtime.search)

    class OvertakenEngine(EmbeddedSearchEngine):
        """Another job withdraws the product between reading and writing it."""

        def upsert(self, documents: Iterable[ProductDocument]) -> None:
            withdraw(runtime, lamp)
            super().delete([lamp])
            super().upsert(documents)

    overtaken = OvertakenEngine(runtime.settings.var_dir / "search")
    indexing.index_products(runtime.db, overtaken, [lamp])

    assert find_ids(runtime, "lamp") == []


def test_products_upserted_during_a_rebuild_are_in_the_new_index(
    runtime: Runtime,
) -> None:
    [lamp] = add_products(runtime, "Lamp")
    indexing.rebuild_index(runtime.db, runtime.search)

    class SlowEngine(EmbeddedSearchEngine):
        """A product enters the old index after the last one was read for the new."""

        def rebuild(self, documents: Iterable[ProductDocument]) -> int:
            documents_read = list(documents)
            [rug] = add_products(runtime, "Rug")
            indexing.index_products(runtime.db, runtime.search, [rug])
            return super().rebuild(documents_read)

    indexing.rebuild_index(runtime.db, SlowEngine(runtime.settings.var_dir / "search"))

    assert find_ids(runtime, "lamp") == [lamp]
    assert len(find_ids(runtime, "rug")) == 1


def test_drift_in_version_and_availability_is_found_and_repaired(
    runtime: Runtime,
) -> None:
    unchanged, changed, sold_out, extra = add_products(
        runtime, "Kept", "Old", "Last", "Extra"
    )
    indexing.rebuild_index(runtime.db, runtime.search)
    [missing] = add_products(runtime, "Missing")
    with runtime.db.unit_of_work() as session:
        product = session.get_one(Product, changed)
        product.name, product.version = "New", 2
        change_variant(session, sold_out, held=Variant.on_hand)
    withdraw(runtime, extra)

    drift = indexing.repair_index(runtime.db, runtime.search)

    assert drift == IndexDrift(missing=1, outdated=2, orphaned=1)
    assert find_ids(runtime, "new") == [changed]
    assert find_ids(runtime, "missing") == [missing]
    assert find_ids(runtime, "extra") == []
    assert find_ids(runtime, "kept") == [unchanged]
    assert indexing.find_drift(runtime.db, runtime.search) == (IndexDrift(0, 0, 0), [])


def test_repairing_a_missing_index_builds_it(runtime: Runtime) -> None:
    [lamp] = add_products(runtime, "Lamp")

    assert indexing.repair_index(runtime.db, runtime.search) == IndexDrift(1, 0, 0)
    assert find_ids(runtime, "lamp") == [lamp]


def test_many_products_are_read_in_batches(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "BATCH_SIZE", 2)
    lamps = add_products(runtime, *["Lamp"] * 5)

    assert indexing.rebuild_index(runtime.db, runtime.search) == 5
    indexing.index_products(runtime.db, runtime.search, lamps)

    assert sorted(find_ids(runtime, "lamp")) == sorted(lamps)


def test_a_page_shows_current_price_and_stock_in_one_statement(
    runtime: Runtime, statements: list[str]
) -> None:
    lamps = add_products(runtime, *["Lamp"] * 4)
    indexing.rebuild_index(runtime.db, runtime.search)
    with runtime.db.unit_of_work() as session:
        change_variant(session, lamps[0], price_minor=123)
    statements.clear()

    with runtime.db.unit_of_work() as session:
        found = service.search_products(
            session, engine=runtime.search, request=SearchRequest("lamp")
        )
        prices = {price_of(each.product) for each in found.hits}

    assert [each.product.id for each in found.hits] == [
        hit.product_id for hit in found.results.hits
    ]
    assert prices == {123, 2500}
    assert len(statements) == 1


def change_variant(session: Session, product_id: UUID, **values: object) -> None:
    session.execute(
        update(Variant).where(Variant.product_id == product_id).values(**values)
    )


def price_of(product: Product | ProductRow) -> int:
    return product.variants[0].price_minor


def test_a_product_withdrawn_since_it_was_indexed_is_not_shown(
    runtime: Runtime,
) -> None:
    gone, kept = add_products(runtime, "Lamp", "Lamp")
    indexing.rebuild_index(runtime.db, runtime.search)
    withdraw(runtime, gone)

    with runtime.db.unit_of_work() as session:
        found = service.search_products(
            session, engine=runtime.search, request=SearchRequest("lamp")
        )

    assert [each.product.id for each in found.hits] == [kept]


def test_no_transaction_is_open_while_the_engine_is_called(
    runtime: Runtime, statements: list[str]
) -> None:
    """A session begins its transaction with its first statement."""
    statements_before: list[int] = []

    class ObservedEngine(EmbeddedSearchEngine):
        def search(self, request: SearchRequest) -> SearchResults:
            statements_before.append(len(statements))
            return super().search(request)

    add_products(runtime, "Lamp")
    indexing.rebuild_index(runtime.db, runtime.search)
    engine = ObservedEngine(runtime.settings.var_dir / "search")
    statements.clear()
    with runtime.db.unit_of_work() as session:
        service.search_products(session, engine=engine, request=SearchRequest("lamp"))

    assert statements_before == [0]

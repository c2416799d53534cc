import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.support.factories import RowFactory
from webapp.catalog import repository, upsert
from webapp.catalog.drafts import ProductDetails, ProductUpsert, VariantUpsert
from webapp.catalog.errors import SkuTaken
from webapp.catalog.models import Product, StockMovement, Variant
from webapp.catalog.references import build_own_reference
from webapp.catalog.upsert import UpsertOutcome, UpsertResult
from webapp.db.outbox import OutboxMessage
from webapp.kit.money import Currency

DETAILS = ProductDetails(name="Kettle", category="Kitchen", currency=Currency.USD)


def draft(
    reference: str, sku: str, *, price_minor: int = 100, stock: int = 4
) -> ProductUpsert:
    variant = VariantUpsert(sku, {}, price_minor, stock, is_stock_counted=True)
    return ProductUpsert(reference, DETAILS, variant, has_siblings=True)


def test_each_draft_has_a_result_in_its_place(
    session: Session, make: RowFactory
) -> None:
    lamp = make.product(name="Lamp")
    own = build_own_reference(lamp.id)
    drafts = [
        draft("acme:1", "A1"),
        draft("acme:2", lamp.variants[0].sku),
        draft(own, lamp.variants[0].sku),
        draft(own, "A3"),
        draft("acme:1", "A4"),
    ]
    rejected = UpsertResult(
        UpsertOutcome.REJECTED, f"the SKU belongs to {build_own_reference(lamp.id)}"
    )
    created = UpsertResult(UpsertOutcome.CREATED)
    updated = UpsertResult(UpsertOutcome.UPDATED)

    results = upsert.upsert_products(session, drafts)
    again = upsert.upsert_products(session, drafts)

    assert results == [created, rejected, updated, created, created]
    unchanged = UpsertResult(UpsertOutcome.UNCHANGED)
    assert again == [unchanged, rejected, unchanged, unchanged, unchanged]
    assert [each.sku for each in lamp.variants] == [lamp.variants[0].sku, "A3"]
    assert (lamp.name, lamp.version) == ("Kettle", 3)
    [job] = session.scalars(select(OutboxMessage))
    assert str(lamp.id) in job.arguments["ids"]
    # Of imported products, too: figures of stock are made of them.
    movements = session.execute(
        select(Variant.sku, StockMovement.reason, StockMovement.on_hand)
        .join(Variant, Variant.id == StockMovement.variant_id)
        .order_by(Variant.sku)
    ).all()
    assert [tuple(each) for each in movements] == [
        ("A1", "OPENED", 4),
        ("A3", "OPENED", 4),
        ("A4", "OPENED", 4),
        (lamp.variants[0].sku, "COUNTED", -6),
    ]


def test_a_counted_variant_and_one_of_a_former_shop_have_movements(
    session: Session,
) -> None:
    upsert.insert_products(session, [draft("acme:1", "A1")])

    upsert.upsert_products(session, [draft("acme:1", "A1", stock=9)])

    movements = session.execute(
        select(StockMovement.reason, StockMovement.on_hand).order_by(StockMovement.id)
    )
    assert [tuple(each) for each in movements] == [("OPENED", 4), ("COUNTED", 5)]


def count_statements(
    session: Session, make: RowFactory, statements: list[str], *, products: int
) -> int:
    """Upsert so many products of each kind: new, changed, with a new variant."""
    known = [make.product() for _ in range(products)]
    drafts = [
        wanted
        for number, product in enumerate(known)
        for wanted in (
            draft(f"acme:{number}-{products}", f"new {number} {products}"),
            draft(build_own_reference(product.id), product.variants[0].sku),
            draft(build_own_reference(product.id), f"more {number} {products}"),
        )
    ]
    statements.clear()
    results = upsert.upsert_products(session, drafts)
    assert {result.outcome for result in results} == {"created", "updated"}
    return len(statements)


def test_many_products_cost_as_many_statements_as_one(
    session: Session, make: RowFactory, statements: list[str]
) -> None:
    one = count_statements(session, make, statements, products=1)

    assert count_statements(session, make, statements, products=30) == one


def test_rows_are_read_again_after_a_sku_conflict(
    session: Session, make: RowFactory
) -> None:
    kettle, lamp = make.product(), make.product()
    [taken], [other] = kettle.variants, lamp.variants

    with pytest.raises(SkuTaken), repository.open_savepoint(session, [taken.sku]):
        other.sku = taken.sku
    # Like an update by another connection: the session does not notice it.
    session.connection().execute(update(Product).values(name="Torch"))

    assert kettle.name == "Torch"
    assert other.sku != taken.sku

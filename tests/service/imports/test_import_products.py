from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from tests.support.imports import ImportHarness
from webapp.catalog.models import Product, Variant
from webapp.db.outbox import OutboxMessage
from webapp.imports.models import ImportRun, SeenKey
from webapp.imports.progress import ImportCounts

KETTLE: dict[str, Any] = {"id": "1", "name": "Kettle", "price": 25, "group": "Kitchen"}
LAMP: dict[str, Any] = {
    "id": "2",
    "name": "Lamp",
    "price": "12.50",
    "group": "Lighting",
}
GROUPED = 'category = "group"'


def products(harness: ImportHarness) -> list[Product]:
    with harness.db.unit_of_work() as session:
        return list(
            session.scalars(
                select(Product)
                .options(selectinload(Product.variants))
                .order_by(Product.external_ref)
            )
        )


def enqueued(harness: ImportHarness) -> list[str]:
    with harness.db.unit_of_work() as session:
        jobs = session.scalars(select(OutboxMessage).order_by(OutboxMessage.created_at))
        return [job.arguments["ids"] for job in jobs]


def test_new_products_are_created_and_enqueued_for_indexing(
    harness: ImportHarness,
) -> None:
    summary = harness.import_products([KETTLE, LAMP], toml=GROUPED)

    kettle, lamp = products(harness)
    assert summary.counts == ImportCounts(created=2)
    assert (kettle.external_ref, kettle.category) == ("acme:1", "Kitchen")
    assert (kettle.is_active, kettle.currency, kettle.version) == (True, "USD", 1)
    assert [(v.sku, v.price_minor, v.on_hand) for v in lamp.variants] == [
        ("acme-2", 1250, 0)
    ]
    assert enqueued(harness) == [f"{kettle.id},{lamp.id}"]


def test_importing_the_same_file_again_changes_nothing(harness: ImportHarness) -> None:
    harness.import_products([KETTLE, LAMP], toml=GROUPED)
    before = [(p.id, p.version, p.updated_at) for p in products(harness)]

    summary = harness.import_products([KETTLE, LAMP], toml=GROUPED)

    assert summary.counts == ImportCounts(unchanged=2)
    assert [(p.id, p.version, p.updated_at) for p in products(harness)] == before
    assert len(enqueued(harness)) == 1


def test_only_what_differs_is_updated(harness: ImportHarness) -> None:
    harness.import_products([KETTLE, LAMP], toml=GROUPED)

    summary = harness.import_products([{**KETTLE, "price": 27.5}, LAMP], toml=GROUPED)

    kettle, lamp = products(harness)
    assert summary.counts == ImportCounts(updated=1, unchanged=1)
    assert (kettle.version, kettle.variants[0].price_minor) == (2, 2750)
    assert lamp.version == 1
    assert enqueued(harness)[1:] == [str(kettle.id)]


def test_a_constant_stock_is_for_new_products_only(harness: ImportHarness) -> None:
    constant = "stock = { constant = 25 }"
    harness.import_products([KETTLE], toml=constant)
    with harness.db.unit_of_work() as session:
        [variant] = session.scalars(select(Variant))
        variant.on_hand = 3  # sold in the meantime

    summary = harness.import_products([{**KETTLE, "name": "Big kettle"}], toml=constant)

    [kettle] = products(harness)
    assert summary.counts == ImportCounts(updated=1)
    assert kettle.variants[0].on_hand == 3


def test_counted_stock_never_falls_below_what_orders_hold(
    harness: ImportHarness,
) -> None:
    harness.import_products([{**KETTLE, "stock": 9}], toml='stock = "stock"')
    with harness.db.unit_of_work() as session:
        [variant] = session.scalars(select(Variant))
        variant.held = 4

    summary = harness.import_products([{**KETTLE, "stock": 1}], toml='stock = "stock"')

    [kettle] = products(harness)
    assert summary.counts == ImportCounts(updated=1)
    assert (kettle.variants[0].on_hand, kettle.version) == (4, 1)


def test_rows_with_one_parent_are_variants_of_one_product(
    harness: ImportHarness,
) -> None:
    toml = 'parent = "style"\noptions.Size = "size"'
    shirts = [
        {"id": f"S{n}", "style": "S", "name": f"Shirt {size}", "size": size, "price": n}
        for n, size in enumerate("SML", start=10)
    ]
    apart = [shirts[0], KETTLE, *shirts[1:]]

    first = harness.import_products(apart, toml=toml)
    again = harness.import_products(
        [*apart, {**shirts[2], "id": "S13", "size": "XL"}], toml=toml
    )

    kettle, shirt = products(harness)
    assert first.counts == ImportCounts(created=4)
    assert again.counts == ImportCounts(created=1, unchanged=4)
    assert (shirt.name, shirt.version) == ("Shirt S", 4)
    assert [(v.sku, v.options, v.position) for v in shirt.variants] == [
        ("acme-S10", {"Size": "S"}, 0),
        ("acme-S11", {"Size": "M"}, 1),
        ("acme-S12", {"Size": "L"}, 2),
        ("acme-S13", {"Size": "XL"}, 3),
    ]
    assert len(kettle.variants) == 1


def test_invalid_rows_are_rejected_and_the_rest_is_imported(
    harness: ImportHarness,
) -> None:
    harness.import_products([{**LAMP, "sku": "TAKEN"}], toml='sku = "sku"')
    rows = [
        KETTLE,
        {**KETTLE, "name": "Kettle again"},
        {"id": "3", "name": "Free", "price": None},
        {"id": "4", "name": "Copy", "price": 1, "sku": "TAKEN"},
    ]

    summary = harness.import_products(rows, toml='sku = "sku"')

    assert summary.counts == ImportCounts(created=1, rejected=3)
    assert [(each["line"], each["reason"]) for each in harness.read_rejects()] == [
        (3, "price is empty"),
        (2, "the same id is on line 1"),
        (4, "the SKU belongs to acme:2"),
    ]
    assert harness.read_rejects()[0]["row"] == rows[2]


def test_a_dry_run_reports_the_same_and_writes_nothing(
    harness: ImportHarness,
) -> None:
    harness.import_products([KETTLE], toml=GROUPED)
    rows = [{**KETTLE, "price": 1}, LAMP, LAMP, {"id": "3"}]

    dry_run = harness.import_products(rows, toml=GROUPED, dry_run=True)

    assert [p.variants[0].price_minor for p in products(harness)] == [2500]
    assert len(enqueued(harness)) == 1
    with harness.db.unit_of_work() as session:
        assert [run.is_dry_run for run in session.scalars(select(ImportRun))] == [False]
        assert session.scalars(select(SeenKey)).all() == []
    real = harness.import_products(rows, toml=GROUPED)
    assert (
        dry_run.counts == real.counts == ImportCounts(created=1, updated=1, rejected=2)
    )

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


def products(importing: ImportHarness) -> list[Product]:
    with importing.db.unit_of_work() as session:
        return list(
            session.scalars(
                select(Product)
                .options(selectinload(Product.variants))
                .order_by(Product.external_ref)
            )
        )


def promised(importing: ImportHarness) -> list[str]:
    with importing.db.unit_of_work() as session:
        jobs = session.scalars(select(OutboxMessage).order_by(OutboxMessage.created_at))
        return [job.arguments["ids"] for job in jobs]


def test_new_products_are_created_and_promised_to_search(
    importing: ImportHarness,
) -> None:
    summary = importing.import_products([KETTLE, LAMP], toml=GROUPED)

    kettle, lamp = products(importing)
    assert summary.counts == ImportCounts(created=2)
    assert (kettle.external_ref, kettle.category) == ("acme:1", "Kitchen")
    assert (kettle.is_active, kettle.currency, kettle.version) == (True, "USD", 1)
    assert [(v.sku, v.price_minor, v.on_hand) for v in lamp.variants] == [
        ("acme-2", 1250, 0)
    ]
    assert promised(importing) == [f"{kettle.id},{lamp.id}"]


def test_the_same_file_again_changes_nothing(importing: ImportHarness) -> None:
    importing.import_products([KETTLE, LAMP], toml=GROUPED)
    before = [(p.id, p.version, p.updated_at) for p in products(importing)]

    summary = importing.import_products([KETTLE, LAMP], toml=GROUPED)

    assert summary.counts == ImportCounts(unchanged=2)
    assert [(p.id, p.version, p.updated_at) for p in products(importing)] == before
    assert len(promised(importing)) == 1


def test_only_what_differs_is_updated(importing: ImportHarness) -> None:
    importing.import_products([KETTLE, LAMP], toml=GROUPED)

    summary = importing.import_products([{**KETTLE, "price": 27.5}, LAMP], toml=GROUPED)

    kettle, lamp = products(importing)
    assert summary.counts == ImportCounts(updated=1, unchanged=1)
    assert (kettle.version, kettle.variants[0].price_minor) == (2, 2750)
    assert lamp.version == 1
    assert promised(importing)[1:] == [str(kettle.id)]


def test_a_constant_stock_is_for_new_products_only(importing: ImportHarness) -> None:
    constant = "stock = { constant = 25 }"
    importing.import_products([KETTLE], toml=constant)
    with importing.db.unit_of_work() as session:
        [variant] = session.scalars(select(Variant))
        variant.on_hand = 3  # sold in the meantime

    summary = importing.import_products(
        [{**KETTLE, "name": "Big kettle"}], toml=constant
    )

    [kettle] = products(importing)
    assert summary.counts == ImportCounts(updated=1)
    assert kettle.variants[0].on_hand == 3


def test_counted_stock_never_falls_below_what_orders_hold(
    importing: ImportHarness,
) -> None:
    importing.import_products([{**KETTLE, "stock": 9}], toml='stock = "stock"')
    with importing.db.unit_of_work() as session:
        [variant] = session.scalars(select(Variant))
        variant.held = 4

    summary = importing.import_products(
        [{**KETTLE, "stock": 1}], toml='stock = "stock"'
    )

    [kettle] = products(importing)
    assert summary.counts == ImportCounts(updated=1)
    assert (kettle.variants[0].on_hand, kettle.version) == (4, 1)


def test_rows_with_one_parent_are_variants_of_one_product(
    importing: ImportHarness,
) -> None:
    toml = 'parent = "style"\noptions.Size = "size"'
    shirts = [
        {"id": f"S{n}", "style": "S", "name": f"Shirt {size}", "size": size, "price": n}
        for n, size in enumerate("SML", start=10)
    ]
    apart = [shirts[0], KETTLE, *shirts[1:]]

    first = importing.import_products(apart, toml=toml)
    again = importing.import_products(
        [*apart, {**shirts[2], "id": "S13", "size": "XL"}], toml=toml
    )

    kettle, shirt = products(importing)
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


def test_what_cannot_be_taken_is_rejected_and_the_rest_goes_in(
    importing: ImportHarness,
) -> None:
    importing.import_products([{**LAMP, "sku": "TAKEN"}], toml='sku = "sku"')
    rows = [
        KETTLE,
        {**KETTLE, "name": "Kettle again"},
        {"id": "3", "name": "Free", "price": None},
        {"id": "4", "name": "Thief", "price": 1, "sku": "TAKEN"},
    ]

    summary = importing.import_products(rows, toml='sku = "sku"')

    assert summary.counts == ImportCounts(created=1, rejected=3)
    assert [(each["line"], each["reason"]) for each in importing.read_rejects()] == [
        (3, "price is empty"),
        (2, "the same id is on line 1"),
        (4, "the SKU belongs to acme:2"),
    ]
    assert importing.read_rejects()[0]["row"] == rows[2]


def test_a_dry_run_reports_the_same_and_leaves_no_trace(
    importing: ImportHarness,
) -> None:
    importing.import_products([KETTLE], toml=GROUPED)
    rows = [{**KETTLE, "price": 1}, LAMP, LAMP, {"id": "3"}]

    dry = importing.import_products(rows, toml=GROUPED, dry_run=True)

    assert [p.variants[0].price_minor for p in products(importing)] == [2500]
    assert len(promised(importing)) == 1
    with importing.db.unit_of_work() as session:
        assert [run.is_dry_run for run in session.scalars(select(ImportRun))] == [False]
        assert session.scalars(select(SeenKey)).all() == []
    real = importing.import_products(rows, toml=GROUPED)
    assert dry.counts == real.counts == ImportCounts(created=1, updated=1, rejected=2)

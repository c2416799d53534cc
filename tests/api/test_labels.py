"""Spellings of a category, a brand or a tag are one label, by whichever way they come in."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from tests.support.api_client import ApiClient
from webapp.catalog.drafts import ProductDetails, ProductUpsert, VariantUpsert
from webapp.catalog.models import Product
from webapp.catalog.upsert import UpsertOutcome, upsert_products
from webapp.db.outbox import OutboxMessage
from webapp.db.session import Database
from webapp.kit.money import Currency

MUG = {"name": "Mug", "category": "Mugs", "price": 5, "stock": 3}
LABELS = ("category", "brand", "tags")

Write = Callable[..., dict[str, Any]]


@pytest.fixture
def create(admin: ApiClient) -> Write:
    def create_product(**fields: object) -> dict[str, Any]:
        return dict(admin.expect_ok("POST", "/products", {**MUG, **fields}))

    return create_product


@pytest.fixture
def change(admin: ApiClient) -> Write:
    def change_product(product: dict[str, Any], **fields: object) -> dict[str, Any]:
        wanted = {name: product[name] for name in ("name", *LABELS)}
        path = f"/products/{product['productId']}"
        return dict(admin.expect_ok("PUT", path, {**wanted, **fields}))

    return change_product


def test_the_first_spelling_is_kept(create: Write, change: Write) -> None:
    create(category="Mugs", brand="Nordlys", tags=["Gift"])

    later = create(
        category=" mugs", brand="NORDLYS", tags=["gift", "new", "GIFT", "New"]
    )
    tea = create(category="Tea")
    moved = change(tea, category="MUGS", brand="nordlys", tags=["GIFT"])

    assert [later[name] for name in LABELS] == ["Mugs", "Nordlys", ["Gift", "new"]]
    assert [moved[name] for name in LABELS] == ["Mugs", "Nordlys", ["Gift"]]


def test_names_in_other_scripts_and_different_names_stay_different(
    create: Write,
) -> None:
    names = ["Mugs", "Mug", "Кружки", "Cafe", "Café", "马克杯"]

    assert [create(category=name)["category"] for name in names] == names


def test_the_only_product_of_a_label_can_change_its_spelling(
    admin: ApiClient, create: Write, change: Write
) -> None:
    mug = create(category="mUgs", brand="acme", tags=["gfit", "gift"])

    changed = change(mug, category="Mugs", brand="ACME", tags=["Gift"])
    later = create(category="mugs", brand="Acme", tags=["gift"])

    for product in (changed, later):
        assert [product[name] for name in LABELS] == ["Mugs", "ACME", ["Gift"]]
    [listed] = admin.expect_ok("GET", "/categories")["items"]
    assert listed == {"name": "Mugs", "count": 2}


def upsert_mug(reference: str, category: str) -> ProductUpsert:
    return ProductUpsert(
        reference=reference,
        details=ProductDetails(
            name="Mug", category=category, brand=category, tags=[category]
        ),
        variant=VariantUpsert(
            sku=reference, options={}, price_minor=5_00, stock=1, is_stock_counted=True
        ),
        default_currency=Currency.USD,
    )


def test_files_have_the_spellings_of_the_shop(
    create: Write, database: Database
) -> None:
    create(category="Mugs")
    drafts = [upsert_mug("file:1", "mugs"), upsert_mug("file:2", "MUGS")]

    outcomes = []
    for is_dry_run in (True, False, False, True):
        with database.unit_of_work() as session:
            results = upsert_products(session, drafts, is_dry_run=is_dry_run)
        outcomes.append({result.outcome for result in results})

    assert outcomes == [
        {UpsertOutcome.CREATED},
        {UpsertOutcome.CREATED},
        {UpsertOutcome.UNCHANGED},
        {UpsertOutcome.UNCHANGED},
    ]
    with database.unit_of_work() as session:
        imported = session.scalars(
            select(Product).where(Product.external_ref.is_not(None))
        ).all()
    assert {each.category for each in imported} == {"Mugs"}
    assert {each.brand for each in imported} == {"mugs"}, "the first of the file"
    assert [each.tags for each in imported] == [["mugs"], ["mugs"]]


def test_products_written_at_once_have_one_spelling(database: Database) -> None:
    spellings = ["mugs", "Mugs", "MUGS", "mUGS"]

    def write(number: int) -> None:
        # In the other order, which could deadlock.
        names = [f"{spellings[number]} {i}" for i in range(6)][
            :: -1 if number % 2 else 1
        ]
        drafts = [upsert_mug(f"{number}:{name}", name) for name in names]
        with database.unit_of_work() as session:
            upsert_products(session, drafts)

    with ThreadPoolExecutor(len(spellings)) as threads:
        list(threads.map(write, range(len(spellings))))

    with database.unit_of_work() as session:
        products = session.scalars(select(Product)).all()
    assert len(products) == 24
    assert len({product.category for product in products}) == 6
    assert all(product.tags == [product.category] for product in products)


@pytest.mark.parametrize(
    ("kind", "labels"),
    [
        ("category", {"category": "Mugs and cups"}),
        ("brand", {"brand": "Mugs and cups"}),
        ("tag", {"tags": ["Mugs and cups", "new"]}),
    ],
)
def test_an_admin_renames_a_label_everywhere(
    admin: ApiClient,
    create: Write,
    database: Database,
    kind: str,
    labels: dict[str, object],
) -> None:
    mug = create(category="mugs", brand="mugs", tags=["mugs", "new"])
    create(category="Tea")
    body = {"kind": kind, "name": " MUGS", "newName": "Mugs and cups"}

    renamed = admin.expect_ok("POST", "/admin/labels/rename", body)

    assert renamed == {"name": "Mugs and cups", "changedProducts": 1}
    path = f"/admin/products/{mug['productId']}"
    kept = {name: mug[name] for name in LABELS}
    stored = admin.expect_ok("GET", path)
    assert {name: stored[name] for name in LABELS} == {**kept, **labels}
    assert stored["version"] == mug["version"] + 1
    with database.unit_of_work() as session:
        last = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()[
            -1
        ]
    assert (last.job, last.arguments) == (
        "search.index_products",
        {"ids": mug["productId"]},
    )
    again = admin.expect_error("POST", "/admin/labels/rename", body)
    assert again == (404, "LABEL_NOT_FOUND")


def test_a_label_renamed_to_another_becomes_that_one(
    admin: ApiClient, create: Write
) -> None:
    create(category="Cups", tags=["cup"])
    create(category="Mugs", tags=["cup", "MUG"])

    for kind, name, new_name in (("category", "cups", "MUGS"), ("tag", "cup", "mug")):
        body = {"kind": kind, "name": name, "newName": new_name}
        renamed = admin.expect_ok("POST", "/admin/labels/rename", body)
        assert renamed["changedProducts"] == 2

    [listed] = admin.expect_ok("GET", "/categories")["items"]
    assert listed == {"name": "MUGS", "count": 2}
    products = admin.expect_ok("GET", "/products", category="Mugs")["items"]
    assert [product["tags"] for product in products] == [["mug"], ["mug"]]


def test_only_the_case_of_a_label_can_be_changed(
    admin: ApiClient, create: Write
) -> None:
    create(category="mugs")
    create(category="mugs")
    body = {"kind": "category", "name": "mugs", "newName": "Mugs"}

    for changed in (2, 0):
        renamed = admin.expect_ok("POST", "/admin/labels/rename", body)
        assert renamed["changedProducts"] == changed

    assert create(category="MUGS")["category"] == "Mugs"

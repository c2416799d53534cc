"""Export of the catalog as one CSV file, and import of such a file."""

import csv
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.support.api_client import API_PREFIX, ApiClient
from tests.support.factories import RowFactory
from tests.support.locks import count_lock_waiters
from tests.support.waiting import eventually
from webapp.app import MAX_BODY_BYTES
from webapp.bootstrap import Runtime
from webapp.catalog import service as catalog
from webapp.catalog.drafts import ProductDraft, VariantDraft
from webapp.imports import mapping, readers
from webapp.imports.mapping import ProductFormat
from webapp.imports.progress import NullProgress
from webapp.imports.runner import ImportRequest, import_products
from webapp.integrity import service as integrity
from webapp.kit.clock import utc_now
from webapp.kit.money import Currency
from webapp.kit.text import is_storable_text

AWKWARD: dict[str, Any] = {
    "name": '=HYPERLINK("http://evil", "Kettle")',
    "description": 'Two lines,\r\nand a "quote"\n\rand a return\r; and more | ',
    "brand": "'+Brand",
    "category": " Kitchen ",
    "imageUrl": "/media/a,b.svg",
    "tags": ["a, b", 'say "x"', "-1", "=1+1"],
    "attributes": {
        "n_ports": 2,
        "Litres": 1.7,
        "=x": None,
        "deep": {"list": [1, "é", True]},
    },
    "variants": [
        {"sku": "@S-1", "options": {"Size": "S, M"}, "price": 20, "stock": 3},
        {"sku": "'=S-2", "options": {"Size": "\tL"}, "price": 18.55, "stock": 0},
    ],
}
FLAT = {"name": "Lamp", "category": "Light", "price": 5, "stock": 1, "currency": "GBP"}
HEADER = (
    "productId,sku,name,description,brand,category,currency,imageUrl,tags,isActive,"
    "options,attributes,price,stock,stockSeen,version\n"
)


@pytest.fixture
def send(app: Flask, admin: ApiClient) -> Callable[..., TestResponse]:
    def post(
        body: str | bytes, *, dry_run: str = "false", **headers: str
    ) -> TestResponse:
        return app.test_client().post(
            f"{API_PREFIX}/admin/products/import?dryRun={dry_run}",
            data=body,
            content_type=headers.pop("content_type", "text/csv; charset=utf-8"),
            headers={**admin.headers, **headers},
        )

    return post


Send = Callable[..., TestResponse]


def export(admin: ApiClient) -> str:
    response = admin.call("GET", "/admin/products.csv")
    assert (response.status_code, response.mimetype) == (200, "text/csv")
    return response.get_data(as_text=True)


def parse_cells(sheet: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(sheet, newline="")))


def format_sheet(rows: list[dict[str, str]]) -> str:
    text = StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def counts(response: TestResponse) -> tuple[int, int, int, int]:
    assert response.status_code == 200, response.text
    view = response.get_json()
    assert view["rows"] == sum(
        view[result] for result in ("created", "updated", "unchanged", "rejected")
    )
    return view["created"], view["updated"], view["unchanged"], view["rejected"]


def all_products(admin: ApiClient) -> list[Any]:
    products: list[Any] = admin.expect_ok("GET", "/admin/products")["items"]
    return products


def row(**cells: str) -> str:
    names = HEADER.strip().split(",")
    given = {"name": "Cup", "category": "Kitchen", "price": "2.50", **cells}
    return format_sheet([{name: given.get(name, "") for name in names}])


def test_importing_the_export_changes_nothing(admin: ApiClient, send: Send) -> None:
    admin.expect_ok("POST", "/products", AWKWARD)
    gone = admin.expect_ok("POST", "/products", FLAT)["productId"]
    admin.call("DELETE", f"/products/{gone}")
    before = all_products(admin)

    sheet = export(admin)

    assert counts(send(sheet)) == (0, 0, 3, 0)
    assert all_products(admin) == before
    assert export(admin) == sheet


def test_an_imported_product_is_identified_by_its_id_in_this_shop(
    admin: ApiClient, send: Send, runtime: Runtime
) -> None:
    with runtime.db.unit_of_work() as session:
        RowFactory(session).product(variants=2).external_ref = "icecat:39"

    rows = parse_cells(export(admin))
    assert counts(send(format_sheet(rows))) == (0, 0, 2, 0)
    for each in rows:
        each["productId"] = ""
    assert counts(send(format_sheet(rows))) == (0, 0, 2, 0)


def test_a_sku_of_another_product_is_refused(admin: ApiClient, send: Send) -> None:
    lamp = admin.expect_ok("POST", "/products", FLAT)
    other = admin.expect_ok("POST", "/products", FLAT)

    response = send(row(productId=other["productId"], sku=lamp["variants"][0]["sku"]))

    [reject] = response.get_json()["rejects"]
    assert reject["reason"] == f"the SKU belongs to shop:{lamp['productId']}"


@pytest.mark.slow
def test_concurrent_imports_of_a_file_run_one_after_the_other(
    admin: ApiClient, send: Send
) -> None:
    sheet = HEADER + "".join(f",S{n},Cup,,,Kitchen,,,,,,,1,,,\n" for n in range(300))

    with ThreadPoolExecutor(3) as pool:
        results = sorted(counts(done) for done in pool.map(send, [sheet] * 3))

    assert results == [(0, 0, 300, 0), (0, 0, 300, 0), (300, 0, 0, 0)]
    assert len(parse_cells(export(admin))) == 300


def test_a_row_whose_sku_was_just_taken_is_rejected_and_the_others_are_imported(
    admin: ApiClient, send: Send, runtime: Runtime
) -> None:
    lamp = admin.expect_ok("POST", "/products", FLAT)
    [known] = parse_cells(export(admin))
    new = parse_cells(row(sku="NEW"))[0]
    sheet = format_sheet(
        [
            {**known, "name": "Lantern"},
            {**known, "sku": "BIG", "options": '{"Size": "L"}'},
            {**new, "sku": "TAKEN"},
            new,
        ]
    )
    cup = ProductDraft(
        name="Cup",
        category="Kitchen",
        currency=Currency.USD,
        variants=[VariantDraft(100, 1, sku="TAKEN")],
    )

    with ThreadPoolExecutor(1) as pool:
        with runtime.db.unit_of_work() as session:
            owner = catalog.create_product(session, draft=cup).id
            sent = pool.submit(send, sheet)
            eventually(lambda: count_lock_waiters(runtime.db))
        response = sent.result(timeout=10)

    assert counts(response) == (2, 1, 0, 1)
    [reject] = response.get_json()["rejects"]
    assert (reject["line"], reject["reason"]) == (4, f"the SKU belongs to shop:{owner}")
    changed = admin.expect_ok("GET", f"/products/{lamp['productId']}")
    assert changed["name"] == "Lantern"
    assert [each["sku"] for each in changed["variants"]] == [known["sku"], "BIG"]
    names = sorted(each["name"] for each in all_products(admin))
    assert names == ["Cup", "Cup", "Lantern"]


def test_a_row_has_all_fields_of_a_variant(admin: ApiClient) -> None:
    created = admin.expect_ok("POST", "/products", FLAT | {"tags": ["a, b"]})

    [exported] = parse_cells(export(admin))

    assert exported == {
        "productId": created["productId"],
        "sku": created["variants"][0]["sku"],
        "name": "Lamp",
        "description": "",
        "brand": "",
        "category": "Light",
        "currency": "GBP",
        "imageUrl": "",
        "tags": '["a, b"]',
        "isActive": "true",
        "options": "",
        "attributes": "",
        "price": "5.00",
        "stock": "1",
        "stockSeen": "1",
        "version": "1",
    }


def test_no_cell_is_a_formula(admin: ApiClient) -> None:
    admin.expect_ok("POST", "/products", AWKWARD)

    first, second = parse_cells(export(admin))

    assert first["name"] == '\'=HYPERLINK("http://evil", "Kettle")'
    assert first["brand"] == "''+Brand"
    assert (first["sku"], second["sku"]) == ("'@S-1", "''=S-2")


def test_changed_cells_change_their_product_and_no_other(
    admin: ApiClient, send: Send
) -> None:
    created = admin.expect_ok("POST", "/products", AWKWARD)
    admin.expect_ok("POST", "/products", FLAT)
    rows = parse_cells(export(admin))
    for each in rows:
        if each["productId"] == created["productId"]:
            each |= {"name": "Kettle", "price": "9.99", "stock": "7"}

    assert counts(send(format_sheet(rows), dry_run="true")) == (0, 2, 1, 0)
    assert all_products(admin)[-1] == created
    assert counts(send(format_sheet(rows))) == (0, 2, 1, 0)

    changed = admin.expect_ok("GET", f"/products/{created['productId']}")
    assert (changed["name"], changed["price"], changed["stock"]) == ("Kettle", 9.99, 14)
    assert changed["attributes"] == AWKWARD["attributes"]
    assert changed["version"] > 1
    assert counts(send(format_sheet(rows))) == (0, 0, 3, 0)


def test_new_rows_create_products_once(admin: ApiClient, send: Send) -> None:
    sheet = row(sku="CUP") + row(sku="S", productId="shirt", options='{"Size": "S"}')
    sheet += row(sku="L", productId="shirt", options='{"Size": "L"}', stock="4")
    sheet = HEADER + sheet.replace(HEADER.replace("\n", "\r\n"), "")

    assert counts(send(sheet, dry_run="true")) == (3, 0, 0, 0)
    assert all_products(admin) == []
    assert counts(send(sheet)) == (3, 0, 0, 0)
    assert counts(send(sheet)) == (0, 0, 3, 0)

    created = {len(product["variants"]): product for product in all_products(admin)}
    assert (created[1]["price"], created[1]["currency"], created[1]["stock"]) == (
        2.5,
        "USD",
        0,
    )
    assert created[2]["stock"] == 4
    assert counts(send(export(admin))) == (0, 0, 3, 0)


def test_a_row_without_an_id_is_identified_by_its_sku(
    admin: ApiClient, send: Send
) -> None:
    created = admin.expect_ok("POST", "/products", AWKWARD)
    rows = parse_cells(export(admin))
    for each in rows:
        each |= {"productId": "", "version": "", "brand": "Other"}

    assert counts(send(format_sheet(rows))) == (0, 1, 1, 0)
    assert (
        admin.expect_ok("GET", f"/products/{created['productId']}")["brand"] == "Other"
    )


def test_a_new_row_of_an_existing_product_creates_a_variant(
    admin: ApiClient, send: Send, runtime: Runtime
) -> None:
    created = admin.expect_ok("POST", "/products", FLAT)
    [known] = parse_cells(export(admin))
    added = known | {"sku": "MORE", "stock": "3"}

    assert counts(send(format_sheet([known | {"stock": "9"}, added]))) == (1, 1, 0, 0)

    changed = admin.expect_ok("GET", f"/products/{created['productId']}")
    assert [variant["stock"] for variant in changed["variants"]] == [9, 3]
    with runtime.db.unit_of_work() as session:
        findings = integrity.check_invariants(
            session, stripe_ledger=None, now=utc_now()
        )
    assert [each.invariant.name for each in findings if not each.holds] == []


def test_a_product_changed_since_the_export_is_not_overwritten(
    admin: ApiClient, send: Send
) -> None:
    created = admin.expect_ok("POST", "/products", FLAT)
    sheet = export(admin).replace("5.00", "6.00")
    admin.expect_ok("PUT", f"/products/{created['productId']}", {**FLAT, "price": 7})

    response = send(sheet)

    assert counts(response) == (0, 0, 0, 1)
    assert response.get_json()["rejects"] == [
        {
            "line": 2,
            "reason": "the product was changed in the meantime: it has version 2, the file 1",
        }
    ]
    assert admin.expect_ok("GET", f"/products/{created['productId']}")["price"] == 7


def test_units_held_by_orders_are_not_put_back_into_stock(
    admin: ApiClient, send: Send, sell: Callable[..., None]
) -> None:
    created = admin.expect_ok("POST", "/products", {**FLAT, "stock": 5})
    sell(created["variants"][0], 2, paid=False)

    [exported] = parse_cells(export(admin))
    assert exported["stock"] == "3"
    assert counts(send(export(admin))) == (0, 0, 1, 0)
    for seen in ("3", ""):
        file = format_sheet([exported | {"stock": "4", "stockSeen": seen}])
        assert counts(send(file)) == (0, 1 if seen else 0, 0 if seen else 1, 0)
        assert admin.expect_ok("GET", f"/products/{created['productId']}")["stock"] == 4


def test_what_was_sold_since_the_export_stays_sold(
    admin: ApiClient, send: Send, sell: Callable[..., None]
) -> None:
    created = admin.expect_ok("POST", "/products", {**FLAT, "stock": 5})
    sheet = export(admin)
    sell(created["variants"][0], 2)

    assert counts(send(sheet)) == (0, 0, 1, 0)
    assert counts(send(sheet.replace("5.00", "6.00"))) == (0, 1, 0, 0)

    changed = admin.expect_ok("GET", f"/products/{created['productId']}")
    assert (changed["price"], changed["stock"]) == (6, 3)


def test_a_stock_changed_in_a_file_applies_the_difference_once(
    admin: ApiClient, send: Send, sell: Callable[..., None], runtime: Runtime
) -> None:
    created = admin.expect_ok("POST", "/products", {**FLAT, "stock": 5})
    [exported] = parse_cells(export(admin))
    file = format_sheet([exported | {"stock": "9"}])
    sell(created["variants"][0], 2)

    assert counts(send(file, dry_run="true")) == (0, 1, 0, 0)
    assert counts(send(file)) == (0, 1, 0, 0)
    assert counts(send(file)) == (0, 0, 0, 1)  # a newer version, and another stock

    assert admin.expect_ok("GET", f"/products/{created['productId']}")["stock"] == 7
    with runtime.db.unit_of_work() as session:
        findings = integrity.check_invariants(
            session, stripe_ledger=None, now=utc_now()
        )
    [stock] = [each for each in findings if each.invariant.name == "shelves-reconcile"]
    assert stock.holds


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ({"stock": "2"}, "stock: sold in the meantime, only 2 left"),
        ({"stock": "6", "version": ""}, "stockSeen: version is also needed"),
    ],
)
def test_a_difference_that_cannot_be_applied_is_rejected(
    admin: ApiClient,
    send: Send,
    sell: Callable[..., None],
    cell: dict[str, str],
    reason: str,
) -> None:
    created = admin.expect_ok("POST", "/products", {**FLAT, "stock": 5})
    [exported] = parse_cells(export(admin))
    sell(created["variants"][0], 3)

    [reject] = send(format_sheet([exported | cell])).get_json()["rejects"]

    assert reject["reason"] == reason
    assert admin.expect_ok("GET", f"/products/{created['productId']}")["stock"] == 2


def test_stock_without_stock_seen_sets_the_stock(
    admin: ApiClient, send: Send, sell: Callable[..., None]
) -> None:
    created = admin.expect_ok("POST", "/products", {**FLAT, "stock": 5})
    sell(created["variants"][0], 2)
    [exported] = parse_cells(export(admin))

    assert (
        counts(send(format_sheet([exported | {"stock": "5", "stockSeen": ""}])))[1] == 1
    )

    changed = admin.expect_ok("GET", f"/products/{created['productId']}")
    assert (changed["stock"], changed["version"]) == (5, 1)


def import_by_command(
    runtime: Runtime, file: Path, sheet: str, *, dry_run: bool
) -> tuple[tuple[int, int, int, int], list[dict[str, Any]]]:
    """Import a file as `ecom67 import products` does; returns counts and rejects."""
    file.write_text(sheet, newline="")
    rejects = file.with_suffix(".jsonl")
    rejects.unlink(missing_ok=True)
    name = mapping.detect_mapping("products", readers.read_column_names(file))
    chosen = mapping.load_mapping("products", name)
    assert isinstance(chosen, ProductFormat)
    request = ImportRequest(file, Currency.USD, rejects, is_dry_run=dry_run)
    done = import_products(runtime.db, request, chosen, NullProgress()).counts
    lines = rejects.read_text().splitlines() if rejects.exists() else []
    reported = [json.loads(line) for line in lines]
    return (done.created, done.updated, done.unchanged, done.rejected), [
        {"line": each["line"], "reason": each["reason"]} for each in reported
    ]


def test_the_command_and_the_api_import_a_file_with_one_result(
    admin: ApiClient,
    send: Send,
    sell: Callable[..., None],
    runtime: Runtime,
    tmp_path: Path,
) -> None:
    awkward = admin.expect_ok("POST", "/products", AWKWARD)
    lamp = admin.expect_ok("POST", "/products", {**FLAT, "stock": 5})
    sell(lamp["variants"][0], 2)
    [*known, last] = parse_cells(export(admin))
    [new] = parse_cells(row(sku="NEW", tags='["x"]', attributes='{"a": 1.5}'))
    size = {"productId": "cups", "options": '{"Size": "S"}'}
    sheet = format_sheet(
        [
            *(each | {"productId": "", "name": "'=Kettle"} for each in known),
            last | {"stock": "9", "currency": "", "isActive": ""},
            last | {"sku": "MORE", "version": "7"},
            last | {"sku": "LAST"},
            new,
            {**new, "name": "New again"},
            {**new, **size, "sku": "S"},
            {**new, **size, "sku": "L", "stock": "-1"},
            {**new, "sku": "", "name": "Without a SKU"},
            {**new, "sku": "COMMAS", "tags": "a, b"},
        ]
    )

    response = send(sheet, dry_run="true")
    expected = counts(response), response.get_json()["rejects"]
    file = tmp_path / "file.csv"
    dry_run = import_by_command(runtime, file, sheet, dry_run=True)
    done = import_by_command(runtime, file, sheet, dry_run=False)

    assert expected[0] == (3, 2, 1, 5)
    for imported, rejects in (dry_run, done):
        assert imported == expected[0]
        assert sorted(rejects, key=lambda each: each["line"]) == expected[1]
    kettle = admin.expect_ok("GET", f"/products/{awkward['productId']}")
    assert kettle["name"] == "=Kettle"
    assert counts(send(export(admin))) == (0, 0, 6, 0)


def test_without_a_currency_a_product_keeps_its_own(
    admin: ApiClient, send: Send
) -> None:
    created = admin.expect_ok("POST", "/products", FLAT)
    [exported] = parse_cells(export(admin))

    assert counts(send(format_sheet([exported | {"currency": ""}]))) == (0, 0, 1, 0)
    assert (
        admin.expect_ok("GET", f"/products/{created['productId']}")["currency"] == "GBP"
    )


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ({"sku": ""}, "sku: Field required"),
        ({"name": ""}, "name: Field required"),
        ({"name": "x" * 501}, "name: String should have at most 500 characters"),
        ({"price": "2.5051"}, "price: 2.5051 is finer than a cent"),
        ({"price": "1e999990"}, "price: 1e999990 is not a number"),
        ({"price": "-1"}, "price: Input should be greater than or equal to 0"),
        ({"stock": "many"}, "stock: many is not a number"),
        ({"tags": "a, b"}, 'tags: a, b is no JSON; write it like ["new", "sale"]'),
        ({"attributes": "[1]"}, "attributes: Input should be a valid dictionary"),
        ({"attributes": '{"a": NaN}'}, 'attributes: {"a": NaN} is no JSON'),
        ({"attributes": '{"a": 1, "a": 2}'}, "attributes: a is written twice"),
        ({"attributes": '{"b": {"a": 1, "a": 2}}'}, "attributes: a is written twice"),
        ({"attributes": '{"a": 1, "a ": 2}'}, "attributes: has two names that are"),
        ({"options": '{"Size": "S", "Size": "L"}'}, "options: Size is written twice"),
        ({"attributes": '{"a": 1e999}'}, "attributes: text must not contain"),
        ({"attributes": '{"a": "\\ud800"}'}, "attributes: "),
        ({"options": "[" * 9999}, f"options: {'[' * 40} is no JSON"),
        ({"name": "a\0b"}, "name: must not contain control"),
        ({"productId": "a\0b"}, "productId: must not contain control"),
        ({"productId": "P" * 501}, "productId is longer than 500 characters"),
        ({"currency": "XYZ"}, "currency: XYZ is none of USD"),
        ({"isActive": "perhaps"}, "isActive: perhaps is not understood"),
        ({"version": "9" * 30}, "version: 99"),
        ({"stock": "-1"}, "stock: Input should be greater"),
    ],
)
def test_an_invalid_row_is_rejected_and_the_others_are_imported(
    admin: ApiClient, send: Send, cell: dict[str, str], reason: str
) -> None:
    good = row(sku="GOOD").removeprefix(HEADER.replace("\n", "\r\n"))

    response = send(row(**{"sku": "BAD", **cell}) + good)

    assert counts(response) == (1, 0, 0, 1)
    [reject] = response.get_json()["rejects"]
    assert reject["line"] == 2
    assert reject["reason"].startswith(reason), reject
    assert len(all_products(admin)) == 1


def test_of_many_rejects_the_first_hundred_are_shown(send: Send) -> None:
    view = send(HEADER + "x\n" * 250).get_json()

    assert view["rejected"] == 250
    assert [reject["line"] for reject in view["rejects"]] == list(range(2, 102))
    assert view["rejects"][0]["reason"] == "has 1 fields where the header has 16"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "The file is empty"),
        ("<html>\n", "The file is an HTML or XML document"),
        (HEADER.replace("price,", ""), "The file has no column price"),
        (HEADER.replace("price", "prize"), "no column price (did you mean prize?)"),
        (HEADER.replace("price", "price,price"), "names a column twice: price"),
        ('a,"b\n', "The header is not well-formed CSV"),
        (HEADER.encode() + b",\xff\n", "The encoding of the file is not certain"),
        (HEADER + "x\n" * 5_001, "more than 5,000 rows"),
    ],
)
def test_an_invalid_file_is_refused(
    send: Send, body: str | bytes, message: str
) -> None:
    response = send(body)

    assert response.status_code == 400
    assert message in response.get_json()["error"]["message"]


def test_a_file_may_be_larger_than_other_requests(send: Send) -> None:
    header = HEADER.replace("\n", "\r\n")
    rows = [row(sku=f"S{n}", description="x" * 19_000) for n in range(150)]

    file = header + "".join(each.removeprefix(header) for each in rows)

    assert len(file) > MAX_BODY_BYTES
    assert counts(send(file)) == (150, 0, 0, 0)


def test_a_header_alone_is_a_file_without_products(send: Send) -> None:
    assert counts(send(HEADER)) == (0, 0, 0, 0)


def test_another_media_type_and_too_large_a_body_are_refused(send: Send) -> None:
    assert send(HEADER, content_type="application/json").status_code == 415
    assert send(HEADER + "x" * 2**23).status_code == 413


def test_a_dry_run_is_not_a_replay_of_the_import(admin: ApiClient, send: Send) -> None:
    key = {"Idempotency-Key": "k"}
    sheet = row(sku="CUP")

    assert counts(send(sheet, **key)) == (1, 0, 0, 0)
    assert counts(send(sheet, **key)) == (1, 0, 0, 0)  # replayed, not done again
    assert send(sheet, dry_run="true", **key).status_code == 422
    assert len(all_products(admin)) == 1


def test_a_misspelled_dry_run_is_refused(app: Flask, admin: ApiClient) -> None:
    response = app.test_client().post(
        f"{API_PREFIX}/admin/products/import?dryrun=true",
        data=row(sku="CUP"),
        content_type="text/csv",
        headers=admin.headers,
    )

    assert response.status_code == 400
    assert all_products(admin) == []


@pytest.mark.slow
def test_a_catalog_of_several_batches_is_exported_completely(
    admin: ApiClient, send: Send
) -> None:
    lines = "".join(f"S{n},,Cup {n},,,Kitchen,,,,,1\n" for n in range(1_201))
    header = "sku,productId,name,description,brand,category,imageUrl,tags,options,"
    assert counts(send(f"{header}attributes,price\n{lines}")) == (1_201, 0, 0, 0)

    assert {each["sku"] for each in parse_cells(export(admin))} == {
        f"S{n}" for n in range(1_201)
    }


@pytest.mark.parametrize("length", [1, 20])
def test_the_export_costs_two_statements_a_batch(
    admin: ApiClient,
    on_sale: Callable[..., UUID],
    statements: list[str],
    length: int,
) -> None:
    for _ in range(length):
        on_sale(variants=2)
    statements.clear()

    assert len(parse_cells(export(admin))) == 2 * length
    assert len([each for each in statements if "products" in each]) <= 2


STRANGE = [
    "'", "''", "'=", "=", '"', '""',
    ",", ";;;;;;;;;;;;;;;;", "null", "true", "[]", "{}", "\u202etest", "\uff1d1+1",
    "田中さん", "👾 🙇", "1/0", "-", "--", "$HOME", "%s%n", "\\", "ﷺ", "0x0",
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("text", STRANGE)
def test_every_text_survives_export_and_import_exactly(
    admin: ApiClient, send: Send, text: str
) -> None:
    assert is_storable_text(text)
    created = {
        "name": text,
        "description": text,
        "brand": text,
        "category": text,
        "tags": [text],
        "attributes": {text: text},
        "variants": [{"sku": text, "options": {text: text}, "price": 1, "stock": 1}],
    }
    admin.expect_ok("POST", "/products", created)

    response = send(export(admin))

    assert counts(response) == (0, 0, 1, 0), json.dumps(response.get_json())

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest

from tests.support.api_client import ApiClient
from webapp.bootstrap import Runtime
from webapp.catalog.models import Product

OnSale = Callable[..., UUID]
KETTLE = {
    "name": "Kettle",
    "description": "Boils water",
    "category": "Kitchen",
    "price": 24.99,
    "stock": 7,
    "tags": ["steel"],
    "attributes": {"Litres": 1.7},
}


def test_a_flat_product_has_one_variant_with_its_price_and_stock(
    admin: ApiClient,
) -> None:
    created = admin.expect_ok("POST", "/products", KETTLE)

    [variant] = created.pop("variants")
    assert (variant["price"], variant["stock"]) == (24.99, 7)
    assert {name: created[name] for name in KETTLE} == KETTLE
    assert (created["isActive"], created["version"], created["currency"]) == (
        True,
        1,
        "USD",
    )
    assert created["imageUrl"] is None
    assert admin.expect_ok("GET", f"/products/{created['productId']}")["price"] == 24.99


def test_variants_give_the_cheapest_price_and_the_whole_stock(admin: ApiClient) -> None:
    shirt = {
        "name": "Shirt",
        "category": "Clothes",
        "variants": [
            {"options": {"Size": "S"}, "price": 20, "stock": 3, "sku": "S-1"},
            {"options": {"Size": "L"}, "price": 18.5, "stock": 4, "sku": "L-1"},
        ],
    }

    created = admin.expect_ok("POST", "/products", shirt)

    assert (created["price"], created["stock"]) == (18.5, 7)
    assert [v["options"] for v in created["variants"]] == [{"Size": "S"}, {"Size": "L"}]


def test_changing_a_product_keeps_its_variant_and_increments_its_version(
    admin: ApiClient,
) -> None:
    created = admin.expect_ok("POST", "/products", KETTLE)
    path = f"/products/{created['productId']}"

    changed = admin.expect_ok("PUT", path, {**KETTLE, "price": 19.99, "version": 1})

    assert changed["version"] == 2
    assert changed["variants"][0]["variantId"] == created["variants"][0]["variantId"]
    assert admin.expect_ok("GET", path)["price"] == 19.99
    stale = admin.expect_error("PUT", path, {**KETTLE, "version": 1})
    assert stale == (409, "PRODUCT_CHANGED")


def test_a_withdrawn_product_is_gone_for_customers_only(
    admin: ApiClient, nobody: ApiClient
) -> None:
    product_id = admin.expect_ok("POST", "/products", KETTLE)["productId"]

    assert admin.call("DELETE", f"/products/{product_id}").status_code == 204

    gone = nobody.expect_error("GET", f"/products/{product_id}")
    assert gone == (404, "PRODUCT_NOT_FOUND")
    assert nobody.expect_ok("GET", "/products")["items"] == []
    [seen] = admin.expect_ok("GET", "/admin/products")["items"]
    assert seen["isActive"] is False
    assert admin.expect_ok("GET", f"/admin/products/{product_id}") == seen


def test_a_sku_names_one_variant(admin: ApiClient) -> None:
    variants = [{"price": 1, "stock": 1, "sku": "A"}]
    first = {"name": "Kettle", "category": "Kitchen", "variants": variants}
    admin.expect_ok("POST", "/products", first)

    assert admin.expect_error("POST", "/products", first) == (409, "SKU_TAKEN")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"price": 9}, "price: leave it out: each of variants has its own"),
        ({"stock": 9}, "stock: leave it out: each of variants has its own"),
        ({"version": 1}, "version: leave it out: a new product has none"),
        ({"isActive": 2}, "isActive: "),
        ({"name": True}, "name: must not be true or false"),
    ],
)
def test_a_field_without_effect_or_meaning_is_refused(
    admin: ApiClient, fields: dict[str, object], message: str
) -> None:
    variants = [{"price": 1, "stock": 1}]
    body = {"name": "Cup", "category": "Kitchen", "variants": variants, **fields}

    response = admin.call("POST", "/products", body)

    assert response.status_code == 400
    assert response.get_json()["error"]["message"].startswith(message)


@pytest.mark.parametrize("field", ["price", "stock"])
def test_a_boolean_is_no_number(admin: ApiClient, field: str) -> None:
    for body in (
        {**KETTLE, field: True},
        {
            "name": "Cup",
            "category": "A",
            "variants": [{"price": 1, "stock": 1, field: True}],
        },
    ):
        assert admin.expect_error("POST", "/products", body)[0] == 400


@pytest.mark.parametrize("hidden", ["\u00ad", "\u200b", "\u200e", "\u2063", "\ufe0f"])
def test_characters_that_show_nothing_make_no_other_sku_or_label(
    admin: ApiClient, hidden: str
) -> None:
    def build_body(sku: str, category: str) -> dict[str, object]:
        variants = [{"price": 1, "stock": 1, "sku": sku}]
        return {"name": "Cup", "category": category, "variants": variants}

    created = admin.expect_ok("POST", "/products", build_body("Q-1", "Mugs"))
    for sku in (f"Q-1{hidden}", f"Q{hidden}-1"):
        body = build_body(sku, "Mugs")
        assert admin.expect_error("POST", "/products", body) == (409, "SKU_TAKEN")
    other = admin.expect_ok("POST", "/products", build_body("Q-2", f"Mu{hidden}gs"))

    assert other["category"] == created["category"] == "Mugs"


def test_pages_neither_repeat_nor_skip_products_while_the_list_changes(
    nobody: ApiClient, admin: ApiClient, on_sale: OnSale
) -> None:
    ids = [on_sale(name=f"Lamp {n}") for n in range(6)]

    first = nobody.expect_ok("GET", "/products", limit=2)
    on_sale(name="New one")
    admin.expect_ok("DELETE", f"/products/{ids[1]}")
    second = nobody.expect_ok("GET", "/products", limit=2, lastKey=first["lastKey"])
    third = nobody.expect_ok("GET", "/products", limit=2, lastKey=second["lastKey"])

    names = [item["name"] for page in (first, second, third) for item in page["items"]]
    assert names == ["Lamp 5", "Lamp 4", "Lamp 3", "Lamp 2", "Lamp 0"]
    assert "lastKey" not in third


def test_a_category_narrows_the_list(nobody: ApiClient, on_sale: OnSale) -> None:
    on_sale(category="Kitchen")
    on_sale(category="Garden", name="Rake")

    [rake] = nobody.expect_ok("GET", "/products", category="Garden")["items"]

    assert rake["name"] == "Rake"
    assert nobody.expect_ok("GET", "/categories")["items"] == [
        {"name": "Garden", "count": 1},
        {"name": "Kitchen", "count": 1},
    ]


@pytest.mark.parametrize("typed", ["Mugs", "mugs", " MUGS ", "\uff2dugs"])
def test_spellings_of_a_category_are_one(
    nobody: ApiClient, on_sale: OnSale, typed: str
) -> None:
    for category in ("mugs", "Mugs", "Mugs", "Mugs "):
        on_sale(category=category)
    on_sale(category="Garden")

    page = nobody.expect_ok("GET", "/products", category=typed)

    assert len(page["items"]) == 4
    assert nobody.expect_ok("GET", "/categories")["items"] == [
        {"name": "Garden", "count": 1},
        {"name": "mugs", "count": 4},
    ]


@pytest.mark.parametrize("length", [1, 20])
@pytest.mark.parametrize(
    ("path", "cost"), [("/products", 1), ("/admin/products", 1), ("/categories", 1)]
)
def test_a_list_costs_the_same_statements_whatever_its_length(
    admin: ApiClient,
    on_sale: OnSale,
    statements: list[str],
    path: str,
    cost: int,
    length: int,
) -> None:
    for _ in range(length):
        on_sale(variants=3)
    statements.clear()

    admin.expect_ok("GET", path)

    assert len(statements) == cost


def test_admins_see_fields_that_customers_do_not(
    admin: ApiClient, runtime: Runtime, sell: Callable[..., None]
) -> None:
    created = admin.expect_ok("POST", "/products", KETTLE)
    sell(created["variants"][0], 2, paid=False)
    path = f"/products/{created['productId']}"
    public = admin.expect_ok("GET", path)
    with runtime.db.unit_of_work() as session:
        session.get_one(Product, UUID(created["productId"])).external_ref = "icecat:39"
    admin.call("DELETE", path)

    seen = admin.expect_ok("GET", f"/admin{path}")

    [variant], [public_variant] = seen["variants"], public["variants"]
    assert variant == {**public_variant, "stock": 5, "onHand": 7, "held": 2}
    assert seen == {
        **public,
        "variants": [variant],
        "isActive": False,
        "externalRef": "icecat:39",
        "version": 2,
        "updatedAt": seen["updatedAt"],
    }
    assert admin.expect_ok("GET", "/admin/products")["items"] == [seen]
    assert admin.expect_error("GET", path) == (404, "PRODUCT_NOT_FOUND")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"price": -1}, "price"),
        ({"price": 1.001}, "price"),
        ({"price": "NaN"}, "price"),
        ({"price": "1e999999"}, "price"),
        ({"attributes": {"a": float("inf")}}, "attributes"),
        ({"stock": -1}, "stock"),
        ({"stock": None}, "stock"),
        ({"price": None}, "price"),
        ({"variants": [{"price": 1}]}, "variants.0.stock"),
        ({"price": "1.250"}, "price"),
        ({"stock": "1.000"}, "stock"),
        ({"variants": [{"price": 1, "stock": "1.000"}]}, "variants.0.stock"),
        ({"attributes": {"Care": "30 °C", "Care ": "60 °C"}}, "attributes"),
        ({"name": ""}, "name"),
        ({"category": None}, "category"),
        ({"imageUrl": "javascript:alert(1)"}, "imageUrl"),
        ({"imageUrl": "//other.example/a.png"}, "imageUrl"),
        ({"name": "a\x00b"}, "name"),
        ({"variants": [{"sku": "\x00", "price": 1, "stock": 1}]}, "variants.0.sku"),
    ],
)
def test_an_invalid_field_is_named(
    admin: ApiClient, change: dict[str, object], field: str
) -> None:
    response = admin.call("POST", "/products", {**KETTLE, **change})

    assert response.status_code == 400
    error = response.get_json()["error"]
    assert error["code"] == "INVALID_REQUEST"
    assert [problem["field"] for problem in error["details"]["problems"]] == [field]


def test_options_with_two_names_that_are_one_are_refused(admin: ApiClient) -> None:
    variant = {"price": 1, "stock": 1, "options": {"Size": "S", "Size ": "L"}}
    body = {"name": "Cup", "category": "Kitchen", "variants": [variant]}

    response = admin.call("POST", "/products", body)

    assert response.status_code == 400
    assert response.get_json()["error"]["message"] == (
        "variants.0.options: has two names that are the same text, written in "
        "different ways"
    )


def test_a_number_in_a_text_is_the_one_that_was_written(admin: ApiClient) -> None:
    body = {**KETTLE, "price": "1250.00", "stock": "1000"}

    created = admin.expect_ok("POST", "/products", body)

    assert (created["price"], created["stock"]) == (1250, 1000)


def test_an_unknown_product_is_not_found(nobody: ApiClient) -> None:
    unknown = nobody.expect_error("GET", f"/products/{uuid4()}")
    assert unknown == (404, "PRODUCT_NOT_FOUND")

"""Changing a product by PUT: its variants, and stock that is sold in the meantime."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.api_client import ApiClient
from tests.support.factories import RowFactory
from tests.support.locks import count_lock_waiters
from tests.support.waiting import eventually
from webapp.bootstrap import Runtime
from webapp.catalog import service as catalog
from webapp.catalog.drafts import ProductDraft, VariantDraft
from webapp.integrity import service as integrity
from webapp.kit.clock import utc_now
from webapp.kit.money import Currency

Sell = Callable[..., None]
LAMP = {"name": "Lamp", "category": "Light", "price": 5, "stock": 5}
READ_ONLY = {"onHand", "held"}
"""Fields of a variant's answer that its request lacks."""
SHIRT: dict[str, Any] = {
    "name": "Shirt",
    "category": "Clothes",
    "variants": [
        {"sku": "S", "options": {"Size": "S"}, "price": 20, "stock": 3},
        {"sku": "L", "options": {"Size": "L"}, "price": 18.5, "stock": 4},
    ],
}


@pytest.fixture(autouse=True)
def stock_movements_reconcile(runtime: Runtime) -> Iterator[None]:
    yield
    with runtime.db.unit_of_work() as session:
        findings = integrity.check_invariants(
            session, stripe_ledger=None, now=utc_now()
        )
    [stock] = [x for x in findings if x.invariant.name == "shelves-reconcile"]
    assert stock.holds


def skus(product: dict[str, Any]) -> dict[str, Any]:
    """SKU → variant id, in the order of the variants."""
    return {each["sku"]: each["variantId"] for each in product["variants"]}


def stocks(product: dict[str, Any]) -> list[int]:
    return [variant["stock"] for variant in product["variants"]]


def with_variants(*variants: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Build a change; of variants as they are answered, what can be changed."""
    changes = [
        {name: value for name, value in variant.items() if name not in READ_ONLY}
        for variant in variants
    ]
    return {**SHIRT, "variants": changes, **fields}


@pytest.fixture
def lamp(admin: ApiClient) -> dict[str, Any]:
    created: dict[str, Any] = admin.expect_ok("POST", "/products", LAMP)
    return created


@pytest.fixture
def shirt(admin: ApiClient) -> dict[str, Any]:
    created: dict[str, Any] = admin.expect_ok("POST", "/products", SHIRT)
    return created


def path_of(product: dict[str, Any]) -> str:
    return f"/products/{product['productId']}"


def test_a_change_without_stock_leaves_units_sold_in_the_meantime_sold(
    admin: ApiClient, sell: Sell, lamp: dict[str, Any]
) -> None:
    sell(lamp["variants"][0], 2)

    body = {"name": "Lamp", "category": "Light", "price": 6, "version": 1}
    changed = admin.expect_ok("PUT", path_of(lamp), body)

    assert (changed["price"], changed["stock"]) == (6, 3)


@pytest.mark.parametrize(("stock", "left"), [(5, 3), (9, 7), (2, 0)])
def test_with_stock_seen_only_the_difference_is_applied(
    admin: ApiClient, sell: Sell, lamp: dict[str, Any], stock: int, left: int
) -> None:
    sell(lamp["variants"][0], 1)
    sell(lamp["variants"][0], 1, paid=False)

    body = {**LAMP, "stock": stock, "stockSeen": 5, "version": 1}

    assert admin.expect_ok("PUT", path_of(lamp), body)["stock"] == left
    assert admin.expect_error("PUT", path_of(lamp), body) == (409, "PRODUCT_CHANGED")


def test_units_sold_in_the_meantime_cannot_be_removed(
    admin: ApiClient, sell: Sell, lamp: dict[str, Any]
) -> None:
    [variant] = lamp["variants"]
    sell(variant, 4)

    response = admin.call("PUT", path_of(lamp), {**LAMP, "stock": 3, "stockSeen": 5})

    error = response.get_json()["error"]
    assert (response.status_code, error["code"]) == (409, "STOCK_GONE")
    assert (error["details"]["sku"], error["details"]["stock"]) == (variant["sku"], 1)
    assert admin.expect_ok("GET", path_of(lamp))["stock"] == 1


def test_stock_seen_applies_to_each_variant(
    admin: ApiClient, sell: Sell, shirt: dict[str, Any]
) -> None:
    small, large = shirt["variants"]
    sell(small, 2)
    sell(large, 1)

    changed = admin.expect_ok(
        "PUT",
        path_of(shirt),
        with_variants(
            {**small, "stock": 5, "stockSeen": 3},
            {"sku": "L", "price": 17},
            {"sku": "XL", "price": 21},
        ),
    )

    assert stocks(changed) == [3, 3, 0]


def test_stock_without_stock_seen_sets_the_stock(
    admin: ApiClient, sell: Sell, lamp: dict[str, Any]
) -> None:
    sell(lamp["variants"][0], 2)

    assert admin.expect_ok("PUT", path_of(lamp), {**LAMP, "stock": 8})["stock"] == 8


def test_skus_identify_existing_variants(
    admin: ApiClient, shirt: dict[str, Any]
) -> None:
    small, large = SHIRT["variants"]

    changed = admin.expect_ok(
        "PUT", path_of(shirt), with_variants({**large, "price": 9}, small)
    )

    assert skus(changed) == {"L": skus(shirt)["L"], "S": skus(shirt)["S"]}
    assert list(skus(changed)) == ["L", "S"]
    assert changed["price"] == 9


def test_two_variants_can_swap_their_skus(
    admin: ApiClient, shirt: dict[str, Any]
) -> None:
    small, large = shirt["variants"]

    swapped = with_variants({**small, "sku": "L"}, {**large, "sku": "S"})
    changed = admin.expect_ok("PUT", path_of(shirt), swapped)

    assert skus(changed) == {"L": small["variantId"], "S": large["variantId"]}


def test_a_sku_that_a_variant_gives_up_can_be_used_by_another(
    admin: ApiClient, shirt: dict[str, Any]
) -> None:
    small, _ = shirt["variants"]

    renamed = with_variants({**small, "sku": "L"}, {"sku": "S", "price": 1, "stock": 9})
    changed = admin.expect_ok("PUT", path_of(shirt), renamed)

    assert skus(changed)["L"] == small["variantId"]
    assert skus(changed)["S"] not in skus(shirt).values()
    assert stocks(changed) == [3, 9]


def test_a_variant_may_be_given_only_once(
    admin: ApiClient, shirt: dict[str, Any]
) -> None:
    small, _ = shirt["variants"]
    unnamed = SHIRT["variants"][0]

    by_id = with_variants(small, {**small, "sku": "M"})
    assert admin.expect_error("PUT", path_of(shirt), by_id) == (
        404,
        "VARIANT_NOT_FOUND",
    )
    by_sku = with_variants(unnamed, unnamed)
    assert admin.expect_error("PUT", path_of(shirt), by_sku) == (409, "SKU_TAKEN")


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"price": 1, "stock": 2}, ["price", "stock"]),
        ({"price": 0}, ["price"]),
        ({"stock": 0}, ["stock"]),
    ],
)
def test_a_flat_change_does_not_remove_several_variants(
    admin: ApiClient, shirt: dict[str, Any], given: dict[str, Any], fields: list[str]
) -> None:
    flat = {"name": "Shirts", "category": "Clothes"}

    response = admin.call("PUT", path_of(shirt), {**flat, **given})

    error = response.get_json()["error"]
    assert (response.status_code, error["code"]) == (400, "PRODUCT_HAS_VARIANTS")
    assert error["details"]["fields"] == fields
    assert admin.expect_ok("GET", f"/admin{path_of(shirt)}") == shirt


def test_a_change_without_variants_leaves_them_unchanged(
    admin: ApiClient, shirt: dict[str, Any]
) -> None:
    changed = admin.expect_ok(
        "PUT", path_of(shirt), {"name": "Shirts", "category": "Clothes"}
    )

    assert (changed["name"], changed["version"]) == ("Shirts", 2)
    assert changed["variants"] == shirt["variants"]


def test_a_flat_change_leaves_other_fields_of_the_only_variant_unchanged(
    admin: ApiClient,
) -> None:
    created = admin.expect_ok("POST", "/products", with_variants(SHIRT["variants"][0]))

    changed = admin.expect_ok("PUT", path_of(created), {**LAMP, "price": 19})

    expected = {"price": 19, "stock": 5, "onHand": 5}
    assert changed["variants"] == [{**created["variants"][0], **expected}]


def test_a_flat_change_keeps_a_sku_and_options_from_before_the_limits(
    admin: ApiClient, runtime: Runtime
) -> None:
    sku, options = "S" * 101, {str(n): "x" for n in range(11)}
    with runtime.db.unit_of_work() as session:
        product = RowFactory(session).product()
        product.variants[0].sku, product.variants[0].options = sku, options
        path = f"/products/{product.id}"

    [variant] = admin.expect_ok("PUT", path, LAMP)["variants"]

    assert (variant["sku"], variant["options"]) == (sku, options)
    assert (variant["price"], variant["stock"]) == (5, 5)


def test_a_variant_held_by_an_unpaid_order_cannot_be_removed(
    admin: ApiClient, sell: Sell, shirt: dict[str, Any]
) -> None:
    small, large = shirt["variants"]
    sell(small, 1, paid=False)

    response = admin.call("PUT", path_of(shirt), with_variants(large))

    error = response.get_json()["error"]
    assert (response.status_code, error["code"]) == (409, "VARIANT_HELD")
    assert (error["details"]["sku"], error["details"]["held"]) == ("S", 1)


def test_a_variant_without_holds_is_removed(
    admin: ApiClient, customer: ApiClient, shirt: dict[str, Any]
) -> None:
    small, large = shirt["variants"]
    customer.expect_ok(
        "POST",
        "/cart",
        {"productId": shirt["productId"], "variantId": small["variantId"]},
    )

    changed = admin.expect_ok("PUT", path_of(shirt), with_variants(large))

    assert changed["variants"] == [large]
    assert customer.expect_ok("GET", "/cart")["items"] == []


def test_of_two_concurrent_products_with_one_sku_the_second_is_refused(
    admin: ApiClient, runtime: Runtime
) -> None:
    draft = ProductDraft(
        name="Cup",
        category="Kitchen",
        currency=Currency.USD,
        variants=[VariantDraft(100, 1, sku="S")],
    )

    with ThreadPoolExecutor(1) as pool:
        with runtime.db.unit_of_work() as session:
            catalog.create_product(session, draft=draft)
            second = pool.submit(admin.expect_error, "POST", "/products", SHIRT)
            eventually(lambda: count_lock_waiters(runtime.db))
        assert second.result(timeout=10) == (409, "SKU_TAKEN")


def test_without_a_currency_a_product_keeps_its_own(admin: ApiClient) -> None:
    created = admin.expect_ok("POST", "/products", {**LAMP, "currency": "EUR"})

    assert admin.expect_ok("PUT", path_of(created), LAMP)["currency"] == "EUR"
    assert (
        admin.expect_ok("PUT", path_of(created), {**LAMP, "currency": "GBP"})[
            "currency"
        ]
        == "GBP"
    )

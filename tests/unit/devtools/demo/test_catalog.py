"""The demo products: complete, distinct and plausible to a shopper."""

import re
from collections import Counter

import pytest

from webapp.devtools.demo.catalog import DemoProduct, load_catalog, slugify

PRODUCTS = load_catalog()
VARIANTS = [variant for product in PRODUCTS for variant in product.variants]


def test_there_are_about_two_hundred_products_in_twelve_categories() -> None:
    sizes = Counter(product.category for product in PRODUCTS)

    assert 195 <= len(PRODUCTS) <= 210
    assert len(sizes) == 12
    assert min(sizes.values()) >= 15


@pytest.mark.parametrize("field", ["id", "slug", "name"])
def test_no_two_products_share(field: str) -> None:
    values = [getattr(product, field) for product in PRODUCTS]

    assert len(set(values)) == len(values)


def test_no_two_variants_share_an_id_or_a_sku() -> None:
    assert len({variant.id for variant in VARIANTS}) == len(VARIANTS)
    assert len({variant.sku for variant in VARIANTS}) == len(VARIANTS)


def test_every_product_is_described_in_full() -> None:
    assert [product.slug for product in PRODUCTS if not is_complete(product)] == []


def is_complete(product: DemoProduct) -> bool:
    sentences = re.findall(r"[.!?](?= |$)", product.description)
    is_described = 2 <= len(sentences) <= 5 and 80 < len(product.description) < 400
    return bool(
        is_described
        and product.tags
        and product.attributes
        and 1 <= product.popularity <= 10
    )


def test_the_variants_of_a_product_differ_in_their_options() -> None:
    for product in PRODUCTS:
        options = [tuple(variant.options.items()) for variant in product.variants]

        assert len(set(options)) == len(options), product.slug
        assert all(options) or len(options) == 1, product.slug


def test_prices_are_those_of_a_general_store() -> None:
    prices = sorted(variant.price_minor for variant in VARIANTS)

    assert prices[0] >= 5_00
    assert prices[-1] <= 2_000_00
    assert 20_00 <= prices[len(prices) // 2] <= 80_00


def test_some_products_are_sold_out_some_nearly_and_some_discontinued() -> None:
    stock = [v.stock for p in PRODUCTS if p.is_active for v in p.variants]

    assert 3 <= sum(units == 0 for units in stock) <= 15
    assert 5 <= sum(0 < units <= 3 for units in stock) <= 30
    assert 3 <= sum(not product.is_active for product in PRODUCTS) <= 10


@pytest.mark.parametrize(
    ("tag", "category", "below_minor"),
    [
        ("headphones", "Electronics", 100_00),
        ("gaming", "Electronics", 1_000_00),
        ("waterproof", "Outdoor", 200_00),
        ("kettle", "Kitchen", 50_00),
        ("coffee", "Coffee & Tea", 20_00),
    ],
)
def test_products_that_customers_ask_the_assistant_for_exist(
    tag: str, category: str, below_minor: int
) -> None:
    assert any(
        tag in " ".join([*product.tags, product.name.lower()])
        and product.category == category
        and variant.price_minor < below_minor
        and variant.stock
        for product in PRODUCTS
        for variant in product.variants
    )


def test_an_extra_adds_to_the_price_of_its_variant() -> None:
    [laptop] = [p for p in PRODUCTS if p.slug == "vantar-ember-15-gaming-laptop"]

    assert [(v.sku, v.options, v.price_minor) for v in laptop.variants] == [
        ("ELE-006-512GB", {"Storage": "512 GB"}, 949_00),
        ("ELE-006-1TB", {"Storage": "1 TB"}, 1_039_00),
    ]


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Kiln & Co Stoneware Mug 350 ml", "kiln-co-stoneware-mug-350-ml"),
        ("A Clockmaker's Guide", "a-clockmakers-guide"),
        ("Teapot 1.2 l", "teapot-1-2-l"),
    ],
)
def test_a_slug_has_only_letters_digits_and_hyphens(text: str, slug: str) -> None:
    assert slugify(text) == slug

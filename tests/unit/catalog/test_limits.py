"""The services, the API and files have the same limits of products."""

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from webapp.catalog.drafts import (
    ProductDetails,
    ProductDraft,
    VariantDraft,
    VariantUpsert,
)
from webapp.catalog.schemas import ProductBody
from webapp.imports.product_row import ProductFileRow
from webapp.kit.money import to_major


def number(count: int) -> list[str]:
    return [str(n) for n in range(count)]


DETAILS: list[tuple[str, Any, Any]] = [
    ("name", "x" * 500, "x" * 501),
    ("name", "x", ""),
    ("description", "x" * 20_000, "x" * 20_001),
    ("brand", "x" * 200, "x" * 201),
    ("category", "x" * 200, "x" * 201),
    ("image_url", "/" + "x" * 1_999, "/" + "x" * 2_000),
    ("image_url", "/a.svg", "javascript:alert(1)"),
    ("tags", number(50), number(51)),
    ("tags", ["x" * 200], ["x" * 201]),
    ("attributes", dict.fromkeys(number(200)), dict.fromkeys(number(201))),
    ("attributes", {"x" * 200: 1}, {"x" * 201: 1}),
]
OF_VARIANT: list[tuple[str, Any, Any]] = [
    ("sku", "x" * 100, "x" * 101),
    ("options", dict.fromkeys(number(10), "x"), dict.fromkeys(number(11), "x")),
    ("options", {"x": "x" * 200}, {"x": "x" * 201}),
    ("price_minor", 99_999_999_99, 100_000_000_00),
    ("price_minor", 0, -1),
    ("stock", 10_000_000, 10_000_001),
    ("stock", 0, -1),
    ("stock_seen", 10_000_000, 10_000_001),
]
NAMES_IN_JSON = {
    "image_url": "imageUrl",
    "price_minor": "price",
    "stock_seen": "stockSeen",
}


def build_details(**values: Any) -> None:
    ProductDetails(**{"name": "Cup", "category": "Kitchen", **values})


def build_variant(**values: Any) -> None:
    VariantDraft(**{"price_minor": 100, "stock": 1, **values})


def build_upsert(**values: Any) -> None:
    given = {"sku": "S", "options": {}, "price_minor": 100, "stock": 1, **values}
    VariantUpsert(**given, is_stock_counted=True)


def convert_to_json(values: dict[str, Any]) -> dict[str, Any]:
    return {
        NAMES_IN_JSON.get(name, name): to_major(value)
        if name == "price_minor"
        else value
        for name, value in values.items()
    }


def parse_file_row(**values: Any) -> None:
    given = {"name": "Cup", "category": "Kitchen", "sku": "S", "price": 1}
    ProductFileRow.model_validate({**given, **convert_to_json(values)})


def parse_body(**values: Any) -> None:
    given = {"name": "Cup", "category": "Kitchen", "price": 1, "stock": 1}
    ProductBody.model_validate({**given, **convert_to_json(values)})


def parse_variant_body(**values: Any) -> None:
    variant = {"price": 1, "stock": 1, **convert_to_json(values)}
    body = {"name": "Cup", "category": "Kitchen", "variants": [variant]}
    ProductBody.model_validate(body)


@pytest.mark.parametrize("build", [build_details, parse_file_row, parse_body])
@pytest.mark.parametrize(("field", "allowed", "beyond"), DETAILS)
def test_details_beyond_a_limit_cannot_be_built(
    build: Callable[..., None], field: str, allowed: Any, beyond: Any
) -> None:
    build(**{field: allowed})
    with pytest.raises(ValidationError):
        build(**{field: beyond})


@pytest.mark.parametrize(
    "build", [build_variant, build_upsert, parse_file_row, parse_variant_body]
)
@pytest.mark.parametrize(("field", "allowed", "beyond"), OF_VARIANT)
def test_a_variant_beyond_a_limit_cannot_be_built(
    build: Callable[..., None], field: str, allowed: Any, beyond: Any
) -> None:
    build(**{field: allowed})
    with pytest.raises(ValidationError):
        build(**{field: beyond})


def test_a_product_has_a_limited_number_of_variants() -> None:
    variants = [VariantDraft(100, 1)] * 201
    bodies = [{"price": 1, "stock": 1}] * 201
    given: dict[str, Any] = {"name": "Cup", "category": "Kitchen"}

    ProductDraft(**given, variants=variants[1:])
    ProductBody.model_validate({**given, "variants": bodies[1:]})
    with pytest.raises(ValidationError):
        ProductDraft(**given, variants=variants)
    with pytest.raises(ValidationError):
        ProductBody.model_validate({**given, "variants": bodies})

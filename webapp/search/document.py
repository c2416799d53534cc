"""Builds the search document of a product. Pure."""

import re
from collections.abc import Iterator

from webapp.adapters.search.port import ProductDocument
from webapp.catalog.models import Product

CODE_ATTRIBUTE = re.compile(
    r"\b(ean|gtin|upc|isbn|issn|asin|mpn|sku|model|part|item|article|product code)"
    r"(\b|\d|s?$)",
    re.IGNORECASE,
)
"""Names of attributes that are codes."""
MIN_CODE_NUMBER = 10_000_000
"""A number from here on, as that of an EAN-8, is a code whatever the attribute is called."""


def build_document(product: Product, *, units_sold: int) -> ProductDocument:
    variants = product.variants
    options = [value for variant in variants for value in variant.options.values()]
    return ProductDocument(
        product_id=product.id,
        version=product.version,
        name=product.name,
        brand=product.brand,
        description=product.description,
        category=product.category,
        tags=tuple(product.tags),
        attributes=" ".join(
            (*_iter_texts(product.attributes), *dict.fromkeys(options))
        ),
        codes=tuple(dict.fromkeys(_iter_codes(product))),
        price_minor=min((variant.price_minor for variant in variants), default=0),
        in_stock=any(variant.stock > 0 for variant in variants),
        created_at=product.created_at,
        popularity=units_sold,
    )


def _iter_codes(product: Product) -> Iterator[str]:
    yield from (variant.sku for variant in product.variants)
    for name, value in product.attributes.items():
        if CODE_ATTRIBUTE.search(name):
            yield from _iter_texts(value)
            yield from map(str, _iter_numbers(value))
        else:
            numbers = _iter_numbers(value)
            yield from (str(number) for number in numbers if number >= MIN_CODE_NUMBER)


def _iter_numbers(value: object) -> Iterator[int]:
    """Yield the whole numbers of an attribute value, nested ones included."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        if float(value).is_integer():
            yield int(value)
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _iter_numbers(item)


def _iter_texts(value: object) -> Iterator[str]:
    """Yield the texts of an attribute value, nested ones included.

    Numbers and booleans are left out: customers do not search for them.
    """
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _iter_texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _iter_texts(item)

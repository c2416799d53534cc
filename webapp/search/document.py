"""Builds the search document of a product. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence

from webapp.adapters.search.port import ProductDocument
from webapp.catalog.models import Product
from webapp.kit.quantities import Quantity, find_quantities

CODE_ATTRIBUTE = re.compile(
    r"\b(ean|gtin|upc|isbn|issn|asin|mpn|sku|model|part|item|article|product code)"
    r"(\b|\d|s?$)",
    re.IGNORECASE,
)
"""Names of attributes that are codes."""
MIN_DIGITS = 8
"""A number with as many, as an EAN has, is a code whatever the attribute is called."""

TYPE_ATTRIBUTE = re.compile(r"^(product )?(type|kind|category)$", re.IGNORECASE)
"""Names of attributes that say what the product is, not which one it is."""
VALUE_SEPARATOR = re.compile(r"\s*[,;/]\s*")

_CAMEL_CASE = re.compile(r"(?<=[a-z])(?=[A-Z])|_")


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
        qualities=tuple(dict.fromkeys(_iter_qualities(product.attributes, options))),
        codes=tuple(dict.fromkeys(_iter_codes(product))),
        price_minor=min((variant.price_minor for variant in variants), default=0),
        in_stock=any(variant.stock > 0 for variant in variants),
        created_at=product.created_at,
        popularity=units_sold,
        sizes=_list_sizes(product, options),
    )


def _list_sizes(product: Product, options: Sequence[str]) -> tuple[Quantity, ...]:
    """Of all that its texts name, each once."""
    texts = (
        *(product.name, product.description),
        *_iter_texts(product.attributes),
        *options,
    )
    found = (each.quantity for text in texts for each in find_quantities(text))
    return tuple(dict.fromkeys(found))


def _iter_codes(product: Product) -> Iterator[str]:
    yield from (variant.sku for variant in product.variants)
    yield from _iter_attribute_codes(product.attributes, is_code=False)


def _iter_attribute_codes(value: object, *, is_code: bool) -> Iterator[str]:
    """Yield the codes of an attribute value, nested ones included."""
    if isinstance(value, dict):
        for name, item in value.items():
            is_named_code = is_code or _is_code_attribute(name)
            yield from _iter_attribute_codes(item, is_code=is_named_code)
    elif isinstance(value, list):
        for item in value:
            yield from _iter_attribute_codes(item, is_code=is_code)
    elif (text := _write_code(value)) and (is_code or _is_long_number(text)):
        yield text


def _is_code_attribute(name: str) -> bool:
    """`partNumber` is the same as `part number`."""
    return CODE_ATTRIBUTE.search(_CAMEL_CASE.sub(" ", name)) is not None


def _write_code(value: object) -> str:
    """A text as it is, and a whole number without the exponent of a float."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return str(int(value)) if float(value).is_integer() else ""


def _is_long_number(text: str) -> bool:
    digits = "".join(text.split()).lstrip("0")
    return digits.isdecimal() and len(digits) >= MIN_DIGITS


def _iter_qualities(
    attributes: dict[str, object], options: Iterable[str]
) -> Iterator[str]:
    """Yield values of one word, but not that of the type of the product."""
    named = [value for name, value in attributes.items() if not _is_type(name)]
    for text in (*_iter_texts(named), *options):
        yield from (value for value in VALUE_SEPARATOR.split(text) if value.isalpha())


def _is_type(name: str) -> bool:
    return TYPE_ATTRIBUTE.search(_CAMEL_CASE.sub(" ", name)) is not None


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

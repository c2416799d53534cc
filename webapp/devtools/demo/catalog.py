"""Loads the products of the demo shop from `products/*.toml`.

Each file is a category. The product of all `options` gives the variants, `extra` is added to
the price for an option value, `stock` is a number or a list with one per variant, and
`launched` counts days before today.
"""

import itertools
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from webapp.kit.money import to_minor

FOLDER = Path(__file__).parent / "products"
# Fixed, so that product ids are the same in every demo shop and docs can name them.
NAMESPACE = UUID("6f0d1c1e-5e2a-4c39-9d9b-8f6a0d8b5a67")


@dataclass(frozen=True, eq=False)
class DemoVariant:
    """Compared and hashed by identity: there is one object per variant."""

    id: UUID
    sku: str
    options: dict[str, str]
    price_minor: int
    stock: int


@dataclass(frozen=True, eq=False)
class DemoProduct:
    """Compared and hashed by identity: there is one object per product."""

    id: UUID
    slug: str
    name: str
    brand: str
    category: str
    description: str
    tags: list[str]
    attributes: dict[str, str]
    is_active: bool
    variants: tuple[DemoVariant, ...]
    popularity: int
    """From 1 to 10: how often it is bought, compared to other products."""
    launched_days_ago: int | None
    """`None` for a product sold since the shop opened."""
    picture: str
    color: str
    accent: str

    @property
    def picture_path(self) -> str:
        """Path of its picture in the storage."""
        return f"media/products/{self.slug}.svg"

    @property
    def image_url(self) -> str:
        return f"/{self.picture_path}"


@cache
def load_catalog() -> tuple[DemoProduct, ...]:
    """Every product, in the order of the files."""
    return tuple(
        product
        for path in sorted(FOLDER.glob("*.toml"))
        for product in _load_category(path)
    )


def _load_category(path: Path) -> Iterator[DemoProduct]:
    file = tomllib.loads(path.read_text())
    for position, entry in enumerate(file["products"], start=1):
        yield _build_product(entry, file["category"], f"{file['code']}-{position:03}")


def _build_product(entry: Mapping[str, Any], category: str, sku: str) -> DemoProduct:
    slug = slugify(f"{entry['brand']} {entry['name']}")
    return DemoProduct(
        id=uuid5(NAMESPACE, slug),
        slug=slug,
        name=entry["name"],
        brand=entry["brand"],
        category=category,
        description=entry["description"],
        tags=entry["tags"],
        attributes=entry["attributes"],
        is_active=entry.get("active", True),
        variants=tuple(_iter_variants(entry, sku)),
        popularity=entry["popularity"],
        launched_days_ago=entry.get("launched"),
        picture=entry["picture"],
        color=entry["color"],
        accent=entry.get("accent", "mustard"),
    )


def _iter_variants(entry: Mapping[str, Any], sku: str) -> Iterator[DemoVariant]:
    options: dict[str, list[str]] = entry.get("options", {})
    extra: dict[str, str] = entry.get("extra", {})
    choices = list(itertools.product(*options.values()))
    stock = entry["stock"] if isinstance(entry["stock"], list) else [entry["stock"]]
    for choice, units in zip(choices, stock, strict=True):
        variant_sku = "-".join([sku, *map(_sku_part, choice)])
        yield DemoVariant(
            id=uuid5(NAMESPACE, variant_sku),
            sku=variant_sku,
            options=dict(zip(options, choice, strict=True)),
            price_minor=to_minor(entry["price"])
            + sum(to_minor(extra.get(value, "0")) for value in choice),
            stock=units,
        )


def slugify(text: str) -> str:
    """`Kiln & Co Stoneware Mug` → `kiln-co-stoneware-mug`."""
    words = "".join(c if c.isalnum() else " " for c in text.lower().replace("'", ""))
    return "-".join(words.split())


def _sku_part(value: str) -> str:
    return "".join(c for c in value if c.isalnum()).upper()[:8]

"""Mapping files: how the columns of someone's file become our fields. Pure but for reading.

The format is explained, with examples, in `docs/importing.md`.
"""

import re
import tomllib
from collections.abc import Collection, Iterable
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    Field,
    ValidationError,
)

from webapp.imports.columns import Column, ColumnSpec, MappingModel, Pattern
from webapp.imports.errors import WrongMapping

ImportKind = Literal["products", "orders"]
BUILTIN_MAPPINGS: dict[str, ImportKind] = {
    "icecat": "products",
    "online-retail": "orders",
}


class CategoryRule(MappingModel):
    """A category and how its products are recognised; the first rule that fits wins."""

    name: str
    words: tuple[Pattern, ...] = ()
    """Regular expressions, found in any case at the beginning of a word."""
    columns: tuple[str, ...] = ()
    """Where the words are looked for; the name when none is given."""

    @cached_property
    def _found(self) -> re.Pattern[str] | None:
        if not self.words:
            return None
        return re.compile(rf"\b(?:{'|'.join(self.words)})", re.IGNORECASE)

    def matches(self, texts: Iterable[str]) -> bool:
        found = self._found
        return found is not None and any(found.search(text) for text in texts)


class AttributeRules(MappingModel):
    """What else is known of a product, under readable names."""

    column: str | None = None
    """A column that holds an object of many."""
    columns: dict[str, ColumnSpec] = {}
    """Attributes from columns of their own, by the name they get."""
    remove_prefix: Pattern | None = None
    """Cut off the beginning of each name, as a regular expression."""
    drop: tuple[str, ...] = ()
    """Names (with `*`) that nobody shops by."""
    capitals: frozenset[str] = frozenset()
    """Words that are written in capitals."""


Source = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]


class ProductMapping(MappingModel):
    kind: Literal["products"]
    source: Source
    """Names the shop that the file comes from; references are `source:id`."""
    id: ColumnSpec
    parent: ColumnSpec | None = None
    """Rows with the same parent are variants of one product."""
    name: ColumnSpec
    price: ColumnSpec
    description: ColumnSpec | None = None
    brand: ColumnSpec | None = None
    category: ColumnSpec | None = None
    currency: ColumnSpec | None = None
    """The shop's own when not given."""
    stock: ColumnSpec = Column(constant=0)
    sku: ColumnSpec | None = None
    image_url: ColumnSpec | None = None
    tags: ColumnSpec | None = None
    active: ColumnSpec | None = None
    options: dict[str, ColumnSpec] = {}
    """What tells variants apart, by the name customers see: Size, Colour."""
    attributes: AttributeRules = AttributeRules()
    categories: tuple[CategoryRule, ...] = ()
    """For rows without a category."""
    categories_also_in: tuple[str, ...] = ()
    """Columns in which all rules are tried again when none fits the first time."""
    other: str = "Other"
    """The category when no rule fits."""

    def find_missing_columns(self, found: Collection[str]) -> list[str]:
        """Columns that every row needs and the file does not have."""
        return _missing(found, self.id, self.name, self.price)


def _missing(found: Collection[str], *needed: Column) -> list[str]:
    names = (each.column for each in needed if each.default is None)
    return [name for name in names if name and name.split(".")[0] not in found]


class KindRule(MappingModel):
    """What a line is when all conditions given are met; the first rule wins."""

    kind: Literal["SALE", "RETURN", "ADJUSTMENT"]
    order: Pattern | None = None
    """Found at the beginning of the order's number."""
    quantity: Literal["negative", "positive"] | None = None
    price: Literal["negative", "positive"] | None = None

    def matches(self, *, order: str, quantity: int, price_minor: int) -> bool:
        if self.order is not None and not re.match(self.order, order):
            return False
        return _has_sign(quantity, self.quantity) and _has_sign(price_minor, self.price)


def _has_sign(number: int, sign: str | None) -> bool:
    return sign is None or (number < 0) == (sign == "negative")


class OrderMapping(MappingModel):
    kind: Literal["orders"]
    source: Source
    order: ColumnSpec
    placed_at: ColumnSpec
    quantity: ColumnSpec
    price: ColumnSpec
    sku: ColumnSpec
    product: ColumnSpec | None = None
    """The product's id in the products file, where that is not the SKU."""
    name: ColumnSpec | None = None
    customer: ColumnSpec | None = None
    currency: ColumnSpec | None = None
    """The shop's own when not given."""
    status: ColumnSpec = Column(constant="DELIVERED")
    """`DELIVERED`, `SHIPPED` or `CANCELLED`: an order that is history."""
    lines: str | None = None
    """A column with the list of lines, when a row is a whole order."""
    address: dict[str, ColumnSpec] = {}
    kinds: tuple[KindRule, ...] = (
        KindRule(kind="ADJUSTMENT", price="negative"),
        KindRule(kind="RETURN", quantity="negative"),
    )
    categories: tuple[CategoryRule, ...] = ()
    """For products that exist only in order lines."""
    other: str = "Other"

    def find_missing_columns(self, found: Collection[str]) -> list[str]:
        """Columns that every row needs and the file does not have."""
        if self.lines in found:
            return _missing(found, self.order, self.placed_at)
        needed = (self.order, self.placed_at, self.sku, self.quantity, self.price)
        return _missing(found, *needed)


AnyMapping = ProductMapping | OrderMapping


def read_builtin_mapping(name: str) -> str:
    """The text of a mapping that comes with the platform."""
    folder = resources.files("webapp.imports.mappings")
    return folder.joinpath(f"{name}.toml").read_text("utf-8")


def list_builtin_mappings(kind: str) -> list[str]:
    return [name for name, its_kind in BUILTIN_MAPPINGS.items() if its_kind == kind]


def load_mapping(kind: ImportKind, name: str | None) -> AnyMapping:
    """A shipped mapping by name, one's own by path, or the API's own column names.

    Raises `WrongMapping` with one sentence a mistake.
    """
    if name is None or name in BUILTIN_MAPPINGS:
        return parse_mapping(
            read_builtin_mapping(name or kind), kind=kind, name=name or kind
        )
    try:
        text = Path(name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise WrongMapping(
            f"{name} is neither a mapping file nor one of {', '.join(BUILTIN_MAPPINGS)}: "
            f"{problem}"
        ) from problem
    return parse_mapping(text, kind=kind, name=name)


def detect_mapping(kind: ImportKind, found: Collection[str]) -> str | None:
    """The shipped mapping that a file was made for, where its columns tell.

    `None` stands for the API's own names: they fit, or nothing else does, or too much.
    """
    if not load_mapping(kind, None).find_missing_columns(found):
        return None
    names = list_builtin_mappings(kind)
    fitting = [
        name
        for name in names
        if not load_mapping(kind, name).find_missing_columns(found)
    ]
    return fitting[0] if len(fitting) == 1 else None


def parse_mapping(text: str, *, kind: str, name: str) -> AnyMapping:
    model = ProductMapping if kind == "products" else OrderMapping
    try:
        return model.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as problem:
        raise WrongMapping(f"{name} is not TOML: {problem}") from problem
    except ValidationError as problem:
        raise WrongMapping(f"{name}: {_explain(problem)}") from problem


def _explain(problem: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(str(part) for part in error['loc'])}: "
        f"{error['msg'].removeprefix('Value error, ')}"
        for error in problem.errors(include_url=False)
    )

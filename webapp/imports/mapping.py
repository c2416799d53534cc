"""Mapping files, which map columns of a file to fields of the shop. Pure except for reading.

The format is explained, with examples, in `docs/importing.md`.
"""

import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    Field,
    ValidationError,
)

from webapp.catalog.limits import Label
from webapp.catalog.references import OWN_SOURCE
from webapp.imports.columns import Column, ColumnSpec, MappingModel, Pattern
from webapp.imports.errors import WrongMapping
from webapp.imports.numbers import DecimalSeparator
from webapp.imports.product_row import COLUMNS

ImportKind = Literal["products", "orders"]
BUILTIN_MAPPINGS: dict[str, ImportKind] = {
    "icecat": "products",
    "online-retail": "orders",
}


class CategoryRule(MappingModel):
    """A category and how its products are recognized; the first rule that matches wins."""

    name: Label
    words: tuple[Pattern, ...] = ()
    """Regular expressions, matched case-insensitively at the beginning of a word."""
    columns: tuple[str, ...] = ()
    """Columns searched for the words; the name when none is given."""

    @cached_property
    def _word_pattern(self) -> re.Pattern[str] | None:
        if not self.words:
            return None
        return re.compile(rf"\b(?:{'|'.join(self.words)})", re.IGNORECASE)

    def matches(self, texts: Iterable[str]) -> bool:
        pattern = self._word_pattern
        return pattern is not None and any(pattern.search(text) for text in texts)


class AttributeRules(MappingModel):
    """Attributes of a product, under readable names."""

    column: str | None = None
    """A column that holds an object with many attributes."""
    columns: dict[str, ColumnSpec] = {}
    """Attributes from columns of their own, by the attribute's name."""
    remove_prefix: Pattern | None = None
    """Regular expression that is removed once from each name: a prefix."""
    drop: tuple[str, ...] = ()
    """Names (with `*` as a wildcard) that are left out: of no use to customers."""
    capitals: frozenset[str] = frozenset()
    """Words that are written in capitals."""


OTHER_CATEGORY = "Other"

Source = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]


class FileMapping(MappingModel):
    """What the mappings of products and of orders share."""

    decimal: DecimalSeparator | None = None
    """The decimal separator of all numbers in the file; each shows its own without it."""

    def list_columns(self) -> list[str]:
        """List the columns of the file that the mapping names: of `a.b`, `a` too."""
        named = list(_iter_columns([value for _, value in self]))
        outer = [name.partition(".")[0] for name in named]
        return list(dict.fromkeys([*named, *outer]))


def _iter_columns(part: object) -> Iterator[str]:
    if isinstance(part, Column):
        yield from [] if part.column is None else [part.column]
    elif isinstance(part, AttributeRules):
        yield from [] if part.column is None else [part.column]
        yield from _iter_columns(part.columns)
    elif isinstance(part, CategoryRule):
        yield from part.columns
    elif isinstance(part, Mapping):
        yield from _iter_columns(list(part.values()))
    elif isinstance(part, list | tuple):
        for each in part:
            yield from _iter_columns(each)


class ProductMapping(FileMapping):
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
    """Columns that distinguish variants, by the name customers see: Size, Color."""
    attributes: AttributeRules = AttributeRules()
    categories: tuple[CategoryRule, ...] = ()
    """For rows without a category."""
    categories_also_in: tuple[str, ...] = ()
    """Columns in which all rules are tried again when none matches the first time."""
    other: Label = OTHER_CATEGORY
    """The category when no rule matches."""

    def list_columns(self) -> list[str]:
        return [*super().list_columns(), *self.categories_also_in]

    def find_missing_columns(self, available: Collection[str]) -> list[str]:
        """List the columns that every row needs and that are not `available`."""
        return _find_missing(available, self.id, self.name, self.price)


class ProductFormat(FileMapping):
    """This shop's own product file: its columns are the format's, so nothing is mapped."""

    kind: Literal["products"] = "products"
    source: Source = OWN_SOURCE

    def list_columns(self) -> list[str]:
        return list(COLUMNS)

    def find_missing_columns(self, available: Collection[str]) -> list[str]:
        """List the columns that every row needs and that are not `available`."""
        identity = "sku" if "sku" in available else "productId"
        return [n for n in (identity, "name", "price") if n not in available]


def _find_missing(available: Collection[str], *needed: Column) -> list[str]:
    names = (each.column for each in needed if each.default is None)
    return [name for name in names if name and name.split(".")[0] not in available]


class KindRule(MappingModel):
    """The kind of an order line that meets all given conditions; the first rule wins."""

    kind: Literal["SALE", "RETURN", "ADJUSTMENT"]
    order: Pattern | None = None
    """Regular expression for the beginning of the order's number."""
    quantity: Literal["negative", "positive"] | None = None
    price: Literal["negative", "positive"] | None = None

    def matches(self, *, order: str, quantity: int, price_minor: int) -> bool:
        if self.order is not None and not re.match(self.order, order):
            return False
        return _has_sign(quantity, self.quantity) and _has_sign(price_minor, self.price)


def _has_sign(number: int, sign: str | None) -> bool:
    return sign is None or (number < 0) == (sign == "negative")


class OrderMapping(FileMapping):
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
    brand: ColumnSpec | None = None
    tags: ColumnSpec | None = None
    """A list, or a text of tags separated by commas."""
    channel: ColumnSpec | None = None
    """How the order was placed: web, store, phone …"""
    status: ColumnSpec = Column(constant="DELIVERED")
    """`DELIVERED`, `SHIPPED` or `CANCELLED`: only past orders are imported."""
    lines: str | None = None
    """A column with the list of lines, where a row is a whole order."""
    address: dict[str, ColumnSpec] = {}
    kinds: tuple[KindRule, ...] = (
        KindRule(kind="ADJUSTMENT", price="negative"),
        KindRule(kind="RETURN", quantity="negative"),
    )
    categories: tuple[CategoryRule, ...] = ()
    """Category rules for products that exist only in order lines."""
    other: Label = OTHER_CATEGORY

    def list_columns(self) -> list[str]:
        return [*super().list_columns(), *([self.lines] if self.lines else [])]

    def find_missing_columns(self, available: Collection[str]) -> list[str]:
        """List the columns that every row needs and that are not `available`."""
        if self.lines in available:
            return _find_missing(available, self.order, self.placed_at)
        needed = (self.order, self.placed_at, self.sku, self.quantity, self.price)
        return _find_missing(available, *needed)


AnyMapping = ProductMapping | ProductFormat | OrderMapping


def read_builtin_mapping(name: str) -> str:
    """Read the text of a built-in mapping."""
    folder = resources.files("webapp.imports.mappings")
    return folder.joinpath(f"{name}.toml").read_text("utf-8")


def list_builtin_mappings(kind: str) -> list[str]:
    return [name for name, each in BUILTIN_MAPPINGS.items() if each == kind]


def list_known_columns(kind: ImportKind) -> set[str]:
    """List the columns of the mappings that may be detected."""
    names = [None, *list_builtin_mappings(kind)]
    return {
        column for name in names for column in load_mapping(kind, name).list_columns()
    }


def load_mapping(kind: ImportKind, name: str | None) -> AnyMapping:
    """Load a built-in mapping by name or a mapping file by path.

    Without a name: the API's own column names. Raises `WrongMapping` with a message for each
    mistake.
    """
    if name is None and kind == "products":
        return ProductFormat()
    if name is None or name in BUILTIN_MAPPINGS:
        return parse_mapping(
            read_builtin_mapping(name or kind), kind=kind, name=name or kind
        )
    try:
        text = Path(name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongMapping(
            f"{name} is neither a mapping file nor one of {', '.join(BUILTIN_MAPPINGS)}: "
            f"{error}"
        ) from error
    return parse_mapping(text, kind=kind, name=name)


def detect_mapping(kind: ImportKind, columns: Collection[str]) -> str | None:
    """Detect the built-in mapping that fits a file by its columns.

    `None` stands for the API's own names: they fit, or no built-in mapping fits, or several
    do.
    """
    if not load_mapping(kind, None).find_missing_columns(columns):
        return None
    names = list_builtin_mappings(kind)
    fitting = [
        name
        for name in names
        if not load_mapping(kind, name).find_missing_columns(columns)
    ]
    return fitting[0] if len(fitting) == 1 else None


def parse_mapping(text: str, *, kind: str, name: str) -> AnyMapping:
    model = ProductMapping if kind == "products" else OrderMapping
    try:
        return model.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise WrongMapping(f"{name} is not TOML: {error}") from error
    except ValidationError as error:
        raise WrongMapping(f"{name}: {_explain_error(error)}") from error


def _explain_error(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(str(part) for part in detail['loc'])}: "
        f"{detail['msg'].removeprefix('Value error, ')}"
        for detail in error.errors(include_url=False)
    )

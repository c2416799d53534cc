from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from psycopg.errors import UniqueViolation
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Text,
    Uuid,
    any_,
    bindparam,
    cast,
    func,
    insert,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from webapp.catalog.errors import SkuTaken
from webapp.catalog.labels.models import LabelKind
from webapp.catalog.labels.repository import build_spelling_query
from webapp.catalog.models import Product, StockMovement, StockReason, Variant
from webapp.catalog.read_models import ProductRow, VariantRow
from webapp.catalog.references import list_references, parse_own_ids
from webapp.db.statements import Statement
from webapp.kit.ids import new_id
from webapp.kit.text import label_key

PRODUCTS, VARIANTS = Product.__table__.c, Variant.__table__.c
MOVEMENTS = StockMovement.__table__.c
VARIANT_COLUMNS = {
    **{name: VARIANTS[name] for name in VariantRow._fields if name != "stock"},
    "stock": VARIANTS.on_hand - VARIANTS.held,
}
VARIANT_ARRAYS = (
    select(
        *(
            func.array_agg(
                aggregate_order_by(column, VARIANTS.position), type_=ARRAY(column.type)
            ).label(f"variant_{name}")
            for name, column in VARIANT_COLUMNS.items()
        )
    )
    .where(VARIANTS.product_id == PRODUCTS.id)
    .lateral()
)
PRODUCT_FIELDS = ProductRow._fields[:-1]
PRODUCT_ROWS = select(
    *(PRODUCTS[name] for name in PRODUCT_FIELDS), *VARIANT_ARRAYS.c
).join(VARIANT_ARRAYS, true())


def list_products(
    session: Session,
    *,
    category: str | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[ProductRow]:
    """List products, newest first, in one statement whatever the page length."""
    statement = PRODUCT_ROWS
    if category is not None:
        label = (LabelKind.CATEGORY, label_key(category))
        statement = statement.where(PRODUCTS.category == build_spelling_query(label))
    if after is not None:
        statement = statement.where(tuple_(PRODUCTS.created_at, PRODUCTS.id) < after)
    newest = (PRODUCTS.created_at.desc(), PRODUCTS.id.desc())
    rows = session.execute(statement.order_by(*newest).limit(limit))
    return [_build_product(row) for row in rows]


ANY_ID = any_(bindparam("ids", type_=ARRAY(Uuid)))
LIST_ROWS = Statement.compile(PRODUCT_ROWS.where(PRODUCTS.id == ANY_ID))


def list_products_by_id(session: Session, ids: Sequence[UUID]) -> Sequence[ProductRow]:
    """List products in no particular order; unknown ids are left out."""
    return [_build_product(row) for row in LIST_ROWS.fetch_all(session, ids=list(ids))]


FIND_ROW = Statement.compile(PRODUCT_ROWS.where(PRODUCTS.id == bindparam("product_id")))


def find_product_row(session: Session, product_id: UUID) -> ProductRow | None:
    row = FIND_ROW.fetch_first(session, product_id=product_id)
    return None if row is None else _build_product(row)


def _build_product(row: Sequence[Any]) -> ProductRow:
    count = len(PRODUCT_FIELDS)
    return ProductRow._make((*row[:count], _build_variants(row[count:])))


def _build_variants(arrays: Sequence[Sequence[Any] | None]) -> Sequence[VariantRow]:
    """Build rows of columns, which are `None` for a product without variants."""
    columns = [array for array in arrays if array is not None]
    return [VariantRow._make(row) for row in zip(*columns, strict=True)]


def find_product_for_update(session: Session, product_id: UUID) -> Product | None:
    """Find a product with its variants, and lock it until the commit."""
    statement = (
        select(Product)
        .options(selectinload(Product.variants))
        .where(Product.id == product_id)
        .with_for_update(of=Product, key_share=True)
    )
    return session.scalars(statement).one_or_none()


def list_categories(session: Session) -> Sequence[tuple[str, int]]:
    """List categories of active products and the number of products in each, by name."""
    counts = session.execute(
        select(Product.category, func.count())
        .where(Product.is_active)
        .group_by(Product.category)
        .order_by(Product.category)
    )
    return [(name, count) for name, count in counts]


def list_products_after(
    session: Session, last_id: UUID | None, *, limit: int
) -> Sequence[Product]:
    """List all products with their variants in id order, withdrawn ones too."""
    statement = select(Product).options(selectinload(Product.variants))
    if last_id is not None:
        statement = statement.where(Product.id > last_id)
    return session.scalars(statement.order_by(Product.id).limit(limit)).all()


def find_products_by_reference(
    session: Session, references: Collection[str], *, for_update: bool
) -> dict[str, Product]:
    """Find products with their variants, which are locked in the order checkout locks them.

    A product is found under each reference that names it.
    """
    own_ids = cast(parse_own_ids(references), ARRAY(Uuid))
    wanted = or_(
        Product.external_ref == any_(_bind_texts(references)),
        Product.id == any_(own_ids),
    )
    if for_update:
        session.execute(
            select(Variant.id)
            .join(Product)
            .where(wanted)
            .order_by(Variant.id)
            .with_for_update(of=Variant, key_share=True)
        )
    statement = select(Product).where(wanted).options(selectinload(Product.variants))
    if for_update:
        statement = statement.order_by(Product.id).with_for_update(
            of=Product, key_share=True
        )
    return {
        name: product
        for product in session.scalars(statement)
        for name in list_references(product.id, product.external_ref)
    }


def insert_products(session: Session, products: Sequence[Product]) -> None:
    """Insert products that are in no session, with their variants, in two statements.

    A flush would have the defaults of each row returned, which takes twice the time.
    """
    for product in products:
        for variant in product.variants:
            variant.product_id = product.id
    variants = [variant for product in products for variant in product.variants]
    if products:
        session.execute(insert(Product), _set_columns(products, PRODUCTS))
        session.execute(insert(Variant), _set_columns(variants, VARIANTS))


def insert_movements(session: Session, movements: Sequence[StockMovement]) -> None:
    """Insert stock movements that are in no session, in one statement; the changes themselves are
    made by the caller."""
    if movements:
        session.execute(insert(StockMovement), _set_columns(movements, MOVEMENTS))


def _set_columns(
    rows: Sequence[Product] | Sequence[Variant] | Sequence[StockMovement],
    columns: ReadOnlyColumnCollection[str, Any],
) -> list[dict[str, Any]]:
    """Return the columns of each row that were set."""
    return [
        {name: value for name, value in vars(row).items() if name in columns}
        for row in rows
    ]


class SkuOwner(NamedTuple):
    product_id: UUID
    external_ref: str | None


def find_sku_owners(session: Session, skus: Iterable[str]) -> dict[str, SkuOwner]:
    """Find the product of each SKU; SKUs that no variant has are left out."""
    rows = session.execute(
        select(Variant.sku, Product.id, Product.external_ref)
        .join(Variant.product)
        .where(Variant.sku == any_(_bind_texts(skus)))
    )
    return {sku: SkuOwner(product_id, ref) for sku, product_id, ref in rows}


def _bind_texts(values: Iterable[str]) -> ColumnElement[Any]:
    """Bind all values as one array parameter."""
    return cast(list(values), ARRAY(Text))


@contextmanager
def translate_sku_conflict(skus: Sequence[str]) -> Iterator[None]:
    """Raise `SkuTaken` for a SKU that another transaction took first."""
    try:
        yield
    except IntegrityError as error:
        cause = error.orig
        if isinstance(cause, UniqueViolation) and (
            cause.diag.constraint_name == "uq_variants_sku"
        ):
            raise SkuTaken(list(skus)) from error
        raise


@contextmanager
def open_savepoint(session: Session, skus: Sequence[str]) -> Iterator[None]:
    """Roll the block back and raise `SkuTaken` if another transaction took a SKU first."""
    try:
        with translate_sku_conflict(skus), session.begin_nested():
            yield
    except SkuTaken:
        session.expire_all()  # its locks are released: others may change what was read
        raise


@dataclass(frozen=True)
class StockMoveResult:
    variant_id: UUID
    product_id: UUID
    quantity: int
    """Units that were moved."""
    stock: int
    """Units that can still be bought, after the move."""
    on_hand: int
    """Units in the warehouse, after the move."""


LOCK = Statement("""
    SELECT id FROM variants WHERE id = ANY (:variant_ids)
    ORDER BY id FOR NO KEY UPDATE
""")
MOVE = Statement("""
    WITH moved AS (
        UPDATE variants SET on_hand = on_hand + :on_hand * quantity,
                            held = held + :held * quantity
        FROM unnest(CAST(:variant_ids AS uuid[]), CAST(:quantities AS bigint[]),
                    CAST(:movement_ids AS uuid[]))
            AS requested (variant_id, quantity, movement_id)
        WHERE id = variant_id
            AND on_hand + :on_hand * quantity >= held + :held * quantity
        RETURNING id, product_id, quantity, on_hand, held, movement_id
    ), recorded AS (
        INSERT INTO stock_movements (id, variant_id, order_id, reason, on_hand, held)
        SELECT movement_id, id, :order_id, :reason, :on_hand * quantity, :held * quantity
        FROM moved
    )
    SELECT id, product_id, quantity, on_hand - held AS stock, on_hand FROM moved
""")


def move_stock(
    session: Session,
    units: Mapping[UUID, int],
    *,
    order_id: UUID,
    reason: StockReason,
    on_hand: int = 0,
    held: int = 0,
) -> Sequence[StockMoveResult]:
    """Add `on_hand` and `held`, each times the variant's units, to its two counters.

    Returns the moves that were made. A variant is left out, and unchanged, when the move
    would hold more units than are on hand, or when it was deleted. One statement: the
    database decides which of two orders gets the last unit, and there is no change without
    its row in `stock_movements`.

    Several variants are locked in id order, so that orders cannot deadlock. The lock is a
    statement of its own: a statement that locks a row and then updates it looks the row up
    twice from its own snapshot, and a transaction that queues there may be waiting for this
    one.
    """
    if len(units) > 1:
        LOCK.run(session, variant_ids=list(units))
    moved = MOVE.fetch_all(
        session,
        variant_ids=list(units),
        quantities=list(units.values()),
        movement_ids=[new_id() for _ in units],
        order_id=order_id,
        reason=reason.value,
        on_hand=on_hand,
        held=held,
    )
    return [StockMoveResult(*row) for row in moved]


def lock_variants(session: Session, product_id: UUID) -> None:
    """Lock a product's variants against sales until the commit, in id order as sales do.

    New lines of orders and carts may still reference them, in any order.
    """
    session.execute(
        select(Variant.id)
        .where(Variant.product_id == product_id)
        .order_by(Variant.id)
        .with_for_update(key_share=True)
    )

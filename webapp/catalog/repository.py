from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.errors import UniqueViolation
from sqlalchemy import func, select, text, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from webapp.catalog.errors import SkuTaken
from webapp.catalog.models import Product, StockReason, Variant
from webapp.kit.ids import new_id


def page_of_products(
    session: Session,
    *,
    category: str | None,
    active_only: bool,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[Product]:
    """Newest first; two statements however long the page is."""
    statement = select(Product).options(selectinload(Product.variants))
    if active_only:
        statement = statement.where(Product.is_active)
    if category is not None:
        statement = statement.where(Product.category == category)
    if after is not None:
        statement = statement.where(tuple_(Product.created_at, Product.id) < after)
    return session.scalars(
        statement.order_by(Product.created_at.desc(), Product.id.desc()).limit(limit)
    ).all()


def find_product(
    session: Session, product_id: UUID, *, locked: bool = False
) -> Product | None:
    statement = (
        select(Product)
        .options(selectinload(Product.variants))
        .where(Product.id == product_id)
    )
    if locked:
        statement = statement.with_for_update(of=Product, key_share=True)
    return session.scalars(statement).one_or_none()


def products_by_id(session: Session, ids: Sequence[UUID]) -> Sequence[Product]:
    """In no particular order; unknown ids are left out."""
    return session.scalars(
        select(Product)
        .options(selectinload(Product.variants))
        .where(Product.id.in_(ids))
    ).all()


def categories(session: Session) -> Sequence[tuple[str, int]]:
    """Names and numbers of active products, by name."""
    return [
        (name, count)
        for name, count in session.execute(
            select(Product.category, func.count())
            .where(Product.is_active)
            .group_by(Product.category)
            .order_by(Product.category)
        )
    ]


def sku_owner(session: Session, skus: Sequence[str]) -> dict[str, UUID]:
    rows = session.execute(
        select(Variant.sku, Variant.product_id).where(Variant.sku.in_(skus))
    )
    return {row.sku: row.product_id for row in rows}


def store_variants(session: Session, skus: list[str]) -> None:
    """Send what was changed. Raises `SkuTaken` for a SKU that somebody took just now."""
    try:
        session.flush()
    except IntegrityError as refused:
        problem = refused.orig
        if isinstance(problem, UniqueViolation) and (
            problem.diag.constraint_name == "uq_variants_sku"
        ):
            raise SkuTaken(skus) from refused
        raise


@dataclass(frozen=True)
class StockMove:
    variant_id: UUID
    product_id: UUID
    quantity: int
    """Units that were moved."""
    stock: int
    """What can still be bought, after the move."""
    on_hand: int
    """Units in the warehouse, after the move."""


# As text: put together from constructs it costs four times the processor.
MOVE = text("""
    WITH locked AS (
        SELECT id, quantity, change_id FROM variants
        JOIN unnest(CAST(:variant_ids AS uuid[]), CAST(:quantities AS bigint[]),
                    CAST(:change_ids AS uuid[])) AS asked (variant_id, quantity, change_id)
            ON id = variant_id
        ORDER BY id FOR NO KEY UPDATE OF variants
    ), moved AS (
        UPDATE variants SET on_hand = on_hand + :on_hand * quantity,
                            held = held + :held * quantity
        FROM locked
        WHERE variants.id = locked.id
            AND on_hand + :on_hand * quantity >= held + :held * quantity
        RETURNING variants.id, product_id, quantity, on_hand, held, change_id
    ), noted AS (
        INSERT INTO stock_changes (id, variant_id, order_id, reason, on_hand, held)
        SELECT change_id, id, :order_id, :reason, :on_hand * quantity, :held * quantity
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
) -> Sequence[StockMove]:
    """Add to the two figures of variants, `on_hand` and `held` times the units of each.

    Left out of the answer is what was left as it is: a variant of which units would be held
    that are not there, or one that was deleted. One statement: the database decides who of
    two gets the last one, and there is no change without its line in the journal. Variants
    are locked in id order, so that two orders never wait for each other.
    """
    moved = session.execute(
        MOVE,
        {
            "variant_ids": list(units),
            "quantities": list(units.values()),
            "change_ids": [new_id() for _ in units],
            "order_id": order_id,
            "reason": reason.value,
            "on_hand": on_hand,
            "held": held,
        },
    )
    return [StockMove(*row) for row in moved]


def lock_variants(session: Session, product_id: UUID) -> None:
    """Nobody buys of them until the commit; in id order, as those who buy lock them.

    New lines of orders and carts may refer to them meanwhile: those come in any order.
    """
    session.execute(
        select(Variant.id)
        .where(Variant.product_id == product_id)
        .order_by(Variant.id)
        .with_for_update(key_share=True)
    )

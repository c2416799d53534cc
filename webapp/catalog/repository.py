from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, tuple_, update
from sqlalchemy.orm import Session, selectinload

from webapp.catalog.models import Product, Variant


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
        statement = statement.with_for_update(of=Product)
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
    return dict(rows.tuples())


def hold_stock(session: Session, variant_id: UUID, quantity: int) -> bool:
    """Keep units for an unpaid order; false when there are not that many left.

    Callers go through variants in id order, so that two orders cannot wait for each other.
    """
    held = session.execute(
        update(Variant)
        .where(Variant.id == variant_id, Variant.on_hand - Variant.held >= quantity)
        .values(held=Variant.held + quantity)
        .returning(Variant.id)
        .execution_options(synchronize_session=False)
    )
    return held.first() is not None


def release_stock(session: Session, variant_id: UUID, quantity: int) -> None:
    session.execute(
        update(Variant)
        .where(Variant.id == variant_id)
        .values(held=Variant.held - quantity)
        .execution_options(synchronize_session=False)
    )


def sell_held_stock(session: Session, variant_id: UUID, quantity: int) -> None:
    session.execute(
        update(Variant)
        .where(Variant.id == variant_id)
        .values(held=Variant.held - quantity, on_hand=Variant.on_hand - quantity)
        .execution_options(synchronize_session=False)
    )


def return_stock(session: Session, variant_id: UUID, quantity: int) -> None:
    session.execute(
        update(Variant)
        .where(Variant.id == variant_id)
        .values(on_hand=Variant.on_hand + quantity)
        .execution_options(synchronize_session=False)
    )

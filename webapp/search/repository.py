from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, selectinload

from webapp.adapters.search.port import DocumentVersion
from webapp.catalog.models import Product, Variant
from webapp.orders.models import OrderItem


def list_active_products(session: Session, ids: Sequence[UUID]) -> Sequence[Product]:
    """In id order: an engine lists equal hits in the order in which it was given them."""
    return session.scalars(
        select(Product)
        .options(selectinload(Product.variants))
        .where(Product.id.in_(ids), Product.is_active)
        .order_by(Product.id)
    ).all()


def list_next_active_ids(
    session: Session, *, after: UUID | None, limit: int
) -> Sequence[UUID]:
    """Ids of products on sale, in id order, that follow `after`."""
    statement = select(Product.id).where(Product.is_active)
    if after is not None:
        statement = statement.where(Product.id > after)
    return session.scalars(statement.order_by(Product.id).limit(limit)).all()


def count_units_sold(session: Session, ids: Sequence[UUID]) -> dict[UUID, int]:
    """Units sold by product id. Returns are not deducted: they say nothing about demand."""
    rows = session.execute(
        select(OrderItem.product_id, func.sum(OrderItem.quantity))
        .where(OrderItem.product_id.in_(ids), OrderItem.kind == "SALE")
        .group_by(OrderItem.product_id)
    )
    return {product_id: int(units) for product_id, units in rows if product_id}


def list_document_versions(
    session: Session, ids: Sequence[UUID] | None = None
) -> dict[UUID, DocumentVersion]:
    """Expected index state of the products on sale: all, or those among `ids`."""
    available: ColumnElement[bool] = func.coalesce(
        func.bool_or(Variant.on_hand > Variant.held), False
    )
    statement = (
        select(Product.id, Product.version, available)
        .outerjoin(Variant, Variant.product_id == Product.id)
        .where(Product.is_active)
        .group_by(Product.id)
    )
    if ids is not None:
        statement = statement.where(Product.id.in_(ids))
    return {
        product_id: DocumentVersion(version, in_stock)
        for product_id, version, in_stock in session.execute(statement)
    }


def list_product_codes(session: Session) -> dict[UUID, Sequence[str]]:
    """What each product on sale is called elsewhere: its id, the one it had where it was imported
    from, with and without the name of that place, and its SKUs."""
    rows = session.execute(
        select(Product.id, Product.external_ref, func.array_agg(Variant.sku))
        .outerjoin(Variant, Variant.product_id == Product.id)
        .where(Product.is_active)
        .group_by(Product.id)
    )
    return {
        product_id: [
            str(product_id),
            *((ref, ref.partition(":")[2]) if ref else ()),
            *filter(None, skus),
        ]
        for product_id, ref, skus in rows
    }

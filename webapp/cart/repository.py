from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import bindparam, delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from webapp.cart.models import CartLine
from webapp.cart.read_models import CartRow
from webapp.catalog.models import Product, Variant

LINES, VARIANTS, PRODUCTS = (model.__table__ for model in (CartLine, Variant, Product))
ROWS = (
    select(
        PRODUCTS.c.id,
        VARIANTS.c.id,
        PRODUCTS.c.name,
        VARIANTS.c.sku,
        PRODUCTS.c.category,
        PRODUCTS.c.image_url,
        VARIANTS.c.options,
        PRODUCTS.c.currency,
        PRODUCTS.c.is_active,
        LINES.c.quantity,
        LINES.c.price_minor,
        VARIANTS.c.price_minor,
        VARIANTS.c.on_hand - VARIANTS.c.held,
        LINES.c.created_at,
    )
    .join_from(LINES, VARIANTS, VARIANTS.c.id == LINES.c.variant_id)
    .join(PRODUCTS, PRODUCTS.c.id == VARIANTS.c.product_id)
    .where(LINES.c.owner_id == bindparam("owner_id"))
    .order_by(LINES.c.created_at, LINES.c.id)
)


def list_lines(session: Session, owner_id: UUID) -> Sequence[CartRow]:
    """List the lines of a cart in the order in which they were added."""
    rows = session.execute(ROWS, {"owner_id": owner_id})
    return [CartRow._make(row) for row in rows.all()]


def upsert_line(
    session: Session, *, owner_id: UUID, variant_id: UUID, quantity: int, price: int
) -> None:
    """Insert or overwrite in one statement: a double click must not race itself."""
    values = {"quantity": quantity, "price_minor": price}
    session.execute(
        insert(CartLine)
        .values(owner_id=owner_id, variant_id=variant_id, **values)
        .on_conflict_do_update(
            index_elements=[CartLine.owner_id, CartLine.variant_id], set_=values
        )
    )


def increment_line(
    session: Session, *, owner_id: UUID, variant_id: UUID, quantity: int, price: int
) -> int:
    """Insert or add in one statement, so that neither of two concurrent additions is
    lost; returns the new quantity."""
    added = insert(CartLine).values(
        owner_id=owner_id,
        variant_id=variant_id,
        quantity=quantity,
        price_minor=price,
    )
    return session.scalars(
        added.on_conflict_do_update(
            index_elements=[CartLine.owner_id, CartLine.variant_id],
            set_={
                "quantity": CartLine.quantity + added.excluded.quantity,
                "price_minor": added.excluded.price_minor,
            },
        ).returning(CartLine.quantity)
    ).one()


def delete_product_lines(
    session: Session,
    *,
    owner_id: UUID,
    product_id: UUID | None,
    variant_id: UUID | None,
) -> int:
    """Delete the line of a variant, or those of every variant of a product; returns the
    number deleted. With both, the variant must be of that product."""
    wanted = select(Variant.id)
    if product_id is not None:
        wanted = wanted.where(Variant.product_id == product_id)
    if variant_id is not None:
        wanted = wanted.where(Variant.id == variant_id)
    deleted = session.execute(
        delete(CartLine)
        .where(CartLine.owner_id == owner_id, CartLine.variant_id.in_(wanted))
        .returning(CartLine.id)
        .execution_options(synchronize_session=False)
    )
    return len(deleted.all())


def delete_lines(session: Session, owner_id: UUID) -> None:
    session.execute(
        delete(CartLine)
        .where(CartLine.owner_id == owner_id)
        .execution_options(synchronize_session=False)
    )


# One statement, so that a concurrent addition is neither lost nor sold again: MERGE
# rereads a line that another transaction has changed before it acts on it.
SUBTRACT_BOUGHT = text("""
    MERGE INTO cart_lines AS line
    USING unnest(CAST(:variant_ids AS uuid[]), CAST(:quantities AS bigint[]))
        AS bought (variant_id, quantity)
    ON line.owner_id = :owner_id AND line.variant_id = bought.variant_id
    WHEN MATCHED AND line.quantity <= bought.quantity THEN DELETE
    WHEN MATCHED THEN UPDATE SET quantity = line.quantity - bought.quantity
""")


def subtract_bought(
    session: Session, *, owner_id: UUID, bought: Mapping[UUID, int]
) -> None:
    """Subtract the quantities bought; a line that reaches zero is deleted."""
    variant_ids = sorted(bought)
    session.execute(
        SUBTRACT_BOUGHT,
        {
            "owner_id": owner_id,
            "variant_ids": variant_ids,
            "quantities": [bought[variant_id] for variant_id in variant_ids],
        },
    )


def list_currencies(session: Session, owner_id: UUID) -> set[str]:
    return set(
        session.scalars(
            select(Product.currency)
            .join(Variant, Variant.product_id == Product.id)
            .join(CartLine, CartLine.variant_id == Variant.id)
            .where(CartLine.owner_id == owner_id)
            .distinct()
        )
    )

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, delete, select, text
from sqlalchemy.orm import Session

from webapp.cart.models import CartLine
from webapp.cart.read_models import CartRow
from webapp.catalog.models import Product, Variant
from webapp.kit.ids import new_id

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
        LINES.c.seen_price_minor,
        VARIANTS.c.price_minor,
        VARIANTS.c.on_hand - VARIANTS.c.held,
        LINES.c.created_at,
    )
    .join_from(LINES, VARIANTS, VARIANTS.c.id == LINES.c.variant_id)
    .join(PRODUCTS, PRODUCTS.c.id == VARIANTS.c.product_id)
    .where(LINES.c.owner_id == bindparam("owner_id"))
    .order_by(LINES.c.created_at, LINES.c.id)
)


# Of no row: an empty cart has none, and sign-ins lock that of the customer.
LOCK = "pg_advisory_xact_lock(hashtextextended(CAST(:owner_id AS text), 0))"


def lock_cart(session: Session, owner_id: UUID) -> None:
    session.execute(text(f"SELECT {LOCK}"), {"owner_id": owner_id})


def list_lines(session: Session, owner_id: UUID) -> Sequence[CartRow]:
    """List the lines of a cart in the order in which they were added."""
    rows = session.execute(ROWS, {"owner_id": owner_id})
    return [CartRow._make(row) for row in rows.all()]


class LineChange(NamedTuple):
    owner_id: UUID
    variant_id: UUID
    quantity: int
    price_minor: int
    currency: str
    """Of the product: no line is written to a cart in another."""


# One statement each: a double click must not race itself, nor is one of two concurrent additions
# lost. Raw SQL: SQLAlchemy constructs take several times the CPU time.
CHANGE_LINE = """
    INSERT INTO cart_lines AS line (
        id, owner_id, variant_id, quantity, price_minor, seen_price_minor
    )
    SELECT :id, :owner_id, :variant_id, :quantity, :price_minor, :price_minor
    WHERE NOT EXISTS (
        SELECT FROM cart_lines JOIN variants ON variants.id = cart_lines.variant_id
        JOIN products ON products.id = variants.product_id
        WHERE cart_lines.owner_id = :owner_id AND products.currency <> :currency
    )
    ON CONFLICT (owner_id, variant_id) DO UPDATE SET
        quantity = {quantity},
        price_minor = excluded.price_minor, seen_price_minor = excluded.seen_price_minor
    RETURNING quantity
"""
SET_LINE = text(CHANGE_LINE.format(quantity="excluded.quantity"))
INCREMENT_LINE = text(CHANGE_LINE.format(quantity="line.quantity + excluded.quantity"))


def set_line(session: Session, change: LineChange) -> int | None:
    """Insert or overwrite; returns the quantity, and `None` for a cart in another currency."""
    return session.execute(SET_LINE, {"id": new_id(), **change._asdict()}).scalar()


def increment_line(session: Session, change: LineChange) -> int | None:
    """Insert or add; returns the new quantity, and `None` for a cart in another currency."""
    return session.execute(
        INCREMENT_LINE, {"id": new_id(), **change._asdict()}
    ).scalar()


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
# It locks the cart first, as placing an order does: an order that waits for the lock reads the
# cart without what was bought.
SUBTRACT_BOUGHT = text(f"""
    WITH cart AS MATERIALIZED (SELECT {LOCK})
    MERGE INTO cart_lines AS line
    USING (
        SELECT variant_id, quantity
        FROM cart, unnest(CAST(:variant_ids AS uuid[]), CAST(:quantities AS bigint[]))
            AS units (variant_id, quantity)
    ) AS bought
    ON line.owner_id = :owner_id AND line.variant_id = bought.variant_id
    WHEN MATCHED AND line.quantity <= bought.quantity THEN DELETE
    WHEN MATCHED THEN UPDATE SET quantity = line.quantity - bought.quantity
""")  # noqa: S608 - a constant


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


MARK_PRICES_SEEN = text(f"""
    WITH cart AS MATERIALIZED (SELECT {LOCK})
    UPDATE cart_lines AS line SET seen_price_minor = shown.price_minor
    FROM cart, unnest(CAST(:variant_ids AS uuid[]), CAST(:prices AS bigint[]))
        AS shown (variant_id, price_minor)
    WHERE line.owner_id = :owner_id AND line.variant_id = shown.variant_id
""")  # noqa: S608 - a constant


def mark_prices_seen(
    session: Session, *, owner_id: UUID, prices: Mapping[UUID, int]
) -> None:
    variant_ids = sorted(prices)
    session.execute(
        MARK_PRICES_SEEN,
        {
            "owner_id": owner_id,
            "variant_ids": variant_ids,
            "prices": [prices[variant_id] for variant_id in variant_ids],
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

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from webapp.cart.models import CartLine
from webapp.cart.read_models import CartRow
from webapp.catalog.models import Product, Variant
from webapp.db.statements import Statement
from webapp.kit.ids import new_id

LIST_LINES = Statement("""
    SELECT product_id, variant_id, name, sku, category, brand, tags, image_url, options,
        currency, is_active, quantity, line.price_minor AS added_price_minor, seen_price_minor,
        variants.price_minor, on_hand - held AS stock, line.created_at AS added_at
    FROM cart_lines AS line
    JOIN variants ON variants.id = line.variant_id
    JOIN products ON products.id = variants.product_id
    WHERE line.owner_id = :owner_id ORDER BY line.created_at, line.id
""")


# Of no row: an empty cart has none, and sign-ins lock that of the customer.
LOCK = "pg_advisory_xact_lock(hashtextextended(CAST(:owner_id AS text), 0))"


LOCK_CART = Statement(f"SELECT {LOCK}")


def lock_cart(session: Session, owner_id: UUID) -> None:
    LOCK_CART.run(session, owner_id=owner_id)


def list_lines(session: Session, owner_id: UUID) -> Sequence[CartRow]:
    """List the lines of a cart in the order in which they were added."""
    rows = LIST_LINES.fetch_all(session, owner_id=owner_id)
    return [CartRow._make(row) for row in rows]


class LineChange(NamedTuple):
    owner_id: UUID
    variant_id: UUID
    quantity: int
    price_minor: int
    currency: str
    """Of the product: no line is written to a cart in another."""


# One statement each: a double click must not race itself, nor is one of two concurrent additions
# lost.
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
SET_LINE = Statement(CHANGE_LINE.format(quantity="excluded.quantity"))
INCREMENT_LINE = Statement(
    CHANGE_LINE.format(quantity="line.quantity + excluded.quantity")
)


def set_line(session: Session, change: LineChange) -> int | None:
    """Insert or overwrite; returns the quantity, and `None` for a cart in another currency."""
    quantity: int | None = SET_LINE.fetch_value(
        session, id=new_id(), **change._asdict()
    )
    return quantity


def increment_line(session: Session, change: LineChange) -> int | None:
    """Insert or add; returns the new quantity, and `None` for a cart in another currency."""
    quantity: int | None = INCREMENT_LINE.fetch_value(
        session, id=new_id(), **change._asdict()
    )
    return quantity


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
SUBTRACT_BOUGHT = Statement(f"""
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
    SUBTRACT_BOUGHT.run(
        session,
        owner_id=owner_id,
        variant_ids=variant_ids,
        quantities=[bought[variant_id] for variant_id in variant_ids],
    )


MARK_PRICES_SEEN = Statement(f"""
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
    MARK_PRICES_SEEN.run(
        session,
        owner_id=owner_id,
        variant_ids=variant_ids,
        prices=[prices[variant_id] for variant_id in variant_ids],
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

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import bindparam, delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, contains_eager

from webapp.cart.models import CartLine
from webapp.catalog.models import Product, Variant
from webapp.kit.ids import new_id

# What a cart shows and an order copies.
OF_PRODUCT = (
    Product.name,
    Product.category,
    Product.currency,
    Product.image_url,
    Product.is_active,
)
LINES = (
    select(CartLine)
    .join(CartLine.variant)
    .join(Variant.product)
    .options(
        contains_eager(CartLine.variant)
        .contains_eager(Variant.product)
        .load_only(*OF_PRODUCT, raiseload=True)
    )
    .where(CartLine.owner_id == bindparam("owner_id"))
    .order_by(CartLine.created_at, CartLine.id)
    # The stock and price of this moment, whatever the session has seen before.
    .execution_options(populate_existing=True)
)


def lines_of(session: Session, owner_id: UUID) -> Sequence[CartLine]:
    return session.scalars(LINES, {"owner_id": owner_id}).all()


def put_line(
    session: Session, *, owner_id: UUID, variant_id: UUID, quantity: int, price: int
) -> None:
    """Insert or overwrite in one statement: a double click must not race itself."""
    values = {"quantity": quantity, "price_minor": price}
    session.execute(
        insert(CartLine)
        .values(id=new_id(), owner_id=owner_id, variant_id=variant_id, **values)
        .on_conflict_do_update(
            index_elements=[CartLine.owner_id, CartLine.variant_id], set_=values
        )
    )


def add_to_line(
    session: Session, *, owner_id: UUID, variant_id: UUID, quantity: int, price: int
) -> int:
    """Insert or add in one statement, so that none of two at once is lost; returns how
    many there are now."""
    added = insert(CartLine).values(
        id=new_id(),
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


def remove_product(
    session: Session,
    *,
    owner_id: UUID,
    product_id: UUID | None,
    variant_id: UUID | None,
) -> int:
    """Delete the line of a variant, or those of every variant of a product; returns how
    many. With both, the variant must be of that product."""
    wanted = select(Variant.id)
    if product_id is not None:
        wanted = wanted.where(Variant.product_id == product_id)
    if variant_id is not None:
        wanted = wanted.where(Variant.id == variant_id)
    gone = session.execute(
        delete(CartLine)
        .where(CartLine.owner_id == owner_id, CartLine.variant_id.in_(wanted))
        .returning(CartLine.id)
        .execution_options(synchronize_session=False)
    )
    return len(gone.all())


def remove_all(session: Session, owner_id: UUID) -> None:
    session.execute(
        delete(CartLine)
        .where(CartLine.owner_id == owner_id)
        .execution_options(synchronize_session=False)
    )


# One statement, so that what is added meanwhile is neither lost nor sold again: MERGE
# looks at a line that another transaction has changed once more before it acts.
TAKE_OUT = text("""
    MERGE INTO cart_lines AS line
    USING unnest(CAST(:variant_ids AS uuid[]), CAST(:quantities AS bigint[]))
        AS bought (variant_id, quantity)
    ON line.owner_id = :owner_id AND line.variant_id = bought.variant_id
    WHEN MATCHED AND line.quantity <= bought.quantity THEN DELETE
    WHEN MATCHED THEN UPDATE SET quantity = line.quantity - bought.quantity
""")


def take_out(session: Session, *, owner_id: UUID, bought: Mapping[UUID, int]) -> None:
    """Subtract from the lines of these variants; a line with nothing left goes."""
    variant_ids = sorted(bought)
    session.execute(
        TAKE_OUT,
        {
            "owner_id": owner_id,
            "variant_ids": variant_ids,
            "quantities": [bought[variant_id] for variant_id in variant_ids],
        },
    )


def currencies_of(session: Session, owner_id: UUID) -> set[str]:
    return set(
        session.scalars(
            select(Product.currency)
            .join(Variant, Variant.product_id == Product.id)
            .join(CartLine, CartLine.variant_id == Variant.id)
            .where(CartLine.owner_id == owner_id)
            .distinct()
        )
    )

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.base import Record


class CartLine(Record):
    __tablename__ = "cart_lines"
    __table_args__ = (
        UniqueConstraint("owner_id", "variant_id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
    )

    owner_id: Mapped[UUID] = mapped_column(
        ForeignKey("customers.id", ondelete="CASCADE")
    )
    variant_id: Mapped[UUID] = mapped_column(
        ForeignKey("variants.id", ondelete="CASCADE"), index=True
    )
    quantity: Mapped[int]
    price_minor: Mapped[int]
    """The price when the customer added it; a later change is shown as a cart issue."""
    seen_price_minor: Mapped[int]
    """The price that the customer was last shown; no other is charged unasked."""

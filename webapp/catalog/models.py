from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.db.base import Record


class Product(Record):
    __tablename__ = "products"
    __table_args__ = (
        Index("ix_products_listing", "is_active", "created_at", "id"),
        Index(
            "ix_products_category_listing", "category", "is_active", "created_at", "id"
        ),
    )

    external_ref: Mapped[str | None] = mapped_column(unique=True)
    """`source:id` of the shop it was imported from; makes an import repeatable."""
    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    brand: Mapped[str | None]
    category: Mapped[str]
    currency: Mapped[str]
    image_url: Mapped[str | None]
    tags: Mapped[list[str]] = mapped_column(default=list)
    attributes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    is_active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)
    """Incremented by every edit of the product or its variants; not by sales, nor by an
    import that only sets stock counts."""
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())

    variants: Mapped[list["Variant"]] = relationship(
        back_populates="product",
        order_by="Variant.position",
        lazy="raise",
        cascade="save-update, merge, delete, delete-orphan",
        passive_deletes=True,
    )


class Variant(Record):
    """The unit of sale, with SKU, price and stock. A flat product has exactly one."""

    __tablename__ = "variants"
    __table_args__ = (
        CheckConstraint("price_minor >= 0", name="price_not_negative"),
        CheckConstraint("held >= 0", name="held_not_negative"),
        CheckConstraint("on_hand >= held", name="holds_are_covered"),
    )

    product_id: Mapped[UUID] = mapped_column(
        ForeignKey("products.id", ondelete="CASCADE"), index=True
    )
    position: Mapped[int] = mapped_column(default=0)
    sku: Mapped[str] = mapped_column(unique=True)
    options: Mapped[dict[str, str]] = mapped_column(default=dict)
    price_minor: Mapped[int]
    on_hand: Mapped[int] = mapped_column(default=0)
    """Units in the warehouse, those held for unpaid orders included."""
    held: Mapped[int] = mapped_column(default=0)
    """Units reserved for orders that are not paid yet."""

    product: Mapped[Product] = relationship(back_populates="variants", lazy="raise")

    @property
    def stock(self) -> int:
        """Units that a customer can still buy."""
        return self.on_hand - self.held


class StockReason(StrEnum):
    OPENED = "OPENED"
    """The variant was created with these units."""
    COUNTED = "COUNTED"
    """An admin or an import set the number of units."""
    HELD = "HELD"
    RELEASED = "RELEASED"
    SOLD = "SOLD"
    RETURNED = "RETURNED"
    RECONCILED = "RECONCILED"
    """Units that earlier movements do not explain, of a variant whose changes were not all
    recorded: its record begins here."""


class StockMovement(Record):
    """One change of a variant's units, written by the same statement that makes it.

    An append-only audit record, the evidence that each order took its units exactly once, and the
    history of stock for figures. No code reads it to make a decision, and no constraint on it
    rejects a change.
    """

    __tablename__ = "stock_movements"
    __table_args__ = (
        Index("ix_stock_movements_variant_id_created_at", "variant_id", "created_at"),
        # Rows are appended in the order of their time, so that a few pages of ranges are an index.
        Index("ix_stock_movements_created_at", "created_at", postgresql_using="brin"),
        Index(
            "ix_stock_movements_reconciled",
            "variant_id",
            "created_at",
            postgresql_where="reason = 'RECONCILED'",
        ),
    )

    variant_id: Mapped[UUID] = mapped_column(
        ForeignKey("variants.id", ondelete="CASCADE")
    )
    order_id: Mapped[UUID | None] = mapped_column(index=True)
    """No foreign key: orders depend on the catalog, not the other way round."""
    reason: Mapped[str]
    on_hand: Mapped[int]
    """Signed change of the units in the warehouse."""
    held: Mapped[int]

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Numeric,
    UniqueConstraint,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.db.base import Record


class Order(Record):
    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("customer_id", "idempotency_key"),
        Index("ix_orders_history", "customer_id", "placed_at", "id"),
        Index("ix_orders_placed", "placed_at", "id"),
        Index("ix_orders_by_status", "status", "placed_at", "id"),
        Index(
            "ix_orders_unfinished",
            "hold_expires_at",
            postgresql_where="status IN ('PENDING', 'REQUIRES_ACTION')",
        ),
    )

    number: Mapped[int] = mapped_column(Identity(start=1001), unique=True)
    """What people say: order 1042."""
    customer_id: Mapped[UUID | None] = mapped_column(ForeignKey("customers.id"))
    customer_ref: Mapped[str | None]
    """Who bought, in the words of the shop it was imported from; both empty is a guest."""
    external_ref: Mapped[str | None] = mapped_column(unique=True)
    """`source:id` of the shop it was imported from; makes an import repeatable."""
    idempotency_key: Mapped[str | None]
    """The client's Idempotency-Key: a repeated request finds its order by it."""
    status: Mapped[str]
    payment_status: Mapped[str]
    currency: Mapped[str]
    """What the customer pays in."""
    base_currency: Mapped[str | None]
    """What the prices were in, when that is another one."""
    exchange_rate: Mapped[Decimal | None] = mapped_column(Numeric(18, 8))
    """Units of `currency` for one of `base_currency`, as used."""
    rounding: Mapped[str | None]
    """How it was used. `HALF_UP_PER_UNIT`: each unit price was converted and rounded to the
    cent, half away from zero, and all else added up."""
    tax_percent: Mapped[Decimal | None] = mapped_column(Numeric(7, 4))
    subtotal_minor: Mapped[int]
    tax_minor: Mapped[int]
    total_minor: Mapped[int]
    book_total_minor: Mapped[int | None]
    """What the total was worth in the currency of the books when it was placed, from the
    prices before any rounding into `currency`; empty for an imported order."""
    payment_method_id: Mapped[str | None]
    payment_id: Mapped[str | None]
    """Stripe's PaymentIntent, once there is one: a copy, so that no list has to look."""
    shipping_address: Mapped[dict[str, str]] = mapped_column(default=dict)
    tracking_number: Mapped[str | None]
    risk_score: Mapped[int] = mapped_column(default=0, server_default="0")
    risk_reasons: Mapped[list[str]] = mapped_column(default=list, server_default="{}")
    needs_review: Mapped[bool] = mapped_column(default=False, server_default="false")
    """Waits for an admin before it is fulfilled."""
    hold_expires_at: Mapped[datetime | None]
    placed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())

    items: Mapped[list["OrderItem"]] = relationship(
        order_by="OrderItem.position", lazy="raise"
    )
    events: Mapped[list["OrderEvent"]] = relationship(
        order_by="OrderEvent.id", lazy="raise"
    )


class OrderItem(Record):
    """A line as it was bought: name and price are copies, never looked up again."""

    __tablename__ = "order_items"
    __table_args__ = (
        UniqueConstraint("order_id", "position"),
        CheckConstraint("kind IN ('SALE', 'RETURN', 'ADJUSTMENT')", name="kind_known"),
    )

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(default="SALE")
    """`RETURN` has a negative quantity; `ADJUSTMENT` is what is neither (a written-off
    debt, damaged stock). A shop's own orders have only `SALE`."""
    variant_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("variants.id", ondelete="SET NULL"), index=True
    )
    product_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("products.id", ondelete="SET NULL"), index=True
    )
    name: Mapped[str]
    sku: Mapped[str]
    category: Mapped[str]
    image_url: Mapped[str | None]
    quantity: Mapped[int]
    unit_price_minor: Mapped[int]
    line_total_minor: Mapped[int]


class OrderEvent(Record):
    """Who changed what, when; written in the transaction that changed it."""

    __tablename__ = "order_events"

    order_id: Mapped[UUID] = mapped_column(
        ForeignKey("orders.id", ondelete="CASCADE"), index=True
    )
    type: Mapped[str]
    actor: Mapped[str]
    """`customer`, `admin`, `assistant` or `system`."""
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)


class StockHold(Record):
    """Units of a variant kept for an order until it is paid, fails or runs out of time."""

    __tablename__ = "stock_holds"
    __table_args__ = (
        UniqueConstraint("order_id", "variant_id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
    )

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    variant_id: Mapped[UUID] = mapped_column(ForeignKey("variants.id"), index=True)
    quantity: Mapped[int]

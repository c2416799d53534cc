from datetime import datetime, timedelta
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

from webapp.db.base import Model, Record

CHANGE_RETENTION = timedelta(days=60)
"""How long changes of orders are recorded: longer than the time between two exports, and than any
transaction is open."""


class Order(Record):
    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("customer_id", "idempotency_key"),
        Index("ix_orders_history", "customer_id", "placed_at", "id"),
        Index("ix_orders_placed", "placed_at", "id"),
        Index("ix_orders_by_status", "status", "placed_at", "id"),
        Index(
            "ix_orders_customer_ref",
            "customer_ref",
            postgresql_where="customer_ref IS NOT NULL",
        ),
        Index(
            "ix_orders_unfinished",
            "hold_expires_at",
            postgresql_where="status IN ('PENDING', 'REQUIRES_ACTION')",
        ),
    )

    number: Mapped[int] = mapped_column(Identity(start=1001), unique=True)
    """The number that people use: order 1042."""
    customer_id: Mapped[UUID | None] = mapped_column(ForeignKey("customers.id"))
    customer_ref: Mapped[str | None]
    """The customer's id in the shop it was imported from. Guests have neither this nor
    `customer_id`."""
    external_ref: Mapped[str | None] = mapped_column(unique=True)
    """`source:id` in the shop it was imported from; makes an import repeatable."""
    idempotency_key: Mapped[str | None]
    """The client's `Idempotency-Key`, by which a repeated request finds its order."""
    channel: Mapped[str | None]
    """How it was placed: `WEB_CHANNEL`, or what the file of an imported order calls it; empty for
    an order that is older than this column."""
    status: Mapped[str]
    payment_status: Mapped[str]
    currency: Mapped[str]
    """Currency that the customer pays in."""
    base_currency: Mapped[str | None]
    """Currency of the prices, when it differs from `currency`."""
    exchange_rate: Mapped[Decimal | None] = mapped_column(Numeric(18, 8))
    """Units of `currency` for one unit of `base_currency`, as used."""
    rounding: Mapped[str | None]
    """How the rate was applied. `HALF_UP_PER_UNIT`: each unit price was converted and rounded
    to the cent, half away from zero, and everything else is a sum of those."""
    tax_percent: Mapped[Decimal | None] = mapped_column(Numeric(7, 4))
    subtotal_minor: Mapped[int]
    tax_minor: Mapped[int]
    total_minor: Mapped[int]
    book_total_minor: Mapped[int | None]
    """Value of the total in the book currency (`Settings.currency`) at the time of the order,
    from the prices before any rounding into `currency`; empty for an imported order."""
    payment_method_id: Mapped[str | None]
    payment_id: Mapped[str | None]
    """Id of Stripe's PaymentIntent, once there is one: a copy, so that lists need no join."""
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
    """A line of an order: what it says of the product are copies from the time of the order."""

    __tablename__ = "order_items"
    __table_args__ = (
        UniqueConstraint("order_id", "position"),
        CheckConstraint("kind IN ('SALE', 'RETURN', 'ADJUSTMENT')", name="kind_known"),
    )

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(default="SALE")
    """`RETURN` has a negative quantity; `ADJUSTMENT` is neither a sale nor a return (a
    written-off debt, damaged stock). Orders placed in this shop have only `SALE`."""
    variant_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("variants.id", ondelete="SET NULL"), index=True
    )
    product_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("products.id", ondelete="SET NULL"), index=True
    )
    name: Mapped[str]
    sku: Mapped[str]
    category: Mapped[str]
    brand: Mapped[str | None]
    """An empty text for a product without one; null where it was not recorded."""
    tags: Mapped[list[str] | None]
    """None for a product without tags; null where they were not recorded."""
    image_url: Mapped[str | None]
    quantity: Mapped[int]
    unit_price_minor: Mapped[int]
    line_total_minor: Mapped[int]


class OrderEvent(Record):
    """An audit record of a change: who, what, when. Written in the change's transaction."""

    __tablename__ = "order_events"

    order_id: Mapped[UUID] = mapped_column(
        ForeignKey("orders.id", ondelete="CASCADE"), index=True
    )
    type: Mapped[str]
    actor: Mapped[str]
    """`customer`, `admin`, `assistant` or `system`."""
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)


class StockHold(Record):
    """Units of a variant reserved for an order until it is paid, fails or expires."""

    __tablename__ = "stock_holds"
    __table_args__ = (
        UniqueConstraint("order_id", "variant_id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
    )

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    variant_id: Mapped[UUID] = mapped_column(ForeignKey("variants.id"), index=True)
    quantity: Mapped[int]


class RecordedChange(Model):
    """A transaction that changed an order, its lines or its refunds, or deleted it.

    Written by triggers (migration 0018). What a snapshot of the database has not seen are the
    rows whose transaction it did not see: no clock decides, nor the order of commits.
    """

    __tablename__ = "order_changes"

    changed_in: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Id of the transaction, in 64 bits."""
    order_number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    customer: Mapped[str] = mapped_column(primary_key=True)
    """Whose order it was before, if it is no longer: the customer's id, or the reference in the
    former shop; else empty."""
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.base import Model, Record


class Payment(Record):
    """The shop's record of a Stripe PaymentIntent. An order has at most one."""

    __tablename__ = "payments"
    __table_args__ = (
        CheckConstraint(
            "refunded_minor >= 0 AND refunded_minor <= amount_minor",
            name="refund_within_charge",
        ),
    )

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), unique=True)
    intent_id: Mapped[str] = mapped_column(unique=True)
    status: Mapped[str]
    """Stripe's status of the intent: `succeeded`, `requires_action`, `canceled` …"""
    amount_minor: Mapped[int]
    currency: Mapped[str]
    refunded_minor: Mapped[int] = mapped_column(default=0)
    client_secret: Mapped[str | None]
    action_url: Mapped[str | None]
    """Where the customer authenticates (3-D Secure), when Stripe hosts the page."""
    decline_code: Mapped[str | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Refund(Record):
    __tablename__ = "refunds"
    __table_args__ = (CheckConstraint("amount_minor > 0", name="amount_positive"),)

    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payments.id"), index=True)
    amount_minor: Mapped[int]
    reason: Mapped[str]
    actor: Mapped[str]
    stripe_refund_id: Mapped[str | None] = mapped_column(unique=True)
    """Empty until Stripe has responded. The idempotency key at Stripe is the row's `id`."""


class RefundItem(Record):
    """What of a refund is for a line of its order. A refund may have none: then it is known for
    which order it was, and not for what."""

    __tablename__ = "refund_items"
    __table_args__ = (
        UniqueConstraint("refund_id", "order_item_id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("amount_minor >= 0", name="amount_not_negative"),
    )

    refund_id: Mapped[UUID] = mapped_column(
        ForeignKey("refunds.id", ondelete="CASCADE")
    )
    order_item_id: Mapped[UUID] = mapped_column(
        ForeignKey("order_items.id", ondelete="CASCADE"), index=True
    )
    quantity: Mapped[int]
    amount_minor: Mapped[int]
    """With its tax, as paid back. Those of a refund add up to its amount."""


class StripeEvent(Model):
    """A Stripe event that was received; deduplicates repeated deliveries."""

    __tablename__ = "stripe_events"

    event_id: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())
    problem: Mapped[str | None]
    """Why nothing was done about it, where it was not understood."""

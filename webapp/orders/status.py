"""Statuses of orders and payments, and the allowed transitions. Pure."""

from enum import StrEnum
from typing import Self

from webapp.kit.errors import Conflict


class OrderStatus(StrEnum):
    PENDING = "PENDING"
    REQUIRES_ACTION = "REQUIRES_ACTION"
    PAYMENT_FAILED = "PAYMENT_FAILED"
    PAID = "PAID"
    PROCESSING = "PROCESSING"
    SHIPPED = "SHIPPED"
    DELIVERED = "DELIVERED"
    CANCELLED = "CANCELLED"


class PaymentStatus(StrEnum):
    UNPAID = "UNPAID"
    AUTHORIZED = "AUTHORIZED"
    PAID = "PAID"
    PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"
    REFUNDED = "REFUNDED"
    VOIDED = "VOIDED"
    """Nothing was captured, and nothing can be captured any more."""


class Actor(StrEnum):
    CUSTOMER = "customer"
    ADMIN = "admin"
    ASSISTANT = "assistant"
    SYSTEM = "system"


class OrderEventType(StrEnum):
    """Types of the events in an order's history; a change of status has one named after it."""

    PLACED = "order.placed"
    REQUIRES_ACTION = "order.requires_action"
    PAYMENT_FAILED = "order.payment_failed"
    PAID = "order.paid"
    REVIEW = "order.review"
    PROCESSING = "order.processing"
    SHIPPED = "order.shipped"
    TRACKING = "order.tracking"
    DELIVERED = "order.delivered"
    CANCELLED = "order.cancelled"
    PAYMENT_AUTHORIZED = "payment.authorized"
    PAYMENT_PAID = "payment.paid"
    PAYMENT_PARTIALLY_REFUNDED = "payment.partially_refunded"
    PAYMENT_REFUNDED = "payment.refunded"
    PAYMENT_VOIDED = "payment.voided"
    PAYMENT_REJECTED = "payment.refused"
    PAYMENT_TOO_LATE = "payment.too_late"
    PAYMENT_DUPLICATE = "payment.twice"
    REFUND_FAILED = "refund.failed"

    @classmethod
    def from_status(cls, status: OrderStatus) -> Self:
        """The event of a change to `status`, which no order begins with."""
        return cls(f"order.{status.lower()}")

    @classmethod
    def from_payment_status(cls, status: PaymentStatus) -> Self:
        return cls(f"payment.{status.lower()}")


S = OrderStatus
TRANSITIONS: dict[OrderStatus, frozenset[OrderStatus]] = {
    S.PENDING: frozenset({S.PAID, S.REQUIRES_ACTION, S.PAYMENT_FAILED, S.CANCELLED}),
    S.REQUIRES_ACTION: frozenset({S.PAID, S.PAYMENT_FAILED, S.CANCELLED}),
    S.PAYMENT_FAILED: frozenset(),
    S.PAID: frozenset({S.PROCESSING, S.CANCELLED}),
    S.PROCESSING: frozenset({S.SHIPPED, S.CANCELLED}),
    S.SHIPPED: frozenset({S.DELIVERED}),
    S.DELIVERED: frozenset(),
    S.CANCELLED: frozenset(),
}
NOTHING_CAPTURED = frozenset({PaymentStatus.UNPAID, PaymentStatus.VOIDED})
AWAITING_PAYMENT = frozenset({S.PENDING, S.REQUIRES_ACTION})
OPEN_STATUSES = frozenset({S.PENDING, S.REQUIRES_ACTION, S.PAID, S.PROCESSING})
"""Not closed and not yet shipped: the shop still needs the shipping address."""
CANCELABLE = frozenset(
    status for status, after in TRANSITIONS.items() if S.CANCELLED in after
)


WEB_CHANNEL = "web"
"""The channel of an order that a person places through the API: only an access token of a
customer can."""


class StatusNotAllowed(Conflict):
    code = "STATUS_NOT_ALLOWED"


def check_transition(before: OrderStatus, after: OrderStatus) -> None:
    """Check a transition against the table. Raises `StatusNotAllowed`."""
    if after not in TRANSITIONS[before]:
        raise StatusNotAllowed(
            f"An order that is {before} cannot become {after}",
            before=before,
            after=after,
            allowed=sorted(TRANSITIONS[before]),
        )

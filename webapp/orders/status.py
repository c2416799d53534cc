"""Statuses of orders and payments, and the allowed transitions. Pure."""

from enum import StrEnum

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
